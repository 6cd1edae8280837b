/**
 * What a request wants of the market, in one form for every venue: each adapter reads its own dialect into this, and
 * whatever it cannot read is refused. Amounts are exact (`lib/decimal.ts`).
 */
import type { Decimal } from '../lib/decimal.ts'

export const SIDES = ['buy', 'sell'] as const
export type Side = (typeof SIDES)[number]

export const ORDER_TYPES = ['limit', 'market', 'stop', 'stop_limit'] as const
export type OrderType = (typeof ORDER_TYPES)[number]

export const VALIDITIES = ['day', 'gtc', 'gtd', 'ioc', 'fok'] as const
export type Validity = (typeof VALIDITIES)[number]

/** Which order a request means: by the broker's id or by the client's own. */
export interface OrderTarget {
  readonly by: 'id' | 'client'
  readonly value: string
}

export interface NewOrder {
  readonly action: 'new'
  /** As the policy names it, whatever the venue calls it. */
  readonly symbol: string
  readonly side: Side
  readonly type: OrderType
  /** Exactly one of these two: units of what is traded, or what they may cost. */
  readonly quantity?: Decimal | undefined
  readonly quoteQuantity?: Decimal | undefined
  /** Of `limit` and `stop_limit`. */
  readonly price?: Decimal | undefined
  /** Of `stop` and `stop_limit`. */
  readonly stopPrice?: Decimal | undefined
  readonly validity: Validity
  /** Of `gtd`, in milliseconds since 1970. */
  readonly validUntilMs?: number | undefined
  readonly displayQuantity?: Decimal | undefined
  readonly postOnly: boolean
  /** Whether the client says that it may only reduce. */
  readonly reduceOnly: boolean
  readonly clientOrderId?: string | undefined
  /** Which algorithm sent it and who decided, as far as the client says (RTS 6 Art 12). */
  readonly algorithm?: string | undefined
  readonly decisionMaker?: string | undefined
}

/** Changes one order; what is absent stays. */
export interface Replace {
  readonly action: 'replace'
  readonly target: OrderTarget
  /** What is left to be traded afterwards. */
  readonly quantity?: Decimal | undefined
  readonly price?: Decimal | undefined
  readonly stopPrice?: Decimal | undefined
  readonly clientOrderId?: string | undefined
}

export interface Cancel {
  readonly action: 'cancel'
  readonly target: OrderTarget
  readonly symbol?: string | undefined
}

export interface CancelAll {
  readonly action: 'cancel_all'
  /** Of one symbol, or of all. */
  readonly symbol?: string | undefined
}

/** One thing that a request wants; a batch wants several. */
export type Intent = NewOrder | Replace | Cancel | CancelAll

/** Why a request is not understood: where (RFC 6901, into the body; or the name of a parameter), and what is wrong. */
export interface Misread {
  readonly pointer: string
  readonly reason: string
}

/**
 * What a broker's answer says of one order. `rejected` is said of what was asked: a new order that was not made, a change or
 * a cancel that was turned down and left its order as it was.
 */
export interface Answered {
  /** The broker's own id of it. */
  readonly orderId?: string | undefined
  readonly clientOrderId?: string | undefined
  readonly status: 'open' | 'filled' | 'cancelled' | 'rejected' | 'unknown'
  /** Units traded so far, where it says so. */
  readonly filled?: Decimal | undefined
  /** Of a cancel of all: the broker's ids of the orders that it ended, where it lists them. */
  readonly cancelled?: readonly string[] | undefined
}
