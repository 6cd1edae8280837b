/** What the broker tells the gateway by itself: what the market pays, what traded, and what accounts hold then. */
import { formatDecimal } from './decimal.ts'
import { INSTRUMENTS, type Market } from './market.ts'

export interface Told {
  readonly prices: readonly {
    readonly symbol: string
    readonly price: string
    readonly ageMs: number
  }[]
  readonly accounts: readonly {
    readonly account: string
    readonly executions: readonly object[]
    readonly positions: readonly { readonly symbol: string; readonly quantity: string }[]
  }[]
}

const STATUS = {
  open: 'open',
  partially_filled: 'open',
  filled: 'filled',
  cancelled: 'cancelled',
  rejected: 'rejected',
} as const

/** As many as one call may tell. */
const MOST = 500
/** Prices with every so many calls. */
const EACH = 5

/** Tells each fill once, in the order in which they were made. */
export class Feed {
  readonly #market: Market
  #told: number
  #calls = 0

  constructor(market: Market) {
    this.#market = market
    this.#told = market.allFills.length
  }

  /** What is new; prices now and then, for each call of the gateway is a line of its log. */
  next(): Told {
    const fills = this.#market.allFills.slice(this.#told, this.#told + MOST)
    this.#told += fills.length
    const byAccount = Map.groupBy(fills, ({ account }) => account)
    return {
      prices: this.#isPriceDue() ? this.#prices() : [],
      accounts: [...byAccount].map(([account, own]) => ({
        account,
        executions: own.flatMap(({ orderId, price }) => this.#execution(orderId, account, price)),
        positions: this.positions(account),
      })),
    }
  }

  #isPriceDue(): boolean {
    this.#calls += 1
    return this.#calls % EACH === 1
  }

  #prices(): Told['prices'] {
    return INSTRUMENTS.map(({ symbol, reference }) => ({
      symbol,
      price: this.#market.lastPrice(symbol) ?? reference,
      ageMs: 0,
    }))
  }

  positions(account: string): Told['accounts'][number]['positions'] {
    const balances = this.#market.balances(account)
    return INSTRUMENTS.map(({ symbol, base }) => ({
      symbol,
      quantity: formatDecimal(balances.get(base) ?? 0n, 8),
    }))
  }

  #execution(orderId: string, account: string, price: number): readonly object[] {
    const order = this.#market.order(orderId, account)
    if (order === undefined) return []
    return [
      {
        orderId,
        ...(order.clientOrderId === undefined ? {} : { clientOrderId: order.clientOrderId }),
        symbol: order.symbol,
        status: STATUS[order.status],
        filled: formatDecimal(BigInt(order.filled), 8),
        price: formatDecimal(BigInt(price), 2),
      },
    ]
  }
}
