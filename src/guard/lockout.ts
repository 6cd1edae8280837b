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

/**
 * Failures counted together, and the instant of the first of them, by which all of them are forgotten. One number,
 * instant × 1,024 + count: hundreds of thousands are kept. A rule's `failures` are at most 1,000.
 */
type Tally = number
const tallyOf = (fromMs: number, count: number): Tally => Math.floor(fromMs) * 1_024 + count
const fromOf = (tally: Tally): number => Math.floor(tally / 1_024)
const countOf = (tally: Tally): number => tally % 1_024

/** How many of these are kept. */
const TALLIES = 20

/** What is remembered of one subject's failures. Times are milliseconds since 1970, by the holder's own clock. */
export interface Strikes {
  /** The last failures that count towards the next lock: fewer than the rule's `failures`, in all. */
  readonly recent: readonly Tally[]
  /** How often it was locked, less what quiet had taken away by the last failure. */
  readonly level: number
  readonly lockedUntilMs: number
  /** The last failure of all. */
  readonly lastMs: number
  /** All failures since it was first heard of. */
  readonly failures: number
}

export const NO_STRIKES: Strikes = {
  recent: [],
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
  const recent = strikes.recent.filter((tally) => fromOf(tally) > atMs - rule.windowMs)
  const counted = recent.reduce((sum, tally) => sum + countOf(tally), count)
  if (counted < rule.failures) return { ...seen, recent: addTo(recent, rule, count, atMs) }
  const next = Math.min(highestLevel(rule), level + 1)
  return { ...seen, recent: [], level: next, lockedUntilMs: atMs + lockMs(rule, next) }
}

/**
 * A rule of up to twenty failures is counted exactly. Of more, those within a twentieth of the window are counted
 * together and forgotten with the first of them: so nothing locks earlier than the rule says, and an attack that
 * trickles meets its lock later by that twentieth at most.
 */
function addTo(
  recent: readonly Tally[],
  { failures, windowMs }: LockRule,
  count: number,
  atMs: number,
): readonly Tally[] {
  const widthMs = failures <= TALLIES ? 0 : windowMs / TALLIES
  const last = recent.at(-1)
  if (last === undefined) return [tallyOf(atMs, count)]
  const fromMs = fromOf(last)
  const near = atMs - fromMs < widthMs || recent.length >= TALLIES
  if (atMs !== fromMs && (widthMs === 0 || !near)) return [...recent, tallyOf(atMs, count)]
  // Reports of several isolates come in any order: the earlier instant, so that nothing counts for too long.
  return [...recent.slice(0, -1), tallyOf(Math.min(fromMs, atMs), countOf(last) + count)]
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
  return { ...strikes, recent: [], level, lockedUntilMs, lastMs: nowMs }
}
