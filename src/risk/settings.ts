/**
 * What holds for an account: limits that the risk desk set, what the customer made tighter, what single persons allowed
 * once. Every version stays; one with an end falls back to what held before it.
 */
import type { AccountLimits, Limits } from './limits.ts'

export interface Version<L = AccountLimits> {
  readonly revision: number
  readonly atMs: number
  readonly limits: L
  /** A raise ends then. */
  readonly untilMs: number | undefined
}

/** What a customer set for their own account. Looser caps wait. */
export interface Caps {
  readonly limits: Limits
  readonly next: { readonly limits: Limits; readonly fromMs: number } | undefined
}

/** One blocked order that two persons let through, once, for a few minutes (RTS 6 Art 15(6)). */
export interface Override {
  readonly id: string
  readonly orderHash: string
  readonly untilMs: number
  /** Who asked for it; it takes somebody else to approve. */
  readonly askedBy: string
  readonly approvedBy: string | undefined
  readonly usedBy: string | undefined
}

/** What a key did again and again is stopped until a named person lets it go on (RTS 6 Art 15(3)). */
export interface Latch {
  readonly id: string
  readonly keyId: string
  readonly symbol: string
  readonly side: string
  readonly atMs: number
  readonly releasedAtMs: number | undefined
}

/** The longest an override may last, in milliseconds. */
export const OVERRIDE_MS = 900_000

export const NO_CAPS: Caps = { limits: {}, next: undefined }

/** The version that holds: the last one whose end has not come. */
export function versionAt<L>(
  versions: readonly Version<L>[],
  nowMs: number,
): Version<L> | undefined {
  return versions.findLast(({ untilMs }) => untilMs === undefined || nowMs < untilMs)
}

/**
 * What holds now, and all that will hold again when the ends of others come: what is looser than any of these is a raise.
 * A second raise does not build on the first, and nobody lifts by a word what was halted for a time.
 */
export function standingLimits<L>(
  versions: readonly Version<L>[],
  defaults: L,
  nowMs: number,
): L[] {
  const from = versions.findLastIndex(({ untilMs }) => untilMs === undefined)
  const ending = versions.slice(from + 1).filter(({ untilMs = nowMs }) => nowMs < untilMs)
  return [versions[from]?.limits ?? defaults, ...ending.map(({ limits }) => limits)]
}

export function capsAt({ limits, next }: Caps, nowMs: number): Limits {
  return next !== undefined && nowMs >= next.fromMs ? next.limits : limits
}

export function isUsable({ approvedBy, usedBy, untilMs }: Override, nowMs: number): boolean {
  return approvedBy !== undefined && usedBy === undefined && nowMs < untilMs
}

export function latchName({
  keyId,
  symbol,
  side,
}: Pick<Latch, 'keyId' | 'symbol' | 'side'>): string {
  return `${keyId} ${symbol} ${side}`
}

/** From when on repeats count again, of what a person let go on: by the latch's name, in milliseconds since 1970. */
export function repeatsFrom(latches: readonly Latch[]): ReadonlyMap<string, number> {
  return new Map(
    latches.flatMap((one) =>
      one.releasedAtMs === undefined ? [] : [[latchName(one), one.releasedAtMs]],
    ),
  )
}
