/**
 * How far two clocks are apart, from many exchanges: the intersection of what each of them says, over at most a minute.
 * It holds under two assumptions, which the policy states and the documentation repeats:
 *
 * - **Drift.** Against each other the clocks drift, or are slewed, by no more than `driftPpm`. An interval is wider by
 *   that for each moment of its age; without it, old ones would say more than they know.
 * - **Steps.** A clock that is set is set by `smallestStepMs` or more. So before an exchange is joined to the window, a
 *   step between them has to be ruled out: one larger than both intervals together would have torn them apart. Where
 *   it is not, because the round trip is too long, the exchange stands alone, which needs no assumption of the past.
 *
 * An empty intersection is a step, or drift beyond what is assumed: the window begins again, and says so.
 *
 * Memory is bounded: exchanges are folded into some sixty slots, each with the strictest of either side. Because every
 * interval widens by the same rate, which one is the strictest does not change as they age, so a slot loses nothing; it is
 * dropped as a whole when its first moment is too old. Adding one looks at the slots once.
 */
import { answeredBeforeAsked, bracket, TRUNCATION_MS, type Exchange } from './bracket.ts'

export interface ClockRules {
  readonly windowSeconds: number
  readonly driftPpm: number
  readonly smallestStepMs: number
  readonly cpuLagMs: number
}

/** θ, origin less gateway, lies between these, in milliseconds; from the moment of sending to that of the answer. */
export interface Bound {
  readonly lowMs: number
  readonly highMs: number
  /** From how many exchanges. */
  readonly samples: number
}

export interface Seen {
  /** None where the exchange's own stamps contradict each other. */
  readonly bound: Bound | undefined
  readonly found: 'nothing' | 'contradiction' | 'inconsistent'
  /** Whether it was received before it was sent, by every offset that was possible until then. */
  readonly beforeSent: boolean
  /** Of what was found: how far back the exchanges go that it contradicts. */
  readonly spanMs: number
}

/** Into how many slots a window is divided. */
const SLOTS = 60

/**
 * The strictest of some intervals, in nanoseconds: kept ones as they would have been in 1970, see `#slotOf`. Sums are
 * exact while the clocks are less than two months apart.
 */
interface Slot {
  readonly lowNs: number
  readonly highNs: number
  readonly samples: number
  /** When the first of them was sent. */
  readonly fromMs: number
}

export class ClockWindow {
  readonly #rules: ClockRules
  readonly #windowMs: number
  readonly #slotMs: number
  readonly #slots = new Map<number, Slot>()
  #latestMs = 0

  constructor(rules: ClockRules) {
    this.#rules = rules
    this.#windowMs = rules.windowSeconds * 1_000
    this.#slotMs = this.#windowMs / SLOTS
  }

  /** How many slots are kept. */
  get size(): number {
    return this.#slots.size
  }

  /** Judges one exchange, and keeps what it says. */
  add(exchange: Exchange): Seen {
    this.#advance(exchange.answeredAtMs)
    const sample = this.#slotOf(exchange)
    const own = this.#span([sample])
    const before = this.#slots.size === 0 ? undefined : this.#span(this.#slots.values())
    const spanMs = before === undefined ? 0 : this.#latestMs - before.fromMs

    if (own.lowNs > own.highNs || answeredBeforeAsked(exchange)) {
      this.#restart(exchange.answeredAtMs)
      return { bound: undefined, found: 'contradiction', beforeSent: false, spanMs }
    }
    if (before !== undefined && (own.lowNs > before.highNs || own.highNs < before.lowNs)) {
      const beforeSent = own.highNs < before.lowNs
      const bound = this.#bound(own, exchange)
      this.#restart(exchange.answeredAtMs)
      this.#put(sample)
      return { bound, found: 'inconsistent', beforeSent, spanMs }
    }
    const bound = this.#bound(this.#join(sample, own, before), exchange)
    return { bound, found: 'nothing', beforeSent: false, spanMs: 0 }
  }

  /** Keeps what an exchange says, and answers what holds for it. */
  #join(sample: Slot, own: Slot, before: Slot | undefined): Slot {
    if (before === undefined) {
      this.#put(sample)
    } else if (width(own) + width(before) < this.#rules.smallestStepMs * 1_000_000) {
      this.#put(sample)
      return joined(own, before)
    } else if (width(own) < width(before)) {
      this.#slots.clear()
      this.#put(sample)
    }
    return own
  }

  /** Moves on to a time, and drops what is too old by it. */
  #advance(atMs: number): void {
    // Our own clock was set back: what was seen cannot be put in order with what comes.
    if (atMs < this.#latestMs - this.#windowMs) this.#restart(atMs)
    this.#latestMs = Math.max(this.#latestMs, atMs)
    for (const index of this.#slots.keys()) {
      if (index * this.#slotMs < this.#latestMs - this.#windowMs) this.#slots.delete(index)
    }
  }

  #restart(atMs: number): void {
    this.#slots.clear()
    this.#latestMs = atMs
  }

  #put(sample: Slot): void {
    const index = Math.floor(sample.fromMs / this.#slotMs)
    const there = this.#slots.get(index)
    this.#slots.set(index, there === undefined ? sample : joined(there, sample))
  }

  /** What one exchange says, narrowed by the drift since 1970: widened by that until a moment, it is what it says then. */
  #slotOf(exchange: Exchange): Slot {
    const { lowUs, highUs } = bracket(exchange, this.#rules.cpuLagMs)
    const driftNs = this.#driftNs(exchange.sentAtMs)
    return {
      lowNs: lowUs * 1_000 + driftNs,
      highNs: highUs * 1_000 - driftNs,
      samples: 1,
      fromMs: exchange.sentAtMs,
    }
  }

  /** What slots say of this moment, each widened by the drift since it was sent. */
  #span(slots: Iterable<Slot>): Slot {
    let [lowNs, highNs, samples, fromMs] = [-Infinity, Infinity, 0, Infinity]
    for (const slot of slots) {
      lowNs = Math.max(lowNs, slot.lowNs)
      highNs = Math.min(highNs, slot.highNs)
      samples += slot.samples
      fromMs = Math.min(fromMs, slot.fromMs)
    }
    const driftNs = this.#driftNs(this.#nowMs())
    return { lowNs: lowNs - driftNs, highNs: highNs + driftNs, samples, fromMs }
  }

  /** What holds now, as it holds for all of an exchange, which began earlier. Rounded outwards, to microseconds. */
  #bound({ lowNs, highNs, samples }: Slot, { sentAtMs }: Exchange): Bound {
    const driftNs = this.#driftNs(this.#nowMs() - sentAtMs)
    return {
      lowMs: Math.floor((lowNs - driftNs) / 1_000) / 1_000,
      highMs: Math.ceil((highNs + driftNs) / 1_000) / 1_000,
      samples,
    }
  }

  /** Not earlier than the clock shows, which is cut off and may lag. */
  #nowMs(): number {
    return this.#latestMs + TRUNCATION_MS + this.#rules.cpuLagMs
  }

  /** In so many milliseconds: a part per million of one is a nanosecond, so these are whole numbers. */
  #driftNs(ms: number): number {
    return this.#rules.driftPpm * ms
  }
}

function joined(one: Slot, other: Slot): Slot {
  return {
    lowNs: Math.max(one.lowNs, other.lowNs),
    highNs: Math.min(one.highNs, other.highNs),
    samples: one.samples + other.samples,
    fromMs: Math.min(one.fromMs, other.fromMs),
  }
}

function width({ lowNs, highNs }: Slot): number {
  return highNs - lowNs
}
