/** Which records a report is about: those of a period and, where asked for, of one account. */
import type { AuditRecord, ChangeRecord } from '../audit/record.ts'
import { membersOf } from './members.ts'
import type { Period } from './report.ts'

export function isInPeriod({ atMs }: AuditRecord, { fromMs, toMs }: Period): boolean {
  return (fromMs === undefined || atMs >= fromMs) && (toMs === undefined || atMs < toMs)
}

/**
 * Whether a record is about the account. What binds every account is about each of them, and so is what says that
 * something is missing: it must not vanish behind a narrow question.
 */
export function concerns(record: AuditRecord, account: string): boolean {
  if (record.type === 'gap' || record.type === 'fork') return true
  if (record.type === 'change') return changeConcerns(record, account)
  return 'account' in record && record.account === account
}

function changeConcerns({ subject, before, after }: ChangeRecord, account: string): boolean {
  if (subject.type === 'firm') return true
  if (subject.type === 'account' || subject.type === 'orders') return subject.id === account
  if (subject.type !== 'key') return false
  return membersOf(after ?? before).get('account') === account
}
