/**
 * What the broker last said that an account holds, and whether an order only makes it smaller: whatever may have traded
 * since then, as far as anybody knows. Where that cannot be told, nothing reduces.
 */
import type { Decimal } from '../lib/decimal.ts'
import type { Book } from './book.ts'
import type { Leg } from './entry.ts'
import type { NewOrder } from './order.ts'

export interface Position {
  readonly symbol: string
  /** Below zero where it is short. */
  readonly quantity: Decimal
  /** When it was so: when it was heard, less the age that it then had. */
  readonly atMs: number
}

/**
 * A position may have been on its way for so long beyond the age that it has, in milliseconds: what was heard meanwhile from
 * elsewhere may not be in it.
 */
export const ON_ITS_WAY_MS = 5_000

export class Positions {
  readonly #bySymbol: Map<string, Position>

  constructor(positions: readonly Position[]) {
    this.#bySymbol = new Map(positions.map((one) => [one.symbol, one]))
  }

  all(): readonly Position[] {
    return [...this.#bySymbol.values()]
  }

  /**
   * Takes what the broker told, unless it is older than what is known. Answers what was taken.
   *
   * @param told orders of which it told beside: the positions have what it said of them.
   */
  hear(
    positions: readonly Position[],
    book: Pick<Book, 'entries'>,
    told: ReadonlySet<Leg> = new Set(),
  ): readonly Position[] {
    const taken = positions.filter(
      ({ symbol, atMs }) => atMs >= (this.#bySymbol.get(symbol)?.atMs ?? 0),
    )
    for (const position of taken) this.#bySymbol.set(position.symbol, position)
    const fresh = new Map(taken.map((one) => [one.symbol, one.atMs - ON_ITS_WAY_MS]))
    if (fresh.size === 0) return taken
    for (const { legs } of book.entries())
      for (const leg of legs) {
        const beforeMs = fresh.get(leg.order?.symbol ?? '')
        if (beforeMs !== undefined && (told.has(leg) || isHeard(leg, beforeMs))) takeIn(leg)
      }
    return taken
  }

  /** Something traded of which nobody knows more: what was heard before says nothing now. */
  forget(symbol: string | undefined): void {
    if (symbol === undefined) this.#bySymbol.clear()
    else this.#bySymbol.delete(symbol)
  }

  /**
   * Whether so many units reduce a position that was so after `sinceMs`, together with everything on their side that it may
   * not have in it: what traded since, what may still trade, and what nobody knows to be over.
   */
  reduces(
    { symbol, side, quantity: asked }: NewOrder,
    quantity: Decimal | undefined,
    book: Pick<Book, 'entries'>,
    { sinceMs, nowMs }: { readonly sinceMs: number; readonly nowMs: number },
  ): boolean {
    const position = this.#bySymbol.get(symbol)
    if (position === undefined || position.atMs < sinceMs || position.atMs > nowMs) return false
    // How many units an amount of money buys or sells, nobody knows before.
    if (quantity === undefined || asked === undefined) return false
    const held = side === 'sell' ? position.quantity : -position.quantity
    let may = quantity
    for (const { legs } of book.entries())
      for (const leg of legs) {
        if (leg.order?.symbol !== symbol || leg.order.side !== side) continue
        const more = outside(leg, position.atMs - ON_ITS_WAY_MS)
        if (more === undefined) return false
        may += more
      }
    return may <= held
  }
}

/** Units that may trade at most, of which a position may have some, or `undefined` where nobody can say. */
export function unitsAtMost({ status, order, quantity, filled, tradedAtMost }: Leg) {
  if (status === 'closed' && tradedAtMost !== undefined) return tradedAtMost
  if (order?.quantity === undefined) return undefined
  return quantity > filled ? quantity : filled
}

/** Units of an order that traded or may trade, and that are not known to be in a position. */
function outside(leg: Leg, beforeMs: number): Decimal | undefined {
  const isKnown = isHeard(leg, beforeMs)
  if (isKnown && leg.status === 'closed') return 0n
  const all = unitsAtMost(leg)
  const within = isKnown ? leg.filled : (leg.inPosition ?? 0n)
  if (all === undefined) return undefined
  return all > within ? all - within : 0n
}

function isHeard({ heardMs }: Leg, beforeMs: number): boolean {
  return heardMs !== undefined && heardMs < beforeMs
}

/** All that is known to have traded is in the position; of what is over, whatever did. */
function takeIn(leg: Leg): void {
  if (leg.status === 'closed') leg.tradedAtMost = unitsAtMost(leg) ?? leg.filled
  leg.inPosition = leg.status === 'closed' ? leg.tradedAtMost : leg.filled
}
