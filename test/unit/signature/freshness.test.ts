import { describe, expect, test } from 'vitest'
import { judgeFreshness } from '../../../src/signature/freshness.ts'
import type { Signed } from '../../../src/signature/dialect.ts'
import { NOW } from '../../support/request.ts'

function judge(
  clockUnitMs: 1 | 1000,
  offsetMs: number,
  windowMs: number,
  more: Partial<Signed> = {},
) {
  const signed = { signedAtMs: NOW + offsetMs, signature: new Uint8Array(), octets: [], ...more }
  return judgeFreshness(signed, clockUnitMs, NOW, windowMs)
}

describe.each([
  [1, 1_000],
  [1_000, 2_000],
] as const)('a clock in units of %i ms', (unitMs, leadMs) => {
  test.each([
    [-10_001, false],
    [-10_000, true],
    [0, true],
    [leadMs, true],
    [leadMs + 1, false],
  ])('signed %i ms from now: accepted is %s', (offsetMs, accepted) => {
    expect(judge(unitMs, offsetMs, 10_000).ok).toBe(accepted)
  })
})

test('a longer window reaches further back, not further ahead', () => {
  expect(judge(1, -60_000, 60_000).ok).toBe(true)
  expect(judge(1, 1_001, 60_000).ok).toBe(false)
})

test('the least window holds: the credential’s or the request’s', () => {
  expect(judge(1, -5_001, 10_000, { windowMs: 5_000 }).ok).toBe(false)
  expect(judge(1, -5_000, 10_000, { windowMs: 5_000 }).ok).toBe(true)
  expect(judge(1, -10_001, 10_000, { windowMs: 60_000 }).ok).toBe(false)
})

test('an expiry that has passed refuses, though the time is in the window', () => {
  expect(judge(1_000, -2_000, 10_000, { expiresAtMs: NOW }).ok).toBe(false)
  expect(judge(1_000, -2_000, 10_000, { expiresAtMs: NOW + 1 }).ok).toBe(true)
})

test('tells a caller what to correct', () => {
  expect(judge(1, -90_000, 10_000)).toMatchObject({
    error: {
      code: 'timestamp_skew',
      members: { serverTime: NOW, offsetMs: -90_000, windowMs: 10_000 },
    },
  })
})
