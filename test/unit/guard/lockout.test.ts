import { array, assert, integer, property, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  adopt,
  forgettableMs,
  levelAt,
  lockedForMs,
  lockMs,
  lockRules,
  NO_STRIKES,
  strike,
  type Strikes,
} from '../../../src/guard/lockout.ts'
import { LOCKS } from '../../support/locks.ts'

const NOW = 1_800_000_000_000
const { network: NETWORK_RULE, credential: CREDENTIAL_RULE } = LOCKS

/** One failure after the other, at these instants. */
function failing(times: readonly number[], before: Strikes = NO_STRIKES): Strikes {
  return times.reduce((strikes, atMs) => strike(strikes, NETWORK_RULE, 1, atMs), before)
}

const ten = (fromMs: number) => Array.from({ length: 10 }, (_, i) => fromMs + i)

test('nine failures in sixty seconds lock nothing, the tenth does', () => {
  const nine = failing(ten(NOW).slice(0, 9))
  expect(lockedForMs(nine, NOW + 9)).toBe(0)
  expect(lockedForMs(failing([NOW + 9], nine), NOW + 9)).toBe(30_000)
})

test('a failure counts for sixty seconds and not a millisecond longer', () => {
  const first = failing([NOW])
  const eight = ten(NOW + 59_000).slice(0, 8)
  expect(lockedForMs(failing([...eight, NOW + 59_999], first), NOW + 59_999)).toBe(30_000)
  expect(lockedForMs(failing([...eight, NOW + 60_000], first), NOW + 60_000)).toBe(0)
})

test('one claimed id from one network is locked at five', () => {
  expect(lockedForMs(strike(NO_STRIKES, CREDENTIAL_RULE, 4, NOW), NOW)).toBe(0)
  expect(lockedForMs(strike(NO_STRIKES, CREDENTIAL_RULE, 5, NOW), NOW)).toBe(30_000)
})

describe('the lock', () => {
  test('doubles each time, up to an hour', () => {
    const lengths = []
    let strikes = NO_STRIKES
    let nowMs = NOW
    for (let i = 0; i < 10; i += 1) {
      strikes = strike(strikes, NETWORK_RULE, 10, nowMs)
      lengths.push(lockedForMs(strikes, nowMs) / 1000)
      nowMs = strikes.lockedUntilMs
    }
    expect(lengths).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600])
  })

  test('falls by one step for each ten minutes of quiet, also after an hour of locks', () => {
    let strikes = NO_STRIKES
    for (let i = 0; i < 12; i += 1) {
      strikes = strike(strikes, NETWORK_RULE, 10, Math.max(NOW, strikes.lockedUntilMs))
    }
    const endMs = strikes.lockedUntilMs
    expect(
      [0, 599_999, 600_000, 1_200_000, 4_200_000, 4_800_000].map((quietMs) =>
        levelAt(strikes, NETWORK_RULE, endMs + quietMs),
      ),
    ).toEqual([8, 8, 7, 6, 1, 0])
    const next = strike(strikes, NETWORK_RULE, 10, endMs + 4_200_000)
    expect(lockedForMs(next, endMs + 4_200_000)).toBe(60_000)
  })

  test('keeps what quiet has taken away when a single failure ends the quiet', () => {
    const locked = strike(strike(NO_STRIKES, NETWORK_RULE, 10, NOW), NETWORK_RULE, 10, NOW + 30_000)
    const laterMs = locked.lockedUntilMs + 1_200_000
    const nudged = failing([laterMs], locked)
    expect(levelAt(nudged, NETWORK_RULE, laterMs)).toBe(0)
    expect(lockedForMs(strike(nudged, NETWORK_RULE, 9, laterMs), laterMs)).toBe(30_000)
  })

  test('ends when it was said to end, whatever fails meanwhile', () => {
    assert(
      property(array(integer({ min: 0, max: 29_999 })), (offsets) => {
        const locked = failing(ten(NOW - 9))
        const after = failing(
          offsets.map((offset) => NOW + offset),
          locked,
        )
        expect(after.lockedUntilMs).toBe(NOW + 30_000)
        // Nor does what failed under the lock bring the next one nearer.
        expect(after.recent).toEqual([])
      }),
    )
  })
})

// @control mission/lockout pci/8.3.4
test('any arrival: locked from exactly the tenth failure of any sixty seconds outside a lock', () => {
  assert(
    property(array(integer({ min: 0, max: 20_000 }), { maxLength: 60 }), (gaps) => {
      let strikes = NO_STRIKES
      let nowMs = NOW
      let counted: number[] = []
      for (const gap of gaps) {
        nowMs += gap
        const wasLocked = lockedForMs(strikes, nowMs) > 0
        strikes = strike(strikes, NETWORK_RULE, 1, nowMs)
        if (wasLocked) continue
        counted = [...counted, nowMs].filter((thenMs) => thenMs > nowMs - 60_000)
        expect(lockedForMs(strikes, nowMs) > 0).toBe(counted.length >= 10)
        if (counted.length >= 10) counted = []
      }
      expect(strikes.recent.length).toBeLessThan(10)
      expect(strikes.failures).toBe(gaps.length)
    }),
  )
})

describe('a rule of more than twenty failures is counted in twentieths of its window', () => {
  const { network: SIXTY } = lockRules({ network: 60, credential: 20 })

  test('it never locks before the sixtieth of a minute, and at latest with sixty in fifty-seven seconds', () => {
    assert(
      property(
        array(tuple(integer({ min: 0, max: 2_500 }), integer({ min: 1, max: 5 })), {
          minLength: 20,
          maxLength: 200,
        }),
        (arrivals) => {
          let strikes = NO_STRIKES
          let nowMs = NOW
          let counted: number[] = []
          for (const [gap, count] of arrivals) {
            nowMs += gap
            const wasLocked = lockedForMs(strikes, nowMs) > 0
            strikes = strike(strikes, SIXTY, count, nowMs)
            expect(strikes.recent.length).toBeLessThanOrEqual(20)
            if (wasLocked) continue
            counted.push(...Array.from({ length: count }, () => nowMs))
            const within = (ms: number) => counted.filter((thenMs) => thenMs > nowMs - ms).length
            if (within(60_000) < 60) expect(lockedForMs(strikes, nowMs)).toBe(0)
            if (within(57_000) >= 60) expect(lockedForMs(strikes, nowMs)).toBeGreaterThan(0)
            if (lockedForMs(strikes, nowMs) > 0) counted = []
          }
        },
      ),
    )
  })

  test('nor earlier when reports of several isolates come in any order', () => {
    assert(
      property(
        array(integer({ min: -2_000, max: 4_200 }), { minLength: 60, maxLength: 300 }),
        (gaps) => {
          let strikes = NO_STRIKES
          let nowMs = NOW
          let counted: number[] = []
          for (const gap of gaps) {
            nowMs += gap
            if (lockedForMs(strikes, nowMs) > 0) return
            strikes = strike(strikes, SIXTY, 1, nowMs)
            expect(strikes.recent.length).toBeLessThanOrEqual(20)
            counted = [...counted, nowMs].filter((thenMs) => thenMs > nowMs - 60_000)
            if (counted.length < 60) expect(lockedForMs(strikes, nowMs)).toBe(0)
          }
        },
      ),
    )
  })

  test('the most that a policy may ask for is counted right', () => {
    const { network } = lockRules({ network: 1_000, credential: 20 })
    const almost = strike(strike(NO_STRIKES, network, 500, NOW), network, 499, NOW + 1)
    expect(lockedForMs(almost, NOW + 1)).toBe(0)
    expect(lockedForMs(strike(almost, network, 1, NOW + 2), NOW + 2)).toBe(30_000)
    expect(lockedForMs(strike(almost, network, 100_000, NOW + 2), NOW + 2)).toBe(30_000)
  })
})

test('failures told together count as much as one by one', () => {
  assert(
    property(
      array(tuple(integer({ min: 0, max: 40_000 }), integer({ min: 1, max: 30 }))),
      (told) => {
        let together = NO_STRIKES
        let apart = NO_STRIKES
        let nowMs = NOW
        for (const [gap, count] of told) {
          nowMs += gap
          together = strike(together, NETWORK_RULE, count, nowMs)
          for (let i = 0; i < count; i += 1) apart = strike(apart, NETWORK_RULE, 1, nowMs)
          expect(together).toEqual(apart)
        }
      },
    ),
  )
})

test('what is forgettable makes no difference any more', () => {
  let strikes = NO_STRIKES
  for (let i = 0; i < 4; i += 1) {
    strikes = strike(strikes, NETWORK_RULE, 10, Math.max(NOW, strikes.lockedUntilMs))
  }
  const atMs = forgettableMs(strikes, NETWORK_RULE)
  expect(levelAt(strikes, NETWORK_RULE, atMs - 1)).toBe(1)
  expect(levelAt(strikes, NETWORK_RULE, atMs)).toBe(0)
  const last = failing([NOW])
  expect(failing([forgettableMs(last, NETWORK_RULE)], last).recent).toHaveLength(1)
})

describe('what another holder knows', () => {
  test('is taken over where it is stricter', () => {
    const heard = adopt(NO_STRIKES, NETWORK_RULE, { level: 3, lockedForMs: 120_000 }, NOW)
    expect(lockedForMs(heard, NOW)).toBe(120_000)
    expect(lockedForMs(strike(heard, NETWORK_RULE, 10, NOW + 120_000), NOW + 120_000)).toBe(
      lockMs(NETWORK_RULE, 4),
    )
  })

  test('is not, where it is not', () => {
    const locked = strike(NO_STRIKES, NETWORK_RULE, 10, NOW)
    expect(adopt(locked, NETWORK_RULE, { level: 0, lockedForMs: 0 }, NOW)).toEqual(locked)
    expect(adopt(locked, NETWORK_RULE, { level: 1, lockedForMs: 10_000 }, NOW)).toEqual(locked)
  })

  test('does not move the end of the same lock by the time that telling took', () => {
    const locked = strike(NO_STRIKES, NETWORK_RULE, 10, NOW)
    const told = adopt(locked, NETWORK_RULE, { level: 1, lockedForMs: 29_990 }, NOW + 200)
    expect(told.lockedUntilMs).toBe(NOW + 30_000)
    // Nor does what is left of it over there, when it is over here.
    const over = adopt(locked, NETWORK_RULE, { level: 1, lockedForMs: 5 }, NOW + 30_001)
    expect(lockedForMs(over, NOW + 30_001)).toBe(0)
  })
})
