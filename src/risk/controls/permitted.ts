/** Whether this may be traded at all: what is restricted, when there is trading, what only reduces. */
import { breach, type Control } from '../control.ts'
import type { Limits } from '../limits.ts'

const DAY_MS = 86_400_000
/** 1970 began on a Thursday. */
const FIRST_DAY = 4

/** Minutes of a day from its clock. */
function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))
}

/** Whether there is trading at an instant, in UTC. */
export function isOpen(hours: NonNullable<Limits['hours']>, nowMs: number): boolean {
  const day = ((Math.floor(nowMs / DAY_MS) + FIRST_DAY - 1) % 7) + 1
  const minute = Math.floor((nowMs % DAY_MS) / 60_000)
  return hours.some(
    ({ days, from, to }) =>
      days.includes(day) && minute >= minutesOf(from) && minute < minutesOf(to),
  )
}

export const PERMITTED: readonly Control[] = [
  {
    id: 'restricted_symbol',
    overridable: false,
    check: ({ order }, { restricted }) =>
      restricted?.includes(order.symbol) === true ? breach('restricted', order.symbol) : undefined,
  },
  {
    id: 'symbol_not_allowed',
    overridable: false,
    check: ({ order }, { allowed }) =>
      allowed?.includes(order.symbol) === false ? breach('not allowed', order.symbol) : undefined,
  },
  {
    id: 'symbol_halted',
    overridable: false,
    check: ({ order }, { halted }) =>
      halted?.includes(order.symbol) === true ? breach('halted', order.symbol) : undefined,
  },
  {
    id: 'trading_hours',
    overridable: false,
    check: ({ nowMs }, { hours }) =>
      hours === undefined || isOpen(hours, nowMs)
        ? undefined
        : breach('within trading hours', 'outside'),
  },
  {
    id: 'reduce_only',
    overridable: false,
    // Whoever says that an order may only reduce is taken at their word.
    check: ({ order, reduces }, { reduceOnly }) =>
      (reduceOnly === true || order.reduceOnly) && !reduces
        ? breach('only what reduces a known position', 'does not')
        : undefined,
  },
]
