/** The third step: who says to be asking. Exactly one dialect may speak; nothing is proved yet. */
import type { Fields } from '../lib/http.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { BOUND_HEADERS } from '../signature/bound-headers.ts'
import { DIALECTS } from '../signature/dialects.ts'
import { bindsOperation, type Dialect, type DialectId } from '../signature/dialect.ts'
import { failed } from './failure.ts'
import type { Claimed, Presented, Routed, Token } from './stages.ts'

const ALL = Object.values(DIALECTS)

export function readClaim(
  routed: Routed,
  allowed: readonly DialectId[],
): Result<Claimed | Presented, Refusal> {
  const { headers } = routed.head
  const speaking = ALL.filter((dialect) => dialect.speaks(headers))
  const token = readToken(headers)
  if (token !== undefined) {
    if (speaking.length === 0) return judgePresented(routed, token)
    return refuse('malformed_request', { reason: 'a session and a signature at once' })
  }
  if (speaking.length > 1) {
    return refuse('malformed_request', { reason: 'the request is signed in two ways at once' })
  }
  const dialect = speaking.find(({ id }) => allowed.includes(id))
  if (dialect === undefined) {
    return refuse('unauthorized', { reason: 'the request carries no signature' })
  }
  if (routed.own?.by === 'session') {
    return refuse('unauthorized', { reason: 'only for a session', detail: SESSION_NEEDED })
  }
  if (!mayUse(dialect, routed)) {
    return refuse('unknown_operation', { reason: 'the route is not for this dialect' })
  }
  if (!dialect.bindsHeaders && BOUND_HEADERS.some((name) => headers.has(name))) {
    return refuse('malformed_request', { reason: 'a header that this dialect cannot sign' })
  }
  const claim = dialect.claim(routed.head)
  return claim.ok ? ok({ ...routed, claim: claim.value }) : failed(claim.error)
}

const SESSION_NEEDED = 'This is done in a session: begin one at /gw/v1/sessions.'
const SIGNATURE_NEEDED = 'This needs a signed request, not a session.'

/** `Authorization: Bearer` or `DPoP` with a JWT: whatever else the field says is no claim of ours, and goes nowhere. */
function readToken(headers: Fields): Token | undefined {
  const [, scheme, text] =
    /^(bearer|dpop) +([\w-]+\.[\w-]+\.[\w-]*) *$/i.exec(headers.get('authorization') ?? '') ?? []
  if (scheme === undefined || text === undefined) return undefined
  const proof = headers.get('dpop') ?? undefined
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', text, proof }
}

function judgePresented(routed: Routed, token: Token): Result<Presented, Refusal> {
  const { own, venue, head } = routed
  if (own?.by === 'signature') {
    return refuse('unauthorized', { reason: 'only for a signature', detail: SIGNATURE_NEEDED })
  }
  if (venue !== undefined) {
    return refuse('unknown_operation', { reason: 'the route is not for sessions' })
  }
  // A password in a header that nothing covers could have been put there by anybody.
  if (head.headers.has('pc-otp')) {
    return refuse('malformed_request', { reason: 'a header that a session cannot cover' })
  }
  return ok({ ...routed, token })
}

/**
 * A signature that names neither method nor path could be taken to any operation: an order's to a withdrawal.
 * Such a dialect reaches what the policy names for it, and may read about its own key; nothing else.
 */
function mayUse(dialect: Dialect, { venue, own }: Routed): boolean {
  return venue === undefined
    ? bindsOperation(dialect) || own?.kind === 'read'
    : venue === dialect.id
}

/** The one dialect in which the caller speaks, and so wants to be answered. */
export function speaker(headers: Fields): Dialect | undefined {
  const [dialect, ...others] = ALL.filter((known) => known.speaks(headers))
  return others.length === 0 ? dialect : undefined
}

/** The one id that a request names in its headers, however badly the rest of it is made. */
export function namedId(headers: Fields): string | undefined {
  const [id, ...others] = ALL.filter((known) => known.speaks(headers)).map((known) =>
    known.names(headers),
  )
  return others.length === 0 ? id : undefined
}
