/** Levels of the kill switch: what still passes at each. */
import type { Kind } from '../access/kind.ts'
import { refuse, type Refusal, type RefusalCode } from '../refusal.ts'
import type { Result } from '../lib/result.ts'
import { ok } from '../lib/result.ts'

/** From the most permissive to the strictest. */
export const LEVELS = ['open', 'reduce_only', 'cancel_only', 'closed'] as const
export type Level = (typeof LEVELS)[number]

/** The levels at which something is stopped. */
export const TRIP_LEVELS = ['reduce_only', 'cancel_only', 'closed'] as const
export type TripLevel = (typeof TRIP_LEVELS)[number]

/** What a request is to a level. An order of which nobody knows whether it reduces is one that does not. */
export type Move = 'read' | 'cancel' | 'reducing' | 'order' | 'account' | 'withdrawal'

/** The strictest level at which it still passes. */
const PASSES_UP_TO = {
  read: 'cancel_only',
  cancel: 'cancel_only',
  reducing: 'reduce_only',
  order: 'open',
  account: 'open',
  withdrawal: 'open',
} as const satisfies Record<Move, Level>

export function moveOf(kind: Kind, reduces: boolean): Move {
  return kind === 'order' && reduces ? 'reducing' : kind
}

export function passes(move: Move, level: Level): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(PASSES_UP_TO[move])
}

export function stricter(one: Level, other: Level): Level {
  return LEVELS.indexOf(one) >= LEVELS.indexOf(other) ? one : other
}

const CODES = {
  reduce_only: 'reduce_only',
  cancel_only: 'cancel_only',
  closed: 'halted',
} as const satisfies Record<TripLevel, RefusalCode>

const DETAILS = {
  reduce_only:
    'Only reads, cancels and orders that reduce a position are let through now. The request was not forwarded.',
  cancel_only: 'Only reads and cancels are let through now. The request was not forwarded.',
  closed: 'Nothing is let through now. The request was not forwarded.',
} as const satisfies Record<TripLevel, string>

/** What is in force, and of which scope: `key`, `account`, `symbol BTC-USD`. */
export interface Force {
  readonly level: Level
  readonly scope: string
}

/** Whether a request passes at a level; if not, what it is told. */
export function judgeLevel(move: Move, { level, scope }: Force): Result<void, Refusal> {
  if (level === 'open' || passes(move, level)) return ok(undefined)
  const retry = level === 'closed' ? { retryAfterSeconds: 60 } : {}
  return refuse(CODES[level], { detail: DETAILS[level], members: { scope }, ...retry })
}
