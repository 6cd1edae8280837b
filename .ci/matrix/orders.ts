/** What the audit log is asked about orders. */
import { ask } from './clause.ts'

/** Orders that these refusals turned away: whose, when, by whose limit. */
export function rejects(...codes: readonly string[]) {
  const list = codes.map((code) => `'${code}'`).join(', ')
  return ask(
    `SELECT time, record->>'$.account' AS account, record->>'$.code' AS code, record->>'$.scope' AS scope, record->>'$.limit' AS most, record->>'$.actual' AS actual FROM records WHERE type = 'order_event' AND (record->>'$.code') IN (${list})`,
  )
}

export const REJECTS = ask(
  `SELECT record->>'$.code' AS code, record->>'$.scope' AS scope, count(*) AS n FROM records WHERE type = 'order_event' AND (record->>'$.decision') = 'refused' GROUP BY ALL`,
)

export const ORDER_RECORD = 'portcullis report orders --in EXPORT'

export const LIMITS_HISTORY = ask(
  `SELECT time, subjectId, record->>'$.user' AS by, approver, ticket, reason FROM records WHERE what = 'risk.limits'`,
)

export const OVERRIDES = ask(
  `SELECT time, subjectId, what, record->>'$.user' AS by, ticket, reason FROM records WHERE what LIKE 'risk.override.%'`,
)
