/**
 * `Portcullis-Assertion`: who is calling, said to the origin by the gateway and by nobody else. A JWT that
 * names the exact request, so that it is worth nothing with another one.
 */
import type { JWK } from 'jose'
import * as v from 'valibot'
import { toBase64Url, urlSafe, utf8 } from '../lib/bytes.ts'

/** Seconds for which an assertion may be believed. */
const LIFETIME_SECONDS = 30
const ALGORITHM = 'EdDSA'
/** What the web standard calls it. */
const ALGORITHM_NAME = 'Ed25519'

export interface Assertion {
  /** Who was admitted; `undefined` for what anyone may call. */
  readonly caller: Caller | undefined
  readonly operation: string
  readonly requestId: string
  readonly method: string
  /** The target as forwarded, query included. */
  readonly target: string
  /** SHA-256 of the forwarded body, base64url. */
  readonly bodyHash: string
  readonly nowMs: number
}

export interface Caller {
  readonly account: string
  readonly keyId: string
  readonly credentialId: string
  readonly user: string
  readonly permissions: readonly string[]
  readonly sequence: number
  /** When the key's object admitted the request, by its own clock, in milliseconds since 1970. */
  readonly admittedAtMs: number
}

export interface AssertionKey {
  /** The header of every assertion, base64url. */
  readonly header: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

const KeySchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    kty: v.literal('OKP'),
    crv: v.literal('Ed25519'),
    kid: v.pipe(v.string(), v.minLength(1)),
    x: v.pipe(v.string(), v.minLength(1)),
    d: v.pipe(v.string(), v.minLength(1)),
  }),
)

/** Reads an Ed25519 private JWK with a `kid` (RFC 8037), or answers `undefined`. */
export async function readAssertionKey(text: string): Promise<AssertionKey | undefined> {
  const parsed = v.safeParse(KeySchema, text)
  if (!parsed.success) return undefined
  const { kty, crv, kid, x, d } = parsed.output
  try {
    const privateKey = await crypto.subtle.importKey(
      'jwk',
      { kty, crv, x, d },
      ALGORITHM_NAME,
      false,
      ['sign'],
    )
    const header = encoded({ alg: ALGORITHM, typ: 'portcullis-assertion+jwt', kid })
    return { header, privateKey, publicJwk: { kty, crv, x, kid, alg: ALGORITHM, use: 'sig' } }
  } catch {
    return undefined
  }
}

/**
 * The compact serialization of RFC 7515 section 3.1, by hand: the library's checks of claims and key, which are ours
 * and the same each time, cost three times what the signature does.
 */
export async function signAssertion(
  { caller, ...assertion }: Assertion,
  issuer: string,
  audience: string,
  key: AssertionKey,
): Promise<string> {
  const issuedAt = Math.floor(assertion.nowMs / 1000)
  const who = caller && {
    sub: caller.account,
    key: caller.keyId,
    credential: caller.credentialId,
    user: caller.user,
    permissions: caller.permissions,
    sequence: caller.sequence,
    admitted_at_ms: caller.admittedAtMs,
  }
  const claims = {
    iss: issuer,
    aud: audience,
    jti: assertion.requestId,
    iat: issuedAt,
    exp: issuedAt + LIFETIME_SECONDS,
    ...who,
    operation: assertion.operation,
    method: assertion.method,
    path: assertion.target,
    body_sha256: assertion.bodyHash,
  }
  const signed = `${key.header}.${encoded(claims)}`
  const signature = await crypto.subtle.sign(ALGORITHM_NAME, key.privateKey, utf8(signed))
  return `${signed}.${toBase64Url(new Uint8Array(signature))}`
}

/** JSON may escape any character, so this text needs no octets of its own on its way to base64. */
function encoded(part: object): string {
  const ascii = JSON.stringify(part).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return urlSafe(btoa(ascii))
}
