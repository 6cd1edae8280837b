/** What the records of an export tell, counted as they pass by: for the readable report. */
import { type AuditRecord, type ChangeRecord } from '../../audit/record.ts'
import { classOfRecord } from '../../audit/record-class.ts'
import type { Visit } from '../../audit/verify/walk.ts'

/** Listed one by one; of more the first are, and the others are counted. */
export const MOST_LISTED = 500

export interface Listed {
  readonly index: number
  readonly record: AuditRecord
}

export interface Activity {
  calls: number
  orders: number
  refused: number
  lastMs: number
}

export class Summary {
  readonly types = new Map<string, number>()
  readonly classes = new Map<string, number>()
  readonly decisions = new Map<string, number>()
  readonly refusals = new Map<string, number>()
  readonly operations = new Map<string, number>()
  readonly accounts = new Map<string, Activity>()
  readonly keys = new Map<string, Activity>()
  readonly changes: { readonly index: number; readonly record: ChangeRecord }[] = []
  readonly gaps: Listed[] = []
  readonly unknowns: Listed[] = []
  readonly forks: Listed[] = []
  unknown = 0
  strangers = 0
  shredded = 0
  unreadable = 0
  firstMs: number | undefined
  lastMs: number | undefined

  take({ index, record, state }: Visit): void {
    if (state === 'shredded') this.shredded += 1
    if (state === 'broken' || state === 'missing') this.unreadable += 1
    if (record === undefined) return
    count(this.types, record.type)
    count(this.classes, classOfRecord(record))
    this.firstMs = Math.min(record.atMs, this.firstMs ?? record.atMs)
    this.lastMs = Math.max(record.atMs, this.lastMs ?? record.atMs)
    this.#list(index, record)
    if (record.type === 'strangers') this.strangers += record.count
    if (record.type === 'outcome') this.#outcome(record)
  }

  #list(index: number, record: AuditRecord): void {
    const isUnknown = record.type === 'outcome' && record.outcome === 'unknown'
    if (record.type === 'change') keep(this.changes, { index, record })
    else if (record.type === 'gap') keep(this.gaps, { index, record })
    else if (record.type === 'fork') keep(this.forks, { index, record })
    else if (record.type === 'unknown' || isUnknown) {
      this.unknown += 1
      keep(this.unknowns, { index, record })
    }
  }

  #outcome(record: AuditRecord & { readonly type: 'outcome' }): void {
    const { decision, code, status, operation, account, keyId } = record
    count(this.decisions, decision)
    if (decision === 'refused') count(this.refusals, code ?? `status ${status}`)
    if (operation !== undefined) count(this.operations, operation)
    if (account !== undefined) active(this.accounts, account, record)
    if (keyId !== undefined) active(this.keys, keyId, record)
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function keep<T>(list: T[], one: T): void {
  if (list.length < MOST_LISTED) list.push(one)
}

function active(
  by: Map<string, Activity>,
  name: string,
  { kind, decision, atMs }: AuditRecord & { readonly type: 'outcome' },
): void {
  const activity = by.get(name) ?? { calls: 0, orders: 0, refused: 0, lastMs: 0 }
  by.set(name, activity)
  activity.calls += 1
  if (kind !== undefined && kind !== 'read') activity.orders += 1
  if (decision === 'refused') activity.refused += 1
  activity.lastMs = Math.max(activity.lastMs, atMs)
}
