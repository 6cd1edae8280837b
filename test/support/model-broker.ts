/** A broker as simple as one can be: what may trade there, and what is still on its way to it. */
import type { Answered, Replace } from '../../src/risk/order.ts'
import { ONE } from './account.ts'
import type { Random } from './random.ts'

export interface Wish {
  readonly number: number
  readonly requestId: string
  readonly sentMs: number
  readonly price: bigint
  readonly quantity: bigint
  /** Of a change, and of a cancel. */
  readonly target: string | undefined
  readonly isCancel: boolean
  readonly clientOrderId: string | undefined
}

interface Placed {
  readonly id: string
  readonly requestId: string
  readonly clientOrderId: string | undefined
  price: bigint
  quantity: bigint
  filled: bigint
  isOpen: boolean
}

export class ModelBroker {
  readonly orders = new Map<string, Placed>()
  /** On their way: each arrives, or is lost. */
  readonly coming = new Set<Wish>()

  /** What may trade, at most, with all that may still arrive. */
  exposure(): bigint {
    let sum = 0n
    const most = new Map<string, bigint>()
    for (const { id, isOpen, price, quantity } of this.orders.values())
      if (isOpen) most.set(id, price * quantity)
    for (const { target, isCancel, price, quantity } of this.coming) {
      const worth = price * quantity
      if (target === undefined) sum += worth
      else if (
        !isCancel &&
        this.orders.get(target)?.isOpen === true &&
        worth > (most.get(target) ?? 0n)
      )
        most.set(target, worth)
    }
    for (const worth of most.values()) sum += worth
    return sum
  }

  /** It arrives: the broker does it, and says what became of it. */
  arrive(wish: Wish): Answered {
    this.coming.delete(wish)
    const { target, isCancel, requestId, price, quantity, clientOrderId } = wish
    if (target === undefined) {
      const id = `o-${requestId}`
      this.orders.set(id, {
        id,
        requestId,
        clientOrderId,
        price,
        quantity,
        filled: 0n,
        isOpen: true,
      })
      return { orderId: id, clientOrderId, status: 'open', filled: 0n }
    }
    const order = this.orders.get(target)
    if (order?.isOpen !== true) return { status: 'rejected' }
    if (isCancel) order.isOpen = false
    else Object.assign(order, { price, quantity })
    return { orderId: order.id, status: isCancel ? 'cancelled' : 'open', filled: order.filled }
  }

  /** Something of an open order trades; what the broker tells of it. */
  trade(chance: Random): Answered | undefined {
    const open = [...this.orders.values()].filter(({ isOpen }) => isOpen)
    if (open.length === 0) return undefined
    const order = chance.pick(open)
    const part = chance.chance(0.3)
      ? order.quantity
      : (order.quantity * BigInt(1 + chance.below(9))) / 10n
    order.quantity -= part
    order.filled += part
    order.isOpen = order.quantity > 0n
    return { orderId: order.id, status: order.isOpen ? 'open' : 'filled', filled: order.filled }
  }

  list() {
    return [...this.orders.values()]
      .filter(({ isOpen }) => isOpen)
      .map(({ id, requestId, filled }) => ({
        orderId: id,
        requestId,
        filled,
        status: 'open' as const,
      }))
  }
}

/** The change of an order, as the gateway reads it. */
export function replaceOf({ target = '', price, quantity }: Wish): Replace {
  return { action: 'replace', target: { by: 'id', value: target }, price, quantity }
}

export function anyAmount(chance: Random, most: number): bigint {
  return (BigInt(1 + chance.below(most * 100)) * ONE) / 100n
}
