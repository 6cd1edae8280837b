/** Requests and mappings for the tests of order adapters. */
import * as v from 'valibot'
import { utf8 } from '../../src/lib/bytes.ts'
import type { OrderAdapter, OrderRequest } from '../../src/risk/adapters/adapter.ts'
import { mappingProblems } from '../../src/risk/adapters/mapping-problems.ts'
import { MappingSchema } from '../../src/risk/adapters/mapping-schema.ts'
import { compileMapping } from '../../src/risk/adapters/mapping.ts'
import type { Intent, Misread } from '../../src/risk/order.ts'

/** A mapping of everything that the neutral form has. */
export const FULL_ORDER = {
  action: 'new',
  symbol: { at: '/symbol' },
  side: { at: '/side', values: { buy: 'buy', sell: 'sell' } },
  type: {
    at: '/type',
    values: { limit: 'limit', market: 'market', stop: 'stop', stop_limit: 'stop_limit' },
  },
  quantity: { at: '/quantity' },
  quoteQuantity: { at: '/amount' },
  price: { at: '/price' },
  stopPrice: { at: '/trigger/price' },
  validity: {
    at: '/timeInForce',
    values: { DAY: 'day', GTC: 'gtc', GTD: 'gtd', IOC: 'ioc', FOK: 'fok' },
    absent: 'gtc',
  },
  validUntil: { at: '/validUntil', json: 'number', unit: 'ms' },
  displayQuantity: { at: '/display' },
  postOnly: { at: '/postOnly' },
  reduceOnly: { at: '/reduceOnly' },
  clientOrderId: { at: '/clientOrderId' },
  algorithm: { at: '/algorithm' },
  decisionMaker: { at: '/decisionMaker' },
  ignored: ['/note', '?trace'],
  answer: {
    orderId: '/id',
    clientOrderId: '/clientOrderId',
    status: {
      at: '/status',
      values: { open: 'open', done: 'filled', gone: 'cancelled', no: 'rejected' },
    },
    filled: '/filled',
  },
} as const satisfies Readonly<Record<string, unknown>>

/** An order, and what is read of it. */
export const ORDER = {
  symbol: 'BTC-USD',
  side: 'buy',
  type: 'limit',
  quantity: '0.01',
  price: '100',
} as const
export const UNITS = 10n ** 18n
export const READ = {
  action: 'new',
  symbol: 'BTC-USD',
  side: 'buy',
  type: 'limit',
  quantity: UNITS / 100n,
  price: 100n * UNITS,
  validity: 'gtc',
  postOnly: false,
  reduceOnly: false,
} as const

/** What the policy would do with it, on this route. */
export function adapterOf(mapping: unknown, route = 'POST /v1/orders'): OrderAdapter {
  const parsed = v.parse(MappingSchema, mapping)
  const problems = mappingProblems(route, parsed)
  if (problems.length > 0) throw new Error(problems.join('; '))
  return compileMapping(parsed)
}

/** A request with a body of JSON, or with none. */
export function jsonRequest(body: unknown, more: Partial<OrderRequest> = {}): OrderRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return {
    method: 'POST',
    path: '/v1/orders',
    query: undefined,
    params: {},
    contentType: 'application/json',
    contentEncoding: undefined,
    body: utf8(body === undefined ? '' : text),
    ...more,
  }
}

/** A request of a venue whose parameters are in the query, in a form, or in both. */
export function formRequest(
  query: string | undefined,
  form = '',
  more: Partial<OrderRequest> = {},
): OrderRequest {
  return {
    method: 'POST',
    path: '/api/v3/order',
    query,
    params: {},
    contentType: form === '' ? undefined : 'application/x-www-form-urlencoded',
    contentEncoding: undefined,
    body: utf8(form),
    ...more,
  }
}

/** The symbols that the tests' policy has, by themselves. */
export function symbolOf(name: string): string | undefined {
  return ['BTC-USD', 'ETH-USD', 'AAPL'].includes(name) ? name : undefined
}

/** What an adapter reads, or `pointer: reason` of all that is wrong. */
export function read(
  adapter: OrderAdapter,
  request: OrderRequest,
  names = symbolOf,
): readonly Intent[] | readonly string[] {
  const result = adapter.read(request, names)
  return result.ok ? result.value : result.error.map(asText)
}

function asText({ pointer, reason }: Misread): string {
  return `${pointer}: ${reason}`
}
