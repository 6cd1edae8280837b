/** A trip of the kill switch: which level holds for what, from when, by whose word. */
import * as v from 'valibot'
import type { Provenance } from '../audit/provenance.ts'
import { stricter, TRIP_LEVELS, type Force } from './level.ts'

export const SCOPE_TYPES = ['key', 'account', 'operation', 'symbol', 'global'] as const

const Id = v.pipe(v.string(), v.minLength(1), v.maxLength(128))

export const ScopeSchema = v.variant('type', [
  v.strictObject({ type: v.picklist(['key', 'account', 'operation', 'symbol']), id: Id }),
  v.strictObject({ type: v.literal('global') }),
])
export type Scope = v.InferOutput<typeof ScopeSchema>

export const LevelSchema = v.picklist(TRIP_LEVELS)

/** What Workers have to know: trips of a key or an account are in their own objects. */
export const WideTripSchema = v.object({
  level: LevelSchema,
  scope: v.variant('type', [
    v.object({ type: v.picklist(['operation', 'symbol']), id: v.string() }),
    v.object({ type: v.literal('global') }),
  ]),
})
export type WideTrip = v.InferOutput<typeof WideTripSchema>

export interface Trip {
  readonly id: string
  readonly level: v.InferOutput<typeof LevelSchema>
  readonly scope: Scope
  readonly atMs: number
  readonly by: Provenance
  /** A drill goes every way that a trip goes, and stops nothing. */
  readonly drill: boolean
  /** Who wants it lifted, where a second person has to confirm. */
  readonly liftedBy?: string | undefined
}

export function wideOf({ level, scope }: Pick<Trip, 'level' | 'scope'>): readonly WideTrip[] {
  switch (scope.type) {
    case 'key':
    case 'account':
      return []
    case 'operation':
    case 'symbol':
      return [{ level, scope: { type: scope.type, id: scope.id } }]
    case 'global':
      break
  }
  return [{ level, scope: { type: 'global' } }]
}

/** What a request is about, as far as trips go. */
export interface Touched {
  readonly operation: string
  readonly symbols: readonly string[]
}

/** The strictest level of those that concern a request. */
export function forceOn(trips: readonly WideTrip[], touched: Touched): Force {
  let force: Force = { level: 'open', scope: '' }
  for (const { level, scope } of trips) {
    if (!concerns(scope, touched) || stricter(force.level, level) === force.level) continue
    force = { level, scope: scopeText(scope) }
  }
  return force
}

function concerns(scope: WideTrip['scope'], { operation, symbols }: Touched): boolean {
  if (scope.type === 'global') return true
  return scope.type === 'operation' ? scope.id === operation : symbols.includes(scope.id)
}

export function scopeText(scope: Scope): string {
  return scope.type === 'global' ? 'global' : `${scope.type} ${scope.id}`
}
