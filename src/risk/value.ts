/** What an order comes to at most, as far as it can be known before it trades. Exact; where it must round, upwards. */
import { asProduct, times, type Decimal, type Product } from '../lib/decimal.ts'
import type { NewOrder } from './order.ts'

/** What the market last paid, not older than the policy allows. */
export interface Reference {
  readonly price: Decimal
  readonly ageMs: number
}

export interface Valuation {
  /** Units that may trade; `undefined` where an amount of money may buy or sell any number of them. */
  readonly quantity: Decimal | undefined
  readonly value: Product
  /** Whether it cannot come to more: without a price of the market, what is sold or waits for a trigger can. */
  readonly isMost: boolean
}

/** How an instrument is valued: what one unit of it is, and by how much a price may run away, in hundredths of a percent. */
export interface Terms {
  readonly multiplier: Decimal
  readonly marginBasisPoints: number
}

const ONE: Decimal = 10n ** 18n

/**
 * Values an order, or answers `undefined` where that takes a reference price and none is there.
 *
 * A buyer pays the limit at most. A seller gets the limit at least, so what the market pays counts if it is more. Orders
 * without a limit are taken at the reference, or at their trigger, and the margin on top. How many units an amount of money
 * is at most says the lowest price: there the margin is taken off.
 */
export function valuationOf(
  order: NewOrder,
  reference: Reference | undefined,
  { multiplier, marginBasisPoints }: Terms,
): Valuation | undefined {
  const price = highestPrice(order, reference?.price, marginBasisPoints)
  if (price === undefined) return undefined
  const { side, quantity, quoteQuantity } = order
  const isMost = reference !== undefined || (side === 'buy' && hasLimit(order))
  if (quantity !== undefined)
    return { quantity, value: ceiling(times(quantity, price) * multiplier, ONE), isMost }
  if (quoteQuantity === undefined) return undefined
  const value = asProduct(quoteQuantity)
  const lowest = lowestPrice(order, reference?.price, marginBasisPoints)
  if (lowest === undefined || lowest <= 0n) return { quantity: undefined, value, isMost }
  return { quantity: ceiling(value * ONE, lowest * multiplier), value, isMost }
}

function highestPrice(
  order: NewOrder,
  reference: Decimal | undefined,
  marginBasisPoints: number,
): Decimal | undefined {
  const { type, side, price, stopPrice } = order
  if (hasLimit(order))
    return price === undefined || side === 'buy' ? price : higher(price, reference)
  const trigger = type === 'stop' ? stopPrice : reference
  const most = trigger && higher(trigger, reference)
  return most && ceiling(most * BigInt(10_000 + marginBasisPoints), 10_000n)
}

function lowestPrice(
  order: NewOrder,
  reference: Decimal | undefined,
  marginBasisPoints: number,
): Decimal | undefined {
  const { side, price, stopPrice } = order
  const isLimited = hasLimit(order)
  if (isLimited && side === 'sell') return price
  const named = isLimited ? price : stopPrice
  if (reference === undefined) return undefined
  const least = named !== undefined && named < reference ? named : reference
  return (least * BigInt(10_000 - marginBasisPoints)) / 10_000n
}

function hasLimit({ type }: NewOrder): boolean {
  return type === 'limit' || type === 'stop_limit'
}

function higher(one: Decimal, other: Decimal | undefined): Decimal {
  return other !== undefined && other > one ? other : one
}

/** Of positive numbers. */
export function ceiling(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}

/** The part of a value that belongs to what is left of a quantity, rounded up. */
export function partOf(value: Product, left: Decimal, whole: Decimal): Product {
  return left >= whole ? value : ceiling(value * left, whole)
}
