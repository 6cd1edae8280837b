/**
 * The gateway's runtime without the edge before it: a test says where the client is, and mints tokens with the keys
 * that really sign them. Behind it an origin that only notes what it was asked.
 */
import fs from 'node:fs'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { openPki } from '../../../demo/pki.ts'
import { startRuntime, type Runtime } from '../../../demo/runtime.ts'
import { openSecrets, type DemoSecrets } from '../../../demo/secrets.ts'
import { seed, type DemoKey, type Seeded } from '../../../demo/seed.ts'
import type { Session, TokenParties } from '../../../src/session/access-token.ts'
import type { SigningCredential } from '../../../src/client/sign.ts'
import { ask, askSigned, type Ask, type Reply } from './person.ts'

export const ISSUER = 'http://gateway.example'

interface Signer {
  sign(session: Session, parties: TokenParties): Promise<string>
}

/** What the origin was asked. */
export interface Heard {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/** Where the client is, as the edge would say. */
type From = Omit<Ask, 'from'> & { readonly address: string }

export class BareGateway {
  readonly #state = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-'))
  readonly heard: Heard[] = []
  readonly lines: string[] = []
  #origin: https.Server | undefined
  #runtime: Runtime | undefined
  #seeded: Seeded = { keys: [], users: [] }
  #secrets: DemoSecrets | undefined

  async start(): Promise<void> {
    const pki = await openPki(path.join(this.#state, 'pki'))
    const originUrl = await this.#listen(pki.broker, pki.gatewayCa)
    this.#secrets = openSecrets(path.join(this.#state, 'secrets.json'))
    this.#runtime = await startRuntime({
      root: path.resolve(import.meta.dirname, '../../..'),
      state: this.#state,
      pki,
      secrets: this.#secrets,
      originUrl,
      issuer: ISSUER,
      onLine: (line) => void this.lines.push(line),
      onRestart: () => undefined,
    })
    const files = ['keys.json', 'people.json'].map((name) => path.join(this.#state, name))
    const [keys = '', people = ''] = files
    this.#seeded = await seed(this.#runtime, this.#secrets, keys, people)
  }

  async stop(): Promise<void> {
    await this.#runtime?.miniflare.dispose()
    this.#origin?.close()
    this.#origin?.closeAllConnections()
    fs.rmSync(this.#state, { recursive: true, force: true })
  }

  get secrets(): DemoSecrets {
    return this.#secrets ?? absent()
  }

  get url(): URL {
    return this.#runtime?.url ?? absent()
  }

  key(name: string): DemoKey {
    return this.#seeded.keys.find((known) => known.name === name) ?? absent()
  }

  totpSecretOf(user: string): string {
    return this.#seeded.users.find(({ id }) => id === user)?.totpSecret ?? absent()
  }

  /** What a session of this key says that began now, in the network of this address. */
  session(name: string, address: string, change: Partial<Session> = {}): Session {
    const { keyId, id, user, permissions } = this.key(name)
    const nowMs = Date.now()
    return {
      sid: randomUUID(),
      jti: randomUUID(),
      user,
      keyId,
      credentialId: id,
      version: 1_000,
      permissions,
      roles: ['client'],
      amr: ['pop', 'otp'],
      acr: 'urn:portcullis:acr:2fa',
      authTimeMs: nowMs,
      network: `${address.slice(0, address.lastIndexOf('.'))}.0/24`,
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + 600_000,
      ...change,
    }
  }

  /**
   * A token with the real signature over these claims.
   *
   * @param object whose keys sign: the deployment's own, or those of another one.
   */
  async mint(
    session: Session,
    parties: Partial<TokenParties> = {},
    object = 'sessions',
  ): Promise<string> {
    const { SIGNING_KEYS } = await (this.#runtime ?? absent()).miniflare.getBindings<{
      SIGNING_KEYS: { getByName(name: string): Signer }
    }>()
    return SIGNING_KEYS.getByName(object).sign(session, {
      issuer: ISSUER,
      audience: ISSUER,
      ...parties,
    })
  }

  ask(method: string, target: string, body: string | undefined, from: From): Promise<Reply> {
    return ask(this.url.origin, method, target, body, placed(from))
  }

  /** Signed by one of the seeded keys. */
  signed(key: DemoKey, method: string, target: string, from: From): Promise<Reply> {
    const { id, secret = '' } = key
    const credential: SigningCredential = { id, secret, dialect: 'rfc9421' }
    return askSigned(this.url.origin, credential, method, target, undefined, placed(from))
  }

  async #listen(pair: { key: string; certificate: string }, clientCa: string): Promise<string> {
    const read = (name: string) => fs.readFileSync(name)
    const origin = https.createServer(
      {
        key: read(pair.key),
        cert: read(pair.certificate),
        ca: read(clientCa),
        requestCert: true,
        rejectUnauthorized: true,
      },
      ({ method = '', url = '', headers }, response) => {
        this.heard.push({ method, url, headers })
        response.setHeader('content-type', 'application/json').end('{"reached":true}')
      },
    )
    this.#origin = origin
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    const address = origin.address()
    return `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }
}

function placed({ address, headers = {} }: From): Ask {
  return { headers: { ...headers, 'cf-connecting-ip': address } }
}

function absent(): never {
  throw new Error('Cannot do this: the gateway was not started, or lacks what was named')
}
