/**
 * The evidence pack at size: a month of calls is generated as a signed log, the pack is made of it, and every figure is
 * counted once more from the raw lines, apart from the product's rules.
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeKey } from '../support/node/audit-export.ts'
import { Month } from '../support/node/month.ts'
import { underWay } from '../support/node/month-order.ts'
import { MonthLog } from '../support/node/month-log.ts'
import type { Raw } from '../support/node/raw-records.ts'
import { recount, type Recount } from '../support/node/recount.ts'
import { found, rounds } from '../support/node/size.ts'

const CALLS = rounds(20_000, 1_000_000)
/** With verification. */
const MOST_SECONDS = 120
/** With what the runtime takes for itself. */
const MOST_MEGABYTES = 400

const MEASURE = path.resolve(import.meta.dirname, '../support/node/report-measure.ts')
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-report-'))
const folder = path.join(root, 'export')
const month = new Month(7, CALLS)
let vkey = ''
let pack: Raw
let counted: Recount

afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true })
})

interface Measured {
  readonly ok: boolean
  readonly seconds: number
  readonly cpuSeconds: number
  readonly megabytes: number
}

/** Left to itself the runtime lets garbage lie while there is room: with little room what is used shows. */
const HEAP = ['--max-old-space-size=160', '--max-semi-space-size=8']

function measured(what: string): Measured & { readonly out: string } {
  const out = path.join(root, `${what}.json`)
  const said = execFileSync(process.execPath, [...HEAP, MEASURE, what, folder, vkey, out], {
    encoding: 'utf8',
  })
  const result: Measured = JSON.parse(said)
  const { seconds, cpuSeconds, megabytes } = result
  found(
    `${what}: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of one core, at most ${megabytes.toFixed(0)} MiB`,
  )
  return { ...result, out }
}

beforeAll(async () => {
  const key = await makeKey()
  vkey = key.vkey
  const begunMs = performance.now()
  await new MonthLog(folder, key).write(month.arrivals(), (atMs) => underWay(month.counts, atMs))
  const seconds = ((performance.now() - begunMs) / 1_000).toFixed(0)
  const { calls, records } = month.counts
  found(`a month of ${calls} calls in ${records} records, generated and signed in ${seconds} s`)
}, 1_200_000)

describe('the evidence pack of a month', () => {
  test(
    'is made within its time, in memory that does not grow with the log',
    { timeout: 1_200_000 },
    () => {
      const folded = measured('fold')
      const whole = measured('report')
      expect(whole.ok).toBe(true)
      expect(whole.seconds).toBeLessThan(MOST_SECONDS)
      expect(Math.max(folded.megabytes, whole.megabytes)).toBeLessThan(MOST_MEGABYTES)
      expect(measured('verify').ok).toBe(true)
      pack = JSON.parse(fs.readFileSync(whole.out, 'utf8'))
      const { basis: _, ...alone } = pack
      expect(JSON.parse(fs.readFileSync(folded.out, 'utf8'))).toEqual(alone)
    },
  )

  test('has no figure that a count of the raw lines does not have', { timeout: 600_000 }, () => {
    counted = recount(folder)
    const figures = pack.sections.flatMap((section: Raw) =>
      section.figures.map(({ id, value }: Raw) => [`${section.id}.${id}`, value]),
    )
    expect(Object.fromEntries(figures)).toEqual(counted.figures)
    found(`${figures.length} figures agree with a count of the raw lines`)
  })

  test('says what the generator made', () => {
    const { orders, refused, refusedAtEdge, overridden, timeouts, neverCame, notEnded } =
      month.counts
    const { calls, guardDown, limitChanges, bounds } = month.counts
    expect(pack.basis.records).toMatchObject({ read: month.counts.records, shredded: 0 })
    expect(counted.figures).toMatchObject({
      'coverage.events': orders + refusedAtEdge,
      'coverage.refused': refused,
      'overrides.orders': overridden,
      'unknowns.timed-out': timeouts,
      'unknowns.never-came': neverCame,
      'unknowns.not-ended': notEnded,
      'outages.calls': calls - neverCame,
      'outages.failed': guardDown + timeouts,
      'limits.changes': limitChanges,
      'clocks.with-bound': bounds,
    })
  })

  test('has the rows that a count of the raw lines has', () => {
    const rows = (id: string): Raw[] => rowsOf(pack.tables[id])
    const sums = (id: string, name: (row: Raw) => string, count: string) =>
      Object.fromEntries(rows(id).map((row) => [name(row), row[count]]))
    expect(sums('rejects', ({ code, scope }) => `${code}|${scope}`, 'orders')).toEqual(
      counted.byRule,
    )
    expect(sums('rejects-by-day', (row) => `${row.day}|${row.code}`, 'orders')).toEqual(
      counted.byDay,
    )
    expect(sums('calls-refused', ({ code }) => code, 'calls')).toEqual(counted.callsByCode)
    expect(sums('order-events', (row) => `${row.event} ${row.decision}`, 'events')).toEqual(
      counted.events,
    )
    const outages = rows('outages').map(
      ({ code, from, to, calls }) => `${code} ${Date.parse(from)} ${Date.parse(to)} ${calls}`,
    )
    expect(outages.toSorted()).toEqual(counted.outages)
    const named = ({ location, hour, ...row }: Raw) => [
      hour ? `${location} ${hour}` : location,
      row,
    ]
    const clock = [...rows('clock-locations'), ...rows('clock-hours')].map(named)
    expect(Object.fromEntries(clock)).toEqual(counted.clock)
    const reconciled = rows('unknowns').filter((row) => row.reconciled !== null)
    const requests: string[] = reconciled.map(({ requestId }) => requestId)
    expect(requests.toSorted()).toEqual(counted.reconciled)
    const total = Object.values(pack.tables).reduce(
      (sum: number, table: Raw) => sum + table.count,
      0,
    )
    found(`${total} rows in ${Object.keys(pack.tables).length} tables`)
  })
})

function rowsOf({ columns, rows }: Raw): Raw[] {
  return rows.map((cells: Raw[]) =>
    Object.fromEntries(columns.map((name: string, at: number) => [name, cells[at]])),
  )
}
