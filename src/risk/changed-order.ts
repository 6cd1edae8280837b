/** What a change makes of an order. */
import type { Decimal } from '../lib/decimal.ts'
import type { Leg } from './entry.ts'
import type { NewOrder, OrderType, Replace } from './order.ts'

/**
 * An order as a change makes it: what the change does not say stays. One for an amount of money stays one until a change names
 * units: how many of these the money was taken for is a guess.
 */
export function changedOrder(
  order: NewOrder,
  { quantity: whole, filled }: Pick<Leg, 'quantity' | 'filled'>,
  { quantity, price, stopPrice, clientOrderId }: Replace,
): NewOrder {
  const left = order.quantity === undefined ? undefined : whole - filled
  return {
    ...order,
    type: changedType(order.type, price, stopPrice),
    quantity: quantity ?? (left !== undefined && left > 0n ? left : order.quantity),
    quoteQuantity: quantity === undefined ? order.quoteQuantity : undefined,
    price: price ?? order.price,
    stopPrice: stopPrice ?? order.stopPrice,
    clientOrderId: clientOrderId ?? order.clientOrderId,
  }
}

/** An order that gets a limit or a trigger has one from then on: it is valued and held against the collar by it. */
function changedType(
  type: OrderType,
  price: Decimal | undefined,
  stopPrice: Decimal | undefined,
): OrderType {
  const isLimit = price !== undefined || type === 'limit' || type === 'stop_limit'
  const isStop = stopPrice !== undefined || type === 'stop' || type === 'stop_limit'
  if (isStop) return isLimit ? 'stop_limit' : 'stop'
  return isLimit ? 'limit' : 'market'
}
