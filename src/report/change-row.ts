/** How a change is listed, in every report alike: who, what, why, by whose approval. */
import type { ChangeRecord } from '../audit/record.ts'
import { membersOf } from './members.ts'
import type { Column, Row } from './report.ts'
import { instant } from './text.ts'

export const WHO_COLUMNS = [
  { id: 'leaf', title: 'leaf', kind: 'number' },
  { id: 'at', title: 'when', kind: 'time' },
  { id: 'subject', title: 'of', kind: 'code' },
  { id: 'version', title: 'version', kind: 'number', apart: true },
  { id: 'what', title: 'what' },
  { id: 'by', title: 'by', kind: 'code' },
] as const satisfies readonly Column[]

export const WHY_COLUMNS = [
  { id: 'reason', title: 'reason' },
  { id: 'approver', title: 'approved by', kind: 'code' },
  { id: 'ticket', title: 'ticket', kind: 'code' },
] as const satisfies readonly Column[]

/** With what it was and became, as it is recorded. */
export const CHANGE_COLUMNS: readonly Column[] = [
  ...WHO_COLUMNS,
  ...WHY_COLUMNS,
  { id: 'before', title: 'before', kind: 'code' },
  { id: 'after', title: 'after', kind: 'code' },
]

/** There is one firm: its name says no more than that. */
export function subjectText({ type, id }: ChangeRecord['subject']): string {
  return type === id ? type : `${type} ${id}`
}

export function whoRow(index: number, record: ChangeRecord): Row {
  const { atMs, subject, version, what, user, keyId, reason, approver, ticket } = record
  return {
    leaf: index,
    at: instant(atMs),
    subject: subjectText(subject),
    version,
    what,
    by: user ?? (keyId === undefined ? undefined : `key ${keyId}`),
    reason,
    approver,
    ticket,
  }
}

export function changeRow(index: number, record: ChangeRecord): Row {
  return { ...whoRow(index, record), before: record.before, after: record.after }
}

/** The member of a change that says when it ends by itself. */
export const UNTIL = 'untilMs'

export function untilText(ms: string): string {
  return /^[0-9]{1,15}$/.test(ms) ? (instant(Number(ms)) ?? ms) : ms
}

/** When what was set ends, where it says so. */
export function untilOf({ after }: ChangeRecord): string | undefined {
  const until = membersOf(after).get(UNTIL)
  return until === undefined ? undefined : untilText(until)
}
