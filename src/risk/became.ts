/** What the broker says of an order makes of it. What is over stays over, and counts what is told late to have traded. */
import type { Decimal } from '../lib/decimal.ts'
import { isExact, type Leg } from './entry.ts'
import type { Answered } from './order.ts'
import { partOf } from './value.ts'

/** What may change of an order. */
export type LegChange = Partial<
  Pick<
    Leg,
    | 'open'
    | 'daily'
    | 'counts'
    | 'status'
    | 'orderId'
    | 'filled'
    | 'filledBefore'
    | 'heardBefore'
    | 'replaced'
    | 'countedTwice'
    | 'tradedAtMost'
    | 'heardMs'
  >
>

/** @param listedMs when the broker listed it among all that is open, if it did: newer than its end, that was none. */
export function became(
  leg: Leg,
  { status, orderId, filled }: Answered,
  nowMs: number,
  listedMs: number | undefined,
): LegChange {
  const traded = most(leg.filled, (filled ?? 0n) - (leg.filledBefore ?? 0n))
  const named = orderId === undefined ? {} : { orderId }
  const heard = { ...named, heardMs: nowMs }
  const isOver =
    leg.status === 'closed' && !(leg.heardMs !== undefined && leg.heardMs < (listedMs ?? 0))
  if (isOver && status !== 'filled' && status !== 'cancelled')
    return { ...heard, ...toldLate(leg, traded) }
  if (status === 'unknown') return { ...named, status }
  if (status === 'rejected' && traded === 0n) return { ...heard, ...NEVER, tradedAtMost: 0n }
  if (status === 'open') return { ...heard, ...stillOpen(leg, traded) }
  const all = status === 'filled' && filled === undefined ? leg.quantity : traded
  const end = status === 'filled' ? 'filled' : 'cancelled'
  const tradedAtMost = isExact(leg, end, filled) ? traded : undefined
  const over = { status: 'closed', open: 0n, filled: all, tradedAtMost } as const
  return { ...heard, ...over, ...backInDay(leg, all) }
}

const NEVER = { status: 'closed', open: 0n, daily: 0n, counts: 0 } as const

function stillOpen(leg: Leg, filled: Decimal): LegChange {
  const left = leg.quantity > filled ? leg.quantity - filled : 0n
  const open = leg.quantity === 0n ? leg.open : partOf(leg.value, left, leg.quantity)
  return { status: 'open', filled, open, tradedAtMost: undefined, ...backInDay(leg, filled) }
}

function toldLate(leg: Leg, filled: Decimal): LegChange {
  const { tradedAtMost } = leg
  const units = tradedAtMost === undefined ? undefined : most(tradedAtMost, filled)
  return { filled, tradedAtMost: units, ...backInDay(leg, filled) }
}

/** What was turned away, and traded after all. */
function backInDay({ action, value, quantity, daily }: Leg, filled: Decimal): LegChange {
  if (daily !== 0n || filled === 0n) return {}
  return { daily: partOf(value, filled, quantity), counts: action === 'new' ? 1 : 0 }
}

function most(one: Decimal, other: Decimal): Decimal {
  return one > other ? one : other
}
