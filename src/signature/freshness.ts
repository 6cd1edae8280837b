/**
 * The time window. A request is accepted if and only if its signed time lies between `windowMs` before
 * and a short lead after the gateway's clock; a symmetric window would double the life of a replay.
 */
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Signed } from './dialect.ts'

/** The window of a credential that sets none, in milliseconds. */
export const DEFAULT_WINDOW_MS = 10_000
/** The widest window a credential may have, in milliseconds. */
export const MAX_WINDOW_MS = 60_000

/** How far ahead a client's clock may run, in milliseconds: one second, two where the unit is a second. */
export function leadMs(clockUnitMs: 1 | 1000): number {
  return clockUnitMs === 1 ? 1_000 : 2_000
}

/** The window in force: the least of what the credential and the request allow. */
export function windowOf(
  { windowMs = Number.POSITIVE_INFINITY }: Signed,
  credentialWindowMs: number,
): number {
  return Math.min(windowMs, credentialWindowMs)
}

/** Judges the signed time. To be asked only after the signature has verified: the answer helps its caller. */
export function judgeFreshness(
  signed: Signed,
  clockUnitMs: 1 | 1000,
  nowMs: number,
  credentialWindowMs: number,
): Result<void, Refusal> {
  const windowMs = windowOf(signed, credentialWindowMs)
  const offsetMs = signed.signedAtMs - nowMs
  const expired = signed.expiresAtMs !== undefined && nowMs >= signed.expiresAtMs
  if (offsetMs >= -windowMs && offsetMs <= leadMs(clockUnitMs) && !expired) return ok(undefined)
  return refuse('timestamp_skew', {
    reason: expired
      ? 'expires has passed'
      : offsetMs < 0
        ? 'signed too long ago'
        : 'signed in the future',
    detail: expired
      ? 'The signature has expired. Sign the request again.'
      : `The signed time is ${Math.abs(offsetMs)} ms ${offsetMs < 0 ? 'behind' : 'ahead of'} the gateway's clock. Correct the clock by offsetMs and sign again.`,
    members: { serverTime: nowMs, offsetMs, windowMs },
  })
}
