/**
 * What a report is: sections of figures, charts and tables, folded in one pass over the records of the audit log. A
 * figure without a record behind it is `null` and prints `not recorded`; a field that nobody knows is `unknown`.
 */
import type { AuditRecord } from '../audit/record.ts'

/** `null`: no record says it. The empty text: room for whoever fills the report in. */
export type Cell = string | number | boolean | null

export const NOT_RECORDED = 'not recorded'
export const UNKNOWN = 'unknown'

export interface Column {
  readonly id: string
  readonly title: string
  /** How a page sets it: a time to the second, an instant as fine as it was recorded. */
  readonly kind?: 'number' | 'time' | 'instant' | 'code'
  /** Left out of the page, for want of room: it is in the CSV and the JSON. */
  readonly apart?: true
}

export interface Table {
  readonly id: string
  readonly title: string
  readonly about: string
  readonly columns: readonly Column[]
  /** Shown on a page as far as it can be: somebody fills it in. */
  readonly whole?: true
}

/** Cells by the ids of their columns; what is absent is not recorded. */
export type Row = Readonly<Record<string, Cell | undefined>>

export interface Figure {
  readonly id: string
  readonly title: string
  readonly value: Cell
}

interface Plot {
  readonly id: string
  readonly title: string
  readonly unit: string
}

/** How much there was of it, of one thing beside another. */
export interface Bars extends Plot {
  readonly kind: 'bars'
  readonly bars: readonly (readonly [name: string, value: number])[]
}

/** How much there was of it, step by step; a step that is not listed had none. */
export interface Steps extends Plot {
  readonly kind: 'steps'
  readonly stepMs: number
  readonly points: readonly { readonly atMs: number; readonly value: number }[]
}

/** From where to where it lay, step by step. */
export interface Ranges extends Plot {
  readonly kind: 'ranges'
  readonly stepMs: number
  readonly points: readonly { readonly atMs: number; readonly low: number; readonly high: number }[]
}

export type Chart = Bars | Steps | Ranges

export interface Section {
  readonly id: string
  readonly title: string
  readonly about: string
  readonly figures: readonly Figure[]
  readonly charts: readonly Chart[]
  /** The ids of its tables. */
  readonly tables: readonly string[]
}

export interface Period {
  /** Milliseconds since 1970; from the first record, or to the last, where absent. */
  readonly fromMs: number | undefined
  /** Left out itself. */
  readonly toMs: number | undefined
}

export interface Entry {
  /** The leaf that stands for it in the log. */
  readonly index: number
  readonly record: AuditRecord
  /** Whether it is of the period and the account that were asked for. */
  readonly within: boolean
}

/** Where a part puts texts that wait until all records have passed: as many as there are. */
export interface Shelf {
  put(key: string, text: string): void
  get(key: string): string | undefined
  /** All that was put there, in the order in which it came. */
  all(key: string): readonly string[]
  /** Those of a list, in the order in which they came. */
  add(list: string, text: string): void
  list(list: string): Iterable<string>
}

export interface Ports {
  readonly period: Period
  readonly account: string | undefined
  /** @param table the id of one of the part's own tables. */
  readonly emit: (table: string, row: Row) => void
  readonly shelf: Shelf
}

/** One section on its way: takes every record up to the end of the period, in the order of the log. */
export interface Fold {
  take(entry: Entry): void
  end(): Section
}

export interface Part {
  readonly tables: readonly Table[]
  begin(ports: Ports): Fold
}

/** A report: what it is for, what it is not, and of what it is made. */
export interface Report {
  readonly title: string
  /** The rules in which somebody may need it. */
  readonly rule: string
  readonly about: string
  readonly isNot: string
  readonly parts: readonly Part[]
  /** Other forms of it, by name. */
  readonly shapes?: Readonly<Record<string, readonly Part[]>>
}

export function figure(id: string, title: string, value: Cell | undefined): Figure {
  return { id, title, value: value ?? null }
}
