/**
 * Whether one signature could be that of a read and of a write: computed from what the dialect covers and from
 * the routes, never listed. For such dialects the key's object puts a fence between the two.
 */
import type { Coverage } from '../signature/dialect.ts'
import { isUnsafe, type Kind } from './kind.ts'

export interface SignedRoute {
  readonly kind: Kind
  readonly method: string
  /** A literal segment, or `undefined` where any may stand. */
  readonly segments: readonly (string | undefined)[]
}

/** The first pair of routes that share a string to sign, a read and an unsafe one, or `undefined`. */
export function confusable(
  covers: Coverage,
  routes: readonly SignedRoute[],
): readonly [read: SignedRoute, unsafe: SignedRoute] | undefined {
  for (const read of routes.filter(({ kind }) => !isUnsafe(kind))) {
    const unsafe = routes.find((other) => isUnsafe(other.kind) && shareString(covers, read, other))
    if (unsafe !== undefined) return [read, unsafe]
  }
  return undefined
}

function shareString(covers: Coverage, a: SignedRoute, b: SignedRoute): boolean {
  return (
    (!covers.method || a.method === b.method) && (!covers.path || pathsMeet(a.segments, b.segments))
  )
}

/** Whether some path fits both. */
export function pathsMeet(
  a: readonly (string | undefined)[],
  b: readonly (string | undefined)[],
): boolean {
  return (
    a.length === b.length &&
    a.every((segment, i) => segment === undefined || b[i] === undefined || segment === b[i])
  )
}
