/** What a trip of the kill switch leaves in the object of a key or of an account: the level that holds there. */
import * as v from 'valibot'
import { stricter, type Force } from './level.ts'
import { LevelSchema } from './trip.ts'

export const HoldSchema = v.object({
  /** The trip. */
  id: v.string(),
  level: LevelSchema,
  /** Why it is held: because of itself, or of its account. */
  scope: v.picklist(['key', 'account']),
})
export type Hold = Readonly<v.InferOutput<typeof HoldSchema>>

/** In an account's object: of one key, or of the whole account. */
export const AccountHoldSchema = v.object({ ...HoldSchema.entries, keyId: v.optional(v.string()) })
export type AccountHold = Readonly<v.InferOutput<typeof AccountHoldSchema>>

export const HoldsSchema = v.array(HoldSchema)

/** What a key's object answers: whose account it is, and which calls that are no orders may be on their way. */
export interface HeldKey {
  readonly account: string
  readonly inFlight: readonly string[]
}

/** The strictest of them; `open` where there is none. */
export function forceOf(holds: readonly Hold[]): Force {
  let force: Force = { level: 'open', scope: '' }
  for (const { level, scope } of holds)
    if (stricter(force.level, level) !== force.level) force = { level, scope }
  return force
}

/** The holds with one that stands, or without one that was lifted. */
export function withHold(holds: readonly Hold[], hold: Hold, stands: boolean): readonly Hold[] {
  const others = holds.filter(({ id }) => id !== hold.id)
  return stands ? [...others, hold] : others
}
