/** The few paths that Binance's clients need, in Binance's own form, over the same order book. */
import type { BrokerAnswer, Call, Route } from '../api.ts'
import { formatDecimal, parseDecimal } from '../decimal.ts'
import { PRICE_PLACES, QUANTITY_PLACES, type NewOrder, type Order } from '../order.ts'

/** The venue's symbols, and the instruments of ours that they stand for. */
const SYMBOLS = new Map([
  ['BTCUSDT', { symbol: 'BTC-USD', base: 'BTC' }],
  ['ETHUSDT', { symbol: 'ETH-USD', base: 'ETH' }],
])

const STATUS = {
  open: 'NEW',
  partially_filled: 'PARTIALLY_FILLED',
  filled: 'FILLED',
  cancelled: 'CANCELED',
  rejected: 'REJECTED',
} as const

export const BINANCE_ROUTES: readonly Route[] = [
  ['GET', /^\/api\/v3\/exchangeInfo$/, ({ now }) => answer(exchangeInfo(now))],
  ['GET', /^\/[fd]api\/v1\/exchangeInfo$/, ({ now }) => answer({ serverTime: now, symbols: [] })],
  [
    'GET',
    /^\/sapi\/v1\/(?:capital\/config\/getall|margin\/(?:isolated\/)?allPairs)$/,
    () => answer([]),
  ],
  ['GET', /^\/api\/v3\/account$/, account],
  [
    'GET',
    /^\/api\/v3\/openOrders$/,
    ({ market, account: owner }) => answer(market.openOrders(owner).map(show)),
  ],
  ['GET', /^\/api\/v3\/order$/, (call) => withOrder(call, (order) => answer(show(order)))],
  ['POST', /^\/api\/v3\/order$/, place],
  ['DELETE', /^\/api\/v3\/order$/, cancel],
]

function answer(body: unknown): BrokerAnswer {
  return { status: 200, answer: body }
}

function wrong(code: number, msg: string): BrokerAnswer {
  return { status: 400, answer: { code, msg } }
}

/** Query and form together: the venue takes its parameters from either. */
function parametersOf({ query, body }: Call): URLSearchParams {
  return new URLSearchParams([
    ...new URLSearchParams(query),
    ...new URLSearchParams(body.toString('utf8')),
  ])
}

function exchangeInfo(now: number): object {
  const step = (places: number) => formatDecimal(1n, places)
  return {
    timezone: 'UTC',
    serverTime: now,
    symbols: [...SYMBOLS].map(([symbol, { base }]) => ({
      symbol,
      status: 'TRADING',
      baseAsset: base,
      quoteAsset: 'USDT',
      baseAssetPrecision: QUANTITY_PLACES,
      quoteAssetPrecision: PRICE_PLACES,
      orderTypes: ['LIMIT', 'MARKET'],
      isSpotTradingAllowed: true,
      permissions: ['SPOT'],
      filters: [
        {
          filterType: 'PRICE_FILTER',
          minPrice: step(PRICE_PLACES),
          maxPrice: '1000000',
          tickSize: step(PRICE_PLACES),
        },
        {
          filterType: 'LOT_SIZE',
          minQty: step(QUANTITY_PLACES),
          maxQty: '9000',
          stepSize: step(QUANTITY_PLACES),
        },
      ],
    })),
  }
}

function account({ market, account: owner, now }: Call): BrokerAnswer {
  const balances = [...market.balances(owner)].map(([asset, amount]) => ({
    asset: asset === 'USD' ? 'USDT' : asset,
    free: formatDecimal(amount, 8),
    locked: '0',
  }))
  return answer({
    accountType: 'SPOT',
    canTrade: true,
    updateTime: now,
    permissions: ['SPOT'],
    balances,
  })
}

function place(call: Call): BrokerAnswer {
  const order = readOrder(parametersOf(call))
  if (typeof order === 'string') return wrong(-1102, order)
  const id = `ord_${call.requestId}`
  call.commit({ do: 'place', id, at: call.now, account: call.account, order })
  const placed = call.market.order(id, call.account)
  return placed === undefined
    ? wrong(-2010, 'The order was not placed.')
    : answer({ ...show(placed), transactTime: call.now, fills: [] })
}

/** The order, or what is wrong with it. */
function readOrder(asked: URLSearchParams): NewOrder | string {
  const instrument = SYMBOLS.get(asked.get('symbol') ?? '')
  const side = { BUY: 'buy', SELL: 'sell' }[asked.get('side') ?? '']
  const type = { LIMIT: 'limit', MARKET: 'market' }[asked.get('type') ?? '']
  const timeInForce = asked.get('timeInForce') ?? 'GTC'
  if (instrument === undefined) return 'symbol is unknown.'
  if (side !== 'buy' && side !== 'sell') return 'side must be BUY or SELL.'
  if (type !== 'limit' && type !== 'market') return 'type must be LIMIT or MARKET.'
  if (timeInForce !== 'GTC' && timeInForce !== 'IOC' && timeInForce !== 'FOK')
    return 'timeInForce is unknown.'
  const quantity = parseDecimal(asked.get('quantity'), QUANTITY_PLACES)
  const price = parseDecimal(asked.get('price'), PRICE_PLACES)
  if (quantity === undefined) return 'quantity is missing or badly formed.'
  if (type === 'limit' && price === undefined) return 'price is missing or badly formed.'
  const clientOrderId = asked.get('newClientOrderId')
  return {
    symbol: instrument.symbol,
    side,
    type,
    timeInForce,
    quantity,
    ...(type === 'limit' && price !== undefined ? { price } : {}),
    ...(clientOrderId === null ? {} : { clientOrderId }),
  }
}

function cancel(call: Call): BrokerAnswer {
  return withOrder(call, (order) => {
    if (order.status !== 'open' && order.status !== 'partially_filled')
      return wrong(-2011, 'Unknown order sent.')
    call.commit({ do: 'cancel', id: order.id, at: call.now })
    return answer(show(order))
  })
}

/** Finds the order by its id or by the client's. */
function withOrder(call: Call, then: (order: Order) => BrokerAnswer): BrokerAnswer {
  const asked = parametersOf(call)
  const own = asked.get('origClientOrderId')
  const order = call.market
    .orders(call.account)
    .find(
      ({ id, clientOrderId }) =>
        id === asked.get('orderId') || (own !== null && clientOrderId === own),
    )
  return order === undefined ? wrong(-2013, 'Order does not exist.') : then(order)
}

function show(order: Order): object {
  const symbol =
    [...SYMBOLS].find(([, known]) => known.symbol === order.symbol)?.[0] ?? order.symbol
  return {
    symbol,
    orderId: order.id,
    clientOrderId: order.clientOrderId ?? '',
    price: formatDecimal(BigInt(order.price ?? 0), PRICE_PLACES),
    origQty: formatDecimal(BigInt(order.quantity), QUANTITY_PLACES),
    executedQty: formatDecimal(BigInt(order.filled), QUANTITY_PLACES),
    cummulativeQuoteQty: formatDecimal(order.value, PRICE_PLACES + QUANTITY_PLACES),
    status: STATUS[order.status],
    timeInForce: order.timeInForce,
    type: order.type.toUpperCase(),
    side: order.side.toUpperCase(),
    time: order.createdAt,
  }
}
