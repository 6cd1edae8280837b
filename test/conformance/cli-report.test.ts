/** `portcullis report` over an export: verified or refused, the same bytes twice, nothing run by whoever opens it. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { REPORTS } from '../../src/report/reports.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { makeKey } from '../support/node/audit-export.ts'
import { Cli } from '../support/node/cli.ts'
import { Month } from '../support/node/month.ts'
import type { Arriving } from '../support/node/month.ts'
import { MonthLog } from '../support/node/month-log.ts'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-cli-report-'))
const cli = new Cli(() => root)
const folder = path.join(root, 'export')
const NAMES = Object.keys(REPORTS)
/** What a spreadsheet would run, and what would break a naive CSV. */
const REASON = '=HYPERLINK("http://x"), "quoted"\nand a line'
let vkey = ''
let runs = 0

const HOSTILE: AuditRecord = {
  v: 1,
  type: 'change',
  uid: 'change:hostile',
  atMs: Date.UTC(2026, 1, 2),
  subject: { type: 'account', id: 'acct-hostile' },
  version: 1,
  what: 'risk.limits',
  after: '{"limits":{"maxOrderValue":"1"}}',
  user: 'user-rita',
  reason: REASON,
}

function* arrivals(): Generator<Arriving> {
  yield* new Month(3, 600, 20).arrivals()
  yield { arrivesMs: HOSTILE.atMs, record: HOSTILE }
}

beforeAll(async () => {
  const key = await makeKey()
  vkey = key.vkey
  await new MonthLog(folder, key).write(arrivals())
})
afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true })
})

function fresh(extension = 'html'): string {
  runs += 1
  return path.join(root, `out-${runs}.${extension}`)
}

const report = (name: string, ...words: string[]) =>
  cli.text(['report', name, '--in', folder, '--key', vkey, ...words])

/** The export with one record line in another form. */
function changed(change: (line: string) => string): string {
  runs += 1
  const copy = path.join(root, `export-${runs}`)
  fs.cpSync(folder, copy, { recursive: true })
  const file = path.join(copy, 'records', '000000.jsonl')
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  const at = lines.findIndex((line) => line.includes('GET /v1/orders'))
  lines[at] = change(lines[at] ?? '')
  fs.writeFileSync(file, lines.join('\n'))
  return copy
}

describe('a report', () => {
  test.each(NAMES)(
    '%s is a page, the same twice, for its owner alone',
    async (name) => {
      const [one, other] = [fresh(), fresh()]
      for (const out of [one, other]) expect((await report(name, '--out', out)).code).toBe(0)
      const page = fs.readFileSync(one, 'utf8')
      expect(fs.readFileSync(other, 'utf8')).toBe(page)
      expect(fs.statSync(one).mode & 0o077).toBe(0)
      expect(page).not.toMatch(
        /<(?:img|script|link|iframe|object)\b|<[^>]*\b(?:src|href)=|url\(|@import/i,
      )
      expect(page).toContain('Verified: the records are those that the log signed')
      expect(page).not.toContain('NOT VERIFIED')
      expect(fs.readdirSync(root).filter((file) => file.startsWith('.portcullis-report'))).toEqual(
        [],
      )
    },
    60_000,
  )

  test('is JSON that names what it rests on', async () => {
    const { stdout, code } = await report('15c3-5', '--format', 'json')
    const document = JSON.parse(stdout)
    const checkpoint = fs.readFileSync(path.join(folder, 'checkpoint'), 'utf8').split('\n')
    expect(code).toBe(0)
    expect(document).toMatchObject({
      report: '15c3-5',
      basis: {
        verification: 'passed',
        checkpoint: { size: Number(checkpoint[1]), root: checkpoint[2] },
        range: { first: 1, last: Number(checkpoint[1]) - 2 },
      },
    })
    const kills = document.sections.find(({ id }: { id: string }) => id === 'kills')
    expect(kills.figures.map(({ value }: { value: unknown }) => value)).toEqual([null, null])
  })

  test('is CSV that can be read again and that no spreadsheet runs', async () => {
    const { stdout } = await report('limits', '--format', 'csv', '--table', 'limit-changes')
    const [head = '', ...lines] = stdout.split('\r\n')
    expect(head.split(',').slice(0, 4)).toEqual(['leaf', 'at', 'subject', 'version'])
    expect(stdout).toContain(`,"'${REASON.replaceAll('"', '""')}",`)
    expect(lines.join('\n')).not.toMatch(/(?:^|,)"?[=+@-]\D/m)
    expect(stdout).toContain(',not recorded,')
  })

  test('puts every table into a folder', async () => {
    const out = `${path.join(root, 'tables')}/`
    expect((await report('15c3-5', '--format', 'csv', '--out', out)).code).toBe(0)
    const tables = REPORTS['15c3-5'].parts.flatMap((part) =>
      part.tables.map(({ id }) => `${id}.csv`),
    )
    expect(fs.readdirSync(out).toSorted()).toEqual(
      [...tables, 'basis.csv', 'figures.csv'].toSorted(),
    )
    expect(fs.readFileSync(path.join(out, 'figures.csv'), 'utf8')).toContain(
      'kills,drills,drills,not recorded',
    )
    expect(fs.readFileSync(path.join(out, 'basis.csv'), 'utf8')).toContain(
      'basis.verification,passed',
    )
  })

  test('of the orders has a column and a source for each field, in both shapes', async () => {
    const { stdout } = await report('orders', '--format', 'csv', '--account', 'acct-3')
    const [head = '', ...rows] = stdout.trimEnd().split('\r\n')
    const columns = head.split(',')
    expect(columns.filter((name) => name.endsWith('Source'))).toHaveLength(55)
    const account = columns.indexOf('account')
    expect(rows.length).toBeGreaterThan(3)
    for (const row of rows) expect(row.split(',')[account]).toBe('acct-3')
    const annex = await report('orders', '--shape', 'annex4', '--format', 'csv')
    expect(annex.stdout.split('\r\n')[0]).toContain('receipt,receiptSource')
  })

  test('is of its period', async () => {
    const { stdout } = await report('rts6', '--from', '2026-01-10', '--to', '2026-01-12', '--json')
    const { tables, basis } = JSON.parse(stdout)
    const days = tables['messages-by-day'].rows.map(([day]: [string]) => day)
    expect(days).toEqual(['2026-01-10', '2026-01-11'])
    expect(basis.firstRecord >= '2026-01-10' && basis.lastRecord < '2026-01-12').toBe(true)
  })

  test('counts what was shredded, and is no less verified for it', async () => {
    const copy = changed((line) =>
      JSON.stringify({ index: JSON.parse(line).index, shredded: true }),
    )
    const { stdout, code } = await cli.text([
      'report',
      'clock',
      '--in',
      copy,
      '--key',
      vkey,
      '--json',
    ])
    expect({ code, basis: JSON.parse(stdout).basis }).toMatchObject({
      code: 0,
      basis: { verification: 'passed', records: { shredded: 1 } },
    })
  })
})

test('a report that is broken off leaves no records behind', async () => {
  const out = fresh()
  const words = ['src/cli/main.ts', 'report', '15c3-5', '--in', folder, '--key', vkey, '--out', out]
  const child = spawn(process.execPath, words, { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const scratch = () => fs.readdirSync(root).filter((name) => name.startsWith('.portcullis-report'))
  while (scratch().length === 0) await sleep(5)
  child.kill('SIGINT')
  expect(await ended).toBe(1)
  expect({ scratch: scratch(), made: fs.existsSync(out) }).toEqual({ scratch: [], made: false })
})

describe('a report of what does not verify', () => {
  const words = (copy: string, ...more: string[]) =>
    cli.text(['report', 'limits', '--in', copy, '--key', vkey, ...more])

  test('is refused, and leaves nothing behind', async () => {
    const copy = changed((line) => line.replace('GET /v1/orders', 'GET /v1/other!'))
    const out = fresh()
    const { code, stderr, stdout } = await words(copy, '--out', out)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('NOT VERIFIED')
    expect(stderr).toContain('failed: Every record is the very one that its leaf commits to')
    expect(fs.existsSync(out)).toBe(false)
  })

  test('says so in large letters where somebody insists, in every form', async () => {
    const copy = changed((line) => line.replace('GET /v1/orders', 'GET /v1/other!'))
    const out = fresh()
    expect((await words(copy, '--unverified', '--out', out)).code).toBe(0)
    expect(fs.readFileSync(out, 'utf8')).toMatch(/class="verdict fail unverified">\s*NOT VERIFIED/)
    const json = await words(copy, '--unverified', '--format', 'json')
    expect(JSON.parse(json.stdout)).toMatchObject({ WARNING: 'NOT VERIFIED' })
    const csv = await words(copy, '--unverified', '--format', 'csv')
    for (const line of csv.stdout.trimEnd().split('\r\n').slice(1, 3))
      expect(line).toMatch(/^NOT VERIFIED,/)
  })

  test('on the word of the export itself says that, too', async () => {
    const { stdout } = await cli.text(['report', 'limits', '--in', folder, '--json'])
    expect(JSON.parse(stdout).basis.verification).toBe('passed on the word of the export itself')
  })
})

describe('wrong use', () => {
  test.each([
    [['--format', 'pdf'], '--format is one of'],
    [['--from', 'yesterday'], '--from is a time such as'],
    [['--from', '2026-01-02', '--to', '2026-01-01'], '--to is later than --from'],
    [['--from', '2026-02-30'], '--from is a time such as'],
    [['--to', '2026-02-30'], '--to is a time such as'],
    [['--table', 'rejects'], '--table is of --format csv'],
    [['--format', 'csv', '--table', 'nonsense'], '--table is one of limit-changes'],
    [['--shape', 'annex4'], 'one shape'],
    [['a word too many'], 'a word too many'],
  ])('%j', async (words, said) => {
    const { code, stderr } = await report('limits', ...words)
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(said) })
  })

  test('nothing is overwritten, and an export has to be named', async () => {
    const out = fresh()
    fs.writeFileSync(out, 'mine')
    expect((await report('limits', '--out', out)).code).toBe(1)
    expect(fs.readFileSync(out, 'utf8')).toBe('mine')
    expect((await cli.text(['report', 'limits'])).stderr).toContain('Missing: --in')
    expect((await cli.text(['report', 'nonsense'])).code).toBe(2)
  })
})
