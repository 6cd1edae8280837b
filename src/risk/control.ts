/**
 * Pre-trade controls: what each of them asks of an order, and what it says when the answer is no. Each is a row; what it
 * knows is handed to it, so that one order is judged by every scope in the same way.
 */
import type { Decimal, Product } from '../lib/decimal.ts'
import type { Limits } from './limits.ts'
import type { NewOrder } from './order.ts'
import type { Reference } from './value.ts'

/** An order as it would stand if it passed: a change is judged as what it makes of the order. */
export interface Judged {
  readonly order: NewOrder
  /** What may trade; `undefined` where that takes a price that is not known. */
  readonly quantity: Decimal | undefined
  readonly value: Product | undefined
  /** Whether it may come to more than that; and whether the firm limits what all orders come to. */
  readonly mayBeMore: boolean
  readonly firmLimitsValue: boolean
  /** By how much it adds to what is open and to what the day comes to. */
  readonly addsOpen: Product
  readonly addsDaily: Product
  readonly addsOrders: 0 | 1
  readonly reference: Reference | undefined
  /** Whether it only makes a position smaller that is known. */
  readonly reduces: boolean
  /** Whether it may pass though what it comes to is not known: the policy may let what reduces go on without a price. */
  readonly withoutPrice: boolean
  readonly nowMs: number
}

/** What a scope has come to so far. */
export interface Sums {
  openValue(): Product
  dailyValue(nowMs: number): Product
  dailyOrders(nowMs: number): number
  /** How many there were after `sinceMs`. */
  messages(sinceMs: number): number
  lookAlikes(order: NewOrder, sinceMs: number): number
  repeats(order: NewOrder, sinceMs: number): number
}

/** The limit and what would have become of it, as the caller and the record are told. */
export interface Breach {
  readonly limit: string
  readonly actual: string
}

export interface Control {
  /** As in the refusal's code, `risk_<id>`. */
  readonly id: ControlId
  /** Whether a person who may can let a single order pass it. */
  readonly overridable: boolean
  check(judged: Judged, limits: Limits, sums: Sums): Breach | undefined
}

export type ControlId =
  | 'restricted_symbol'
  | 'symbol_not_allowed'
  | 'symbol_halted'
  | 'trading_hours'
  | 'reduce_only'
  | 'reference_price'
  | 'max_quantity'
  | 'max_order_value'
  | 'price_collar'
  | 'max_open_value'
  | 'max_daily_value'
  | 'max_daily_orders'
  | 'max_messages'
  | 'duplicate_order'
  | 'repeated_execution'

/** Where a breach has no amount. */
export function breach(limit: string, actual: string): Breach {
  return { limit, actual }
}
