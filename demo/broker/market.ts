/**
 * The demo broker's market: an order book a symbol (price and time priority, from a library), orders,
 * fills and balances. It changes only through `apply`, so that replaying the stored commands rebuilds it.
 */
import {
  OrderBook,
  OrderType,
  Side,
  type IProcessOrder,
  type LimitOrderOptions,
} from 'nodejs-order-book'
import { formatDecimal } from './decimal.ts'
import { PRICE_PLACES, QUANTITY_PLACES, type NewOrder, type Order } from './order.ts'

const VALUE_PLACES = PRICE_PLACES + QUANTITY_PLACES

export const INSTRUMENTS = [
  { symbol: 'BTC-USD', base: 'BTC', quote: 'USD', reference: '50000' },
  { symbol: 'ETH-USD', base: 'ETH', quote: 'USD', reference: '2500' },
  { symbol: 'AAPL', base: 'AAPL', quote: 'USD', reference: '200' },
] as const

/** What every account of the demo begins with. */
const OPENING = { USD: 1_000_000, BTC: 10, ETH: 100, AAPL: 1_000 } as const
export const ASSETS = Object.keys(OPENING)

export type Command =
  | {
      readonly do: 'place'
      readonly id: string
      readonly at: number
      readonly account: string
      readonly order: NewOrder
    }
  | {
      readonly do: 'replace'
      readonly id: string
      readonly at: number
      readonly price: number
      readonly quantity: number
    }
  | { readonly do: 'cancel'; readonly id: string; readonly at: number }
  | {
      readonly do: 'withdraw'
      readonly id: string
      readonly at: number
      readonly account: string
      readonly asset: string
      readonly amount: number
      readonly address: string
    }
  | {
      readonly do: 'settings'
      readonly at: number
      readonly account: string
      readonly nickname: string
    }

interface Fill {
  readonly id: string
  readonly orderId: string
  readonly account: string
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly price: number
  readonly quantity: number
  readonly at: number
}

export class Market {
  readonly #books = new Map<string, OrderBook>(
    INSTRUMENTS.map(({ symbol }) => [symbol, new OrderBook()]),
  )
  readonly #orders = new Map<string, Order>()
  readonly #fills: Fill[] = []
  readonly #withdrawn = new Map<string, bigint>()
  readonly #lastPrice = new Map<string, number>()

  apply(command: Command): void {
    switch (command.do) {
      case 'place':
        return this.#place(command.id, command.account, command.order, command.at)
      case 'replace':
        return this.#replace(command.id, command.price, command.quantity, command.at)
      case 'cancel':
        return this.#cancel(command.id)
      case 'settings':
        return
      case 'withdraw': {
        const key = `${command.account} ${command.asset}`
        this.#withdrawn.set(key, (this.#withdrawn.get(key) ?? 0n) + BigInt(command.amount))
      }
    }
  }

  get allFills(): readonly Fill[] {
    return this.#fills
  }

  lastPrice(symbol: string): string | undefined {
    const last = this.#lastPrice.get(symbol)
    return last === undefined ? undefined : formatDecimal(BigInt(last), PRICE_PLACES)
  }

  order(id: string, account: string): Order | undefined {
    const order = this.#orders.get(id)
    return order?.account === account ? order : undefined
  }

  orders(account: string): readonly Order[] {
    return [...this.#orders.values()].filter((order) => order.account === account)
  }

  openOrders(account: string): readonly Order[] {
    return this.orders(account).filter(
      ({ status }) => status === 'open' || status === 'partially_filled',
    )
  }

  fills(account: string): readonly object[] {
    return this.#fills
      .filter((fill) => fill.account === account)
      .map(({ account: _own, price, quantity, at, ...fill }) => ({
        ...fill,
        price: formatDecimal(BigInt(price), PRICE_PLACES),
        quantity: formatDecimal(BigInt(quantity), QUANTITY_PLACES),
        at: new Date(at).toISOString(),
      }))
  }

  /** Amounts by asset, in units of 10^-8. */
  balances(account: string): ReadonlyMap<string, bigint> {
    const balances = new Map(
      Object.entries(OPENING).map(([asset, amount]) => [
        asset,
        BigInt(amount) * 100_000_000n - (this.#withdrawn.get(`${account} ${asset}`) ?? 0n),
      ]),
    )
    const add = (asset: string, amount: bigint) =>
      balances.set(asset, (balances.get(asset) ?? 0n) + amount)
    for (const { account: owner, symbol, side, price, quantity } of this.#fills) {
      const instrument = INSTRUMENTS.find((known) => known.symbol === symbol)
      if (owner !== account || instrument === undefined) continue
      const sign = side === 'buy' ? 1n : -1n
      add(instrument.base, sign * BigInt(quantity))
      add(
        instrument.quote,
        (-sign * BigInt(price) * BigInt(quantity)) / 10n ** BigInt(VALUE_PLACES - 8),
      )
    }
    return balances
  }

  ticker(symbol: string): object | undefined {
    const book = this.#books.get(symbol)
    if (book === undefined) return undefined
    const [asks, bids] = book.depth()
    const best = (levels: [number, number][], pick: (...prices: number[]) => number) =>
      levels.length === 0
        ? null
        : formatDecimal(BigInt(pick(...levels.map(([price]) => price))), PRICE_PLACES)
    const last = this.#lastPrice.get(symbol)
    return {
      symbol,
      bid: best(bids, Math.max),
      ask: best(asks, Math.min),
      last: last === undefined ? null : formatDecimal(BigInt(last), PRICE_PLACES),
    }
  }

  #place(id: string, account: string, asked: NewOrder, at: number): void {
    const book = this.#books.get(asked.symbol)
    if (book === undefined) throw new Error(`Cannot place the order: no instrument ${asked.symbol}`)
    const order: Order = {
      ...asked,
      id,
      account,
      createdAt: at,
      status: 'open',
      filled: 0,
      value: 0n,
    }
    this.#orders.set(id, order)
    const side = asked.side === 'buy' ? Side.BUY : Side.SELL
    const { quantity: size, price, timeInForce } = asked
    const result =
      asked.type === 'market' || price === undefined || !isTimeInForce(timeInForce)
        ? book.market({ side, size })
        : book.createOrder({ type: OrderType.LIMIT, id, side, size, price, timeInForce })
    this.#settle(order, result, at)
    const rests = asked.type === 'limit' && asked.timeInForce === 'GTC'
    if (result.err !== null) order.status = 'rejected'
    else if (order.status !== 'filled' && !rests) order.status = 'cancelled'
  }

  #replace(id: string, price: number, quantity: number, at: number): void {
    const order = this.#orders.get(id)
    const result = order && this.#books.get(order.symbol)?.modify(id, { price, size: quantity })
    if (order === undefined || result === undefined || result.err !== null) return
    order.price = price
    order.quantity = order.filled + quantity
    this.#settle(order, result, at)
  }

  #cancel(id: string): void {
    const order = this.#orders.get(id)
    if (order !== undefined && this.#books.get(order.symbol)?.cancel(id) !== undefined)
      order.status = 'cancelled'
  }

  /** Turns what the book did into fills of both sides. */
  #settle(
    taker: Order,
    { done, partial, partialQuantityProcessed }: IProcessOrder,
    at: number,
  ): void {
    const matches = done
      .filter(({ id }) => id !== taker.id)
      .map(({ id, size }) => ({ id, quantity: size }))
    if (partial !== null && partial.id !== taker.id)
      matches.push({ id: partial.id, quantity: partialQuantityProcessed })
    for (const { id, quantity } of matches) {
      const maker = this.#orders.get(id)
      if (maker?.price === undefined) continue
      this.#lastPrice.set(taker.symbol, maker.price)
      for (const order of [maker, taker]) this.#fill(order, maker.price, quantity, at)
    }
  }

  #fill(order: Order, price: number, quantity: number, at: number): void {
    order.filled += quantity
    order.value += BigInt(price) * BigInt(quantity)
    order.status = order.filled >= order.quantity ? 'filled' : 'partially_filled'
    const { id: orderId, account, symbol, side } = order
    this.#fills.push({
      id: `fill_${this.#fills.length + 1}`,
      orderId,
      account,
      symbol,
      side,
      price,
      quantity,
      at,
    })
  }
}

/** The library does not export its enumeration; its values are these texts. */
function isTimeInForce(text: string): text is NonNullable<LimitOrderOptions['timeInForce']> {
  return text === 'GTC' || text === 'IOC' || text === 'FOK'
}
