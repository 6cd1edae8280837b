import { expect, test } from 'vitest'
import { countedLimits, type Limit, type LimitOverride } from '../../../src/access/limit.ts'
import { Budgets } from '../../../src/guard/budgets.ts'

const NOW = 1_800_000_000_000

/** A key whose own limits come and go. */
function budgets(tier: readonly Limit[]) {
  const all = new Budgets(countedLimits(tier, [], NOW), {
    windows: [],
    nowMs: NOW,
    closedUntilMs: () => 0,
  })
  return {
    override: (own: readonly LimitOverride[]) => all.change(countedLimits(tier, own, NOW)),
    /** How many of `count` orders fit. */
    spend(count: number, nowMs: number): number {
      let spent = 0
      for (let i = 0; i < count; i += 1) {
        if (all.of('order').some(({ window }) => window.remaining(nowMs) < 1)) continue
        all.spend('order', 1, nowMs)
        spent += 1
      }
      return spent
    },
  }
}

test('I2: a limit for certain kinds is no new one when another stands in for it and goes', () => {
  const key = budgets([{ name: 'orders', limit: 100, windowSeconds: 60, kinds: ['order'] }])
  expect(key.spend(200, NOW)).toBe(100)
  key.override([{ name: 'orders', limit: 100, windowSeconds: 60 }])
  expect(key.spend(200, NOW + 1_000)).toBe(0)
  key.override([])
  expect(key.spend(200, NOW + 2_000)).toBe(0)
})

test('I2: a shorter limit in its place does not empty the day', () => {
  const key = budgets([{ name: 'day', limit: 100, windowSeconds: 86_400 }])
  expect(key.spend(200, NOW)).toBe(100)
  key.override([{ name: 'day', limit: 10, windowSeconds: 60 }])
  key.spend(10, NOW + 120_000)
  key.override([])
  expect(key.spend(200, NOW + 7_200_000)).toBe(0)
})

test('a limit that is raised gives the rest at once', () => {
  const key = budgets([{ name: 'minute', limit: 10, windowSeconds: 60 }])
  expect(key.spend(20, NOW)).toBe(10)
  key.override([{ name: 'minute', limit: 15, windowSeconds: 60 }])
  expect(key.spend(20, NOW + 1)).toBe(5)
})
