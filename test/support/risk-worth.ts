/** What an order comes to, as the calculator has it. */
import type { NewOrder } from '../../src/risk/order.ts'
import {
  amount,
  by,
  held,
  higher,
  isMore,
  NOTHING,
  overDown,
  overUp,
  roundUp,
  type Amount,
} from './risk-amount.ts'

/** How an instrument is valued. */
export interface Instrument {
  readonly multiplier: string
  /** By how much a price may run away: in hundredths of a percent. */
  readonly marginBasisPoints: number
}

/**
 * What an order comes to at most: how many units, and how much; `undefined` where that takes a price that is missing.
 * `isSure`: whether the value can be no more, whatever the market pays.
 */
export function worth(
  order: NewOrder,
  market: string | undefined,
  { multiplier, marginBasisPoints }: Instrument,
): { quantity: Amount | undefined; value: Amount; isSure: boolean } | undefined {
  const { type, side, price, stopPrice, quantity, quoteQuantity } = order
  const paid = market === undefined ? undefined : amount(market)
  const margin = { units: BigInt(10_000 + marginBasisPoints), places: 4 }
  let each: Amount | undefined
  if (price !== undefined) each = side === 'buy' ? held(price) : higher(held(price), paid)
  else {
    const from = type === 'stop' && stopPrice !== undefined ? held(stopPrice) : paid
    each = from && roundUp(by(higher(from, paid), margin), 18)
  }
  if (each === undefined) return undefined
  const isSure = paid !== undefined || (price !== undefined && side === 'buy')
  const unit = amount(multiplier)
  if (quantity !== undefined)
    return {
      quantity: held(quantity),
      value: roundUp(by(held(quantity), by(each, unit)), 36),
      isSure,
    }
  if (quoteQuantity === undefined) return undefined
  const value = held(quoteQuantity)
  const cheap = cheapest(order, paid, marginBasisPoints)
  const isPossible = cheap !== undefined && isMore(cheap, NOTHING)
  return { quantity: isPossible ? overUp(value, by(cheap, unit), 18) : undefined, value, isSure }
}

/** The least that a unit may cost: nothing below its limit for who sells; else below what is paid, by the margin. */
function cheapest(
  { side, price, stopPrice }: NewOrder,
  paid: Amount | undefined,
  marginBasisPoints: number,
): Amount | undefined {
  if (side === 'sell' && price !== undefined) return held(price)
  if (paid === undefined) return undefined
  const said = price ?? stopPrice
  const from = said !== undefined && isMore(paid, held(said)) ? held(said) : paid
  const margin = { units: BigInt(10_000 - marginBasisPoints), places: 4 }
  return overDown(by(from, margin), amount('1'), 18)
}
