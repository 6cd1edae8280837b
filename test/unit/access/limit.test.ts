import { describe, expect, test } from 'vitest'
import {
  budgetsOf,
  countedLimits,
  nextLimitChangeMs,
  type Limit,
  type LimitOverride,
} from '../../../src/access/limit.ts'

const BURST = { name: 'burst', limit: 10, windowSeconds: 1 }
const DAY = { name: 'day', limit: 100, windowSeconds: 86_400 }

/** What is enforced, by name and number. */
function inForce(tier: readonly Limit[], own: readonly LimitOverride[], nowMs: number) {
  return countedLimits(tier, own, nowMs)
    .filter(({ enforced }) => enforced)
    .map(({ name, limit }) => `${name} ${limit}`)
}

test('a limit is counted apart for what adds risk, for cancels and for reads', () => {
  expect(budgetsOf(countedLimits([BURST], [], 0)).map(({ id }) => id)).toEqual([
    'burst:order+account+withdrawal',
    'burst:cancel',
    'burst:read',
  ])
})

test('a limit that names kinds is one count for these together', () => {
  const [budget, ...others] = budgetsOf(
    countedLimits([{ ...BURST, kinds: ['read', 'cancel'] }], [], 0),
  )
  expect(others).toEqual([])
  expect(budget).toMatchObject({ id: 'burst:read+cancel', kinds: ['read', 'cancel'] })
})

describe('a key’s own limits', () => {
  const own = { name: 'burst', limit: 3, windowSeconds: 2, untilMs: 1_000 }

  test('stand in the place of the tier’s of their name, until they end', () => {
    expect(inForce([BURST, DAY], [own], 999)).toEqual(['burst 3', 'day 100'])
    expect(inForce([BURST, DAY], [own], 1_000)).toEqual(['burst 10', 'day 100'])
  })

  test('let what they stand in for be counted on', () => {
    const counted = countedLimits([BURST], [own], 0)
    expect(counted).toMatchObject([
      { limit: 10, enforced: false, own: false },
      { limit: 3, enforced: true, own: true },
    ])
    expect(new Set(budgetsOf(counted).map(({ id }) => id)).size).toBe(6)
  })

  test('stand beside them under another name', () => {
    const orders = { name: 'orders', limit: 3, windowSeconds: 2 }
    expect(inForce([BURST, DAY], [orders], 0)).toEqual(['burst 10', 'day 100', 'orders 3'])
  })

  test('say when the next of them ends', () => {
    const later = { ...own, untilMs: 5_000 }
    expect(nextLimitChangeMs([later, own], 0)).toBe(1_000)
    expect(nextLimitChangeMs([later, own], 1_000)).toBe(5_000)
    expect(nextLimitChangeMs([later, own], 5_000)).toBeUndefined()
    expect(nextLimitChangeMs([{ ...DAY }], 0)).toBeUndefined()
  })
})
