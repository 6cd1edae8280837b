/** Tables and sections of what was found, as text for a terminal and as Markdown. */
import type { Spread } from './statistics.ts'

export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A ratio as it is kept, to be compared with another run's. */
export interface Ratio extends Spread {
  readonly name: string
}

export interface Section {
  readonly title: string
  /** Tables, and paragraphs between them. */
  readonly parts: readonly (string | Table)[]
  readonly ratios: readonly Ratio[]
}

/** For a terminal. */
export function asText({ title, parts }: Section): string {
  const texts = parts.map((part) => (typeof part === 'string' ? plain(part) : textTable(part)))
  return `\n== ${title}\n\n${texts.join('\n\n')}\n`
}

export function asMarkdown({ title, parts }: Section): string {
  const texts = parts.map((part) => (typeof part === 'string' ? part : markdownTable(part)))
  return `## ${title}\n\n${texts.join('\n\n')}\n`
}

/** A number with as many digits as mean something. */
export function digits(value: number): string {
  const size = Math.abs(value)
  if (size >= 1_000 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
}

export function interval({ low, high }: Spread): string {
  return `${digits(low)}–${digits(high)}`
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

const WIDTH = 118

/** Without marks, in lines of a terminal's width. */
function plain(paragraph: string): string {
  const lines = paragraph.split('\n').map((line) => {
    let row = ''
    const rows: string[] = []
    for (const word of line.replaceAll(/[*`]/g, '').split(' ')) {
      if (row.length + word.length >= WIDTH) {
        rows.push(row)
        row = ''
      }
      row += row === '' ? word : ` ${word}`
    }
    return [...rows, row].join('\n')
  })
  return lines.join('\n')
}

function textTable(table: Table): string {
  const columns = columnsOf(table)
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => padded(cell, columns[i]))
      .join('  ')
      .trimEnd()
  const rule = columns.map(({ width }) => '-'.repeat(width)).join('  ')
  return [line(table.head), rule, ...table.rows.map(line)].join('\n')
}

function markdownTable(table: Table): string {
  const columns = columnsOf(table)
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => padded(cell, columns[i])).join(' | ')} |`
  const rule = columns.map(({ width, isNumber }) =>
    isNumber ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  )
  return [line(table.head), `| ${rule.join(' | ')} |`, ...table.rows.map(line)].join('\n')
}

interface Column {
  readonly width: number
  readonly isNumber: boolean
}

function columnsOf({ head, rows }: Table): Column[] {
  return head.map((title, i) => {
    const cells = rows.map((row) => row[i] ?? '')
    return {
      width: Math.max(3, title.length, ...cells.map(({ length }) => length)),
      isNumber: cells.every((cell) => /^[-−+±]?[\d.,]|^$/.test(cell)),
    }
  })
}

function padded(cell: string, column: Column | undefined): string {
  const { width = 0, isNumber = false } = column ?? {}
  return isNumber ? cell.padStart(width) : cell.padEnd(width)
}
