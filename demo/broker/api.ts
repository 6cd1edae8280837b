/** The demo broker's API over its market: plain JSON, decimals as strings, errors as `{error}`. */
import { parseDecimal } from './decimal.ts'
import { formatDecimal } from './decimal.ts'
import { ASSETS, INSTRUMENTS, type Market, type Command } from './market.ts'
import { PRICE_PLACES, QUANTITY_PLACES, showOrder, type NewOrder } from './order.ts'

import { BINANCE_ROUTES } from './venues/binance.ts'

export interface BrokerRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: Buffer
  /** Whose account this is: from the assertion, never from the request. */
  readonly account: string
  readonly requestId: string
  readonly now: number
}

export interface BrokerAnswer {
  readonly status: number
  readonly answer: unknown
}

/** Stores a command and applies it. */
type Commit = (command: Command) => void

export interface Call extends BrokerRequest {
  readonly market: Market
  readonly commit: Commit
  readonly parameter: string
}

type Handler = (call: Call) => BrokerAnswer

export type Route = readonly [method: string, path: RegExp, handler: Handler]

const ROUTES: readonly Route[] = [
  ['GET', /^\/v1\/time$/, ({ now }) => answer({ epochMs: now })],
  [
    'GET',
    /^\/v1\/instruments$/,
    () =>
      answer({ items: INSTRUMENTS.map(({ symbol, base, quote }) => ({ symbol, base, quote })) }),
  ],
  ['GET', /^\/v1\/ticker\/([^/]+)$/, ({ market, parameter }) => found(market.ticker(parameter))],
  ['GET', /^\/v1\/account$/, (call) => answer({ account: call.account, balances: balances(call) })],
  ['PUT', /^\/v1\/account\/settings$/, changeSettings],
  [
    'GET',
    /^\/v1\/positions$/,
    (call) => answer({ items: balances(call).filter(({ asset }) => asset !== 'USD') }),
  ],
  [
    'GET',
    /^\/v1\/orders$/,
    ({ market, account }) => answer({ items: market.orders(account).map(showOrder) }),
  ],
  ['POST', /^\/v1\/orders$/, placeOrder],
  ['DELETE', /^\/v1\/orders$/, cancelAll],
  [
    'GET',
    /^\/v1\/orders\/([^/]+)$/,
    ({ market, account, parameter }) => shown(market, parameter, account),
  ],
  ['PUT', /^\/v1\/orders\/([^/]+)$/, replaceOrder],
  ['DELETE', /^\/v1\/orders\/([^/]+)$/, cancelOrder],
  ['GET', /^\/v1\/fills$/, ({ market, account }) => answer({ items: market.fills(account) })],
  ['POST', /^\/v1\/withdrawals$/, withdraw],
  ...BINANCE_ROUTES,
]

export function handle(request: BrokerRequest, market: Market, commit: Commit): BrokerAnswer {
  for (const [method, path, handler] of ROUTES) {
    const match = path.exec(request.path)
    if (match !== null && method === request.method) {
      return handler({ ...request, market, commit, parameter: match[1] ?? '' })
    }
  }
  return wrong(404, 'No such operation')
}

function answer(body: unknown, status = 200): BrokerAnswer {
  return { status, answer: body }
}

function wrong(status: number, error: string): BrokerAnswer {
  return { status, answer: { error } }
}

function found(value: object | undefined): BrokerAnswer {
  return value === undefined ? wrong(404, 'Not found') : answer(value)
}

function shown(market: Market, id: string, account: string): BrokerAnswer {
  const order = market.order(id, account)
  return found(order && showOrder(order))
}

function balances({ market, account }: Call): { asset: string; amount: string }[] {
  return [...market.balances(account)].map(([asset, amount]) => ({
    asset,
    amount: formatDecimal(amount, 8),
  }))
}

function readJson(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined
  } catch {
    return undefined
  }
}

function placeOrder({ body, account, requestId, now, market, commit }: Call): BrokerAnswer {
  const order = readOrder(readJson(body) ?? {})
  if (typeof order === 'string') return wrong(422, order)
  const id = `ord_${requestId}`
  commit({ do: 'place', id, at: now, account, order })
  return { ...shown(market, id, account), status: 201 }
}

/** The order, or what is wrong with it. */
function readOrder(asked: Record<string, unknown>): NewOrder | string {
  const { symbol, side, type, timeInForce = 'GTC', clientOrderId } = asked
  if (typeof symbol !== 'string' || !INSTRUMENTS.some((known) => known.symbol === symbol))
    return 'symbol is unknown'
  if (side !== 'buy' && side !== 'sell') return 'side must be buy or sell'
  if (type !== 'limit' && type !== 'market') return 'type must be limit or market'
  if (timeInForce !== 'GTC' && timeInForce !== 'IOC' && timeInForce !== 'FOK')
    return 'timeInForce must be GTC, IOC or FOK'
  if (clientOrderId !== undefined && typeof clientOrderId !== 'string')
    return 'clientOrderId must be a string'
  const quantity = parseDecimal(asked['quantity'], QUANTITY_PLACES)
  if (quantity === undefined)
    return 'quantity must be a positive decimal string with at most 8 places'
  const price = parseDecimal(asked['price'], PRICE_PLACES)
  if (type === 'limit' && price === undefined)
    return 'price must be a positive decimal string with at most 2 places'
  return {
    symbol,
    side,
    type,
    timeInForce,
    quantity,
    ...(type === 'limit' && price !== undefined ? { price } : {}),
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
  }
}

function replaceOrder({ body, account, parameter: id, now, market, commit }: Call): BrokerAnswer {
  const order = market.order(id, account)
  if (order === undefined) return wrong(404, 'Not found')
  const asked = readJson(body) ?? {}
  const price =
    asked['price'] === undefined ? order.price : parseDecimal(asked['price'], PRICE_PLACES)
  const quantity =
    asked['quantity'] === undefined
      ? order.quantity - order.filled
      : parseDecimal(asked['quantity'], QUANTITY_PLACES)
  if (price === undefined || quantity === undefined)
    return wrong(422, 'price and quantity must be positive decimal strings')
  if (order.status !== 'open' && order.status !== 'partially_filled')
    return wrong(409, `The order is ${order.status}`)
  commit({ do: 'replace', id, at: now, price, quantity })
  return shown(market, id, account)
}

function cancelOrder({ account, parameter: id, now, market, commit }: Call): BrokerAnswer {
  const order = market.order(id, account)
  if (order === undefined) return wrong(404, 'Not found')
  if (order.status !== 'open' && order.status !== 'partially_filled')
    return wrong(409, `The order is ${order.status}`)
  commit({ do: 'cancel', id, at: now })
  return shown(market, id, account)
}

function cancelAll({ account, now, market, commit }: Call): BrokerAnswer {
  const ids = market.openOrders(account).map(({ id }) => id)
  for (const id of ids) commit({ do: 'cancel', id, at: now })
  return answer({ cancelled: ids })
}

function changeSettings({ body, account, now, commit }: Call): BrokerAnswer {
  const { nickname } = readJson(body) ?? {}
  if (typeof nickname !== 'string' || nickname.length > 40)
    return wrong(422, 'nickname must be a string of at most 40 characters')
  commit({ do: 'settings', at: now, account, nickname })
  return answer({ account, nickname })
}

function withdraw({ body, account, requestId, now, market, commit }: Call): BrokerAnswer {
  const { asset, amount: text, address } = readJson(body) ?? {}
  if (typeof asset !== 'string' || !ASSETS.includes(asset)) return wrong(422, 'asset is unknown')
  if (typeof address !== 'string' || address === '') return wrong(422, 'address is missing')
  const amount = parseDecimal(text, 8)
  if (amount === undefined)
    return wrong(422, 'amount must be a positive decimal string with at most 8 places')
  if ((market.balances(account).get(asset) ?? 0n) < BigInt(amount))
    return wrong(422, 'the balance is too small')
  const id = `wd_${requestId}`
  commit({ do: 'withdraw', id, at: now, account, asset, amount, address })
  return answer({ id, asset, amount: text, address, status: 'pending' }, 201)
}
