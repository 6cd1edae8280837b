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

/** One count of units: what certain kinds may spend of a limit. */
export interface Budget {
  /** Names the count where it is stored, such as `burst:order+account+withdrawal`. */
  readonly id: string
  readonly name: string
  readonly limit: number
  readonly windowSeconds: number
  readonly kinds: readonly Kind[]
}

/** What reduces risk or only looks is counted apart from what adds risk or moves money. */
const CLASSES: readonly (readonly Kind[])[] = [
  ['order', 'account', 'withdrawal'],
  ['cancel'],
  ['read'],
]

export function budgetsOf(limits: readonly Limit[]): readonly Budget[] {
  return limits.flatMap(({ name, limit, windowSeconds, kinds }) =>
    (kinds === undefined ? CLASSES : [KINDS.filter((kind) => kinds.includes(kind))]).map(
      (together) => ({
        id: `${name}:${together.join('+')}`,
        name,
        limit,
        windowSeconds,
        kinds: together,
      }),
    ),
  )
}

/** The limits of a tier with a key's own in their place, as they stand at `nowMs`. */
export function limitsInForce(
  tier: readonly Limit[],
  overrides: readonly LimitOverride[],
  nowMs: number,
): readonly Limit[] {
  const own = overrides.filter(({ untilMs }) => untilMs === undefined || nowMs < untilMs)
  const inPlace = tier.filter((limit, i) => tier.findIndex(({ name }) => name === limit.name) === i)
  const beside = own.filter(({ name }) => !tier.some((limit) => limit.name === name))
  const replace = ({ name }: Limit) => {
    const instead = own.filter((override) => override.name === name)
    return instead.length > 0 ? instead : tier.filter((limit) => limit.name === name)
  }
  return [...inPlace.flatMap(replace), ...beside]
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
