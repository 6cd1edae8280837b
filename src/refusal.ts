/**
 * Every way in which the gateway says no, in one table: the HTTP status and the sentence a caller sees.
 * A refusal is a value; anything thrown is a bug or an outage and is answered as `internal`.
 */
interface RefusalSpec {
  readonly status: number
  /** The whole of what a stranger learns. */
  readonly title: string
  /** Sent as `WWW-Authenticate`, where the caller may try again with better credentials. */
  readonly challenge?: true
}

export const REFUSALS = {
  malformed_request: { status: 400, title: 'The request is malformed' },
  body_too_large: { status: 413, title: 'The body is too large' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  unknown_operation: { status: 404, title: 'No such operation' },
  tls_required: { status: 403, title: 'TLS 1.3 is required' },
  unauthorized: { status: 401, title: 'Authentication failed', challenge: true },
  source_locked: { status: 429, title: 'Too many failed attempts' },
  timestamp_skew: { status: 401, title: 'The signed time is outside the window', challenge: true },
  retry_fresh: { status: 401, title: 'Sign the request again', challenge: true },
  replayed: { status: 409, title: 'This signed request was already used' },
  key_revoked: { status: 403, title: 'The key is revoked' },
  key_suspended: { status: 403, title: 'The key is suspended' },
  credential_expired: { status: 403, title: 'The credential has ended' },
  address_not_allowed: { status: 403, title: 'The key may not be used from this address' },
  client_certificate_required: { status: 403, title: 'The key needs its client certificate' },
  permission_missing: { status: 403, title: 'The key lacks a permission' },
  role_missing: { status: 403, title: 'This needs another role' },
  step_up_required: { status: 401, title: 'A second factor is required', challenge: true },
  use_dpop_nonce: {
    status: 401,
    title: 'A DPoP proof with a current nonce is required',
    challenge: true,
  },
  invalid_body: { status: 422, title: 'The body is not what this operation takes' },
  card_number: { status: 422, title: 'A card number may not be sent here' },
  not_found: { status: 404, title: 'There is no such thing' },
  conflict: { status: 409, title: 'That cannot be done as things stand' },
  idempotency_conflict: { status: 422, title: 'The idempotency key was used for another request' },
  precondition_required: { status: 428, title: 'If-Match is required' },
  precondition_failed: { status: 412, title: 'It was changed meanwhile' },
  rate_limited: { status: 429, title: 'Too many requests' },
  daily_quota: { status: 429, title: 'The daily quota is used up' },
  risk_restored: { status: 422, title: 'The account was restored and waits for a person' },
  risk_duplicate_client_order_id: {
    status: 422,
    title: 'An order with this client order id was sent before',
  },
  risk_unknown_order: { status: 422, title: 'The order to be changed is not known as an open one' },
  risk_max_open_orders: { status: 422, title: 'The account has too many open orders' },
  risk_restricted_symbol: { status: 422, title: 'The symbol is restricted' },
  risk_symbol_not_allowed: { status: 422, title: 'The symbol may not be traded' },
  risk_symbol_halted: { status: 422, title: 'Trading in the symbol is halted' },
  risk_trading_hours: { status: 422, title: 'There is no trading at this time' },
  risk_reduce_only: { status: 422, title: 'Only orders that reduce a position are let through' },
  risk_reference_price: { status: 422, title: 'There is no current reference price' },
  risk_max_quantity: { status: 422, title: 'The quantity is above the limit of one order' },
  risk_max_order_value: { status: 422, title: 'The value is above the limit of one order' },
  risk_price_collar: { status: 422, title: 'The price is too far from the reference price' },
  risk_max_open_value: { status: 422, title: 'Open orders would come to more than the limit' },
  risk_max_daily_value: {
    status: 422,
    title: 'The orders of the day would come to more than the limit',
  },
  risk_max_daily_orders: { status: 422, title: 'The day would have more orders than the limit' },
  risk_max_messages: { status: 422, title: 'There are too many messages' },
  risk_duplicate_order: { status: 422, title: 'Too many orders like this one were sent' },
  risk_repeated_execution: {
    status: 422,
    title: 'Repeated orders were stopped until a person lets them go on',
  },
  reduce_only: { status: 403, title: 'Only what reduces risk is let through' },
  cancel_only: { status: 403, title: 'Only reads and cancels are let through' },
  halted: { status: 503, title: 'Nothing is let through' },
  control_stale: { status: 503, title: 'Whether this may pass cannot be said now' },
  audit_unavailable: { status: 503, title: 'The request could not be recorded' },
  guard_unavailable: { status: 503, title: 'The request could not be judged' },
  credential_unavailable: { status: 503, title: 'The credential could not be read' },
  internal: { status: 503, title: 'The gateway failed' },
  origin_unreachable: { status: 502, title: 'The origin could not be reached' },
  origin_timeout: { status: 504, title: 'The origin did not answer in time' },
} as const satisfies Record<string, RefusalSpec>

export type RefusalCode = keyof typeof REFUSALS

export interface Refusal {
  readonly code: RefusalCode
  /** For the log: a fixed phrase, never anything that the caller sent. */
  readonly reason?: string
  /** For a caller who has proved who it is: what was wrong and what to do next. */
  readonly detail?: string
  /** Extension members of the problem document (RFC 9457 section 3.2). */
  readonly members?: Readonly<
    Record<
      string,
      string | number | readonly string[] | readonly Readonly<Record<string, string>>[]
    >
  >
  /** Whole seconds, at least 1: sent as `Retry-After`. */
  readonly retryAfterSeconds?: number
  /** Nobody was proved to be asking: it counts against the place that it came from. */
  readonly failure?: true
}

/** The refusal as the failed half of a result. */
export function refuse(
  code: RefusalCode,
  more: Omit<Refusal, 'code'> = {},
): { readonly ok: false; readonly error: Refusal } {
  return { ok: false, error: { code, ...more } }
}
