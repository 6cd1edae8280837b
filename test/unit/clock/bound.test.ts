import { assert, array, integer, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClockWindow, type ClockRules } from '../../../src/clock/bound.ts'
import { exchangeAt, exchangeOf } from '../../support/exchange.ts'

const NOW = 1_800_000_000_000
const RULES: ClockRules = { windowSeconds: 60, driftPpm: 0, smallestStepMs: 128, cpuLagMs: 0 }
const NOTHING = { found: 'nothing', beforeSent: false, spanMs: 0 }

function windowOf(rules: Partial<ClockRules> = {}): ClockWindow {
  return new ClockWindow({ ...RULES, ...rules })
}

test('of one exchange is what it says', () => {
  expect(windowOf().add(exchangeAt(NOW))).toEqual({
    ...NOTHING,
    bound: { lowMs: -5.001, highMs: 4.001, samples: 1 },
  })
})

test('of two is what both say', () => {
  const window = windowOf()
  window.add(exchangeOf(NOW, `${NOW + 1}.000`, `${NOW + 1}.000`, NOW + 20))
  const second = exchangeOf(NOW + 50, `${NOW + 69}.000`, `${NOW + 69}.000`, NOW + 70)
  expect(window.add(second).bound).toEqual({ lowMs: -2.001, highMs: 1.001, samples: 2 })
})

test('what is older than the window says nothing any more', () => {
  const window = windowOf()
  window.add(exchangeAt(NOW, 0, 1))
  expect(window.add(exchangeAt(NOW + 58_000)).bound).toMatchObject({ highMs: 1.001, samples: 2 })
  expect(window.add(exchangeAt(NOW + 60_001)).bound).toMatchObject({ highMs: 4.001, samples: 2 })
  expect(window.add(exchangeAt(NOW + 200_000)).bound).toMatchObject({ highMs: 4.001, samples: 1 })
})

test('widens with the age of what it is from', () => {
  const window = windowOf({ driftPpm: 500 })
  window.add(exchangeAt(NOW, 0, 1))
  // The first left 1,009 ms ago, and the second 9, when it can be no later: half a microsecond for each.
  expect(window.add(exchangeAt(NOW + 1_000)).bound).toEqual({
    lowMs: -2.51,
    highMs: 1.51,
    samples: 2,
  })
  // After ten seconds the first says less than the third says alone.
  expect(window.add(exchangeAt(NOW + 10_000)).bound).toEqual({
    lowMs: -5.01,
    highMs: 4.01,
    samples: 3,
  })
})

describe('a step', () => {
  test('forward makes what was seen before untrue, and the window begins again', () => {
    const window = windowOf()
    window.add(exchangeAt(NOW))
    window.add(exchangeAt(NOW + 1_000))
    expect(window.add(exchangeAt(NOW + 2_000, 300))).toEqual({
      bound: { lowMs: 294.999, highMs: 304.001, samples: 1 },
      found: 'inconsistent',
      beforeSent: false,
      spanMs: 2_008,
    })
    expect(window.add(exchangeAt(NOW + 3_000, 300))).toMatchObject({
      ...NOTHING,
      bound: { samples: 2 },
    })
  })

  test('backward has orders received before they were sent', () => {
    const window = windowOf()
    window.add(exchangeAt(NOW))
    expect(window.add(exchangeAt(NOW + 1_000, -300))).toMatchObject({
      found: 'inconsistent',
      beforeSent: true,
    })
  })

  test('that a long way could hide leaves its order alone, and the window as it was', () => {
    const window = windowOf()
    window.add(exchangeAt(NOW))
    const slow = window.add(exchangeAt(NOW + 1_000, 0, 100))
    expect(slow.bound).toEqual({ lowMs: -101.001, highMs: 100.001, samples: 1 })
    expect(window.add(exchangeAt(NOW + 2_000)).bound).toMatchObject({ samples: 2 })
  })

  test('cannot have been hidden by what is quicker: the quicker stays', () => {
    const window = windowOf()
    window.add(exchangeAt(NOW, 0, 100))
    expect(window.add(exchangeAt(NOW + 1_000)).bound).toMatchObject({ samples: 1 })
    expect(window.add(exchangeAt(NOW + 2_000)).bound).toMatchObject({ samples: 2 })
  })
})

describe('stamps that contradict each other', () => {
  test.each([
    [
      'held for longer than it was away',
      exchangeOf(NOW, `${NOW}.000`, `${NOW + 900}.000`, NOW + 8),
    ],
    ['answered before it was asked', exchangeOf(NOW, `${NOW + 4}.000`, `${NOW + 1}.000`, NOW + 8)],
  ])('give no bound, and end the window: %s', (_what, exchange) => {
    const window = windowOf()
    window.add(exchangeAt(NOW - 5_000))
    expect(window.add(exchange)).toEqual({
      bound: undefined,
      found: 'contradiction',
      beforeSent: false,
      spanMs: 5_008,
    })
    expect(window.size).toBe(0)
  })
})

test('a gateway’s clock that was set back by more than a window ends it', () => {
  const window = windowOf()
  window.add(exchangeAt(NOW))
  expect(window.add(exchangeAt(NOW - 3_600_000))).toMatchObject({ bound: { samples: 1 } })
  expect(window.add(exchangeAt(NOW - 3_599_000))).toMatchObject({ bound: { samples: 2 } })
})

test('answers that come in another order are joined all the same', () => {
  const window = windowOf()
  window.add(exchangeAt(NOW + 100))
  expect(window.add(exchangeAt(NOW, 0, 30)).bound).toEqual({
    lowMs: -5.001,
    highMs: 4.001,
    samples: 2,
  })
})

test('keeps some sixty slots, however much comes and whenever', () => {
  const Exchanges = array(
    record({
      gapMs: integer({ min: -200_000, max: 200_000 }),
      wayMs: integer({ min: 0, max: 90 }),
    }),
    { maxLength: 60 },
  )
  assert(
    property(Exchanges, integer({ min: 1, max: 60 }), (steps, windowSeconds) => {
      const window = windowOf({ windowSeconds, smallestStepMs: 10_000 })
      let atMs = NOW
      for (const { gapMs, wayMs } of steps) {
        atMs += gapMs
        for (let i = 0; i < 5; i += 1) window.add(exchangeAt(atMs + i * 1_000, 0, wayMs))
        expect(window.size).toBeLessThanOrEqual(62)
      }
    }),
  )
  const busy = windowOf()
  for (let i = 0; i < 200_000; i += 1) busy.add(exchangeAt(NOW + i, 0, 1 + (i % 7)))
  expect(busy.size).toBeGreaterThan(55)
  expect(busy.size).toBeLessThanOrEqual(62)
})
