/**
 * How Binance's clients are told no (binance-spot-api-docs, errors.md). What may be sent again and what may
 * not is decided by these numbers: clients retry on some of them, and an order must not be among those unless
 * it is certain that it was not placed.
 */
import type { RefusalCode } from '../../refusal.ts'
import { forEachRisk } from '../../risk/refusals.ts'
import type { NativeRefusal } from '../dialect.ts'

const NOT_AUTHORIZED = { code: -1002, msg: 'You are not authorized to execute this request.' }
const ILLEGAL = { code: -1100, msg: 'Illegal characters found in a parameter.' }
const TOO_MANY = { code: -1003, msg: 'Too many requests.' }
const BAD_SIGNATURE = { code: -1022, msg: 'Signature for this request is not valid.' }
const BAD_TIME = { code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' }
const DUPLICATE = { code: -2010, msg: 'Duplicate order sent.' }
/** Of the codes for orders that were turned away: nothing was placed, and sending it again changes nothing. */
const BLOCKED_ORDER = { code: -2010, msg: 'New order rejected by a pre-trade control.' }
/** Its clients raise a plain error for it and do not retry. */
const OVERLOADED = {
  code: -1008,
  msg: 'Server is currently overloaded with other requests. Please try again in a few minutes.',
}
const UNKNOWN_OUTCOME = {
  code: -1099,
  msg: 'Execution status unknown. Look the order up before you send another.',
}

const NATIVE: Readonly<Record<RefusalCode, NativeRefusal['members']>> = {
  malformed_request: ILLEGAL,
  body_too_large: ILLEGAL,
  headers_too_large: ILLEGAL,
  unknown_operation: NOT_AUTHORIZED,
  tls_required: NOT_AUTHORIZED,
  unauthorized: BAD_SIGNATURE,
  source_locked: TOO_MANY,
  timestamp_skew: BAD_TIME,
  retry_fresh: BAD_TIME,
  replayed: DUPLICATE,
  key_revoked: NOT_AUTHORIZED,
  key_suspended: NOT_AUTHORIZED,
  credential_expired: NOT_AUTHORIZED,
  address_not_allowed: NOT_AUTHORIZED,
  client_certificate_required: NOT_AUTHORIZED,
  permission_missing: NOT_AUTHORIZED,
  role_missing: NOT_AUTHORIZED,
  step_up_required: NOT_AUTHORIZED,
  use_dpop_nonce: NOT_AUTHORIZED,
  invalid_body: ILLEGAL,
  card_number: ILLEGAL,
  not_found: NOT_AUTHORIZED,
  conflict: NOT_AUTHORIZED,
  idempotency_conflict: ILLEGAL,
  precondition_required: ILLEGAL,
  precondition_failed: ILLEGAL,
  rate_limited: TOO_MANY,
  daily_quota: TOO_MANY,
  ...forEachRisk(BLOCKED_ORDER),
  reduce_only: BLOCKED_ORDER,
  cancel_only: BLOCKED_ORDER,
  halted: OVERLOADED,
  control_stale: OVERLOADED,
  audit_unavailable: OVERLOADED,
  guard_unavailable: OVERLOADED,
  credential_unavailable: OVERLOADED,
  internal: OVERLOADED,
  origin_unreachable: OVERLOADED,
  origin_timeout: OVERLOADED,
}

/** @param outcomeUnknown whether the origin may have acted: then nothing that invites to send it again. */
export function nativeRefusal(code: RefusalCode, outcomeUnknown: boolean): NativeRefusal {
  return { members: outcomeUnknown ? UNKNOWN_OUTCOME : NATIVE[code] }
}
