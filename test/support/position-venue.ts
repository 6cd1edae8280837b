/** A venue as it truly is: what an account holds there, what may still trade, and what the venue says of it, when. */
import type { Answered, Side } from '../../src/risk/order.ts'
import type { Random } from './random.ts'

/** What is on its way to the venue. */
export interface Sent {
  readonly number: number
  readonly requestId: string
  readonly sentMs: number
  readonly side: Side
  readonly quantity: bigint
  readonly target: string | undefined
  readonly action: 'new' | 'replace' | 'cancel'
}

interface Resting {
  readonly id: string
  readonly requestId: string
  readonly side: Side
  left: bigint
  filled: bigint
  isOpen: boolean
}

export class Venue {
  position = 0n
  readonly orders = new Map<string, Resting>()
  readonly coming = new Set<Sent>()
  /** Fills of which it has not told. */
  executions: Answered[] = []

  /** What the account holds if everything on a side trades that can, and nothing on the other: above zero, it still holds. */
  worst(side: Side): bigint {
    let may = 0n
    for (const one of this.orders.values()) if (one.isOpen && one.side === side) may += one.left
    for (const one of this.coming) {
      const target = this.orders.get(one.target ?? '')
      if (one.action === 'new' && one.side === side) may += one.quantity
      // It may trade until it is changed, and then again.
      if (one.action === 'replace' && target?.isOpen === true && target.side === side)
        may += one.quantity
    }
    return (side === 'sell' ? this.position : -this.position) - may
  }

  arrive(sent: Sent, chance: Random): Answered {
    this.coming.delete(sent)
    const { action, target = '', requestId, side, quantity } = sent
    if (action === 'new') {
      if (chance.chance(0.1)) return { status: 'rejected' }
      const id = `o-${requestId}`
      this.orders.set(id, { id, requestId, side, left: quantity, filled: 0n, isOpen: true })
      if (chance.chance(0.4)) this.trade(chance, id)
      // What did not trade at once is ended, at times.
      const made = this.orders.get(id)
      if (made !== undefined && chance.chance(0.2)) made.isOpen = false
      return this.#answer(id, chance, made?.isOpen === true ? 'open' : 'cancelled')
    }
    const order = this.orders.get(target)
    if (order?.isOpen !== true) return { status: 'rejected' }
    if (action === 'cancel') order.isOpen = false
    else order.left = quantity
    return this.#answer(target, chance, action === 'cancel' ? 'cancelled' : 'open')
  }

  #answer(orderId: string, chance: Random, status: Answered['status']): Answered {
    const order = this.orders.get(orderId)
    const became = order?.left === 0n ? 'filled' : status
    return { orderId, status: became, ...(chance.chance(0.3) ? {} : { filled: order?.filled }) }
  }

  /** Part of an order trades, or all of it. */
  trade(chance: Random, id?: string): void {
    const open = [...this.orders.values()].filter(
      (one) => one.isOpen && (id === undefined || one.id === id),
    )
    if (open.length === 0) return
    const order = chance.pick(open)
    const part = chance.chance(0.4) ? order.left : (order.left * BigInt(1 + chance.below(9))) / 10n
    order.left -= part
    order.filled += part
    this.position += order.side === 'buy' ? part : -part
    order.isOpen = order.left > 0n
    const status = order.isOpen ? 'open' : 'filled'
    this.executions.push({ orderId: order.id, status, filled: order.filled })
  }

  list() {
    return [...this.orders.values()]
      .filter(({ isOpen }) => isOpen)
      .map(({ id: orderId, requestId, filled }) => ({
        orderId,
        requestId,
        filled,
        status: 'open' as const,
      }))
  }
}
