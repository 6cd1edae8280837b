/** Plain text for people: tables and lists of facts, aligned, within 120 columns. */

/** What a terminal is taken to hold. */
export const MOST_COLUMNS = 120
const GAP = '  '
const LEAST_COLUMNS = 8

export interface Column {
  readonly title: string
  /** Whether it may be cut to fit. Ids may not: they are copied. */
  readonly cut?: boolean
}

/** One line for each row under the titles. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  most = MOST_COLUMNS,
): string {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) => row.map(plain))
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  narrow(widths, columns, most - GAP.length * (columns.length - 1))
  return cells
    .map((row) => {
      const fitted = row.map((cell, at) => fit(cell, widths[at] ?? 0).padEnd(widths[at] ?? 0))
      return fitted.join(GAP).trimEnd()
    })
    .join('\n')
}

/** Takes from the widest column that may be cut, until all fit. */
function narrow(widths: number[], columns: readonly Column[], most: number): void {
  const cuttable = columns.flatMap(({ cut }, at) => (cut === true ? [at] : []))
  const width = (at: number) => widths[at] ?? 0
  for (;;) {
    const over = widths.reduce((sum, one) => sum + one, 0) - most
    const wide = cuttable.filter((at) => width(at) > LEAST_COLUMNS)
    if (over <= 0 || wide.length === 0) return
    const widest = wide.reduce((one, other) => (width(other) > width(one) ? other : one))
    widths[widest] = width(widest) - 1
  }
}

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

/** `label  value` for each fact; a long value goes on in the next line, broken at its spaces. */
export function facts(
  pairs: readonly (readonly [label: string, value: string])[],
  most = MOST_COLUMNS,
): string {
  const width = Math.max(...pairs.map(([label]) => label.length))
  const indent = ' '.repeat(width) + GAP
  return pairs
    .map(([label, value]) => {
      const lines = wrap(plain(value).split(' '), most - indent.length)
      return `${label.padEnd(width)}${GAP}${lines.join(`\n${indent}`)}`.trimEnd()
    })
    .join('\n')
}

/** Words side by side, in as many lines as it takes. */
export function wrap(words: readonly string[], width: number): string[] {
  const lines = ['']
  for (const word of words) {
    const line = lines.at(-1) ?? ''
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** A text that moves no cursor and hides nothing. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
}

/** A time to the second; a dash where there is none. */
export function time(iso: string | null | undefined): string {
  return iso?.replace(/\.\d+Z$/, 'Z') ?? '-'
}

export function list(items: readonly string[], none = '-'): string {
  return items.length === 0 ? none : items.join(', ')
}
