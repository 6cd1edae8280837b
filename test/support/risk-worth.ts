/** What an order comes to, as the calculator has it. */
import type { NewOrder } from '../../src/risk/order.ts'
import { amount, by, held, higher, overUp, roundUp, type Amount } from './risk-amount.ts'

/** How an instrument is valued. */
export interface Instrument {
  readonly multiplier: string
  /** By how much a price may run away: in hundredths of a percent. */
  readonly marginBasisPoints: number
}

/** What an order comes to at most: how many units, and how much; `undefined` where that takes a price that is missing. */
export function worth(
  { type, side, price, stopPrice, quantity, quoteQuantity }: NewOrder,
  market: string | undefined,
  { multiplier, marginBasisPoints }: Instrument,
): { readonly quantity: Amount; readonly value: Amount } | undefined {
  const paid = market === undefined ? undefined : amount(market)
  const margin = { units: BigInt(10_000 + marginBasisPoints), places: 4 }
  let each: Amount | undefined
  if (price !== undefined) each = side === 'buy' ? held(price) : higher(held(price), paid)
  else {
    const from = type === 'stop' && stopPrice !== undefined ? held(stopPrice) : paid
    each = from && roundUp(by(higher(from, paid), margin), 18)
  }
  if (each === undefined) return undefined
  const unit = by(each, amount(multiplier))
  if (quantity !== undefined)
    return { quantity: held(quantity), value: roundUp(by(held(quantity), unit), 36) }
  if (quoteQuantity === undefined) return undefined
  return { quantity: overUp(held(quoteQuantity), unit, 18), value: held(quoteQuantity) }
}
