import { array, assert, constantFrom, integer, option, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countedLimits, type LimitOverride } from '../../../src/access/limit.ts'
import { raises } from '../../../src/guard/edit.ts'
import type { Key } from '../../../src/guard/key.ts'

const NOW = 1_800_000_000_000
const TIER = [
  { name: 'burst', limit: 10, windowSeconds: 1 },
  { name: 'day', limit: 1_000, windowSeconds: 86_400 },
]
const DAY = { name: 'day', limit: 1_000, windowSeconds: 86_400 }

function keyWith(limits: readonly LimitOverride[]): Key {
  return {
    keyId: 'key',
    account: 'account',
    user: 'user',
    tier: 'retail',
    status: 'active',
    permissions: [],
    addresses: [],
    credentials: [],
    limits,
  }
}

function burst(limit: number, inMs?: number): LimitOverride {
  const until = inMs === undefined ? {} : { untilMs: NOW + inMs }
  return { name: 'burst', limit, windowSeconds: 1, ...until }
}

describe('a raise is', () => {
  test.each<[string, LimitOverride[], LimitOverride[], boolean]>([
    ['a higher limit', [], [burst(11)], true],
    ['not a lower one', [], [burst(9)], false],
    ['a lower one taken away', [burst(5)], [], true],
    ['a lower one that is given an end', [burst(5)], [burst(5, 1_000)], true],
    ['an end that comes earlier', [burst(5, 2_000)], [burst(5, 1_000)], true],
    ['not an end that comes later', [burst(5, 1_000)], [burst(5, 2_000)], false],
    ['a raise that loses its end', [burst(20, 1_000)], [burst(20)], true],
    ['a raise that ends later', [burst(20, 1_000)], [burst(15, 2_000)], true],
    ['not less of a raise that ends as before', [burst(20, 1_000)], [burst(15, 1_000)], false],
    ['not a raise taken back', [burst(20, 1_000)], [], false],
    ['another window', [], [{ name: 'burst', limit: 10, windowSeconds: 60 }], true],
    ['not a further limit beside', [], [{ name: 'hour', limit: 1, windowSeconds: 3_600 }], false],
  ])('%s', (_what, before, after, expected) => {
    expect(raises(keyWith(before), after, TIER, NOW)).toBe(expected)
  })
})

test('what is no raise lets at no instant more through than before', () => {
  const override = record({
    name: constantFrom('burst', 'day', 'hour'),
    limit: integer({ min: 1, max: 20 }),
    windowSeconds: constantFrom(1, 60),
    untilMs: option(integer({ min: NOW - 5, max: NOW + 20 }), { nil: undefined }),
  })
  const some = array(override, { maxLength: 4 })
  assert(
    property(some, some, (before, after) => {
      if (raises(keyWith(before), [...after, DAY], TIER, NOW)) return
      for (let atMs = NOW; atMs <= NOW + 21; atMs += 1) {
        for (const windowSeconds of [1, 60, 86_400]) {
          const least = (own: readonly LimitOverride[]) =>
            Math.min(
              ...countedLimits(TIER, own, atMs)
                .filter((one) => one.enforced && one.windowSeconds === windowSeconds)
                .map(({ limit }) => limit),
            )
          expect(least([...after, DAY])).toBeLessThanOrEqual(least(before))
        }
      }
    }),
  )
})
