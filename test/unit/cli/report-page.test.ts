import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import type { Basis } from '../../../src/cli/report/basis.ts'
import { reportHtml } from '../../../src/cli/report/page.ts'
import type { Cell, Chart, Column } from '../../../src/report/report.ts'

const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'name', kind: 'code' },
  { id: 'count', title: 'count', kind: 'number' },
  { id: 'hidden', title: 'hidden', apart: true },
]

const BASIS: Basis = {
  log: 'log.example',
  checkpoint: { size: 9, root: 'root=' },
  signedBy: ['log.example+1'],
  witnessedBy: [],
  verification: 'passed',
  claims: [{ title: 'Every leaf has its record', status: 'pass', figures: { records: 8 } }],
  firstBroken: null,
  range: { first: 1, last: 8 },
  records: { read: 8, inReport: 7, shredded: 1, unreadable: 0, notInExport: 0 },
  firstRecord: null,
  lastRecord: null,
}

interface Shown {
  readonly rows?: readonly (readonly Cell[])[]
  readonly count?: number
  readonly charts?: readonly Chart[]
  readonly text?: string
  readonly basis?: Basis
}

function pageOf({ rows = [], count = rows.length, charts = [], text = 'x', basis = BASIS }: Shown) {
  const table = { id: 'rows', title: text, about: text, columns: COLUMNS }
  const spool = {
    table,
    count,
    first: (most: number) => rows.slice(0, most),
    async *rows() {
      yield* rows
    },
  }
  const report = { title: text, rule: text, about: text, isNot: text, parts: [] }
  const figures = [
    { id: 'known', title: text, value: 1234 },
    { id: 'unknown', title: text, value: null },
  ]
  return reportHtml({
    name: 'limits',
    report,
    parts: [],
    period: { fromMs: undefined, toMs: undefined },
    account: text,
    basis,
    sections: [{ id: 's', title: 'A section', about: text, figures, charts, tables: ['rows'] }],
    spools: new Map([['rows', spool]]),
  })
}

test('whatever a record says stays text, in cells, figures, headings and charts', () => {
  const bare = pageOf({ rows: [['x', 1, 'x']], charts: chartsOf('x') })
  const shape = (page: string) => page.replaceAll(/>[^<]*</g, '><').replaceAll(/="[^"]*"/g, '')
  assert(
    property(string({ unit: 'binary', minLength: 1, maxLength: 20 }), (odd) => {
      const page = pageOf({ rows: [[odd, 1, odd]], charts: chartsOf(odd), text: odd })
      expect(shape(page).replaceAll(/ (?:long|short)(?=["> ])/g, '')).toBe(
        shape(bare).replaceAll(/ (?:long|short)(?=["> ])/g, ''),
      )
    }),
    { numRuns: 60 },
  )
  const page = pageOf({
    rows: [['<script>alert(1)</script>', 1, '']],
    text: '"><img src=x onerror=alert(1)>',
  })
  expect(page).not.toMatch(/<(?:img|script|link|iframe|object)\b|<[^>]*\b(?:src|href|on\w+)=/i)
  expect(page).toContain('&lt;script&gt;')
  expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'")
})

function chartsOf(title: string): readonly Chart[] {
  const plot = { title, unit: title, id: 'c' }
  const points = [
    { atMs: 0, value: 3, low: -1, high: 2 },
    { atMs: 86_400_000, value: 0, low: 0, high: 0 },
  ]
  return [
    { ...plot, kind: 'bars', bars: [[title, 2]] },
    { ...plot, kind: 'steps', stepMs: 86_400_000, points },
    { ...plot, kind: 'ranges', stepMs: 86_400_000, points },
  ]
}

test('a figure or a cell without a record is not recorded; zero is zero', () => {
  const page = pageOf({ rows: [[null, 0, '']] })
  expect(page.match(/<b>not recorded<\/b>/g)).toHaveLength(1)
  expect(page).toMatch(/<td class="mono nothing">not recorded<\/td>\s*<td class="num">0<\/td>/)
  expect(page).toContain('<b>1,234</b>')
})

test('a long table is cut, and says how long it is and where all of it is', () => {
  const rows = Array.from({ length: 100 }, (_, i): readonly Cell[] => [`row-${i}`, i, ''])
  const page = pageOf({ rows, count: 1_000_000 })
  expect(page.match(/>row-/g)).toHaveLength(40)
  expect(page).toContain('The first 40 of 1,000,000 rows, 1 further columns left out')
  expect(page).toContain('portcullis report limits … --format csv --table rows')
})

test('what was not verified says so before anything else, and in its largest letters', () => {
  const failed = { ...BASIS, verification: 'failed', firstBroken: 'leaf 4: changed' } as const
  const page = pageOf({ basis: failed })
  expect(page).toMatch(/class="verdict fail unverified">\s*NOT VERIFIED/)
  expect(page).toContain('leaf 4: changed')
  expect(page).toContain('.verdict.unverified { font-size: 2.6rem')
  expect(pageOf({})).not.toContain('NOT VERIFIED')
  const own = { ...BASIS, verification: 'passed on the word of the export itself' } as const
  expect(pageOf({ basis: own })).toContain('who signed it is not proved')
})

test('names the range and the checkpoint that it rests on, and what could not be read', () => {
  const page = pageOf({}).replaceAll(/\s+/g, ' ')
  expect(page).toContain(
    'leaves 1 to 8 of log.example: 8 records read, of which 7 are of this period',
  )
  expect(page).toContain('1 shredded')
  expect(page).toContain('<code>root=</code>')
})
