/** What goes into a log that a test makes, before it is sealed, and what a forger would change of it. */
import type { AuditRecord } from '../../../src/audit/record.ts'

export interface DraftRecord {
  readonly kind: 'record'
  record: AuditRecord
  salt: Uint8Array
  shard: string
  slot: number
  /** What a forger does: other text, other members of the leaf, no line, a line more. */
  text?: string
  leaf?: Readonly<Record<string, unknown>>
  line?: 'none' | 'shredded'
}

export interface DraftRound {
  readonly kind: 'round'
  at: number
  /** What a forger does: other members. */
  leaf?: Readonly<Record<string, unknown>>
}

export type Draft = (DraftRecord | DraftRound)[]
