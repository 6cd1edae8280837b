/**
 * What one request and its answer say of two clocks. θ is how far the origin's clock is ahead of the gateway's.
 *
 *     gateway   t1 ─ leaves                      t4 ─ the answer's head is here
 *     origin              t2 ─ received   t3 ─ sent
 *
 * The order of events is all that is used; nothing is assumed of the way there or back, so neither has to be as long as
 * the other. What a clock showed and what was written down are told apart, because only the second is known:
 *
 * - The gateway's stamp is whole milliseconds, cut off (g = 1 ms), and may lag by the CPU time that the request has used
 *   (c): the clock showed at least t and less than t + g + c. It is never ahead.
 * - The origin's stamp is rounded to its last digit, nobody says which way (`Reading`): the clock showed something
 *   between `earliest` and `latest`. It may be taken later than the first octet came and earlier than the first one
 *   left; that only makes the interval wider.
 *
 * 1. It was received after it left: when the origin's clock showed t2, the gateway's showed t1 or more. So
 *    θ ≤ latest(t2) − t1. Lag and truncation of t1 only loosen this.
 * 2. The answer came after it was sent: when the origin's clock showed t3, the gateway's showed less than t4 + g + c. So
 *    θ ≥ earliest(t3) − t4 − g − c.
 *
 * Everything is whole microseconds: sums of them are exact.
 */
import type { Reading } from './stamp.ts'

/** Four stamps of one exchange with the origin: ours in milliseconds since 1970, the origin's as they were read. */
export interface Exchange {
  readonly sentAtMs: number
  readonly answeredAtMs: number
  readonly received: Reading
  readonly sent: Reading
}

/** θ lies between these, both among them. Empty where `lowUs` is the greater: then the stamps contradict each other. */
export interface Interval {
  readonly lowUs: number
  readonly highUs: number
}

/** The unit of the gateway's clock, and how much it cuts off at most. */
export const TRUNCATION_MS = 1

/** @param cpuLagMs how far the gateway's clock may lag: the CPU time a request may have used since its last input. */
export function bracket(exchange: Exchange, cpuLagMs: number): Interval {
  const { sentAtMs, answeredAtMs, received, sent } = exchange
  return {
    lowUs: sent.earliestUs - (answeredAtMs + TRUNCATION_MS + cpuLagMs) * 1_000,
    highUs: received.latestUs - sentAtMs * 1_000,
  }
}

/** Whether the origin says that it answered before it was asked, whichever way it rounds. */
export function answeredBeforeAsked({ received, sent }: Exchange): boolean {
  return sent.latestUs < received.earliestUs
}
