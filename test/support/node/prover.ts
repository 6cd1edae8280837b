/** Makes DPoP proofs (RFC 9449), right ones and wrong ones: every header parameter and claim can be another. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose'
import { createHash, randomUUID } from 'node:crypto'
import { signed } from '../jws.ts'
import type { Reply } from './person.ts'

export interface ProofOptions {
  readonly token?: string | undefined
  /** Claims in place of the right ones; `undefined` takes one out. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: CryptoKey | Uint8Array
}

export class Prover {
  readonly privateKey: CryptoKey
  readonly jwk: JWK
  nonce: string | undefined

  private constructor(privateKey: CryptoKey, jwk: JWK) {
    this.privateKey = privateKey
    this.jwk = jwk
  }

  static async make(): Promise<Prover> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    return new Prover(privateKey, await exportJWK(publicKey))
  }

  /** @param url without query, as `htu` is. */
  prove(
    method: string,
    url: string,
    { token, claims = {}, header = {}, key = this.privateKey }: ProofOptions = {},
  ): Promise<string> {
    const right = {
      jti: randomUUID(),
      htm: method,
      htu: url,
      iat: Math.floor(Date.now() / 1_000),
      nonce: this.nonce,
      ath: token && createHash('sha256').update(token).digest('base64url'),
    }
    const protectedHeader = { typ: 'dpop+jwt', alg: 'ES256', jwk: this.jwk, ...header }
    return signed(protectedHeader, { ...right, ...claims }, key)
  }

  /** What a token that is bound to this key names. */
  thumbprint(): Promise<string> {
    return calculateJwkThumbprint(this.jwk)
  }

  /** Takes the nonce from an answer that brings one. */
  hear({ headers }: Reply): void {
    const nonce = headers['dpop-nonce']
    if (typeof nonce === 'string') this.nonce = nonce
  }
}

/** What a proof says of a body. */
export function digestOf(body: string): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
}
