/** What the broker's journal says of a request beside the request itself: what it made of each order (docs/reports.md). */
import { formatDecimal } from './decimal.ts'
import type { Command, Market } from './market.ts'
import { PRICE_PLACES, QUANTITY_PLACES, type Order } from './order.ts'

const STATUS = {
  open: 'open',
  partially_filled: 'open',
  filled: 'filled',
  cancelled: 'cancelled',
  rejected: 'rejected',
} as const

/** The orders of the commands that a request became; `undefined` where it became none. */
export function journalOrders(
  commands: readonly Command[],
  market: Market,
  account: string,
): readonly object[] | undefined {
  const orders = commands.flatMap((command) => {
    if (command.do !== 'place' && command.do !== 'replace' && command.do !== 'cancel') return []
    const order = market.order(command.id, account)
    return order === undefined ? [] : [told(command, order)]
  })
  return orders.length === 0 ? undefined : orders
}

function told(command: Command, order: Order): object {
  const { id: orderId, symbol, side, clientOrderId, status } = order
  const facts = { orderId, clientOrderId, symbol, side, status: STATUS[status] }
  if (command.do === 'replace') return { ...facts, price: priceText(command.price) }
  if (command.do !== 'place') return facts
  const { quantity, price } = command.order
  return {
    ...facts,
    quantity: formatDecimal(BigInt(quantity), QUANTITY_PLACES),
    ...(price === undefined ? {} : { price: priceText(price) }),
  }
}

function priceText(price: number): string {
  return formatDecimal(BigInt(price), PRICE_PLACES)
}
