/**
 * When a one-time code is accepted, and what a wrong one costs. Pure: one person's state in, the next one out. Which
 * steps a code belongs to is found elsewhere (`totp.ts`); recovery codes are not counted here.
 */

/** What is remembered of one person's second factor. Times are milliseconds since 1970, by the holder's own clock. */
export interface SecondFactor {
  /** Until its owner has shown a code, a factor opens nothing. */
  readonly confirmed: boolean
  /** The newest step of which a code was accepted: neither it nor an older one is accepted again. */
  readonly lastStep: number
  /** Consecutive ones. */
  readonly failures: number
  /** Before this no code is judged. */
  readonly notBeforeMs: number
}

/** A factor that was enrolled a moment ago, or reset. */
export const NEW_FACTOR: SecondFactor = {
  confirmed: false,
  lastStep: -1,
  failures: 0,
  notBeforeMs: 0,
}

/**
 * `wrong` and `used` are failures. `delayed` and `blocked` say nothing about the code: it was not looked at, except
 * for the failure that blocks, which is itself answered with `blocked`.
 */
export type OtpVerdict = 'accepted' | 'wrong' | 'used' | 'delayed' | 'blocked'

export interface OtpJudgement {
  readonly next: SecondFactor
  readonly verdict: OtpVerdict
  /** How long no further code is judged; there when there is a wait, and then at least 1. */
  readonly retryAfterSeconds?: number
}

/** So many consecutive failures cost nothing: people mistype. */
const FREE_FAILURES = 3
const FIRST_DELAY_MS = 2_000
const LONGEST_DELAY_MS = 3_600_000

/** Consecutive failures that block until somebody resets the factor (NIST SP 800-63B-4 section 3.2.2: at most 100). */
const MOST_FAILURES = 100

/**
 * Judges a code that is to let its bearer in.
 *
 * Single use (RFC 6238 section 5.2): a code is refused if any step that it belongs to is not newer than the last one
 * accepted. So one that was used is not accepted again under a neighbour that happens to share it, and what is older
 * than the newest is not accepted either, whatever the clock says meanwhile.
 *
 * @param matches all steps that the code belongs to.
 */
export function judgeOtp(
  factor: SecondFactor,
  matches: readonly number[],
  nowMs: number,
): OtpJudgement {
  // Answered and counted like a wrong one: whether a factor is confirmed cannot be asked this way.
  return judge(factor, factor.confirmed ? matches : [], nowMs)
}

/** Judges, by the same rules, the code by which an owner shows that the enrolment arrived. */
export function confirmOtp(
  factor: SecondFactor,
  matches: readonly number[],
  nowMs: number,
): OtpJudgement {
  const judged = judge(factor, matches, nowMs)
  if (judged.verdict !== 'accepted') return judged
  return { ...judged, next: { ...judged.next, confirmed: true } }
}

function judge(factor: SecondFactor, matches: readonly number[], nowMs: number): OtpJudgement {
  if (factor.failures >= MOST_FAILURES) return { next: factor, verdict: 'blocked' }
  const waitMs = factor.notBeforeMs - nowMs
  if (waitMs > 0) return { next: factor, verdict: 'delayed', ...retryAfter(waitMs) }
  if (matches.length === 0) return fail(factor, 'wrong', nowMs)
  // What was used is what an observer would try: it costs as much as a guess.
  if (matches.some((step) => step <= factor.lastStep)) return fail(factor, 'used', nowMs)
  return {
    next: { ...factor, lastStep: Math.max(...matches), failures: 0, notBeforeMs: 0 },
    verdict: 'accepted',
  }
}

function fail(factor: SecondFactor, verdict: 'wrong' | 'used', nowMs: number): OtpJudgement {
  const failures = factor.failures + 1
  if (failures >= MOST_FAILURES) return { next: { ...factor, failures }, verdict: 'blocked' }
  const delayMs = delayAfter(failures)
  if (delayMs === 0) return { next: { ...factor, failures }, verdict }
  const next = { ...factor, failures, notBeforeMs: nowMs + delayMs }
  return { next, verdict, ...retryAfter(delayMs) }
}

/** How long after so many consecutive failures no code is judged, in milliseconds. */
function delayAfter(failures: number): number {
  if (failures <= FREE_FAILURES) return 0
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - FREE_FAILURES - 1))
}

/** Rounded up: whoever waits that long is not told to wait again. */
function retryAfter(waitMs: number): { readonly retryAfterSeconds: number } {
  return { retryAfterSeconds: Math.ceil(waitMs / 1000) }
}
