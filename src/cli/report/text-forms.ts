/** A report as JSON and as CSV, piece by piece: what is long is never held as a whole. */
import { NOT_RECORDED, type Cell, type Row, type Table } from '../../report/report.ts'
import { instant } from '../../report/text.ts'
import { csvCell } from '../audit/answer-text.ts'
import type { Basis } from './basis.ts'
import type { Made, Rows } from './made.ts'
import { Spool } from './spool.ts'

/** Everything but the rows of tables. */
export function aboutReport({ name, report, period, account, basis }: Made) {
  const { title, rule, about, isNot } = report
  const { fromMs, toMs } = period
  return {
    report: name,
    title,
    inputTo: rule,
    about,
    isNot,
    period: { from: instant(fromMs) ?? null, to: instant(toMs) ?? null },
    account: account ?? null,
    null: NOT_RECORDED,
    ...(basis === undefined ? {} : { ...banner(basis), basis }),
  }
}

/** Where verification failed, the first thing that anybody reads says so. */
function banner({ verification }: Basis): Row {
  return verification === 'failed' ? { WARNING: UNVERIFIED } : {}
}

export const UNVERIFIED = 'NOT VERIFIED'

export async function* jsonText(made: Made): AsyncGenerator<string> {
  const { tables: _tables, ...head } = { ...aboutReport(made), tables: undefined }
  const opened = JSON.stringify({ ...head, sections: made.sections }).slice(0, -1)
  yield `${opened},"tables":{`
  let isFirst = true
  for (const [id, spool] of made.spools) {
    const { title, about, columns } = spool.table
    const names = columns.map((column) => column.id)
    const table = JSON.stringify({ title, about, columns: names, count: spool.count })
    yield `${isFirst ? '' : ','}${JSON.stringify(id)}:${table.slice(0, -1)},"rows":[`
    isFirst = false
    let between = ''
    for await (const cells of spool.rows()) {
      yield between + JSON.stringify(cells)
      between = ','
    }
    yield ']}'
  }
  yield '}}\n'
}

/** RFC 4180. Of what was not verified each row says so: rows are copied without what stands above them. */
export async function* csvText(spool: Rows, basis: Basis | undefined): AsyncGenerator<string> {
  const mark: readonly Cell[] = basis?.verification === 'failed' ? [UNVERIFIED] : []
  const titles = [...mark.map(() => 'verification'), ...spool.table.columns.map(({ id }) => id)]
  yield line(titles)
  for await (const cells of spool.rows()) yield line([...mark, ...cells])
}

function line(cells: readonly Cell[]): string {
  return `${cells.map((cell) => csvCell(cell ?? NOT_RECORDED)).join(',')}\r\n`
}

const FIGURES: Table = {
  id: 'figures',
  title: 'Figures',
  about: 'Every figure of the report.',
  columns: ['section', 'id', 'figure', 'value'].map((id) => ({ id, title: id })),
}

const BASIS: Table = {
  id: 'basis',
  title: 'On what the report rests',
  about: 'Range of leaves, checkpoint, and what was verified.',
  columns: ['name', 'value'].map((id) => ({ id, title: id })),
}

/** The tables that a CSV can be of: the report's own, its figures, and what it rests on. */
export function csvTables(made: Made): ReadonlyMap<string, Rows> {
  const figures = new Spool(FIGURES, '')
  for (const { id: section, figures: all } of made.sections)
    for (const { id, title, value } of all) figures.add({ section, id, figure: title, value })
  const basis = new Spool(BASIS, '')
  for (const [name, value] of Object.entries(flat(aboutReport(made)))) basis.add({ name, value })
  return new Map<string, Rows>([...made.spools, [FIGURES.id, figures], [BASIS.id, basis]])
}

function flat(value: object, prefix = ''): Readonly<Record<string, Cell>> {
  const members = Object.entries(value).map(([name, member]): readonly [string, Cell][] => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    if (typeof member === 'object' && member !== null) return Object.entries(flat(member, path))
    return [[path, member === undefined ? null : member]]
  })
  return Object.fromEntries(members.flat())
}
