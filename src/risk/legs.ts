/** What a request asks of one order, as it is counted from the moment in which it passed. */
import type { Decimal, Product } from '../lib/decimal.ts'
import type { Judged } from './control.ts'
import type { Leg } from './entry.ts'
import type { Intent, OrderTarget } from './order.ts'

const FRESH = {
  status: 'pending',
  orderId: undefined,
  filled: 0n,
  filledBefore: 0n,
  tradedAtMost: undefined,
  heardMs: undefined,
  inPosition: undefined,
} as const

export function orderLeg(
  { order, quantity, addsOpen, addsDaily, addsOrders }: Judged,
  value: Product,
  change: { readonly target: OrderTarget; readonly heardBefore: Decimal } | undefined,
): Leg {
  return {
    ...FRESH,
    action: change === undefined ? 'new' : 'replace',
    order,
    target: change?.target,
    heardBefore: change?.heardBefore,
    quantity: quantity ?? 0n,
    value,
    open: addsOpen,
    daily: addsDaily,
    counts: addsOrders,
    clientOrderId: order.clientOrderId,
  }
}

/** @param symbol of the order that it names, where that is known: of another symbol, it may end another order or none. */
export function cancelLeg(
  intent: Extract<Intent, { action: 'cancel' | 'cancel_all' }>,
  symbol: string | undefined,
): Leg {
  const isOther = symbol !== undefined && (intent.symbol ?? symbol) !== symbol
  return {
    ...FRESH,
    action: intent.action,
    order: undefined,
    target: intent.action === 'cancel' && !isOther ? intent.target : undefined,
    quantity: 0n,
    value: 0n,
    open: 0n,
    daily: 0n,
    counts: 0,
    clientOrderId: undefined,
  }
}
