/** What a policy says of the origin's clock, and what is wrong with it. */
import { expect, test } from 'vitest'
import { defineGateway, PolicyError, type GatewayInput } from '../../../src/access/policy.ts'

const CLOCK = { received: 'received-at', sent: 'sent-at', unit: 'ns' } as const

function define(clock: GatewayInput['origin']['clock']) {
  return defineGateway({
    origin: { region: 'weur', clock },
    dialects: ['compact'],
    operations: { 'market.read': { kind: 'read', routes: ['GET /v1/time'] } },
    tiers: { retail: { limits: [{ name: 'burst', limit: 10, windowSeconds: 1 }] } },
  })
}

function problemsOf(clock: unknown): readonly string[] {
  try {
    define(JSON.parse(JSON.stringify(clock)))
    return []
  } catch (error) {
    if (error instanceof PolicyError) return error.problems
    throw error
  }
}

test('an origin that stamps nothing has no clock', () => {
  expect(define(undefined).origin.clock).toBeUndefined()
})

test('what the policy does not say is assumed cautiously', () => {
  expect(define(CLOCK).origin.clock).toEqual({
    ...CLOCK,
    windowSeconds: 60,
    driftPpm: 500,
    smallestStepMs: 128,
    cpuLagMs: 10,
    warnMs: 250,
    criticalMs: 1_000,
  })
})

// @control rts6/5(7) 15c3-5(b) soc2/CC8.1
test('another assumption is another policy', () => {
  expect(define({ ...CLOCK, driftPpm: 100 }).version).not.toBe(define(CLOCK).version)
})

test.each<[string, object, string]>([
  [
    'a unit that there is not',
    { ...CLOCK, unit: 'min' },
    'origin.clock.unit: must be one of s, ms',
  ],
  ['one header for both', { ...CLOCK, sent: 'received-at' }, 'origin.clock.sent: "received-at" is'],
  [
    'a header in capitals',
    { ...CLOCK, sent: 'Sent-At' },
    'origin.clock.sent: must be a lower-case',
  ],
  ['half of a pair', { received: 'received-at', unit: 'ms' }, 'origin.clock.sent: is missing'],
  ['more than a minute', { ...CLOCK, windowSeconds: 61 }, 'origin.clock.windowSeconds: must be'],
  ['no warning before the alarm', { ...CLOCK, warnMs: 1_000 }, 'origin.clock.criticalMs: must be'],
  [
    'a setting that there is not',
    { ...CLOCK, ntp: 'x' },
    'origin.clock.ntp: is not a known setting',
  ],
])('%s is a problem', (_what, clock, problem) => {
  expect(problemsOf(clock)).toEqual([expect.stringContaining(problem)])
})
