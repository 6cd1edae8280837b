import { array, assert, integer, property, record, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Durations } from '../../../src/report/durations.ts'
import { Rates } from '../../../src/report/rates.ts'
import { Spans } from '../../../src/report/spans.ts'
import { Tally, Timed } from '../../../src/report/tally.ts'
import { instant } from '../../../src/report/text.ts'

const TOLERANCE = 60_000

test('spans are those of the sorted instants, whatever the order they are told in', () => {
  // In steps of half the tolerance: two instants are often just as far apart as they may be.
  const instants = array(
    integer({ min: 0, max: 60 }).map((step) => (step * TOLERANCE) / 2),
    { maxLength: 20 },
  )
  assert(
    property(instants, (times) => {
      const spans = new Spans(TOLERANCE)
      for (const atMs of times) spans.add(atMs)
      const expected: { firstMs: number; lastMs: number; count: number }[] = []
      for (const atMs of times.toSorted((a, b) => a - b)) {
        const open = expected.at(-1)
        if (open !== undefined && atMs - open.lastMs <= TOLERANCE) {
          open.lastMs = atMs
          open.count += 1
        } else expected.push({ firstMs: atMs, lastMs: atMs, count: 1 })
      }
      expect(spans.all).toEqual(expected)
    }),
  )
})

test('the busiest second and minute are those that a plain count finds', () => {
  const instants = array(integer({ min: 0, max: 3 * 86_400_000 }), { minLength: 1, maxLength: 80 })
  const near = array(integer({ min: 86_399_000, max: 86_401_500 }), { minLength: 1, maxLength: 80 })
  const busiest = (times: readonly number[], stepMs: number) => {
    const counts = Map.groupBy(times, (atMs) => Math.floor(atMs / stepMs))
    return Math.max(...[...counts.values()].map(({ length }) => length))
  }
  for (const some of [instants, near])
    assert(
      property(some, (times) => {
        const rates = new Rates()
        for (const atMs of times) rates.add(atMs)
        expect(rates.busiestSecond?.count).toBe(busiest(times, 1_000))
        expect(rates.busiestMinute?.count).toBe(busiest(times, 60_000))
        expect(rates.days.reduce((sum, { count }) => sum + count, 0)).toBe(times.length)
        const at = rates.busiestSecond?.atMs ?? -1
        const within = times.filter((atMs) => Math.floor(atMs / 1_000) * 1_000 === at)
        expect(within).toHaveLength(busiest(times, 1_000))
      }),
      { numRuns: 20 },
    )
})

test('a quantile is the least duration that so many did not exceed', () => {
  const durations = array(integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 40 })
  assert(
    property(durations, integer({ min: 1, max: 100 }), (all, percent) => {
      const counted = new Durations()
      for (const ms of all) counted.add(ms)
      const found = counted.quantile(percent / 100)
      const reached = (ms: number) =>
        all.filter((one) => one <= ms).length * 100 >= percent * all.length
      const least = all.toSorted((a, b) => a - b).find(reached)
      expect(found).toBe(least)
    }),
  )
  expect(new Durations().quantile(0.5)).toBeUndefined()
})

describe('a tally', () => {
  test('names what there is most of first, and loses nothing', () => {
    const some = array(
      record({ name: string({ maxLength: 2 }), count: integer({ min: 1, max: 9 }) }),
    )
    assert(
      property(some, (all) => {
        const tally = new Tally()
        for (const { name, count } of all) tally.add(name, count)
        const counts = tally.entries.map(([, count]) => count)
        expect(counts).toEqual(counts.toSorted((a, b) => b - a))
        expect(tally.sum).toBe(all.reduce((sum, { count }) => sum + count, 0))
        const again = new Tally()
        for (const { name, count } of all.toReversed()) again.add(name, count)
        expect(again.entries, 'in the same order, however it was told').toEqual(tally.entries)
      }),
    )
  })

  test('knows the first and the last of each', () => {
    const timed = new Timed()
    for (const [name, atMs] of [['a', 5] as const, ['a', 3] as const, ['b', 4] as const])
      timed.add(name, atMs)
    expect(timed.entries).toEqual([
      { name: 'a', count: 2, firstMs: 3, lastMs: 5 },
      { name: 'b', count: 1, firstMs: 4, lastMs: 4 },
    ])
  })
})

test('an instant is as fine as it was recorded, and one that no calendar has is not guessed', () => {
  expect(instant(1_800_000_000_000)).toBe('2027-01-15T08:00:00.000Z')
  expect(instant(1_800_000_000_004.25)).toBe('2027-01-15T08:00:00.004250Z')
  expect(instant(undefined)).toBeUndefined()
  expect(instant(Number.MAX_SAFE_INTEGER)).toContain('ms since 1970')
})
