/** What is said of limits: why a request does not fit, and what is left. */
import type { Budget } from '../access/limit.ts'
import { FEED_PERMISSION } from '../access/permission.ts'
import type { Refusal } from '../refusal.ts'
import {
  feedLimit,
  GATEWAY_LIMIT,
  type Admission,
  type Key,
  type LimitState,
  type OwnBudget,
} from './key.ts'
import { SlidingWindow } from './window.ts'

const DAY_SECONDS = 86_400

/** A budget and what was spent of it. */
export interface Spending {
  readonly budget: Budget
  readonly window: SlidingWindow
}

/** When a decision is made, in milliseconds since 1970, and how far the clock is behind it: who waits, waits for both. */
export interface DecisionTime {
  readonly nowMs: number
  readonly lagMs: number
}

/**
 * The refusal when `weight` units do not fit every window, naming the limit that holds the caller up
 * longest: after its `Retry-After` the same request fits them all.
 */
export function shortfall(
  spendings: readonly Spending[],
  weight: number,
  { nowMs, lagMs }: DecisionTime,
): Refusal | undefined {
  let worst: { readonly budget: Budget; readonly atMs: number } | undefined
  for (const { budget, window } of spendings) {
    const atMs = window.admitsAtMs(nowMs, weight)
    if (atMs > nowMs && (worst === undefined || atMs > worst.atMs)) worst = { budget, atMs }
  }
  if (worst === undefined) return undefined
  const { name, limit, windowSeconds } = worst.budget
  const retryAfterSeconds = wholeSeconds(worst.atMs - nowMs + lagMs)
  return {
    code: windowSeconds >= DAY_SECONDS ? 'daily_quota' : 'rate_limited',
    detail: `The limit ${name} of ${limit} per ${windowSeconds} s is used up. Try again in ${retryAfterSeconds} s.`,
    members: { limit: name },
    retryAfterSeconds,
  }
}

/** What a caller is told about a limit. */
export function limitState(
  { budget, window }: Spending,
  { nowMs, lagMs }: DecisionTime,
): LimitState {
  const { name, limit, windowSeconds, kinds } = budget
  const remaining = window.remaining(nowMs)
  // The instant at which one unit more than now is free; a window that is whole has nothing to wait for.
  const resetAtMs = remaining === limit ? nowMs : window.admitsAtMs(nowMs, remaining + 1)
  return {
    name,
    limit,
    windowSeconds,
    kinds,
    remaining,
    resetSeconds: resetAtMs > nowMs ? wholeSeconds(resetAtMs - nowMs + lagMs) : 0,
  }
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}

/** The windows of the gateway's own calls. */
export class OwnLimits {
  readonly #spendings: Readonly<Record<OwnBudget, Spending>>

  /** @param closedUntilMs until when a window of that length admits nothing. */
  constructor(feedPerSecond: number, closedUntilMs: (windowMs: number) => number) {
    const begin = (budget: Budget) => {
      const windowMs = budget.windowSeconds * 1000
      const window = new SlidingWindow(budget.limit, windowMs, [], closedUntilMs(windowMs))
      return { budget, window }
    }
    this.#spendings = { gateway: begin(GATEWAY_LIMIT), feed: begin(feedLimit(feedPerSecond)) }
  }

  /** What a call spends. A key that may not feed has no more room for trying to than for anything else. */
  of({ permissions }: Key, { budget }: Admission): Spending {
    const feeds = budget === 'feed' && permissions.includes(FEED_PERMISSION)
    return this.#spendings[feeds ? 'feed' : 'gateway']
  }
}
