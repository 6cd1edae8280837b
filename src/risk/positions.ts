/** What the broker last said that an account holds, and whether an order only makes it smaller. */
import type { Decimal } from '../lib/decimal.ts'
import type { Book } from './book.ts'
import type { NewOrder } from './order.ts'

export interface Position {
  readonly symbol: string
  /** Below zero where it is short. */
  readonly quantity: Decimal
  /** When it was heard, by the object's clock. */
  readonly atMs: number
}

export class Positions {
  readonly #bySymbol: Map<string, Position>

  constructor(positions: readonly Position[]) {
    this.#bySymbol = new Map(positions.map((one) => [one.symbol, one]))
  }

  all(): readonly Position[] {
    return [...this.#bySymbol.values()]
  }

  set(position: Position): void {
    this.#bySymbol.set(position.symbol, position)
  }

  /**
   * Whether an order reduces a position that was heard of after `sinceMs`, with everything else that may trade on its
   * side. What traded since the position was heard of is not in it: what was sent since counts whole.
   */
  reduces(
    { symbol, side }: NewOrder,
    quantity: Decimal | undefined,
    book: Book,
    sinceMs: number,
  ): boolean {
    const position = this.#bySymbol.get(symbol)
    if (position === undefined || position.atMs < sinceMs || quantity === undefined) return false
    const held = side === 'sell' ? position.quantity : -position.quantity
    if (held <= 0n) return false
    let may = quantity
    for (const { atMs, legs } of book.entries())
      for (const leg of legs) {
        if (leg.order?.symbol !== symbol || leg.order.side !== side) continue
        const isOver = leg.status === 'closed'
        if (atMs >= position.atMs) may += isOver ? leg.filled : leg.quantity
        else if (!isOver) may += leg.quantity - leg.filled
      }
    return may <= held
  }
}
