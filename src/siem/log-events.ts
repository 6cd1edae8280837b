/** What the audit log says about itself and about strangers: numbers that are missing, numbers given twice, refusals counted. */
import type { AuditRecord, StrangersRecord } from '../audit/record.ts'
import { named, recordMembers, sourceOf } from './common.ts'
import { decisionOf } from './decisions.ts'
import {
  ACTION,
  CLASS,
  DISPOSITION,
  SEVERITY,
  STATUS,
  typed,
  type OcsfEvent,
  type Product,
  type SeverityId,
} from './event.ts'
import { incidentMembers } from './finding.ts'
import { held, MOST } from './fit.ts'

type GapRecord = Extract<AuditRecord, { type: 'gap' }>
type ForkRecord = Extract<AuditRecord, { type: 'fork' }>

/** What became of these calls of a key is not in the log. */
export function gapEvent(record: GapRecord, product: Product): OcsfEvent {
  const { keyId, subject, first, last, cause } = record
  const isLost = cause === 'not-received'
  return {
    ...typed(CLASS.apiActivity, 0),
    ...recordMembers(record, product),
    // After a start, numbers that were reserved were mostly never given; on the way, some were.
    severity_id: isLost ? SEVERITY.high : SEVERITY.low,
    status_id: STATUS.unknown,
    status_code: 'audit_gap',
    status_detail: isLost
      ? 'Records did not arrive'
      : 'Numbers were lost with the memory of an object',
    action_id: ACTION.unknown,
    disposition_id: DISPOSITION.logged,
    is_alert: isLost,
    message: `audit gap: ${last - first + 1} numbers`,
    count: last - first + 1,
    actor: { app_uid: held(keyId ?? subject?.id ?? 'unknown', MOST.id) },
    api: { operation: 'audit.gap' },
    src_endpoint: named('unknown'),
    unmapped: { first, last, cause },
  }
}

/** An object went on from an older state than the log has: its state was set back, or somebody lies about it. */
export function forkEvent(record: ForkRecord, product: Product): OcsfEvent {
  const { uid, keyId, subject, of, number } = record
  const whose = keyId ?? subject?.id ?? 'unknown'
  return {
    ...recordMembers(record, product),
    ...incidentMembers({
      uid,
      title: 'A number was given twice',
      desc: 'What came second is kept beside what came first',
      rule: 'audit_fork',
      technique: 'T1070',
    }),
    resources: undefined,
    unmapped: { [keyId === undefined ? 'subject' : 'key_id']: held(whose, MOST.id), of, number },
  }
}

/** Refusals and open calls of one network that were too many to be kept one by one. */
export function strangersEvent(record: StrangersRecord, product: Product): OcsfEvent {
  const { network, count, fromMs, atMs } = record
  const ends = Object.entries(record.ends).toSorted(([, a], [, b]) => b - a)
  const refused = ends.flatMap(([end]) => decisionOf(end) ?? [])
  const severity = refused.reduce<SeverityId>(
    (worst, { severity_id }) => (severity_id > worst ? severity_id : worst),
    SEVERITY.informational,
  )
  const shown = ends.slice(0, MOST.items).map(([end, times]) => [held(end, 40), times] as const)
  return {
    ...typed(CLASS.apiActivity, 0),
    ...recordMembers(record, product),
    severity_id: severity,
    status_id: refused.length > 0 ? STATUS.failure : STATUS.success,
    status_code: held(ends[0]?.[0] ?? 'none', MOST.name),
    action_id: refused.length > 0 ? ACTION.denied : ACTION.allowed,
    disposition_id: DISPOSITION.count,
    is_alert: false,
    message: `${count} calls without a known caller`,
    count,
    start_time: fromMs,
    end_time: atMs,
    actor: { user: { name: 'unauthenticated', type_id: 0 } },
    api: { operation: 'unknown' },
    src_endpoint: { ...sourceOf(record), name: held(network, MOST.name) },
    unmapped: { ends: Object.fromEntries(shown) },
  }
}
