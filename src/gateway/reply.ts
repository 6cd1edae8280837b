/** Answers: the origin's, the gateway's own, and refusals as problem documents (RFC 9457). */
import type { LimitState } from '../guard/key.ts'
import { REFUSALS, type Refusal } from '../refusal.ts'
import type { NativeRefusal } from '../signature/dialect.ts'
import { answerHeaders } from './headers.ts'
import type { Reached } from './stages.ts'

/** On every response, whoever made it. One year, subdomains, preload: RFC 6797 and the preload list's rule. */
const FIXED_HEADERS = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const

const CHALLENGE = 'Signature realm="portcullis", PC1 realm="portcullis"'

/** Sets what every response carries: fixed headers, request id, and the limits where a key is known. */
export function complete(response: Response, reached: Reached): Response {
  const { verdict } = reached
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(FIXED_HEADERS)) headers.set(name, value)
  headers.set('x-request-id', reached.requestId)
  if (verdict !== undefined) {
    const limits = reached.target === 'gateway' ? [verdict.gatewayLimit] : verdict.limits
    headers.set('ratelimit-policy', limits.map(limitPolicy).join(', '))
    headers.set('ratelimit', limits.map(limitNow).join(', '))
    const ordered = reached.operation?.kind === 'order' && response.ok
    const native = reached.claim?.dialect.nativeLimits?.(limits, ordered) ?? {}
    for (const [name, value] of Object.entries(native)) headers.set(name, value)
  }
  const body = WITHOUT_BODY.has(response.status) ? null : response.body
  return new Response(body, { status: response.status, headers })
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

export function originAnswer(response: Response): Response {
  return new Response(WITHOUT_BODY.has(response.status) ? null : response.body, {
    status: response.status,
    headers: answerHeaders(response.headers),
  })
}

export function json(value: unknown, status = 200): Response {
  return Response.json(value, { status })
}

/** The refusal as its caller sees it. `detail` was filled in only where the caller has proved who it is. */
export function problem(
  { code, detail, members, retryAfterSeconds }: Refusal,
  requestId: string,
  native?: NativeRefusal,
): Response {
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
  const headers = new Headers({ 'content-type': 'application/problem+json' })
  if (retryAfterSeconds !== undefined) headers.set('retry-after', String(retryAfterSeconds))
  if ('challenge' in spec) headers.set('www-authenticate', CHALLENGE)
  return new Response(JSON.stringify(body), { status, headers })
}
