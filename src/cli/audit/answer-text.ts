/** Rows of an answer as a table for people, as JSON, or as CSV for a spreadsheet. */
import { table } from '../table.ts'
import type { Answer, Cell } from './answer.ts'

/** What a table for people shows of records; all of them is in the other formats. */
const SHOWN = [
  'leaf',
  'time',
  'type',
  'keyId',
  'sequence',
  'operation',
  'decision',
  'status',
  'code',
  'what',
] as const

/** Columns of which the end may be missing. */
const CUT = ['operation', 'code', 'what']

export function recordsTable({ columns, rows, more }: Answer): string {
  const at = SHOWN.map((name) => columns.indexOf(name))
  const isUsed = (place: number) => rows.some((row) => (row[place] ?? null) !== null)
  const used = at.filter(isUsed)
  const titles = used.map((place) => columns[place] ?? '')
  return tableOf(
    titles,
    rows.map((row) => used.map((place) => row[place] ?? null)),
    more,
  )
}

export function answerTable({ columns, rows, more }: Answer): string {
  return tableOf(columns, rows, more)
}

function tableOf(
  titles: readonly string[],
  rows: readonly (readonly Cell[])[],
  more: boolean,
): string {
  const shown = titles.map((title) => ({ title, cut: CUT.includes(title) }))
  const text = table(
    shown,
    rows.map((row) => row.map(cellText)),
  )
  const count = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'row' : 'rows'}`
  return `${text}\n\n${count}${more ? ', and there are more: raise --limit' : ''}`
}

function cellText(cell: Cell): string {
  return cell === null ? '-' : String(cell)
}

/** Records as they are, each beside its leaf. */
export function recordItems({ columns, rows }: Answer): readonly unknown[] {
  const [index, record] = [columns.indexOf('leaf'), columns.indexOf('record')]
  return rows.map((row) => {
    const text = row[record]
    return typeof text === 'string'
      ? { index: row[index], record: parsed(text) }
      : { index: row[index], shredded: true }
  })
}

/** A record that is no JSON is shown as the text that it is: whether it is true says `audit verify`. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export function answerItems({ columns, rows }: Answer): readonly unknown[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])))
}

/** RFC 4180. */
export function csv({ columns, rows }: Answer): string {
  return [columns, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')
}

/** A text that a spreadsheet would run as a formula gets a mark in front that keeps it a text. */
export function csvCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
