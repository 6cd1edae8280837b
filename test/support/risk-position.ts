/** What an order may add to a position that the broker told, as the calculator has it. */
import { higher, isMore, minus, NOTHING, type Amount } from './risk-amount.ts'
import type { Line } from './risk-line.ts'

/** What is heard so long before a position is in it, in milliseconds. */
const SETTLED_MS = 5_000

export function isSettled({ heardMs }: Line, positionMs: number): boolean {
  return heardMs !== undefined && heardMs < positionMs - SETTLED_MS
}

/** Units that an order trades at most, all in all; `undefined` where that is not known. */
export function unitsOf({ isOver, atMost, order, quantity, filled }: Line): Amount | undefined {
  if (isOver && atMost !== undefined) return atMost
  return order?.quantity === undefined ? undefined : higher(quantity, filled)
}

/** Units of it that may come on top of a position; `undefined` where that is not known. */
export function beyond(line: Line, positionMs: number): Amount | undefined {
  const settled = isSettled(line, positionMs)
  if (settled && line.isOver) return NOTHING
  const units = unitsOf(line)
  const rest = units && minus(units, settled ? line.filled : line.inPosition)
  return rest && (isMore(rest, NOTHING) ? rest : NOTHING)
}
