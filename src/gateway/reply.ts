/** Answers: the origin's, the gateway's own, and refusals as problem documents (RFC 9457). */
import type { Answer } from '../admin/call.ts'
import type { OwnOperation } from '../admin/operation.ts'
import type { LimitState } from '../guard/key.ts'
import { REFUSALS, type Refusal } from '../refusal.ts'
import type { NativeRefusal } from '../signature/dialect.ts'
import { challengeFor } from './challenge.ts'
import { removeForeign } from './headers.ts'
import type { Reached } from './stages.ts'

/** On every response, whoever made it. One year, subdomains, preload: RFC 6797 and the preload list's rule. */
const FIXED_HEADERS = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const

/**
 * Sets what every response carries: fixed headers, request id, and the limits where a key is known.
 *
 * @param response one of ours: it is changed, because building another costs as much as the rest of answering.
 */
export function complete(response: Response, reached: Reached): Response {
  const own = {
    ...FIXED_HEADERS,
    'x-request-id': reached.requestId,
    ...(reached.nextNonce === undefined ? {} : { 'dpop-nonce': reached.nextNonce }),
    ...(reached.receipt === undefined ? {} : { 'portcullis-receipt': reached.receipt }),
  }
  const all = { ...own, ...limitHeaders(reached, response.ok) }
  for (const [name, value] of Object.entries(all)) response.headers.set(name, value)
  return response
}

function limitHeaders(
  { verdict, own, operation, claim }: Reached,
  good: boolean,
): Readonly<Record<string, string>> {
  if (verdict === undefined) return {}
  const limits = own !== undefined ? [verdict.gatewayLimit] : verdict.limits
  const ordered = operation?.kind === 'order' && good
  return {
    'ratelimit-policy': limits.map(limitPolicy).join(', '),
    ratelimit: limits.map(limitNow).join(', '),
    ...claim?.dialect.nativeLimits?.(limits, ordered),
  }
}

/** RateLimit header fields of draft-ietf-httpapi-ratelimit-headers-10: quota and window, then what is left. */
function limitPolicy({ name, limit, windowSeconds }: LimitState): string {
  return `"${name}";q=${limit};w=${windowSeconds}`
}

function limitNow({ name, remaining, resetSeconds }: LimitState): string {
  return `"${name}";r=${remaining};t=${resetSeconds}`
}

/** Statuses whose answers have no body: one that has one all the same is passed on without. */
const WITHOUT_BODY = new Set([204, 205, 304])

export function originAnswer({ status, headers, body }: Response): Response {
  const answer = new Response(WITHOUT_BODY.has(status) ? null : body, { status, headers })
  removeForeign(answer.headers)
  return answer
}

export function json(value: unknown, status = 200): Response {
  return Response.json(value, { status })
}

/** What one of the gateway's own calls answers: an `ETag` where it names a revision. */
export function ownAnswer(
  { status, revised }: Pick<OwnOperation, 'status' | 'revised'>,
  { body, revision, status: own = status }: Answer,
): Response {
  const headers = !revised || revision === undefined ? {} : { etag: `"v${revision}"` }
  return body === undefined
    ? new Response(null, { status: 204, headers })
    : Response.json(body, { status: own, headers })
}

/** The refusal as its caller sees it. `detail` was filled in only where the caller has proved who it is. */
export function problem(
  refusal: Refusal,
  { requestId, token }: Pick<Reached, 'requestId' | 'token'>,
  native?: NativeRefusal,
): Response {
  const { code, detail, members, retryAfterSeconds } = refusal
  const { status, title, ...spec } = REFUSALS[code]
  const body = {
    type: `urn:portcullis:problem:${code}`,
    title,
    status,
    code,
    requestId,
    ...(detail === undefined ? {} : { detail }),
    ...members,
    // Last: where a venue has a member of the same name, its client reads the venue's.
    ...native?.members,
  }
  const headers = {
    'content-type': 'application/problem+json',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    ...('challenge' in spec ? { 'www-authenticate': challengeFor(refusal, token) } : {}),
  }
  return new Response(JSON.stringify(body), { status, headers })
}
