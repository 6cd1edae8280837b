/**
 * What an isolate knows of the kill switch: a copy with an age. Only durations are exchanged, so no other host's clock
 * is believed: the age that the answering object gave, and the time since it was asked here.
 */
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { judgeLevel, passes, stricter, type Force, type Move } from './level.ts'
import { forceOn, type Touched, type WideTrip } from './trip.ts'

/** After so long a trip is in force everywhere, in milliseconds. */
export const IN_FORCE_MS = 2_000
/** Up to this age a copy is believed: less than the above, by what a clock that stands still while code runs may hide. */
export const CURRENT_MS = 1_900
/** From this age on it is renewed, beside a request that uses it. */
const RENEW_MS = 1_000
/** A renewal that did not come is tried again after this; requests do not wait for it meanwhile. */
const AGAIN_MS = 500

/** What a view of the control answers. */
export interface ToldControl {
  readonly trips: readonly WideTrip[]
  /** How old that may be: since when the view asked. In milliseconds. */
  readonly ageMs: number
}

interface Copy {
  readonly trips: readonly WideTrip[]
  /** By this isolate's clock: everything in it is at least as new as what was true then. */
  readonly asOfMs: number
}

/** How far a request has to care for the renewal of the copy. */
export type Renewal = 'none' | 'beside' | 'before'

/** One per isolate: plain values, which requests share. */
export class ControlCopies {
  #copy: Copy | undefined
  #renewingUntilMs = 0
  #pausedUntilMs = 0

  /** What a view said. @param askedMs when it was asked, by this isolate's clock. */
  keep({ trips, ageMs }: ToldControl, askedMs: number, nowMs: number): void {
    const asOfMs = askedMs - Math.max(0, ageMs)
    const isNewer = this.#copy === undefined || asOfMs >= this.#copy.asOfMs
    // A copy from what is now the future was made before the clock was set back.
    if (isNewer || this.#ageMs(nowMs) < 0) this.#copy = { trips, asOfMs }
    this.#renewingUntilMs = 0
    if (!this.#isCurrent(nowMs)) this.failed(nowMs)
  }

  /** No view answered, or none that knows enough: asking again at once would help nobody. */
  failed(nowMs: number): void {
    this.#pausedUntilMs = nowMs + AGAIN_MS
  }

  /** Whether whoever asks should renew it: beside their request, or before it may leave. */
  takeRenewal(nowMs: number): Renewal {
    const ageMs = this.#ageMs(nowMs)
    const isFresh = ageMs >= 0 && ageMs < RENEW_MS
    const isPaused = nowMs < this.#pausedUntilMs && nowMs >= this.#pausedUntilMs - AGAIN_MS
    if (isFresh || isPaused) return 'none'
    // Whoever cannot wait does its own: nobody waits for another request's I/O.
    if (ageMs < 0 || ageMs >= CURRENT_MS - AGAIN_MS) return 'before'
    if (nowMs < this.#renewingUntilMs) return 'none'
    this.#renewingUntilMs = nowMs + AGAIN_MS
    return 'beside'
  }

  /** Whether a request may leave now, by what is known of every scope that Workers judge. */
  judge(move: Move, touched: Touched, nowMs: number): Result<void, Refusal> {
    const force = this.force(touched)
    const known = judgeLevel(move, force)
    if (!known.ok || this.#isCurrent(nowMs)) return known
    // What was tripped meanwhile nobody knows.
    return passes(move, stricter(force.level, 'cancel_only')) ? ok(undefined) : stale
  }

  /** What is known to hold for a request, for whoever has to know what the orders of it are. */
  force(touched: Touched): Force {
    return forceOn(this.#copy?.trips ?? [], touched)
  }

  #isCurrent(nowMs: number): boolean {
    const ageMs = this.#ageMs(nowMs)
    return ageMs >= 0 && ageMs <= CURRENT_MS
  }

  #ageMs(nowMs: number): number {
    return this.#copy === undefined ? Number.POSITIVE_INFINITY : nowMs - this.#copy.asOfMs
  }
}

const stale = refuse('control_stale', {
  reason: 'the copy of the control is too old',
  detail:
    'Whether this may pass cannot be said now: only reads and cancels are let through. The request was not forwarded.',
  retryAfterSeconds: 1,
})
