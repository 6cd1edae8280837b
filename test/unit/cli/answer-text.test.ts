import { array, assert, oneof, property, string, constant, integer } from 'fast-check'
import { expect, test } from 'vitest'
import { csv } from '../../../src/cli/audit/answer-text.ts'

/** RFC 4180, read by its grammar. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g,
  )) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === '\r\n') rows.push([])
    if (end === '') break
  }
  return rows
}

const cells = oneof(
  string({ unit: 'binary', maxLength: 12 }),
  constant('a,"b"\r\nc'),
  constant('=1+1'),
  integer(),
  constant(null),
)

test('CSV can be read again, cell by cell, and no text of it is a formula', () => {
  assert(
    property(array(array(cells, { minLength: 2, maxLength: 2 }), { maxLength: 6 }), (rows) => {
      const text = csv({ columns: ['one', 'two'], rows, more: false })
      const [head, ...read] = readCsv(text)
      expect(head).toEqual(['one', 'two'])
      expect(read).toHaveLength(rows.length)
      for (const [r, row] of rows.entries())
        for (const [c, cell] of row.entries()) {
          const shown = read[r]?.[c] ?? ''
          if (typeof cell === 'string') expect(shown).not.toMatch(/^[=+\-@\t\r]/)
          expect([cell === null ? '' : String(cell), `'${cell}`]).toContain(shown)
        }
    }),
  )
})
