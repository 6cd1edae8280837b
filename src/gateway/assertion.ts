/**
 * `Portcullis-Assertion`: who is calling, said to the origin by the gateway and by nobody else. A JWT that
 * names the exact request, so that it is worth nothing with another one.
 */
import { SignJWT, type JWK } from 'jose'
import * as v from 'valibot'

/** Seconds for which an assertion may be believed. */
const LIFETIME_SECONDS = 30
const ALGORITHM = 'EdDSA'

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
  readonly kid: string
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
    const privateKey = await crypto.subtle.importKey('jwk', { kty, crv, x, d }, 'Ed25519', false, [
      'sign',
    ])
    return { kid, privateKey, publicJwk: { kty, crv, x, kid, alg: ALGORITHM, use: 'sig' } }
  } catch {
    return undefined
  }
}

export function signAssertion(
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
    permissions: [...caller.permissions],
    sequence: caller.sequence,
    admitted_at_ms: caller.admittedAtMs,
  }
  return new SignJWT({
    ...who,
    operation: assertion.operation,
    method: assertion.method,
    path: assertion.target,
    body_sha256: assertion.bodyHash,
  })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'portcullis-assertion+jwt', kid: key.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setJti(assertion.requestId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .sign(key.privateKey)
}
