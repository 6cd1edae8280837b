/**
 * What each way of saying no, and each way of ending otherwise, means to a SIEM: one row each. A refusal without a row
 * does not compile.
 */
import { forEachRisk } from '../risk/refusals.ts'
import type { RefusalCode } from '../refusal.ts'
import { ACTION, DISPOSITION, SEVERITY, STATUS, type SeverityId } from './event.ts'

export interface Decision {
  readonly status_id: 1 | 2
  readonly action_id: 1 | 2 | 4
  readonly disposition_id: number
  /** Whether one alone is worth somebody's look. What matters only in numbers, signals say. */
  readonly is_alert: boolean
  readonly severity_id: SeverityId
  /** The control that said no, where it is one that a person sets. */
  readonly policy?: { readonly uid: string; readonly name: string }
}

const denied = (disposition: keyof typeof DISPOSITION) =>
  ({
    status_id: STATUS.failure,
    action_id: ACTION.denied,
    disposition_id: DISPOSITION[disposition],
    is_alert: false,
  }) as const

/** The caller is not, or no longer, somebody who may. */
const UNAUTHORIZED = denied('unauthorized')
/** The request is not what this takes. */
const REJECTED = denied('rejected')
/** A control stood in the way. */
const BLOCKED = denied('blocked')
/** The gateway could not do its part, and let nothing through. */
const FAILED = denied('error')
/** The caller may come again with more. */
const CHALLENGED = { ...denied('challenge'), action_id: ACTION.modified } as const
/** It was let through; the origin failed. */
const ORIGIN_FAILED = { ...denied('error'), action_id: ACTION.allowed } as const

const { informational, low, medium, high } = SEVERITY
const LIMITS = { uid: 'limits', name: 'Rate limits and quotas of the key' } as const
const LOCKOUT = { uid: 'lockout', name: 'Lock after failed authentications' } as const
const ADDRESSES = { uid: 'addresses', name: 'Networks that the key is bound to' } as const
const CERTIFICATE = { uid: 'certificate', name: 'Client certificate of the key' } as const
const PERMISSIONS = { uid: 'permissions', name: 'Permissions of the key' } as const
const ROLES = { uid: 'roles', name: 'Rights of roles over the gateway' } as const
const ROUTES = { uid: 'operations', name: 'What no operation names is refused' } as const
const RISK = { uid: 'risk', name: 'Pre-trade controls' } as const
const KILL = { uid: 'kill', name: 'Kill switch' } as const
const TLS = { uid: 'tls', name: 'TLS 1.3 or newer' } as const

export const DECISIONS = {
  malformed_request: { ...REJECTED, severity_id: low },
  body_too_large: { ...REJECTED, severity_id: low },
  headers_too_large: { ...REJECTED, severity_id: low },
  unknown_operation: { ...BLOCKED, severity_id: low, policy: ROUTES },
  tls_required: { ...BLOCKED, severity_id: low, policy: TLS },
  unauthorized: { ...UNAUTHORIZED, severity_id: low },
  source_locked: { ...BLOCKED, severity_id: medium, policy: LOCKOUT },
  timestamp_skew: { ...REJECTED, severity_id: low },
  retry_fresh: { ...REJECTED, severity_id: informational },
  // Somebody has a request that was meant for nobody but us.
  replayed: { ...BLOCKED, severity_id: medium, is_alert: true },
  key_revoked: { ...UNAUTHORIZED, severity_id: medium },
  key_suspended: { ...UNAUTHORIZED, severity_id: medium },
  credential_expired: { ...UNAUTHORIZED, severity_id: low },
  // The signature was right, the place was not: the secret may be in other hands.
  address_not_allowed: {
    ...UNAUTHORIZED,
    severity_id: medium,
    is_alert: true,
    policy: ADDRESSES,
  },
  client_certificate_required: { ...UNAUTHORIZED, severity_id: medium, policy: CERTIFICATE },
  permission_missing: { ...UNAUTHORIZED, severity_id: low, policy: PERMISSIONS },
  role_missing: { ...UNAUTHORIZED, severity_id: medium, policy: ROLES },
  step_up_required: { ...CHALLENGED, severity_id: informational },
  use_dpop_nonce: { ...CHALLENGED, severity_id: informational },
  invalid_body: { ...REJECTED, severity_id: low },
  // Whoever is on call has to find the program that sends them.
  card_number: { ...REJECTED, severity_id: high, is_alert: true },
  not_found: { ...REJECTED, severity_id: low },
  conflict: { ...REJECTED, severity_id: informational },
  idempotency_conflict: { ...REJECTED, severity_id: informational },
  precondition_required: { ...REJECTED, severity_id: informational },
  precondition_failed: { ...REJECTED, severity_id: informational },
  rate_limited: { ...BLOCKED, severity_id: low, policy: LIMITS },
  daily_quota: { ...BLOCKED, severity_id: low, policy: LIMITS },
  ...forEachRisk({ ...REJECTED, severity_id: medium, policy: RISK }),
  reduce_only: { ...BLOCKED, severity_id: medium, policy: KILL },
  cancel_only: { ...BLOCKED, severity_id: medium, policy: KILL },
  halted: { ...BLOCKED, severity_id: medium, policy: KILL },
  control_stale: { ...FAILED, severity_id: high, is_alert: true },
  audit_unavailable: { ...FAILED, severity_id: high, is_alert: true },
  guard_unavailable: { ...FAILED, severity_id: medium },
  credential_unavailable: { ...FAILED, severity_id: medium },
  internal: { ...FAILED, severity_id: high, is_alert: true },
  origin_unreachable: { ...ORIGIN_FAILED, severity_id: medium },
  origin_timeout: { ...ORIGIN_FAILED, severity_id: medium },
} as const satisfies Record<RefusalCode, Decision>

const ALLOWED = {
  status_id: STATUS.success,
  action_id: ACTION.allowed,
  disposition_id: DISPOSITION.allowed,
  is_alert: false,
  severity_id: informational,
} as const

/** Endings that are no refusal, by what was answered. */
export const ENDINGS = {
  /** Below 400. */
  done: ALLOWED,
  /** 400 to 499: the origin, or one of the gateway's own calls, said no. */
  declined: { ...ALLOWED, status_id: STATUS.failure },
  /** From 500. */
  failed: { ...ORIGIN_FAILED, severity_id: medium },
  /** Refused with a code that this version does not know: written by a newer one. */
  refused: { ...BLOCKED, severity_id: medium },
} as const satisfies Record<string, Decision>

const BY_CODE: ReadonlyMap<string, Decision> = new Map(Object.entries(DECISIONS))

/** The row for how a call ended. */
export function decisionOn(
  decision: 'forwarded' | 'answered' | 'refused',
  code: string | undefined,
  status: number,
): Decision {
  if (decision === 'refused' || code !== undefined)
    return BY_CODE.get(code ?? '') ?? ENDINGS.refused
  if (status < 400) return ENDINGS.done
  return status < 500 ? ENDINGS.declined : ENDINGS.failed
}

/** The row for a refusal's code, or `undefined` for what is none. */
export function decisionOf(code: string): Decision | undefined {
  return BY_CODE.get(code)
}
