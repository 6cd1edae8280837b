/**
 * What a change counts for in its day. The quantity of a change is what is left to be traded, so an order that is filled up
 * again and again trades more than any of its quantities: what traded before a change counts beside what the change asks
 * for. Until somebody says how much that is, the change counts in full, and the order before it does, too.
 */
import type { Decimal } from '../lib/decimal.ts'
import type { Leg, Replaced } from './entry.ts'
import { ceiling } from './value.ts'

/** Units that the broker counts of an order, as far as it is known to have said. */
export function heardOf({ filled, filledBefore, heardBefore }: Leg): Decimal {
  return filledBefore === undefined ? (heardBefore ?? 0n) : filledBefore + filled
}

/** What has to be known of an order that a change took the place of; `undefined` where its units are not. */
export function replacedBy(target: Leg): Replaced | undefined {
  const { order, quantity, value, heardBefore = 0n, countedTwice = 0n } = target
  if (order?.quantity === undefined || quantity === 0n) return undefined
  const left = atLeastZero(quantity - atLeastZero(heardOf(target) - heardBefore))
  return { quantity, value, left, heardBefore, countedTwice }
}

/**
 * The broker counts so many units, of the order as it was and as it is. All of them may have traded before the change: the
 * day holds these at the old value, and beside them the change in full. But what was heard of only after the change was
 * sent may as well have traded after it. Should the order be changed again, it is counted a second time, at the new value:
 * `countedTwice` is what to take off then.
 */
export function correctedDay(
  { value, quantity, heardBefore = 0n }: Leg,
  { quantity: whole, value: was, left, heardBefore: start, countedTwice }: Replaced,
  counted: Decimal,
): Pick<Leg, 'daily' | 'countedTwice' | 'replaced'> {
  const traded = atLeastZero(counted - start)
  const adds = value - was + ceiling(was * traded, whole) - countedTwice
  const unsure = least(atLeastZero(counted - heardBefore), left)
  return {
    daily: least(atLeastZero(adds), value),
    countedTwice: quantity === 0n ? 0n : least((was * unsure) / whole, (value * unsure) / quantity),
    replaced: undefined,
  }
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

function atLeastZero(value: bigint): bigint {
  return value > 0n ? value : 0n
}
