/** What a report has become, before it is written in any form. */
import type { Cell, Part, Period, Report, Section, Table } from '../../report/report.ts'
import type { Basis } from './basis.ts'

export interface Asked {
  readonly name: string
  readonly report: Report
  readonly parts: readonly Part[]
  readonly period: Period
  readonly account: string | undefined
}

/** A report with everything that it says, ready to be written in any form. */
export interface Made extends Asked {
  readonly basis: Basis | undefined
  readonly sections: readonly Section[]
  readonly spools: ReadonlyMap<string, Rows>
}

export type Cells = readonly Cell[]

/** What is written of a table. */
export interface Rows {
  readonly table: Table
  readonly count: number
  /** The first rows, as far as a page shows them. */
  first(most: number): readonly Cells[]
  /** All rows, in the order in which they came. */
  rows(): AsyncIterable<Cells>
}
