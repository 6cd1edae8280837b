/** The limits that one request spends, together: all of them or none. */
import type { Limit } from '../access/policy.ts'
import type { Refusal } from '../refusal.ts'
import type { LimitState } from './key.ts'
import type { SlidingWindow } from './window.ts'

const DAY_SECONDS = 86_400

export interface NamedWindow extends Limit {
  readonly window: SlidingWindow
}

/**
 * The refusal when `weight` units do not fit every window, naming the limit that holds the caller up
 * longest: after its `Retry-After` the same request fits them all.
 */
export function shortfall(
  windows: readonly NamedWindow[],
  weight: number,
  nowMs: number,
): Refusal | undefined {
  let worst: { readonly limit: NamedWindow; readonly atMs: number } | undefined
  for (const limit of windows) {
    const atMs = limit.window.admitsAtMs(nowMs, weight)
    if (atMs > nowMs && (worst === undefined || atMs > worst.atMs)) worst = { limit, atMs }
  }
  if (worst === undefined) return undefined
  const { name, limit, windowSeconds } = worst.limit
  const retryAfterSeconds = wholeSeconds(worst.atMs - nowMs)
  return {
    code: windowSeconds >= DAY_SECONDS ? 'daily_quota' : 'rate_limited',
    detail: `The limit ${name} of ${limit} per ${windowSeconds} s is used up. Try again in ${retryAfterSeconds} s.`,
    members: { limit: name },
    retryAfterSeconds,
  }
}

/** What a caller is told about a limit. */
export function limitState(
  { name, limit, windowSeconds, window }: NamedWindow,
  nowMs: number,
): LimitState {
  const remaining = window.remaining(nowMs)
  // The instant at which one unit more than now is free; a window that is whole has nothing to wait for.
  const resetAtMs = remaining === limit ? nowMs : window.admitsAtMs(nowMs, remaining + 1)
  return {
    name,
    limit,
    windowSeconds,
    remaining,
    resetSeconds: resetAtMs > nowMs ? wholeSeconds(resetAtMs - nowMs) : 0,
  }
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}
