/** Orders of the demo broker, and how its API shows them. */
import { formatDecimal } from './decimal.ts'

export const PRICE_PLACES = 2
export const QUANTITY_PLACES = 8

/** Price and quantity in their smallest units. */
export interface NewOrder {
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly type: 'limit' | 'market'
  readonly quantity: number
  readonly price?: number
  readonly timeInForce: 'GTC' | 'IOC' | 'FOK'
  readonly clientOrderId?: string
}

export type OrderStatus = 'open' | 'partially_filled' | 'filled' | 'cancelled' | 'rejected'

export interface Order extends NewOrder {
  readonly id: string
  readonly account: string
  readonly createdAt: number
  status: OrderStatus
  quantity: number
  price?: number
  filled: number
  /** Price times quantity of all fills. */
  value: bigint
}

/** An order as the API shows it: decimals as texts. */
export function showOrder(order: Order): object {
  const { id, clientOrderId, symbol, side, type, timeInForce, status, createdAt } = order
  const quantity = (units: number) => formatDecimal(BigInt(units), QUANTITY_PLACES)
  return {
    id,
    clientOrderId: clientOrderId ?? null,
    status,
    symbol,
    side,
    type,
    timeInForce,
    quantity: quantity(order.quantity),
    price: order.price === undefined ? null : formatDecimal(BigInt(order.price), PRICE_PLACES),
    filledQuantity: quantity(order.filled),
    averagePrice:
      order.filled === 0 ? null : formatDecimal(order.value / BigInt(order.filled), PRICE_PLACES),
    createdAt: new Date(createdAt).toISOString(),
  }
}
