import { array, assert, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AdmissionRecord } from '../../../src/audit/record.ts'
import { clocks } from '../../../src/report/parts/clocks.ts'
import { coverage } from '../../../src/report/parts/coverage.ts'
import { gaps } from '../../../src/report/parts/gaps.ts'
import { kills, latches } from '../../../src/report/parts/listed-changes.ts'
import { outages } from '../../../src/report/parts/outages.ts'
import { peaks } from '../../../src/report/parts/peaks.ts'
import { prices } from '../../../src/report/parts/prices.ts'
import { rejects } from '../../../src/report/parts/rejects.ts'
import { timeline } from '../../../src/report/parts/timeline.ts'
import { unknowns } from '../../../src/report/parts/unknowns.ts'
import { AnyRecord } from '../../support/any-record.ts'
import { AT_MS, orderEvent, ORIGIN, outcome, riskChange } from '../../support/report-records.ts'
import { figuresOf, folded } from '../../support/report-world.ts'

test('no record is counted twice or lost, whatever records say', () => {
  assert(
    property(array(AnyRecord, { maxLength: 40 }), (records) => {
      const made = folded([coverage, rejects, gaps, timeline, outages, unknowns, prices], records)
      const orders = records.filter(({ type }) => type === 'order_event')
      const refused = records.filter(
        (one) => one.type === 'order_event' && one.decision === 'refused',
      )
      const calls = records.filter(({ type }) => type === 'outcome')
      expect(figuresOf(made, 'coverage')).toMatchObject({ events: orders.length })
      expect(figuresOf(made, 'rejects')).toMatchObject({ orders: refused.length })
      const rows = (id: string, member: string) =>
        (made.tables[id] ?? []).reduce((sum, row) => sum + Number(row[member]), 0)
      expect(rows('rejects', 'orders')).toBe(refused.length)
      expect(rows('rejects-by-day', 'orders')).toBe(refused.length)
      expect(rows('order-events', 'events')).toBe(orders.length)
      expect(rows('days', 'records')).toBe(records.length)
      expect(rows('days', 'calls')).toBe(calls.length)
      expect(figuresOf(made, 'outages')).toMatchObject({ calls: calls.length })
      const missing = records.filter(({ type }) => type === 'gap' || type === 'fork')
      expect(made.tables['gaps']).toHaveLength(missing.length)
    }),
    { numRuns: 60 },
  )
})

test('a drill that nobody recorded is not recorded; a latch that nobody recorded is none', () => {
  const made = folded([kills, latches], [riskChange('risk.latched', { code: 'x' })])
  expect(figuresOf(made, 'kills')).toEqual({ kills: null, drills: null })
  expect(figuresOf(made, 'latches')).toEqual({ latched: 1, released: 0, halts: 0 })
  const drilled = folded(
    [kills],
    [riskChange('kill.drill', undefined), riskChange('kill.tripped', undefined)],
  )
  expect(figuresOf(drilled, 'kills')).toEqual({ kills: 1, drills: 1 })
})

describe('clock bounds', () => {
  const bound = (lowMs: number, highMs: number, atMs = AT_MS, colo = 'FRA') =>
    outcome({ atMs, colo, origin: { ...ORIGIN, clock: { lowMs, highMs, samples: 3 } } })

  test('are taken together by hour and location, and orders without one are counted', () => {
    const made = folded(
      [clocks],
      [
        bound(-1, 2),
        bound(-3, 1),
        bound(0, 9, AT_MS + 3_600_000),
        bound(1, 2, AT_MS, 'LHR'),
        outcome(),
      ],
    )
    expect(made.tables['clock-hours']).toMatchObject([
      {
        hour: '2027-01-15T08:00Z',
        location: 'FRA',
        orders: 2,
        low: -3,
        high: 2,
        narrowest: 3,
        widest: 4,
      },
      { hour: '2027-01-15T09:00Z', location: 'FRA', orders: 1, low: 0, high: 9 },
      { hour: '2027-01-15T08:00Z', location: 'LHR', orders: 1, low: 1, high: 2 },
    ])
    expect(figuresOf(made, 'clocks')).toMatchObject({
      'with-bound': 4,
      'without-bound': 1,
      widest: 9,
    })
  })

  test('that exclude each other within a minute are told', () => {
    const figure = (records: Parameters<typeof folded>[1]) =>
      figuresOf(folded([clocks], records), 'clocks')['contradictions']
    expect(figure([bound(-1, 2), bound(3, 4)])).toBe(1)
    expect(figure([bound(-1, 2), bound(2, 4)])).toBe(0)
    expect(figure([bound(-1, 2), bound(3, 4, AT_MS + 60_001)])).toBe(0)
    expect(figure([bound(-1, 2), bound(3, 4, AT_MS, 'LHR')])).toBe(0)
  })

  test('of which there are none are not recorded', () => {
    expect(figuresOf(folded([clocks], [outcome()]), 'clocks')).toMatchObject({
      'with-bound': 0,
      widest: null,
      narrowest: null,
      samples: null,
      alarms: null,
      resets: null,
    })
  })
})

describe('unknown outcomes', () => {
  const admission: AdmissionRecord = {
    v: 1,
    type: 'admission',
    uid: 'req-open:admission',
    atMs: AT_MS,
    requestId: 'req-open',
    keyId: 'key_1',
    sequence: 9,
    route: 'POST /v1/orders',
    kind: 'order',
    account: 'acct',
    signedAtMs: AT_MS - 20,
    weight: 1,
  }
  const { type: _, signedAtMs: _signed, weight: _weight, ...call } = admission

  test('count what was admitted and has no end yet, until it has one', () => {
    const open = folded([unknowns], [admission])
    expect(figuresOf(open, 'unknowns')).toMatchObject({ 'not-ended': 1, open: 0 })
    expect(open.tables['unknowns']).toMatchObject([{ leaf: 0, requestId: 'req-open' }])
    const unknown = { ...call, type: 'unknown', uid: 'req-open:unknown' } as const
    for (const end of [outcome({ ...call, type: 'outcome', admitted: true }), unknown])
      for (const records of [
        [admission, end],
        [end, admission],
      ])
        expect(figuresOf(folded([unknowns], records), 'unknowns')['not-ended']).toBe(0)
  })

  test('count none of the gateway’s own calls, nor of another account or key', () => {
    const own = { ...admission, route: 'PUT /gw/v1/keys/self/caps' }
    expect(figuresOf(folded([unknowns], [own]), 'unknowns')['not-ended']).toBe(0)
    const other = folded([unknowns], [admission], { account: 'other' })
    expect(figuresOf(other, 'unknowns')['not-ended']).toBe(0)
    const end = outcome({ ...call, type: 'outcome', admitted: true, keyId: 'key_2' })
    expect(figuresOf(folded([unknowns], [admission, end]), 'unknowns')['not-ended']).toBe(1)
  })

  const lost = outcome({
    outcome: 'unknown',
    status: 504,
    code: 'origin_timeout',
    requestId: 'req-lost',
  })

  test('are open until a record names the request', () => {
    const open = folded([unknowns], [lost])
    expect(figuresOf(open, 'unknowns')).toMatchObject({ 'timed-out': 1, reconciled: 0, open: 1 })
    expect(open.tables['unknowns']?.[0]?.['reconciled']).toBeUndefined()
    const found = riskChange(
      'risk.reconciled',
      { orders: [{ requestId: 'req-lost' }] },
      { user: 'rita' },
    )
    for (const records of [
      [lost, found],
      [found, lost],
    ]) {
      const made = folded([unknowns], records)
      expect(figuresOf(made, 'unknowns')).toMatchObject({ reconciled: 1, open: 0 })
    }
    const told = orderEvent({ decision: 'reported', event: 'FILL', requestId: 'req-lost' })
    expect(folded([unknowns], [lost, told]).tables['unknowns']).toMatchObject([
      { reconciled: 'leaf 1: the broker reported FILL' },
    ])
  })

  test('are not closed by a reconciliation of another request', () => {
    const other = riskChange('risk.reconciled', { requestId: 'req-lost-2' })
    expect(figuresOf(folded([unknowns], [lost, other]), 'unknowns')).toMatchObject({ open: 1 })
  })
})

test('every message counts towards a peak: new, changed, cancelled, refused; what the broker tells does not', () => {
  const made = folded(
    [peaks],
    [
      orderEvent(),
      orderEvent({ event: 'CAME', number: 2 }),
      orderEvent({ decision: 'refused', number: 3 }),
      orderEvent({ decision: 'reported', event: 'FILL', number: 4 }),
      outcome({ decision: 'refused', refusedOrders: [{ event: 'NEWO', fields: {} }] }),
    ],
  )
  expect(figuresOf(made, 'peaks')).toMatchObject({
    messages: 4,
    second: 4,
    'stress-second': 8,
    minute: 4,
  })
  expect(figuresOf(folded([peaks], []), 'peaks')).toMatchObject({
    messages: 0,
    second: null,
    'stress-second': null,
  })
})

test('the age of a price is counted where it is recorded, and a stale price where it refused', () => {
  const ages = [0, 100, 101, 5_000, 300_001]
  const orders = ages.map((referenceAgeMs, i) => orderEvent({ referenceAgeMs, number: i + 1 }))
  const stale = orderEvent({
    decision: 'refused',
    code: 'risk_reference_stale',
    referenceAgeMs: 99,
  })
  const made = folded([prices], [...orders, stale, orderEvent(), orderEvent({ event: 'CAME' })])
  const counts = (made.tables['reference-ages'] ?? []).map((row) => [
    row['accepted'],
    row['refused'],
  ])
  expect(counts).toEqual([
    [2, 1],
    [1, 0],
    [1, 0],
    [0, 0],
    [0, 0],
    [1, 0],
    [1, 0],
  ])
  expect(figuresOf(made, 'prices')).toMatchObject({
    'with-age': 6,
    'without-age': 1,
    median: 100,
    oldest: 300_001,
    refused: 1,
  })
})
