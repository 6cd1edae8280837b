/** Instants and spans as reports spell them: UTC, no finer than what was recorded. */
import { rfc3339 } from '../lib/time.ts'

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** An instant; with microseconds where a fraction of a millisecond was recorded. */
export function instant(atMs: number | undefined): string | undefined {
  if (atMs === undefined) return undefined
  const whole = Math.floor(atMs)
  const text = rfc3339(whole)
  if (text === undefined) return `${atMs} ms since 1970`
  const micros = Math.floor((atMs - whole) * 1_000)
  return micros === 0 ? text : text.replace('Z', `${String(micros).padStart(3, '0')}Z`)
}

/** The day of an instant. */
export function day(atMs: number): string {
  return rfc3339(atMs)?.slice(0, 10) ?? `${atMs} ms since 1970`
}

/** The hour of an instant. */
export function hour(atMs: number): string {
  const text = rfc3339(atMs)
  return text === undefined ? `${atMs} ms since 1970` : `${text.slice(0, 13)}:00Z`
}

/** The beginning of the step that an instant is in. */
export function stepOf(atMs: number, stepMs: number): number {
  return Math.floor(atMs / stepMs) * stepMs
}

/** A number without the noise of binary fractions. */
export function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1_000) / 1_000
}
