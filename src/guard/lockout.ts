/**
 * When failures become a lock, how long it lasts, and how it grows. Pure: one subject's state in, the next one
 * out. A lock changes only what a failure is answered with; nobody who signs correctly ever meets it.
 */

/** What locks, and for how long. */
export interface LockRule {
  /** So many failures within `windowMs` lock. */
  readonly failures: number
  readonly windowMs: number
  /** The first lock; each further one lasts twice as long as the one before, up to `longestLockMs`. */
  readonly firstLockMs: number
  readonly longestLockMs: number
  /** For every such time without a failure outside of a lock, the next lock is one step shorter again. */
  readonly quietMs: number
}

const MINUTE_MS = 60_000
const GROWTH = {
  windowMs: MINUTE_MS,
  firstLockMs: 30_000,
  longestLockMs: 60 * MINUTE_MS,
  quietMs: 10 * MINUTE_MS,
} as const

/** The rules of a deployment. */
export interface LockRules {
  /** For a client network: IPv4 /24, IPv6 /56. */
  readonly network: LockRule
  /** For one claimed credential id from one network. */
  readonly credential: LockRule
}

/** @param failures within a minute that lock. */
export function lockRules(failures: Readonly<Record<keyof LockRules, number>>): LockRules {
  return {
    network: { failures: failures.network, ...GROWTH },
    credential: { failures: failures.credential, ...GROWTH },
  }
}

/** What is remembered of one subject's failures. Times are milliseconds since 1970, by the holder's own clock. */
export interface Strikes {
  /** The last failures that count towards the next lock: fewer than the rule's `failures`. */
  readonly recentMs: readonly number[]
  /** How often it was locked, less what quiet had taken away by the last failure. */
  readonly level: number
  readonly lockedUntilMs: number
  /** The last failure of all. */
  readonly lastMs: number
  /** All failures since it was first heard of. */
  readonly failures: number
}

export const NO_STRIKES: Strikes = {
  recentMs: [],
  level: 0,
  lockedUntilMs: 0,
  lastMs: 0,
  failures: 0,
}

/** What one holder tells another of a lock: a duration, because clocks of two hosts differ. */
export interface HeardLock {
  readonly level: number
  /** 0 where there is none. */
  readonly lockedForMs: number
}

/**
 * Counts `count` failures at one instant. The failure that completes the number is itself already locked. While
 * a lock lasts failures change nothing about it, so that what was announced as its end stays its end.
 */
export function strike(strikes: Strikes, rule: LockRule, count: number, atMs: number): Strikes {
  const level = levelAt(strikes, rule, atMs)
  const seen = {
    ...strikes,
    level,
    lastMs: Math.max(strikes.lastMs, atMs),
    failures: strikes.failures + count,
  }
  if (atMs < strikes.lockedUntilMs) return seen
  const fresh = Math.min(count, rule.failures)
  const recentMs = [
    ...strikes.recentMs.filter((thenMs) => thenMs > atMs - rule.windowMs),
    ...Array.from({ length: fresh }, () => atMs),
  ]
  if (recentMs.length < rule.failures) return { ...seen, recentMs }
  const next = Math.min(highestLevel(rule), level + 1)
  return { ...seen, recentMs: [], level: next, lockedUntilMs: atMs + lockMs(rule, next) }
}

/** How long the lock of this level lasts, in milliseconds: exact, never above `longestLockMs`. */
export function lockMs({ firstLockMs, longestLockMs }: LockRule, level: number): number {
  return Math.min(longestLockMs, firstLockMs * 2 ** (level - 1))
}

/** What is left of a lock, in milliseconds; 0 where there is none. */
export function lockedForMs({ lockedUntilMs }: Strikes, nowMs: number): number {
  return Math.max(0, lockedUntilMs - nowMs)
}

/** The level after the quiet since the last lock or failure. */
export function levelAt(strikes: Strikes, rule: LockRule, nowMs: number): number {
  const quietMs = nowMs - Math.max(strikes.lockedUntilMs, strikes.lastMs)
  const fallen = Math.max(0, Math.floor(quietMs / rule.quietMs))
  return Math.max(0, strikes.level - fallen)
}

/** From here on a lock does not get longer, and so the level does not rise. */
function highestLevel({ firstLockMs, longestLockMs }: LockRule): number {
  return Math.ceil(Math.log2(longestLockMs / firstLockMs)) + 1
}

/** When nothing of it matters any more and it can be forgotten, in milliseconds since 1970. */
export function forgettableMs(strikes: Strikes, rule: LockRule): number {
  const sinceMs = Math.max(strikes.lockedUntilMs, strikes.lastMs)
  return sinceMs + Math.max(rule.windowMs, strikes.level * rule.quietMs)
}

/** A lock that ends within this time of our own is the same one, told over a network. In milliseconds. */
const SAME_LOCK_MS = 1_000

/** Takes over what another holder knows, where that is stricter. */
export function adopt(strikes: Strikes, rule: LockRule, heard: HeardLock, nowMs: number): Strikes {
  const level = Math.max(levelAt(strikes, rule, nowMs), heard.level)
  const lockedUntilMs = nowMs + heard.lockedForMs
  // What was announced stays true: our own end of the same lock is not moved by the time that telling took.
  if (heard.lockedForMs === 0 || lockedUntilMs <= strikes.lockedUntilMs + SAME_LOCK_MS) {
    return level === levelAt(strikes, rule, nowMs) ? strikes : { ...strikes, level, lastMs: nowMs }
  }
  return { ...strikes, recentMs: [], level, lockedUntilMs, lastMs: nowMs }
}
