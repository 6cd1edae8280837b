/** What an order comes to at most, as far as it can be known before it trades. Exact; where it must round, upwards. */
import { asProduct, times, type Decimal, type Product } from '../lib/decimal.ts'
import type { NewOrder } from './order.ts'

/** What the market last paid, not older than the policy allows. */
export interface Reference {
  readonly price: Decimal
  readonly ageMs: number
}

export interface Valuation {
  /** Units that may trade. */
  readonly quantity: Decimal
  readonly value: Product
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
 * without a limit are taken at the reference, or at their trigger, and the margin on top.
 */
export function valuationOf(
  order: NewOrder,
  reference: Reference | undefined,
  terms: Terms,
): Valuation | undefined {
  const price = priceOf(order, reference?.price, terms.marginBasisPoints)
  if (price === undefined) return undefined
  const { quantity, quoteQuantity } = order
  if (quantity !== undefined)
    return { quantity, value: ceiling(times(quantity, price) * terms.multiplier, ONE) }
  if (quoteQuantity === undefined) return undefined
  return {
    quantity: ceiling(asProduct(quoteQuantity) * ONE, price * terms.multiplier),
    value: asProduct(quoteQuantity),
  }
}

function priceOf(
  { type, side, price, stopPrice }: NewOrder,
  reference: Decimal | undefined,
  marginBasisPoints: number,
): Decimal | undefined {
  if (type === 'limit' || type === 'stop_limit')
    return price === undefined || side === 'buy' ? price : higher(price, reference)
  const trigger = type === 'stop' ? stopPrice : reference
  const most = trigger && higher(trigger, reference)
  return most && ceiling(most * BigInt(10_000 + marginBasisPoints), 10_000n)
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
