/** What the broker's word makes of an order, as the calculator has it. */
import type { Answered } from '../../src/risk/order.ts'
import { by, held, higher, isMore, minus, NOTHING, overUp, type Amount } from './risk-amount.ts'
import type { Line } from './risk-line.ts'

export function outcome(
  line: Line,
  status: Answered['status'],
  filled: bigint | undefined,
): Partial<Line> {
  const said = minus(held(filled ?? 0n), line.filledBefore ?? NOTHING)
  const traded = higher(line.filled, said)
  const hasTraded = isMore(traded, NOTHING)
  const isEnd = status === 'filled' || status === 'cancelled'
  // Nothing that is over begins again.
  if (line.isOver && !isEnd)
    return {
      filled: traded,
      atMost: line.atMost && higher(line.atMost, traded),
      ...comesBack(line, traded),
    }
  if (status === 'rejected' && !hasTraded) {
    const none = { open: NOTHING, daily: NOTHING, counts: 0, atMost: NOTHING } as const
    return { ...none, isOver: true, isTurnedAway: true }
  }
  if (status === 'open')
    return {
      filled: traded,
      atMost: undefined,
      open: rest(line, traded),
      ...comesBack(line, traded),
    }
  const all = status === 'filled' && filled === undefined ? line.quantity : traded
  const isUnits = line.order?.quantity !== undefined
  const isSaid = line.action === 'new' && filled !== undefined
  const atMost = isSaid && (status !== 'filled' || !isUnits) ? traded : undefined
  return { open: NOTHING, filled: all, isOver: true, atMost, ...comesBack(line, all) }
}

function rest({ quantity, value, open }: Line, traded: Amount): Amount {
  if (quantity.units === 0n) return open
  const left = minus(quantity, traded)
  return isMore(left, NOTHING) ? overUp(by(value, left), quantity, 36) : NOTHING
}

/** An order that was said to be none, and that traded: it is one of its day. */
function comesBack({ daily, value, quantity, action }: Line, traded: Amount): Partial<Line> {
  if (isMore(daily, NOTHING) || !isMore(traded, NOTHING)) return {}
  const all = !isMore(quantity, traded)
  const part = all ? value : overUp(by(value, traded), quantity, 36)
  return { daily: part, ...(action === 'new' ? { counts: 1, isTurnedAway: false } : {}) }
}
