import { array, assert, constantFrom, integer, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SlidingWindow } from '../../../src/guard/window.ts'

const START = 1_800_000_000_000

/** Arrivals with pauses from nothing to well past the window, weights included. */
function arrivals(windowMs: number) {
  return array(
    record({
      pauseMs: constantFrom(
        0,
        0,
        0,
        1,
        7,
        windowMs / 100,
        windowMs / 10,
        windowMs - 1,
        windowMs,
        windowMs + 1,
      ),
      jitterMs: integer({ min: 0, max: 3 }),
      weight: integer({ min: 1, max: 3 }),
    }),
    { maxLength: 120 },
  )
}

/** Units admitted in the window that ends at the last of them: what I2 bounds. */
function unitsWithin(
  log: readonly { atMs: number; weight: number }[],
  nowMs: number,
  windowMs: number,
): number {
  return log.reduce((sum, { atMs, weight }) => (atMs > nowMs - windowMs ? sum + weight : sum), 0)
}

describe.each([
  ['a second', 1_000],
  ['five seconds', 5_000],
  ['a minute', 60_000],
  ['a day', 86_400_000],
])('a window of %s', (_name, windowMs) => {
  // @control mission/limits rts6/15(1)(d)
  test('I2: never admits more than the limit in any window, whatever the arrival times', () => {
    assert(
      property(arrivals(windowMs), integer({ min: 3, max: 20 }), (steps, limit) => {
        const window = new SlidingWindow(limit, windowMs)
        const log: { atMs: number; weight: number }[] = []
        let nowMs = START
        for (const { pauseMs, jitterMs, weight } of steps) {
          nowMs += Math.floor(pauseMs) + jitterMs
          if (window.admitsAtMs(nowMs, weight) > nowMs) continue
          window.spend(nowMs, weight)
          log.push({ atMs: nowMs, weight })
          expect(unitsWithin(log, nowMs, windowMs)).toBeLessThanOrEqual(limit)
        }
      }),
    )
  })

  test('I8: the announced instant is the first at which the same request is admitted', () => {
    assert(
      property(arrivals(windowMs), integer({ min: 3, max: 20 }), (steps, limit) => {
        const window = new SlidingWindow(limit, windowMs)
        let nowMs = START
        for (const { pauseMs, jitterMs, weight } of steps) {
          nowMs += Math.floor(pauseMs) + jitterMs
          const atMs = window.admitsAtMs(nowMs, weight)
          if (atMs > nowMs) {
            expect(window.admitsAtMs(atMs - 1, weight)).toBe(atMs)
            nowMs = atMs
          }
          expect(window.admitsAtMs(nowMs, weight)).toBe(nowMs)
          window.spend(nowMs, weight)
        }
      }),
    )
  })

  test('I2: at least 95 % of the limit is usable by a client that always tries', () => {
    const limit = 1_000
    const window = new SlidingWindow(limit, windowMs)
    const windows = 20
    let admitted = 0
    // A tick that divides nothing evenly, finer than the limit needs.
    for (
      let nowMs = START;
      nowMs < START + windows * windowMs;
      nowMs += Math.max(1, Math.floor(windowMs / 3_001))
    ) {
      while (window.admitsAtMs(nowMs, 1) === nowMs) {
        window.spend(nowMs, 1)
        admitted += 1
      }
    }
    expect(admitted).toBeGreaterThanOrEqual(0.95 * limit * windows)
  })

  test('goes on from what was stored as if nothing had happened', () => {
    assert(
      property(arrivals(windowMs), integer({ min: 3, max: 20 }), (steps, limit) => {
        let window = new SlidingWindow(limit, windowMs)
        const log: { atMs: number; weight: number }[] = []
        let nowMs = START
        for (const [i, { pauseMs, jitterMs, weight }] of steps.entries()) {
          nowMs += Math.floor(pauseMs) + jitterMs
          if (i % 5 === 4) window = new SlidingWindow(limit, windowMs, window.slots())
          if (window.admitsAtMs(nowMs, weight) > nowMs) continue
          window.spend(nowMs, weight)
          log.push({ atMs: nowMs, weight })
          expect(unitsWithin(log, nowMs, windowMs)).toBeLessThanOrEqual(limit)
        }
      }),
    )
  })
})

test('a policy that cuts slots differently goes on from what was stored, never too generously', () => {
  assert(
    property(arrivals(60_000), integer({ min: 3, max: 20 }), (steps, limit) => {
      let log: { atMs: number; weight: number }[] = []
      let windowMs = 60_000
      let window = new SlidingWindow(limit, windowMs)
      let nowMs = START
      for (const [i, { pauseMs, jitterMs, weight }] of steps.entries()) {
        nowMs += Math.floor(pauseMs) + jitterMs
        if (i % 5 === 4) {
          windowMs = windowMs === 60_000 ? 37_000 : 60_000
          // A window that is made longer cannot know what was over by the shorter one.
          log = log.filter(({ atMs }) => nowMs - atMs < 37_000)
          window = new SlidingWindow(limit, windowMs, window.slots())
        }
        if (window.admitsAtMs(nowMs, weight) > nowMs) continue
        window.spend(nowMs, weight)
        log.push({ atMs: nowMs, weight })
        expect(unitsWithin(log, nowMs, windowMs)).toBeLessThanOrEqual(limit)
      }
    }),
  )
})

test('is exact to the millisecond for short windows', () => {
  const window = new SlidingWindow(10, 1_000)
  for (let i = 0; i < 10; i += 1) window.spend(START + i, 1)
  expect(window.remaining(START + 999)).toBe(0)
  expect(window.remaining(START + 1_000)).toBe(1)
  expect(window.remaining(START + 1_009)).toBe(10)
})

test('admits nothing while closed after a restart, and all of it afterwards', () => {
  const window = new SlidingWindow(10, 1_000, [], START + 700)
  expect(window.remaining(START)).toBe(0)
  expect(window.admitsAtMs(START, 1)).toBe(START + 700)
  expect(window.remaining(START + 700)).toBe(10)
})

test('a weight above the limit is never admitted', () => {
  expect(new SlidingWindow(2, 1_000).admitsAtMs(START, 3)).toBeGreaterThan(START)
})
