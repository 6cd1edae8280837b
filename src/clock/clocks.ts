/**
 * What an isolate knows of the origin's clock, for each place it works in, and what somebody should be told of it. It is
 * shared between requests: plain values.
 */
import { BoundedMap } from '../lib/bounded-map.ts'
import type { SignalFeatures, SignalRuleId } from '../control/signal.ts'
import { ClockWindow, type Bound, type ClockRules, type Seen } from './bound.ts'
import type { Exchange } from './bracket.ts'
import type { ClockUnit } from './stamp.ts'

/** What the policy says of the origin's clock. */
export interface ClockPolicy extends ClockRules {
  /** The headers with which the origin stamps each answer, lower case: when the request came, when the answer left. */
  readonly received: string
  readonly sent: string
  readonly unit: ClockUnit
  /** How far apart the clocks may be, by the middle of the bound. */
  readonly warnMs: number
  readonly criticalMs: number
}

export interface Alarm {
  readonly rule: SignalRuleId
  readonly features: SignalFeatures
}

export interface Observed {
  readonly bound: Bound | undefined
  readonly alarms: readonly Alarm[]
}

/** An isolate works in one place; tests and moves may show it a few. */
const PLACES = 16

export class Clocks {
  readonly #windows = new BoundedMap<ClockWindow>(PLACES)

  /** Judges one exchange of a place by what was seen there before. */
  observe(place: string, exchange: Exchange, policy: ClockPolicy): Observed {
    const window = this.#windows.get(place) ?? new ClockWindow(policy)
    this.#windows.set(place, window)
    const seen = window.add(exchange)
    return { bound: seen.bound, alarms: [...broken(seen), ...apart(seen.bound, policy)] }
  }
}

/** What cannot be, whatever the offset is. */
function broken({ bound, found, beforeSent, spanMs }: Seen): readonly Alarm[] {
  const features = { ...told(bound), windowSeconds: Math.ceil(spanMs / 1_000) }
  const causality = { rule: 'clock_causality', features } as const
  if (found === 'contradiction') return [causality]
  if (found === 'nothing') return []
  const inconsistent = { rule: 'clock_inconsistent', features } as const
  return beforeSent ? [inconsistent, causality] : [inconsistent]
}

/** Clocks that differ by more than they may. */
function apart(bound: Bound | undefined, { warnMs, criticalMs }: ClockPolicy): readonly Alarm[] {
  if (bound === undefined) return []
  const middleMs = Math.abs(bound.lowMs + bound.highMs) / 2
  if (middleMs <= warnMs) return []
  const rule = middleMs > criticalMs ? 'clock_far_apart' : 'clock_apart'
  return [{ rule, features: told(bound) }]
}

function told(bound: Bound | undefined): SignalFeatures {
  if (bound === undefined) return {}
  return { lowMs: bound.lowMs, highMs: bound.highMs, samples: bound.samples }
}
