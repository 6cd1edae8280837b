/** What a shard knows of a chain: numbers, calls that are open, and what stays away. */
import { array, assert, integer, property, shuffledSubarray } from 'fast-check'
import { expect, test } from 'vitest'
import { MISSING_MS, OPEN_MS, Progress } from '../../../src/audit/progress.ts'
import type { AdmissionRecord } from '../../../src/audit/record.ts'

const NOW = 1_800_000_000_000

function admission(sequence: number, atMs = NOW): AdmissionRecord {
  return {
    v: 1,
    type: 'admission',
    uid: `r${sequence}:admission`,
    atMs,
    requestId: `r${sequence}`,
    sequence,
    keyId: 'key_1',
    account: 'acct',
    kind: 'order',
    signedAtMs: atMs,
    weight: 1,
  }
}

function noted(...numbers: readonly number[]): Progress {
  const progress = new Progress()
  for (const number of numbers) progress.note(number, number, NOW)
  return progress
}

test('numbers that come in any order are known when all are there', () => {
  assert(
    property(
      shuffledSubarray(
        Array.from({ length: 30 }, (_, i) => i + 1),
        { minLength: 30 },
      ),
      (all) => {
        const progress = noted(...all)
        expect(progress.upTo).toBe(30)
        expect(progress.unsettled).toBe(false)
        expect(progress.missing(NOW + 10 * MISSING_MS)).toEqual([])
      },
    ),
  )
})

test('what stays away is missing after its time, once, and exactly that', () => {
  assert(
    property(array(integer({ min: 1, max: 40 }), { minLength: 1 }), (numbers) => {
      const progress = noted(...numbers)
      const highest = Math.max(...numbers)
      expect(progress.missing(NOW + MISSING_MS - 1)).toEqual([])
      const gaps = progress.missing(NOW + MISSING_MS)
      const missing = gaps.flatMap(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, i) => first + i),
      )
      const absent = Array.from({ length: highest }, (_, i) => i + 1).filter(
        (n) => !numbers.includes(n),
      )
      expect(missing).toEqual(absent)
      expect(progress.upTo).toBe(highest)
      expect(progress.missing(NOW + 10 * MISSING_MS)).toEqual([])
    }),
  )
})

test('what is overtaken later has a time of its own', () => {
  const progress = noted(1, 3)
  progress.note(6, 6, NOW + 40_000)
  expect(progress.missing(NOW + MISSING_MS)).toEqual([[2, 2]])
  expect(progress.upTo).toBe(3)
  expect(progress.missing(NOW + MISSING_MS + 1)).toEqual([])
  expect(progress.missing(NOW + 2 * MISSING_MS + 1)).toEqual([[4, 5]])
})

test('a number that comes late after all is no news', () => {
  const progress = noted(1, 3)
  progress.missing(NOW + MISSING_MS)
  progress.note(2, 2, NOW + MISSING_MS)
  expect(progress.upTo).toBe(3)
  expect(progress.has(2)).toBe(true)
})

test('an admitted call that never ends is overdue once', () => {
  const progress = new Progress()
  progress.admitted(admission(1), NOW)
  expect(progress.unsettled).toBe(true)
  expect(progress.overdue(NOW + OPEN_MS - 1)).toEqual([])
  expect(progress.overdue(NOW + OPEN_MS)).toMatchObject([
    { sequence: 1, requestId: 'r1', kind: 'order' },
  ])
  expect(progress.overdue(NOW + 2 * OPEN_MS)).toEqual([])
})

test('a call that ended is not overdue, whichever part came first', () => {
  const progress = new Progress()
  progress.admitted(admission(1), NOW)
  progress.ended(1)
  progress.ended(2)
  progress.admitted(admission(2), NOW)
  expect(progress.unsettled).toBe(false)
  expect(progress.overdue(NOW + OPEN_MS)).toEqual([])
})

test('survives being stored', () => {
  const progress = noted(1, 2, 5, 9)
  progress.admitted(admission(2), NOW)
  progress.ended(9)
  const again = Progress.read(JSON.parse(JSON.stringify(progress.state())))
  expect(again.state()).toEqual(progress.state())
  again.admitted(admission(9), NOW)
  expect(again.overdue(NOW + OPEN_MS)).toMatchObject([{ sequence: 2 }])
})

test('an outcome is new once, however often it comes; of what was given up or closed something may still come, once', () => {
  const progress = noted(1, 2, 5)
  progress.recorded(1)
  expect(progress.isNew(1)).toBe(false)
  progress.admitted(admission(2), NOW)
  expect(progress.isNew(2)).toBe(true)
  progress.ended(2)
  expect(progress.isNew(2)).toBe(false)
  expect(progress.missing(NOW + MISSING_MS)).toEqual([[3, 4]])
  const again = Progress.read(JSON.parse(JSON.stringify(progress.state())))
  for (const sequence of [3, 4]) {
    expect(again.isNew(sequence)).toBe(true)
    again.recorded(sequence)
    expect(again.isNew(sequence)).toBe(false)
  }
  again.note(6, 6, NOW)
  again.admitted(admission(6), NOW)
  again.overdue(NOW + OPEN_MS)
  expect(again.isNew(6)).toBe(true)
  again.recorded(6)
  expect(again.isNew(6)).toBe(false)
})

test('an admission that is heard of late has its time from then on', () => {
  const progress = new Progress()
  progress.admitted(admission(1, NOW - 600_000), NOW)
  expect(progress.overdue(NOW + OPEN_MS - 1)).toEqual([])
  expect(progress.overdue(NOW + OPEN_MS)).toHaveLength(1)
})
