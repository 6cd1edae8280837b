import { describe, expect, test } from 'vitest'
import { defineGateway, PolicyError, type GatewayInput } from '../../../src/access/policy.ts'

const ANSWER = { status: { always: 'open' } } as const
const GOOD: GatewayInput = {
  origin: { region: 'weur' },
  dialects: ['compact', 'binance'],
  operations: {
    'order.write': {
      kind: 'order',
      routes: ['PUT /v1/orders/{id}'],
      venues: { binance: ['POST /api/v3/order'] },
      order: {
        'PUT /v1/orders/{id}': {
          action: 'replace',
          target: { id: { at: '{id}' } },
          answer: ANSWER,
        },
        'POST /api/v3/order': { adapter: 'binance' },
      },
    },
    'order.cancel': {
      kind: 'cancel',
      routes: ['DELETE /v1/orders'],
      order: { 'DELETE /v1/orders': { action: 'cancel_all' } },
    },
    'market.read': { kind: 'read', routes: ['GET /v1/time'] },
  },
  instruments: {
    'BTC-USD': { currency: 'USD', venues: { binance: 'BTCUSDT' } },
    AAPL: { currency: 'USD', isin: 'US0378331005', mic: 'XNAS', multiplier: '0.5' },
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

const operation = (input: GatewayInput, id = 'order.write') =>
  input.operations[id] ?? { kind: 'read' }
const setOrder = (input: GatewayInput, route: string, order: unknown, id = 'order.write') =>
  Object.assign(operation(input, id).order ?? {}, { [route]: order })

test('a policy that names instruments has an adapter for each route of orders', () => {
  const policy = defineGateway(GOOD)
  expect([...policy.orders.keys()]).toEqual([
    'PUT /v1/orders/{id}',
    'POST /api/v3/order',
    'DELETE /v1/orders',
  ])
  expect(policy.operations.get('order.write')).not.toHaveProperty('order')
  expect([...policy.instruments.values()]).toEqual([
    { symbol: 'BTC-USD', currency: 'USD', multiplier: 10n ** 18n },
    {
      symbol: 'AAPL',
      currency: 'USD',
      isin: 'US0378331005',
      mic: 'XNAS',
      multiplier: 5n * 10n ** 17n,
    },
  ])
})

test('a policy without instruments has no pre-trade risk, and none of this', () => {
  const bare = problemsOf((input) => {
    Reflect.deleteProperty(input, 'instruments')
    for (const one of Object.values(input.operations)) Reflect.deleteProperty(one, 'order')
  })
  expect(bare).toEqual([])
})

test('what is mapped is part of the policy’s version', () => {
  const other = structuredClone(GOOD)
  setOrder(
    other,
    'DELETE /v1/orders',
    { action: 'cancel_all', symbol: { at: '?symbol' } },
    'order.cancel',
  )
  expect(defineGateway(other).version).not.toBe(defineGateway(GOOD).version)
})

describe('is refused', () => {
  const PLACE = 'operations.order.write.order'
  test.each<[string, (input: GatewayInput) => unknown, readonly string[]]>([
    [
      'an order without an adapter',
      (p) => operation(p).routes?.push('POST /v1/orders', 'POST /v1/urgent'),
      [`${PLACE}: "POST /v1/orders" has no adapter`, `${PLACE}: "POST /v1/urgent" has no adapter`],
    ],
    [
      'a venue’s order without one',
      (p) => Reflect.deleteProperty(operation(p).order ?? {}, 'POST /api/v3/order'),
      [`${PLACE}: "POST /api/v3/order" has no adapter`],
    ],
    [
      'a cancel without one',
      (p) => Reflect.deleteProperty(operation(p, 'order.cancel'), 'order'),
      ['operations.order.cancel.order: "DELETE /v1/orders" has no adapter'],
    ],
    [
      'an adapter for a route that is none',
      (p) =>
        setOrder(p, 'POST /v1/order', {
          action: 'replace',
          target: { id: { at: '/id' } },
          answer: ANSWER,
        }),
      [`${PLACE}.POST /v1/order: is no route of this operation`],
    ],
    [
      'adapters without instruments',
      (p) => Reflect.deleteProperty(p, 'instruments'),
      ['order.write', 'order.cancel'].map(
        (id) =>
          `operations.${id}.order: an order is judged by its instrument, and there are no instruments`,
      ),
    ],
    [
      'no instruments at all',
      (p) => Object.assign(p, { instruments: {} }),
      ['instruments: must name at least one instrument'],
    ],
    [
      'an order that calls itself a cancel',
      (p) =>
        setOrder(
          p,
          'DELETE /v1/orders',
          { action: 'replace', target: { id: { at: '/id' } }, answer: ANSWER },
          'order.cancel',
        ),
      [
        'operations.order.cancel.order.DELETE /v1/orders.action: "replace" is not what an operation of kind cancel does',
      ],
    ],
    [
      'a cancel that counts as an order',
      (p) => setOrder(p, 'PUT /v1/orders/{id}', { action: 'cancel_all' }),
      [
        `${PLACE}.PUT /v1/orders/{id}.action: "cancel_all" is not what an operation of kind order does`,
      ],
    ],
    [
      'a read with an adapter',
      (p) =>
        Object.assign(operation(p, 'market.read'), {
          order: { 'GET /v1/time': { action: 'cancel_all' } },
        }),
      [
        'operations.market.read.order.GET /v1/time.action: "cancel_all" is not what an operation of kind read does',
      ],
    ],
    [
      'a mapping that reads nothing',
      (p) =>
        setOrder(p, 'PUT /v1/orders/{id}', {
          action: 'replace',
          target: { id: { at: '{order}' } },
          answer: ANSWER,
        }),
      [`${PLACE}.PUT /v1/orders/{id}.target.id.at: "PUT /v1/orders/{id}" must have {order} once`],
    ],
    [
      'a venue’s adapter elsewhere',
      (p) => setOrder(p, 'PUT /v1/orders/{id}', { adapter: 'binance' }),
      [
        `${PLACE}.PUT /v1/orders/{id}.adapter: binance reads POST /api/v3/order and DELETE /api/v3/order`,
      ],
    ],
    [
      'a venue’s adapter for everybody’s route',
      (p) => {
        Object.assign(operation(p), { venues: {} })
        operation(p).routes?.push('POST /api/v3/order')
      },
      [`${PLACE}.POST /api/v3/order: is no route of binance in this operation`],
    ],
    [
      'a venue’s cancel among orders',
      (p) => {
        operation(p).venues?.['binance']?.push('DELETE /api/v3/order')
        setOrder(p, 'DELETE /api/v3/order', { adapter: 'binance' })
      },
      [`${PLACE}.DELETE /api/v3/order.adapter: reads a route of kind cancel`],
    ],
    [
      'an adapter that does not exist',
      (p) => setOrder(p, 'POST /api/v3/order', { adapter: 'kraken' }),
      [`${PLACE}.POST /api/v3/order.adapter: must be one of binance`],
    ],
    [
      'a misspelt part of a mapping',
      (p) =>
        setOrder(
          p,
          'DELETE /v1/orders',
          { action: 'cancel_all', simbol: { at: '/s' } },
          'order.cancel',
        ),
      ['operations.order.cancel.order.DELETE /v1/orders.simbol: is not a known setting'],
    ],
    [
      'a missing part of a mapping',
      (p) => setOrder(p, 'PUT /v1/orders/{id}', { action: 'replace', answer: ANSWER }),
      [`${PLACE}.PUT /v1/orders/{id}.target: is missing`],
    ],
    [
      'one name for two instruments',
      (p) => Object.assign(p.instruments?.['AAPL'] ?? {}, { venues: { binance: 'BTCUSDT' } }),
      ['instruments.AAPL.venues.binance: "BTCUSDT" is already the name of BTC-USD'],
    ],
  ])('%s', (_what, change, problems) => {
    expect(problemsOf(change)).toEqual(problems)
  })

  test('and all of it at once', () => {
    const found = problemsOf((p) => {
      operation(p).routes?.push('POST /v1/orders')
      setOrder(p, 'PUT /v1/orders/{id}', {
        action: 'cancel_all',
        symbol: { at: '{x}' },
        ignored: ['/a', '/a'],
      })
      Object.assign(p.instruments?.['AAPL'] ?? {}, { venues: { binance: 'BTCUSDT' } })
    })
    expect(found).toHaveLength(5)
  })
})
