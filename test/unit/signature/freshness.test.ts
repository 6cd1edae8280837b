import { describe, expect, test } from 'vitest'
import { judgeFreshness } from '../../../src/signature/freshness.ts'
import { DIALECTS } from '../../../src/signature/dialects.ts'
import type { Claim } from '../../../src/signature/dialect.ts'
import { ID, NOW } from '../../support/request.ts'

function claim(dialect: keyof typeof DIALECTS, signedAtMs: number, expiresAtMs?: number): Claim {
  return {
    dialect: DIALECTS[dialect],
    credentialId: ID,
    signedAtMs,
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    nonce: 'n',
    signature: new Uint8Array(),
    stringToSign: async () => undefined,
  }
}

describe.each([
  ['compact', 1_000],
  ['rfc9421', 2_000],
] as const)('%s', (dialect, leadMs) => {
  test.each([
    [-10_001, false],
    [-10_000, true],
    [0, true],
    [leadMs, true],
    [leadMs + 1, false],
  ])('signed %i ms from now: accepted is %s', (offsetMs, accepted) => {
    expect(judgeFreshness(claim(dialect, NOW + offsetMs), NOW, 10_000).ok).toBe(accepted)
  })
})

test('a longer window reaches further back, not further ahead', () => {
  expect(judgeFreshness(claim('compact', NOW - 60_000), NOW, 60_000).ok).toBe(true)
  expect(judgeFreshness(claim('compact', NOW + 1_001), NOW, 60_000).ok).toBe(false)
})

test('an expiry that has passed refuses, though the time is in the window', () => {
  expect(judgeFreshness(claim('rfc9421', NOW - 2_000, NOW), NOW, 10_000).ok).toBe(false)
  expect(judgeFreshness(claim('rfc9421', NOW - 2_000, NOW + 1), NOW, 10_000).ok).toBe(true)
})

test('tells a caller what to correct', () => {
  const judged = judgeFreshness(claim('compact', NOW - 90_000), NOW, 10_000)
  expect(judged).toMatchObject({
    error: {
      code: 'timestamp_skew',
      members: { serverTime: NOW, offsetMs: -90_000, windowMs: 10_000 },
    },
  })
})
