/**
 * DPoP proofs (RFC 9449): whether one was made for exactly this request. That its key is the token's, and
 * that its `jti` is new, is for whoever knows the token and keeps the replay memory.
 */
import { calculateJwkThumbprint } from 'jose'
import * as v from 'valibot'
import { fromBase64Url, sha256, toBase64Url, utf8 } from '../lib/bytes.ts'
import { normalAuthority } from '../lib/http.ts'
import { ok, type Result } from '../lib/result.ts'
import { digestMatches } from '../signature/content-digest.ts'
import { headerOf, signedClaims } from './compact.ts'

/** How old a proof may be. */
export const PROOF_MAX_AGE_MS = 60_000
/** How far ahead the client’s clock may be: as for any signature whose unit is a second. What is sealed relies on it. */
export const PROOF_MAX_AHEAD_MS = 2_000

/** What to tell clients in `algs` (RFC 9449 section 7.1). `EdDSA` means Ed25519 here, its name since RFC 9864. */
export const PROOF_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA'] as const

export interface ExpectedProof {
  readonly method: string
  /** The absolute URI of the request, its path as sent; a query and a fragment are left out of the comparison. */
  readonly uri: string
  /** The access token that came with it, if one did. */
  readonly accessToken?: string
  readonly nowMs: number
  /** Default: `PROOF_MAX_AGE_MS`. */
  readonly maxAgeMs?: number
  /** Default: `PROOF_MAX_AHEAD_MS`. */
  readonly maxAheadMs?: number
  /** Asked last, of a proof in which everything else is right. */
  nonceGood(nonce: string | undefined): boolean | Promise<boolean>
}

/** What a proof says about the parts of the request that `htu` leaves out (RFC 9449 section 4.2). */
export interface ProofClaims {
  readonly contentDigest?: string
  readonly idempotencyKey?: string
  readonly query?: string
}

export interface Proof {
  /** Thumbprint of the key (RFC 7638): it must be the one that the token is bound to. */
  readonly jkt: string
  /** Single use for a key, for as long as a proof may be old. */
  readonly jti: string
  readonly issuedAtMs: number
  readonly claims: ProofClaims
}

/** `nonce`: all is well but the nonce, so the client is to be told a new one (`use_dpop_nonce`). */
export type ProofError = 'malformed' | 'nonce'

const absent = v.exactOptional(v.never())

/** Whoever sends one of these has given a key away (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1). */
const PRIVATE = {
  d: absent,
  p: absent,
  q: absent,
  dp: absent,
  dq: absent,
  qi: absent,
  oth: absent,
  k: absent,
  priv: absent,
}

/** In its one spelling, because a key has one thumbprint. */
const Coordinate = v.pipe(
  v.string(),
  v.check((text) => fromBase64Url(text)?.length === 32),
)

/** What else a key says of its use is held against the proof by the library. */
const USE = {
  alg: v.exactOptional(v.string()),
  use: v.exactOptional(v.string()),
  key_ops: v.exactOptional(v.array(v.string())),
}

const JwkSchema = v.variant('kty', [
  v.object({
    kty: v.literal('EC'),
    crv: v.literal('P-256'),
    x: Coordinate,
    y: Coordinate,
    ...USE,
    ...PRIVATE,
  }),
  v.object({
    kty: v.literal('OKP'),
    crv: v.literal('Ed25519'),
    x: Coordinate,
    ...USE,
    ...PRIVATE,
  }),
])

const HeaderSchema = v.object({
  typ: v.literal('dpop+jwt'),
  alg: v.picklist(PROOF_ALGORITHMS),
  jwk: JwkSchema,
  crit: absent,
})

const Seconds = v.pipe(v.number(), v.finite())

const ClaimsSchema = v.object({
  jti: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{16,128}$/)),
  htm: v.string(),
  htu: v.string(),
  iat: Seconds,
  nbf: v.exactOptional(Seconds),
  exp: v.exactOptional(Seconds),
  ath: v.exactOptional(v.string()),
  nonce: v.exactOptional(v.string()),
  content_digest: v.exactOptional(v.string()),
  idempotency_key: v.exactOptional(v.string()),
  query: v.exactOptional(v.string()),
})
type Claims = v.InferOutput<typeof ClaimsSchema>

/**
 * Checks the value of the `DPoP` field by RFC 9449 section 4.3. A field sent twice is joined with a comma by
 * the runtime, and is then not one proof.
 */
export async function verifyProof(
  proof: string,
  expected: ExpectedProof,
): Promise<Result<Proof, ProofError>> {
  const header = v.safeParse(HeaderSchema, headerOf(proof))
  if (!header.success) return malformed
  const { jwk, alg } = header.output
  const parsed = v.safeParse(ClaimsSchema, await signedClaims(proof, jwk, alg))
  if (!parsed.success) return malformed
  const claims = parsed.output
  if (!isForThisRequest(claims, expected) || !isRecent(claims, expected)) return malformed
  if (!(await isForThisToken(claims, expected.accessToken))) return malformed
  if (!(await expected.nonceGood(claims.nonce))) return { ok: false, error: 'nonce' }
  return ok({
    jkt: await calculateJwkThumbprint(jwk),
    jti: claims.jti,
    issuedAtMs: Math.floor(claims.iat * 1000),
    claims: {
      ...(claims.content_digest === undefined ? {} : { contentDigest: claims.content_digest }),
      ...(claims.idempotency_key === undefined ? {} : { idempotencyKey: claims.idempotency_key }),
      ...(claims.query === undefined ? {} : { query: claims.query }),
    },
  })
}

const malformed = { ok: false, error: 'malformed' } as const

function isForThisRequest({ htm, htu }: Claims, { method, uri }: ExpectedProof): boolean {
  const target = normalTarget(uri)
  return htm === method && target !== undefined && normalTarget(htu) === target
}

/**
 * The URI without query and fragment, after RFC 3986 sections 6.2.2.1 and 6.2.3: case of scheme and host,
 * default port, empty path. The path is left as it is, because it is forwarded as it is.
 */
function normalTarget(uri: string): string | undefined {
  const [, scheme, authority, path] =
    /^(https?):\/\/([\w.~[\]:%-]+)(\/[^?#]*)?(?:[?#]|$)/i.exec(uri) ?? []
  if (scheme === undefined || authority === undefined) return undefined
  const known = scheme.toLowerCase() === 'https' ? 'https' : 'http'
  return `${known}://${normalAuthority(authority, known)}${path ?? '/'}`
}

function isRecent(
  { iat, nbf, exp }: Claims,
  { nowMs, maxAgeMs = PROOF_MAX_AGE_MS, maxAheadMs = PROOF_MAX_AHEAD_MS }: ExpectedProof,
): boolean {
  if (iat * 1000 < nowMs - maxAgeMs || iat * 1000 > nowMs + maxAheadMs) return false
  // A proof needs neither of these; a client that sends them means them (RFC 7519 sections 4.1.4, 4.1.5).
  if (exp !== undefined && nowMs >= exp * 1000) return false
  return nbf === undefined || nbf * 1000 <= nowMs + maxAheadMs
}

async function isForThisToken({ ath }: Claims, token: string | undefined): Promise<boolean> {
  return token === undefined || ath === toBase64Url(await sha256(utf8(token)))
}

/** What of a request a proof has to cover beyond its method and `htu`. */
export interface CoveredRequest {
  readonly body: Uint8Array
  /** The value of the `Idempotency-Key` field as sent; `null` when there is none. */
  readonly idempotencyKey: string | null
  /** As sent, without the question mark; `undefined` when there is none. */
  readonly query: string | undefined
}

/**
 * Whether the proof says everything about a request that trades. What it says and the request lacks was
 * taken away on the way, which is as bad: without its `?dry=1` a trial is an order.
 */
export async function judgeCoverage(
  claims: ProofClaims,
  { body, idempotencyKey, query }: CoveredRequest,
): Promise<boolean> {
  if ((claims.idempotencyKey ?? null) !== idempotencyKey) return false
  // No query and an empty one are the same, as in RFC 9421 section 2.2.7.
  if ((claims.query ?? '') !== (query ?? '')) return false
  if (claims.contentDigest === undefined) return body.length === 0
  return digestMatches(claims.contentDigest, body)
}
