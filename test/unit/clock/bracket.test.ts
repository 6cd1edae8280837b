import { expect, test } from 'vitest'
import { answeredBeforeAsked, bracket } from '../../../src/clock/bracket.ts'
import { exchangeOf } from '../../support/exchange.ts'

test('is t3 − t4 − g − c ≤ θ ≤ t2 − t1, wider by the last digit of the origin’s stamps', () => {
  // Left at 0, received at 4.5 and answered at 5.5 by the origin, back at 9; g is 1 ms, c is 2 ms.
  expect(bracket(exchangeOf(0, '4.500', '5.500', 9), 2)).toEqual({ lowUs: -6_501, highUs: 4_501 })
})

test.each([
  ['whole milliseconds', '4', '5', { lowUs: -6_000, highUs: 5_000 }],
  ['tenths of them', '4.5', '5.5', { lowUs: -4_600, highUs: 4_600 }],
  ['millionths of them', '4.500000', '5.500000', { lowUs: -4_501, highUs: 4_502 }],
])('a coarser stamp says less: %s', (_what, received, sent, interval) => {
  expect(bracket(exchangeOf(0, received, sent, 9), 0)).toEqual(interval)
})

test('is empty where the origin had it for longer than it was away', () => {
  const { lowUs, highUs } = bracket(exchangeOf(0, '1.000', '20.000', 9), 0)
  expect(lowUs).toBeGreaterThan(highUs)
})

test('an answer before the question is one whichever way the origin rounds', () => {
  expect(answeredBeforeAsked(exchangeOf(0, '5.500', '5.400', 9))).toBe(true)
  expect(answeredBeforeAsked(exchangeOf(0, '5.500', '5.499', 9))).toBe(false)
  expect(answeredBeforeAsked(exchangeOf(0, '6', '5', 9))).toBe(false)
  expect(answeredBeforeAsked(exchangeOf(0, '8', '5', 9))).toBe(true)
})
