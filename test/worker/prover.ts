/** A key pair of a client's, and proofs that it is there (RFC 9449). */
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { sha256, toBase64, toBase64Url, utf8 } from '../../src/lib/bytes.ts'
import { signed } from '../support/jws.ts'
import { ask, askSigned, otp, type Reply, type Someone } from './gateway.ts'

const BASE = 'http://gateway.example'

export async function newProver() {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  const jkt = await calculateJwkThumbprint(jwk)
  return {
    jkt,
    prove: (method: string, path: string, claims: object) =>
      signed(
        { typ: 'dpop+jwt', alg: 'ES256', jwk },
        {
          jti: toBase64Url(crypto.getRandomValues(new Uint8Array(12))),
          htm: method,
          htu: BASE + path.replace(/\?.*/, ''),
          iat: Math.floor(Date.now() / 1000),
          ...claims,
        },
        privateKey,
      ),
  }
}
export type Prover = Awaited<ReturnType<typeof newProver>>

export async function digestOf(text: string): Promise<string> {
  return `sha-256=:${toBase64(await sha256(utf8(text)))}:`
}

/** A session bound to a key. Whatever answers gives it the nonce for its next proof. */
export class BoundSession {
  readonly prover: Prover
  token: string
  refreshToken: string
  nonce: string

  constructor(prover: Prover, { json }: Reply, nonce: string) {
    this.prover = prover
    this.token = json.access_token
    this.refreshToken = json.refresh_token
    this.nonce = nonce
  }

  /** As a client begins one: the first proof has no nonce and is answered with one. */
  static async begin(who: Someone, prover: Prover): Promise<BoundSession> {
    const body = { otp: otp(who.totpSecret), dpop_jkt: prover.jkt }
    const attempt = async (nonce?: string) => {
      const dpop = await prover.prove(
        'POST',
        '/gw/v1/sessions',
        nonce === undefined ? {} : { nonce },
      )
      return askSigned(who.credential, 'POST', '/gw/v1/sessions', body, { headers: { dpop } })
    }
    const nonce = String((await attempt()).headers.get('dpop-nonce'))
    const begun = await attempt(nonce)
    if (begun.status !== 201) throw new Error(`no session: ${JSON.stringify(begun.json)}`)
    return new BoundSession(prover, begun, nonce)
  }

  /** A call whose proof says all of it, with what the claims change. */
  async call(method: string, path: string, body = '', claims: object = {}): Promise<Reply> {
    const query = path.split('?')[1]
    const dpop = await this.prove(method, path, {
      ...(body === '' ? {} : { content_digest: await digestOf(body) }),
      ...(query === undefined ? {} : { query }),
      ...claims,
    })
    return this.send(method, path, body, { authorization: `DPoP ${this.token}`, dpop })
  }

  async prove(method: string, path: string, claims: object = {}): Promise<string> {
    const ath = toBase64Url(await sha256(utf8(this.token)))
    return this.prover.prove(method, path, { ath, nonce: this.nonce, ...claims })
  }

  async send(
    method: string,
    path: string,
    body: string,
    headers: Record<string, string>,
  ): Promise<Reply> {
    const reply = await ask(method, path, body === '' ? undefined : body, { headers })
    this.nonce = reply.headers.get('dpop-nonce') ?? this.nonce
    return reply
  }
}
