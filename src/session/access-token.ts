/**
 * Access tokens (RFC 9068): what one says, and whether to believe it. Nothing in a token chooses how it is
 * checked: `kid` is looked up among our own keys, and the key found there knows its algorithm.
 */
import type { JWTPayload } from 'jose'
import * as v from 'valibot'
import { headerOf, signedClaims } from './compact.ts'

/** How long a token may live: what is withdrawn from a user is withdrawn from its tokens no later than this. */
export const ACCESS_TOKEN_SECONDS = 600
/** How far ahead the clock of the host that issued a token may be. Its end is held to without any. */
const AHEAD_MS = 5_000

const TOKEN_ALGORITHMS = ['ES256', 'EdDSA'] as const

/** A public key of ours and the one algorithm it is for. */
export interface TokenKey {
  readonly key: CryptoKey
  readonly alg: (typeof TOKEN_ALGORITHMS)[number]
}

/** What a token says. The claims hold whole seconds. */
export interface Session {
  readonly sid: string
  readonly jti: string
  readonly user: string
  readonly keyId: string
  readonly credentialId: string
  /** The user's version that it was issued under. */
  readonly version: number
  /** Scope tokens (RFC 6749 section 3.3): they hold no space. */
  readonly permissions: readonly string[]
  readonly roles: readonly string[]
  /** How the user was authenticated (RFC 8176), and to which level. */
  readonly amr: readonly string[]
  readonly acr: string
  readonly authTimeMs: number
  readonly network: string
  /** Thumbprint of the key that proves possession (RFC 9449 section 6.1); without it the token is a bearer's. */
  readonly jkt?: string
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}

/** Who issues tokens and for whom: this deployment, and no other. */
export interface TokenParties {
  readonly issuer: string
  readonly audience: string
}

export interface TokenExpectation extends TokenParties {
  readonly keys: ReadonlyMap<string, TokenKey>
  readonly nowMs: number
}

/** No other header parameter is known here: above all no `jwk`, `jku`, `x5c`, `x5u`, `crit`. */
const HeaderSchema = v.strictObject({
  typ: v.literal('at+jwt'),
  alg: v.picklist(TOKEN_ALGORITHMS),
  kid: v.string(),
})

const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(256))
const Seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(1e11))
const SCOPE = /^(?:[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*)?$/

/** A claim that is not known here could be a limit that is not held to, so there may be none. */
const ClaimsSchema = v.strictObject({
  iss: v.string(),
  aud: v.string(),
  sub: Name,
  jti: Name,
  iat: Seconds,
  nbf: Seconds,
  exp: Seconds,
  sid: Name,
  key: Name,
  client_id: Name,
  ver: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  scope: v.pipe(v.string(), v.regex(SCOPE)),
  roles: v.array(Name),
  amr: v.array(Name),
  acr: Name,
  auth_time: Seconds,
  net: Name,
  cnf: v.exactOptional(v.strictObject({ jkt: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)) })),
})
type Claims = v.InferOutput<typeof ClaimsSchema>

/** The claims of a session's token. They end no later than the session, nor than a token may. */
export function accessTokenClaims(
  session: Session,
  { issuer, audience }: TokenParties,
): JWTPayload & Claims {
  const issuedAt = seconds(session.issuedAtMs)
  return {
    iss: issuer,
    aud: audience,
    sub: session.user,
    jti: session.jti,
    iat: issuedAt,
    nbf: issuedAt,
    exp: Math.min(seconds(session.expiresAtMs), issuedAt + ACCESS_TOKEN_SECONDS),
    sid: session.sid,
    key: session.keyId,
    client_id: session.credentialId,
    ver: session.version,
    scope: session.permissions.join(' '),
    roles: [...session.roles],
    amr: [...session.amr],
    acr: session.acr,
    auth_time: seconds(session.authTimeMs),
    net: session.network,
    ...(session.jkt === undefined ? {} : { cnf: { jkt: session.jkt } }),
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

/**
 * The session that a token speaks for, or `undefined`. It never says why: who sends a bad token learns
 * nothing from it.
 */
export async function readAccessToken(
  token: string,
  { keys, issuer, audience, nowMs }: TokenExpectation,
): Promise<Session | undefined> {
  const header = v.safeParse(HeaderSchema, headerOf(token))
  if (!header.success) return undefined
  const known = keys.get(header.output.kid)
  if (known?.alg !== header.output.alg) return undefined
  const parsed = v.safeParse(ClaimsSchema, await signedClaims(token, known.key, known.alg))
  if (!parsed.success) return undefined
  const claims = parsed.output
  if (claims.iss !== issuer || claims.aud !== audience) return undefined
  return isCurrent(claims, nowMs) ? sessionOf(claims) : undefined
}

/** RFC 7519 sections 4.1.4 to 4.1.6: at the second of `exp` it has ended. */
function isCurrent({ iat, nbf, exp }: Claims, nowMs: number): boolean {
  if (nowMs >= exp * 1000 || exp - iat > ACCESS_TOKEN_SECONDS) return false
  return Math.max(iat, nbf) * 1000 <= nowMs + AHEAD_MS
}

function sessionOf(claims: Claims): Session {
  return {
    sid: claims.sid,
    jti: claims.jti,
    user: claims.sub,
    keyId: claims.key,
    credentialId: claims.client_id,
    version: claims.ver,
    permissions: claims.scope === '' ? [] : claims.scope.split(' '),
    roles: claims.roles,
    amr: claims.amr,
    acr: claims.acr,
    authTimeMs: claims.auth_time * 1000,
    network: claims.net,
    ...(claims.cnf === undefined ? {} : { jkt: claims.cnf.jkt }),
    issuedAtMs: claims.iat * 1000,
    expiresAtMs: claims.exp * 1000,
  }
}
