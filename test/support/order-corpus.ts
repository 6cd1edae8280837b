/**
 * Random orders, and what clients of each dialect would send for them: in every order, split and spelling that means the
 * same. Reading what was written must give the order back. The same seed gives the same corpus.
 */
import type { OrderRequest } from '../../src/risk/adapters/adapter.ts'
import type { Cancel, Intent, NewOrder } from '../../src/risk/order.ts'
import { anyOrder, binanceCancel, binanceOrder, demoIntent, maybe, written } from './any-order.ts'
import { formRequest, jsonRequest } from './orders.ts'
import { random, type Random } from './random.ts'

export interface Case {
  readonly intent: Intent
  readonly request: OrderRequest
  /** As the demo's policy writes it. */
  readonly route: string
}

type Written = readonly (readonly [name: string, value: unknown])[]

/** Orders in JSON that say whatever the neutral form can say, in the members of `FULL_ORDER`. */
export function fullCorpus(count: number, seed = 1): Iterable<Case> {
  return corpus(count, seed, (chance) => {
    const intent = anyOrder(chance)
    const request = jsonBody(fullMembers(intent, chance), chance)
    return { intent, request, route: 'POST /v1/orders' }
  })
}

/** Orders, changes and cancels as the demo's own API takes them. */
export function demoCorpus(count: number, seed = 2): Iterable<Case> {
  return corpus(count, seed, (chance) => demoCase(demoIntent(chance), chance))
}

/** Orders and cancels as Binance's clients write them. */
export function binanceCorpus(count: number, seed = 3): Iterable<Case> {
  return corpus(count, seed, binanceCase)
}

function* corpus(count: number, seed: number, make: (chance: Random) => Case): Generator<Case> {
  const chance = random(seed)
  for (let i = 0; i < count; i += 1) yield make(chance)
}

/** One that the demo's own API takes. */
export function demoCase(intent: Intent, chance: Random): Case {
  if (intent.action === 'new')
    return {
      intent,
      request: jsonBody(demoMembers(intent, chance), chance),
      route: 'POST /v1/orders',
    }
  if (intent.action === 'cancel_all') {
    const request = jsonRequest(undefined, { method: 'DELETE', contentType: undefined })
    return { intent, request, route: 'DELETE /v1/orders' }
  }
  const { target } = intent
  const path = { path: `/v1/orders/${target.value}`, params: { id: target.value } }
  if (intent.action === 'cancel') {
    const request = jsonRequest(undefined, { ...path, method: 'DELETE' })
    return { intent, request, route: 'DELETE /v1/orders/{id}' }
  }
  const members: Written = [
    ['quantity', intent.quantity && written(intent.quantity, chance)],
    ['price', intent.price && written(intent.price, chance)],
  ]
  const request = { ...jsonBody(members, chance), ...path, method: 'PUT' }
  return { intent, request, route: 'PUT /v1/orders/{id}' }
}

function demoMembers(order: NewOrder, chance: Random): Written {
  const { symbol, side, type, quantity, price, validity } = order
  return [
    ['symbol', symbol],
    ['side', side],
    ['type', type],
    ['quantity', quantity && written(quantity, chance)],
    ['price', price && written(price, chance)],
    ['timeInForce', validity === 'gtc' ? maybe(chance, () => 'GTC') : validity.toUpperCase()],
    ['clientOrderId', order.clientOrderId],
    ['algorithm', order.algorithm],
    ['decisionMaker', order.decisionMaker],
  ]
}

function fullMembers(order: NewOrder, chance: Random): Written {
  const { stopPrice, quoteQuantity, displayQuantity, postOnly, reduceOnly } = order
  return [
    ...demoMembers(order, chance),
    ['amount', quoteQuantity && written(quoteQuantity, chance)],
    ['trigger', stopPrice && { price: written(stopPrice, chance) }],
    ['validUntil', order.validUntilMs],
    ['display', displayQuantity && written(displayQuantity, chance)],
    ['postOnly', postOnly || maybe(chance, () => false)],
    ['reduceOnly', reduceOnly || maybe(chance, () => false)],
    ['note', maybe(chance, () => [1e300, { symbol: 'other' }, null])],
  ]
}

/** An object with its members in any order, spaced and escaped in any way. */
function jsonBody(members: Written, chance: Random): OrderRequest {
  const space = () => chance.pick(['', '', ' ', '\n\t', '\r\n  '])
  const there = shuffled(
    members.filter(([, value]) => value !== undefined),
    chance,
  )
  const parts = there.map(([name, value]) =>
    [space(), escaped(name, chance), space(), ':', space(), json(value, chance), space()].join(''),
  )
  const contentType = chance.pick(['application/json', 'application/json; charset=utf-8'])
  return jsonRequest(`${space()}{${parts.join(',')}}${space()}`, { contentType })
}

function json(value: unknown, chance: Random): string {
  return typeof value === 'string' ? escaped(value, chance) : JSON.stringify(value)
}

/** A string of which now and then a character is written by its number. */
function escaped(text: string, chance: Random): string {
  const characters = Array.from(text, (char) =>
    chance.chance(0.05)
      ? `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
      : JSON.stringify(char).slice(1, -1),
  )
  return `"${characters.join('')}"`
}

function shuffled<T>(values: readonly T[], chance: Random): readonly T[] {
  return values
    .map((value) => ({ value, key: chance.below(2 ** 31) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ value }) => value)
}

const TYPES = {
  limit: 'LIMIT',
  market: 'MARKET',
  stop: 'STOP_LOSS',
  stop_limit: 'STOP_LOSS_LIMIT',
} as const

function binanceCase(chance: Random): Case {
  return binanceCaseOf(chance.chance(0.3) ? binanceCancel(chance) : binanceOrder(chance), chance)
}

/** An order or a cancel that Binance's clients can write. */
export function binanceCaseOf(intent: NewOrder | Cancel, chance: Random): Case {
  if (intent.action === 'cancel') {
    const { by, value } = intent.target
    const parameters: Written = [
      ['symbol', venueSymbol(intent.symbol)],
      [by === 'id' ? 'orderId' : 'origClientOrderId', value],
      ['cancelRestrictions', maybe(chance, () => 'ONLY_NEW')],
    ]
    const request = formRequest(pairs(parameters, chance).join('&'), '', { method: 'DELETE' })
    return { intent, request, route: 'DELETE /api/v3/order' }
  }
  const all = pairs(binanceParameters(intent, chance), chance)
  const cut = chance.pick([0, all.length, chance.below(all.length)])
  const request = formRequest(all.slice(0, cut).join('&'), all.slice(cut).join('&'))
  return { intent, request, route: 'POST /api/v3/order' }
}

/** Orders of one request, in the members of `FULL_ORDER`: the body is their list. */
export function batchRequest(orders: readonly NewOrder[], chance: Random): OrderRequest {
  const items = orders.map((order) => {
    const there = fullMembers(order, chance).filter(([, value]) => value !== undefined)
    return Object.fromEntries(shuffled(there, chance))
  })
  return jsonRequest(items)
}

function binanceParameters(order: NewOrder, chance: Random): Written {
  const { side, type, validity, quantity, quoteQuantity, price, stopPrice } = order
  return [
    ['symbol', venueSymbol(order.symbol)],
    ['side', side.toUpperCase()],
    ['type', order.postOnly ? 'LIMIT_MAKER' : TYPES[type]],
    ['timeInForce', validity === 'gtc' ? maybe(chance, () => 'GTC') : validity.toUpperCase()],
    ['quantity', quantity && written(quantity, chance)],
    ['quoteOrderQty', quoteQuantity && written(quoteQuantity, chance)],
    ['price', price && written(price, chance)],
    ['stopPrice', stopPrice && written(stopPrice, chance)],
    ['icebergQty', order.displayQuantity && written(order.displayQuantity, chance)],
    ['newClientOrderId', order.clientOrderId],
    ['strategyId', order.algorithm],
    ['newOrderRespType', maybe(chance, () => chance.pick(['ACK', 'RESULT', 'FULL']))],
    ['selfTradePreventionMode', maybe(chance, () => 'EXPIRE_MAKER')],
  ]
}

function venueSymbol(symbol: string | undefined): string {
  return symbol === 'BTC-USD' ? 'BTCUSDT' : 'ETHUSDT'
}

/** What the dialect has left of them, in any order. */
function pairs(parameters: Written, chance: Random): readonly string[] {
  const all: Written = [...parameters, ['timestamp', '1800000000000'], ['recvWindow', '5000']]
  const there = all.filter(([, value]) => value !== undefined)
  return shuffled(there, chance).map(([name, value]) => `${name}=${percent(String(value), chance)}`)
}

/** Escaped where it must be, and now and then where it need not. */
function percent(text: string, chance: Random): string {
  return Array.from(text, (char) =>
    /[A-Za-z0-9._~-]/.test(char) && !chance.chance(0.05)
      ? char
      : `%${(char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  ).join('')
}
