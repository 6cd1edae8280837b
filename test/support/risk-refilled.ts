/** What the day holds of an order that was filled up again, as the calculator has it. */
import {
  by,
  higher,
  isMore,
  minus,
  NOTHING,
  overDown,
  overUp,
  plus,
  type Amount,
} from './risk-amount.ts'
import type { Line } from './risk-line.ts'

/** The order before a change, as it was when the change was made. */
export type Before = Pick<
  Line,
  'order' | 'quantity' | 'value' | 'filled' | 'filledBefore' | 'knownBefore' | 'inBoth'
>

/** Of what the day has of the order before, the part that did not trade is what the change stands for as well. */
export function refilled(
  { value, quantity, knownBefore }: Pick<Line, 'value' | 'quantity' | 'knownBefore'>,
  before: Before,
  counted: Amount,
): { readonly daily: Amount; readonly inBoth: Amount } {
  const before36 = overUp(
    by(before.value, higher(NOTHING, minus(counted, before.knownBefore))),
    before.quantity,
    36,
  )
  const untraded = minus(before.value, before36)
  const adds = minus(value, plus(untraded, before.inBoth))
  const late = higher(NOTHING, minus(counted, knownBefore))
  const said = before.filledBefore && plus(before.filledBefore, before.filled)
  const gone = higher(NOTHING, minus(said ?? NOTHING, said ? before.knownBefore : NOTHING))
  const rest = higher(NOTHING, minus(before.quantity, gone))
  const unsure = lower(late, rest)
  const atEither = isMore(quantity, NOTHING)
    ? lower(share(before, unsure), share({ value, quantity }, unsure))
    : NOTHING
  return { daily: lower(higher(NOTHING, adds), value), inBoth: atEither }
}

function share({ value, quantity }: Pick<Line, 'value' | 'quantity'>, units: Amount): Amount {
  return overDown(by(value, units), quantity, 36)
}

function lower(one: Amount, other: Amount): Amount {
  return isMore(one, other) ? other : one
}
