/**
 * Limits as a policy writes them, and the budgets that follow. Orders, cancels and queries never share a budget
 * unasked: a storm of orders must stop nobody from cancelling one or from looking.
 */
import { KINDS, type Kind } from './kind.ts'

/** At most `limit` units in any `windowSeconds`. */
export interface Limit {
  readonly name: string
  readonly limit: number
  readonly windowSeconds: number
  /** The kinds that spend it, together. Without them every class of kinds has the whole limit for itself. */
  readonly kinds?: readonly Kind[] | undefined
}

/** A limit of one key in place of its tier's limits of that name, or beside them. */
export interface LimitOverride extends Limit {
  /** From this instant the tier's limit holds again, in milliseconds since 1970. */
  readonly untilMs?: number | undefined
}

/** A limit that is counted: also one that a key's own stands in for, so that nothing is forgotten of it. */
export interface CountedLimit extends Limit {
  readonly enforced: boolean
  /** Whether it is the key's own. */
  readonly own: boolean
}

/** One count of units: what certain kinds may spend of a limit. */
export interface Budget {
  /** Names the count where it is stored, such as `burst:order+account+withdrawal`. */
  readonly id: string
  readonly name: string
  readonly limit: number
  readonly windowSeconds: number
  readonly kinds: readonly Kind[]
  readonly enforced: boolean
}

/** What reduces risk or only looks is counted apart from what adds risk or moves money. */
const CLASSES: readonly (readonly Kind[])[] = [
  ['order', 'account', 'withdrawal'],
  ['cancel'],
  ['read'],
]

export function budgetsOf(limits: readonly CountedLimit[]): readonly Budget[] {
  return limits.flatMap(({ name, limit, windowSeconds, kinds, enforced, own }) =>
    (kinds === undefined ? CLASSES : [KINDS.filter((kind) => kinds.includes(kind))]).map(
      (together) => ({
        id: `${own ? 'own/' : ''}${name}:${together.join('+')}`,
        name,
        limit,
        windowSeconds,
        kinds: together,
        enforced,
      }),
    ),
  )
}

/** The limits of a tier and, in place of those of their name or beside them, a key's own as they stand at `nowMs`. */
export function countedLimits(
  tier: readonly Limit[],
  overrides: readonly LimitOverride[],
  nowMs: number,
): readonly CountedLimit[] {
  const own = overrides
    .filter(({ untilMs }) => untilMs === undefined || nowMs < untilMs)
    .map((limit) => ({ ...limit, enforced: true, own: true }))
  const named = (name: string) => own.filter((limit) => limit.name === name)
  const isFirst = (limit: Limit, i: number) =>
    tier.findIndex(({ name }) => name === limit.name) === i
  return [
    ...tier.flatMap((limit, i) => [
      { ...limit, enforced: named(limit.name).length === 0, own: false },
      ...(isFirst(limit, i) ? named(limit.name) : []),
    ]),
    ...own.filter(({ name }) => !tier.some((limit) => limit.name === name)),
  ]
}

/** The next instant at which an override ends, or `undefined`. */
export function nextLimitChangeMs(
  overrides: readonly LimitOverride[],
  nowMs: number,
): number | undefined {
  const ends = overrides.flatMap(({ untilMs }) =>
    untilMs !== undefined && untilMs > nowMs ? [untilMs] : [],
  )
  return ends.length === 0 ? undefined : Math.min(...ends)
}
