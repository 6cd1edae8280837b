/**
 * Which key signs sessions: one is next, published before it signs anything; one is current; retired ones verify
 * until what they signed has ended. Pure: the object that holds them supplies rows and clock.
 */
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'

export type KeyState = 'next' | 'current' | 'retired'

export interface SigningKeyRow {
  readonly kid: string
  readonly state: KeyState
  readonly createdAtMs: number
  /** When it entered its state. */
  readonly sinceMs: number
}

/** A key is published for at least this long before it signs: whoever verifies may have cached the older set. */
export const PUBLISHED_AHEAD_MS = 24 * 3_600_000
/** A retired key verifies for this long: the longest that a token lives, and what hosts' clocks may differ by. */
export const RETIRED_FOR_MS = 15 * 60_000
const DAY_MS = 86_400_000

export interface KeyPlan {
  /** Keys that change their state, or are dropped. */
  readonly become: readonly { readonly kid: string; readonly state: KeyState | 'gone' }[]
  /** Keys to be made, by state. */
  readonly make: readonly ('next' | 'current')[]
  /** When to look again, in milliseconds since 1970. */
  readonly againMs: number
}

/** What is due by schedule. */
export function planKeys(
  keys: readonly SigningKeyRow[],
  signingKeyDays: number,
  nowMs: number,
): KeyPlan {
  const current = keys.find(({ state }) => state === 'current')
  const next = keys.find(({ state }) => state === 'next')
  const dropped = keys.filter(
    ({ state, sinceMs }) => state === 'retired' && nowMs >= sinceMs + RETIRED_FOR_MS,
  )
  const gone = dropped.map(({ kid }) => ({ kid, state: 'gone' as const }))
  if (current === undefined)
    return plan(gone, ['current', ...(next ? [] : (['next'] as const))], nowMs)
  if (next === undefined) return plan(gone, ['next'], nowMs)
  const dueMs = Math.max(
    current.sinceMs + signingKeyDays * DAY_MS,
    next.createdAtMs + PUBLISHED_AHEAD_MS,
  )
  if (nowMs < dueMs) {
    const ends = keys
      .filter(({ state }) => state === 'retired')
      .map(({ sinceMs }) => sinceMs + RETIRED_FOR_MS)
      .filter((endMs) => endMs > nowMs)
    return { become: gone, make: [], againMs: Math.min(dueMs, ...ends) }
  }
  return plan([...gone, ...turned(current, next)], ['next'], nowMs)
}

function plan(become: KeyPlan['become'], make: KeyPlan['make'], nowMs: number): KeyPlan {
  return { become, make, againMs: nowMs + RETIRED_FOR_MS }
}

function turned(current: SigningKeyRow, next: SigningKeyRow) {
  return [
    { kid: current.kid, state: 'retired' as const },
    { kid: next.kid, state: 'current' as const },
  ]
}

/**
 * What a person's command brings about.
 *
 * @param compromised the current key is in somebody's hands: it verifies nothing from now on, and the next one signs,
 *   however short it was published.
 */
export function planRotation(
  keys: readonly SigningKeyRow[],
  compromised: boolean,
  nowMs: number,
): Result<KeyPlan, Refusal> {
  const current = keys.find(({ state }) => state === 'current')
  const next = keys.find(({ state }) => state === 'next')
  if (current === undefined || next === undefined)
    return refuse('conflict', { detail: 'There is no next key yet. Try again in a minute.' })
  const missingMs = next.createdAtMs + PUBLISHED_AHEAD_MS - nowMs
  if (missingMs > 0 && !compromised) {
    return refuse('conflict', {
      detail: `The next key was published too recently: whoever verifies may not know it yet. Wait ${Math.ceil(missingMs / 60_000)} minutes, or say that the current one is compromised.`,
    })
  }
  const become = compromised
    ? [
        ...keys
          .filter(({ state }) => state !== 'next')
          .map(({ kid }) => ({ kid, state: 'gone' as const })),
        { kid: next.kid, state: 'current' as const },
      ]
    : turned(current, next)
  return ok(plan(become, ['next'], nowMs))
}
