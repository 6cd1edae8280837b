import { describe, expect, test } from 'vitest'
import { budgetsOf, limitsInForce, nextLimitChangeMs } from '../../../src/access/limit.ts'

const BURST = { name: 'burst', limit: 10, windowSeconds: 1 }
const DAY = { name: 'day', limit: 100, windowSeconds: 86_400 }

test('a limit is counted apart for what adds risk, for cancels and for reads', () => {
  expect(budgetsOf([BURST]).map(({ id }) => id)).toEqual([
    'burst:order+account+withdrawal',
    'burst:cancel',
    'burst:read',
  ])
})

test('a limit that names kinds is one count for these together', () => {
  const [budget, ...others] = budgetsOf([{ ...BURST, kinds: ['read', 'cancel'] }])
  expect(others).toEqual([])
  expect(budget).toMatchObject({ id: 'burst:read+cancel', kinds: ['read', 'cancel'] })
})

describe('a key’s own limits', () => {
  const own = { name: 'burst', limit: 3, windowSeconds: 2, untilMs: 1_000 }

  test('stand in the place of the tier’s of their name, until they end', () => {
    expect(limitsInForce([BURST, DAY], [own], 999)).toEqual([own, DAY])
    expect(limitsInForce([BURST, DAY], [own], 1_000)).toEqual([BURST, DAY])
  })

  test('stand beside them under another name', () => {
    const orders = { name: 'orders', limit: 3, windowSeconds: 2 }
    expect(limitsInForce([BURST, DAY], [orders], 0)).toEqual([BURST, DAY, orders])
  })

  test('say when the next of them ends', () => {
    const later = { ...own, untilMs: 5_000 }
    expect(nextLimitChangeMs([later, own], 0)).toBe(1_000)
    expect(nextLimitChangeMs([later, own], 1_000)).toBe(5_000)
    expect(nextLimitChangeMs([later, own], 5_000)).toBeUndefined()
    expect(nextLimitChangeMs([{ ...DAY }], 0)).toBeUndefined()
  })
})
