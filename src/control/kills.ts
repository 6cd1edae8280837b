/** The trips of the kill switch that stand, and how one is lifted. Pure: the control's object keeps and tells them. */
import type { Provenance } from '../audit/provenance.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { IN_FORCE_MS } from './control-copy.ts'
import { scopeText, type Scope, type Trip } from './trip.ts'

/** Trips that stand at once. Whoever needs more wants a wider scope. */
export const MOST_TRIPS = 10_000

export interface TripAsk extends Pick<Trip, 'level' | 'scope' | 'drill'> {
  readonly by: Provenance
}

/** The trip that stands for the same, if there is one: to trip twice is to trip once. */
export function alike(trips: Iterable<Trip>, { level, scope, drill }: TripAsk): Trip | undefined {
  for (const trip of trips)
    if (trip.level === level && trip.drill === drill && scopeText(trip.scope) === scopeText(scope))
      return trip
  return undefined
}

/** When it holds everywhere: what an object holds, at once; what Workers hold, when their copies have come. */
export function inForceByMs({ type }: Scope, atMs: number): number {
  return type === 'key' || type === 'account' ? atMs : atMs + IN_FORCE_MS
}

export type Lifting = { readonly lifted: true } | { readonly waiting: Trip }

/** What becomes of a trip that somebody wants lifted. For everybody it takes a second person. */
export function lift(trip: Trip, by: Provenance): Result<Lifting, Refusal> {
  if (trip.scope.type !== 'global' || trip.drill) return ok({ lifted: true })
  if (trip.liftedBy === undefined) return ok({ waiting: { ...trip, liftedBy: by.user } })
  if (trip.liftedBy !== by.user) return ok({ lifted: true })
  return refuse('conflict', {
    detail: 'You asked for it yourself: a second person has to confirm that everything goes on.',
  })
}
