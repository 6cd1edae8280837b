import { expect, test } from 'vitest'
import * as v from 'valibot'
import { resourceProblems, ResourceSchema } from '../../../src/access/resource-place.ts'

test.each([{ pointer: '/symbol' }, { query: 'symbol' }, { path: 'symbol' }, { form: 'symbol' }])(
  'a place is %o',
  (place) => {
    expect(v.parse(ResourceSchema, place)).toEqual(place)
  },
)

test.each([
  {},
  { header: 'symbol' },
  { query: 'symbol', path: 'symbol' },
  { query: '' },
  { query: 'symbol[]' },
  { form: 'a b' },
  { path: 5 },
  'symbol',
])('a place is not %o', (place) => {
  expect(v.safeParse(ResourceSchema, place).success).toBe(false)
})

test('says nothing about places that every route has', () => {
  expect(
    resourceProblems('order.write', {
      routes: ['POST /v1/{account}/orders', 'PUT /v1/{account}/orders/{id}'],
      venues: { binance: ['POST /api/{account}/order'] },
      symbol: { pointer: '/symbol' },
      account: { path: 'account' },
    }),
  ).toEqual([])
  expect(resourceProblems('x', { routes: ['GET /x'], symbol: { query: 'symbol' } })).toEqual([])
  expect(resourceProblems('x', { routes: ['GET /x'] })).toEqual([])
})

test('names every place that a route does not have', () => {
  expect(
    resourceProblems('order.write', {
      routes: ['POST /v1/orders', 'POST /v1/{symbol}', 'POST /v1/{symbol}/{symbol}'],
      venues: { binance: ['POST /api/{symbols}'] },
      symbol: { path: 'symbol' },
      account: { pointer: 'account' },
    }),
  ).toEqual([
    'operations.order.write.symbol.path: "POST /v1/orders" must have {symbol} once',
    'operations.order.write.symbol.path: "POST /v1/{symbol}/{symbol}" must have {symbol} once',
    'operations.order.write.symbol.path: "POST /api/{symbols}" must have {symbol} once',
    'operations.order.write.account.pointer: "account" is not a JSON pointer, such as /symbol (RFC 6901)',
  ])
})

test('a body is looked for where there can be one', () => {
  expect(
    resourceProblems('x', { routes: ['GET /x', 'DELETE /x'], symbol: { pointer: '/symbol' } }),
  ).toEqual(['operations.x.symbol.pointer: "GET /x" has no body'])
})
