import { describe, expect, test } from 'vitest'
import { defineGateway, PolicyError, type GatewayInput } from '../../../src/access/policy.ts'

const GOOD: GatewayInput = {
  origin: { region: 'weur' },
  dialects: ['compact'],
  operations: {
    'order.write': { kind: 'order', routes: ['POST /v1/orders'] },
    'order.urgent': {
      kind: 'order',
      routes: ['POST /v1/urgent'],
      permission: 'order.write',
      weight: 5,
    },
  },
  tiers: { retail: { limits: [{ name: 'burst', limit: 10, windowSeconds: 1 }] } },
}

function problemsOf(change: (input: GatewayInput) => unknown): readonly string[] {
  const input = structuredClone(GOOD)
  change(input)
  try {
    defineGateway(input)
    return []
  } catch (error) {
    if (error instanceof PolicyError) return error.problems
    throw error
  }
}

test('fills in what the policy leaves out', () => {
  const policy = defineGateway(GOOD)
  expect(policy.origin).toEqual({ region: 'weur', timeoutMs: 10_000, forwardHeaders: [] })
  expect(policy.operations.get('order.write')).toEqual({
    id: 'order.write',
    kind: 'order',
    permission: 'order.write',
    weight: 1,
    public: false,
  })
  expect(policy.permissions).toEqual(new Set(['order.write']))
  expect(policy.routes.match('POST', '/v1/urgent')?.target.operation.weight).toBe(5)
})

test.each<[string, (input: GatewayInput) => unknown, string]>([
  [
    'a region that does not exist',
    (p) => Object.assign(p.origin, { region: 'mars' }),
    'origin.region: must be one of',
  ],
  [
    'a misspelt setting',
    (p) => Object.assign(p.origin, { timeout: 5 }),
    'origin.timeout: is not a known setting',
  ],
  ['a missing part', (p) => Reflect.deleteProperty(p, 'tiers'), 'tiers: is missing'],
  [
    'a time-out that is too long',
    (p) => Object.assign(p.origin, { timeoutMs: 60_000 }),
    'origin.timeoutMs: must be a whole number',
  ],
  [
    'an unknown dialect',
    (p) => Object.assign(p, { dialects: ['morse'] }),
    'dialects.0: must be one of',
  ],
  [
    'no dialect',
    (p) => Object.assign(p, { dialects: [] }),
    'dialects: must allow at least one dialect',
  ],
  [
    'an unknown kind',
    (p) => Object.assign(p.operations['order.write'] ?? {}, { kind: 'write' }),
    'operations.order.write.kind: must be one of',
  ],
  [
    'a fractional weight',
    (p) => Object.assign(p.operations['order.write'] ?? {}, { weight: 0.5 }),
    'operations.order.write.weight: must be a whole number',
  ],
  [
    'a route of the gateway',
    (p) => p.operations['order.write']?.routes?.push('GET /gw/v1/x'),
    'belongs to the gateway itself',
  ],
  [
    'two routes for one request',
    (p) => p.operations['order.write']?.routes?.push('POST /v1/urgent'),
    'answers the same requests',
  ],
  [
    'a header that only the gateway may set',
    (p) => Object.assign(p.origin, { forwardHeaders: ['x-request-id'] }),
    'origin.forwardHeaders[0]: "x-request-id" may not be forwarded',
  ],
  [
    'a header with a credential',
    (p) => Object.assign(p.origin, { forwardHeaders: ['x-tag', 'authorization'] }),
    'origin.forwardHeaders[1]: "authorization" may not be forwarded',
  ],
  [
    'a limit that nothing fits',
    (p) => p.tiers['retail']?.limits.push({ name: 'tiny', limit: 4, windowSeconds: 9 }),
    'can never admit an operation of weight 5',
  ],
  [
    'two limits of one name',
    (p) => p.tiers['retail']?.limits.push({ name: 'burst', limit: 9, windowSeconds: 9 }),
    'is already the name of another limit',
  ],
  [
    'a limit that cancels share with orders',
    (p) =>
      p.tiers['retail']?.limits.push({
        name: 'all',
        limit: 9,
        windowSeconds: 9,
        kinds: ['order', 'cancel'],
      }),
    'cancels and reads must not share a budget with anything else',
  ],
  [
    'a reserved limit name',
    (p) => p.tiers['retail']?.limits.push({ name: 'gateway', limit: 9, windowSeconds: 9 }),
    'is reserved',
  ],
])('refuses %s', (_what, change, message) => {
  expect(problemsOf(change)).toEqual([expect.stringContaining(message)])
})

test('a read may be open to anyone, anything else may not', () => {
  const open = (kind: 'read' | 'order') =>
    problemsOf((input) => {
      Object.assign(input.operations, {
        'market.public': { kind, routes: ['GET /v1/market'], public: true },
      })
    })
  expect(open('read')).toEqual([])
  expect(open('order')).toEqual([
    'operations.market.public.public: only a read may be called without a signature',
  ])
})

describe('a dialect that leaves method and path open', () => {
  const fenced = (venues: Record<string, string[]>, kind: 'read' | 'order' = 'order') =>
    defineGateway({
      ...GOOD,
      dialects: ['compact', 'rfc9421', 'binance'],
      operations: { ...GOOD.operations, 'venue.op': { kind, venues } },
    }).fenced

  test('is fenced as soon as it reaches something unsafe: a read about its own key has the same string', () => {
    expect(fenced({ binance: ['POST /api/v3/order'] })).toEqual(new Set(['binance']))
  })

  test('is not fenced where it can only read', () => {
    expect(fenced({ binance: ['GET /api/v3/order'] }, 'read')).toEqual(new Set())
  })
})

test('a dialect that signs method and path is never fenced', () => {
  const operations = {
    ...GOOD.operations,
    'order.read': { kind: 'read' as const, routes: ['GET /v1/orders'] },
  }
  expect(defineGateway({ ...GOOD, dialects: ['compact', 'rfc9421'], operations }).fenced).toEqual(
    new Set(),
  )
})

test('an operation without any route is refused', () => {
  expect(
    problemsOf((input) => Object.assign(input.operations, { lost: { kind: 'read' } })),
  ).toEqual(['operations.lost: must name at least one route'])
})

// @control owasp/API8
test('names every problem at once', () => {
  const problems = problemsOf((input) => {
    Object.assign(input.origin, { region: 'mars', timeoutMs: 1 })
    Object.assign(input, { dialects: [] })
  })
  expect(problems).toHaveLength(3)
})
