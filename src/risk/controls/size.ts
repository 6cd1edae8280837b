/** One order by itself: how many, how much, at which price. */
import {
  asProduct,
  decimalText,
  productText,
  readDecimal,
  type Decimal,
} from '../../lib/decimal.ts'
import { breach, type Breach, type Control, type Judged } from '../control.ts'
import { limitsTotal, type Limits } from '../limits.ts'

const HUNDRED = 100n * 10n ** 18n

/** Whether judging it by these limits takes a price of the market. */
function needsReference(judged: Judged, limits: Limits): boolean {
  const { order, value, mayBeMore, firmLimitsValue } = judged
  if (value === undefined) return true
  // What a limit of value is compared with must be the most that it can come to.
  if (mayBeMore && (firmLimitsValue || limits.maxOrderValue !== undefined || limitsTotal(limits)))
    return true
  return limits.collarPercent !== undefined && (order.price ?? order.stopPrice) !== undefined
}

/** The prices that the client names. */
function pricesOf({ order }: Judged): readonly Decimal[] {
  return [order.price, order.stopPrice].filter((price) => price !== undefined)
}

function collar(judged: Judged, { collarPercent }: Limits): Breach | undefined {
  const { reference } = judged
  const percent = readDecimal(collarPercent ?? '')
  if (percent === undefined || reference === undefined) return undefined
  for (const price of pricesOf(judged)) {
    const away = price > reference.price ? price - reference.price : reference.price - price
    if (away * HUNDRED > reference.price * percent)
      return breach(
        `within ${collarPercent} percent of ${decimalText(reference.price)}`,
        decimalText(price),
      )
  }
  return undefined
}

export const SIZE: readonly Control[] = [
  {
    id: 'reference_price',
    overridable: false,
    check: (judged, limits) =>
      judged.reference === undefined && !judged.withoutPrice && needsReference(judged, limits)
        ? breach('a reference price that is not too old', 'none')
        : undefined,
  },
  {
    id: 'max_quantity',
    overridable: true,
    check({ quantity, withoutPrice }, { maxQuantity }) {
      const limit = readDecimal(maxQuantity ?? '')
      if (limit === undefined || maxQuantity === undefined) return undefined
      // What cannot be known cannot be within a limit.
      if (quantity === undefined) return withoutPrice ? undefined : breach(maxQuantity, 'unknown')
      return quantity > limit ? breach(maxQuantity, decimalText(quantity)) : undefined
    },
  },
  {
    id: 'max_order_value',
    overridable: true,
    check({ value, withoutPrice }, { maxOrderValue }) {
      const limit = readDecimal(maxOrderValue ?? '')
      if (limit === undefined || maxOrderValue === undefined) return undefined
      if (value === undefined) return withoutPrice ? undefined : breach(maxOrderValue, 'unknown')
      return value > asProduct(limit) ? breach(maxOrderValue, productText(value)) : undefined
    },
  },
  { id: 'price_collar', overridable: true, check: collar },
]
