import { describe, expect, test } from 'vitest'
import { forceOf, withHold, type Hold } from '../../../src/control/hold.ts'
import {
  judgeLevel,
  LEVELS,
  moveOf,
  passes,
  stricter,
  type Move,
} from '../../../src/control/level.ts'
import { forceOn, type WideTrip } from '../../../src/control/trip.ts'

/** Written by hand from what the levels are for: reading last, then taking risk away, then reducing it. */
const TABLE: Readonly<Record<Move, readonly boolean[]>> = {
  //            open  reduce_only  cancel_only  closed
  read: [true, true, true, false],
  cancel: [true, true, true, false],
  reducing: [true, true, false, false],
  order: [true, false, false, false],
  account: [true, false, false, false],
  withdrawal: [true, false, false, false],
}

describe.each(Object.entries(TABLE))('%s', (name, row) => {
  const move = Object.keys(TABLE).find((one): one is Move => one === name) ?? 'order'
  // @control mission/kill-switch
  test.each(LEVELS.map((level, i) => [level, row[i] ?? false] as const))(
    'I6: at %s: %s',
    (level, expected) => {
      expect(passes(move, level)).toBe(expected)
      const judged = judgeLevel(move, { level, scope: 'global' })
      expect(judged.ok).toBe(expected)
      if (!judged.ok) expect(judged.error.members).toEqual({ scope: 'global' })
    },
  )
})

test('every level has a code of its own', () => {
  const codes = LEVELS.map((level) => judgeLevel('withdrawal', { level, scope: '' })).map(
    (judged) => (judged.ok ? 'passes' : judged.error.code),
  )
  expect(codes).toEqual(['passes', 'reduce_only', 'cancel_only', 'halted'])
})

test('an order of which nobody knows that it reduces is one that does not', () => {
  expect(moveOf('order', false)).toBe('order')
  expect(moveOf('order', true)).toBe('reducing')
  expect(moveOf('withdrawal', true)).toBe('withdrawal')
})

test('of two levels the stricter one counts, whichever comes first', () => {
  for (const [i, one] of LEVELS.entries())
    for (const [j, other] of LEVELS.entries())
      expect(stricter(one, other)).toBe(LEVELS[Math.max(i, j)])
})

const TRIPS: readonly WideTrip[] = [
  { level: 'reduce_only', scope: { type: 'global' } },
  { level: 'cancel_only', scope: { type: 'operation', id: 'withdrawal.write' } },
  { level: 'closed', scope: { type: 'symbol', id: 'BTC-USD' } },
]

test.each([
  ['order.write', [], 'reduce_only', 'global'],
  ['withdrawal.write', [], 'cancel_only', 'operation withdrawal.write'],
  ['order.write', ['ETH-USD'], 'reduce_only', 'global'],
  ['order.write', ['ETH-USD', 'BTC-USD'], 'closed', 'symbol BTC-USD'],
])('%s of %j is at %s by %s', (operation, symbols, level, scope) => {
  expect(forceOn(TRIPS, { operation, symbols })).toEqual({ level, scope })
  expect(forceOn(TRIPS.toReversed(), { operation, symbols })).toEqual({ level, scope })
})

test('holds come and go by their trip', () => {
  const one: Hold = { id: 'a', level: 'reduce_only', scope: 'key' }
  const other: Hold = { id: 'b', level: 'closed', scope: 'account' }
  const both = withHold(withHold([], one, true), other, true)
  expect(withHold(both, one, true)).toHaveLength(2)
  expect(forceOf(both)).toEqual({ level: 'closed', scope: 'account' })
  expect(forceOf(withHold(both, other, false))).toEqual({ level: 'reduce_only', scope: 'key' })
  expect(forceOf(withHold(withHold(both, other, false), one, false)).level).toBe('open')
})
