/**
 * A sliding window that never admits more than its limit: units are counted in slots, and a slot counts
 * for a whole window after its last millisecond. Short windows have slots of one millisecond and are exact;
 * longer ones have 100 slots, so that at least 99 % of the limit is usable.
 */

/** Windows up to this length are exact to the millisecond and live in memory alone. */
export const SHORT_WINDOW_MS = 5_000
const SLOTS_OF_A_LONG_WINDOW = 100

interface Slot {
  /** Which slot since 1970. */
  readonly index: number
  readonly units: number
}

/** A slot as it is stored: by its last millisecond, which stays right when a policy cuts slots differently. */
export interface StoredSlot {
  readonly lastMs: number
  readonly units: number
}

export class SlidingWindow {
  readonly limit: number
  readonly windowMs: number
  readonly #slotMs: number
  /** Oldest first; those before `#first` are over. */
  #slots: Slot[]
  #first = 0
  #used: number
  /** Before this instant nothing is admitted: what was admitted before a restart may not be known. */
  #closedUntilMs: number

  constructor(
    limit: number,
    windowMs: number,
    stored: readonly StoredSlot[] = [],
    closedUntilMs = 0,
  ) {
    this.limit = limit
    this.windowMs = windowMs
    this.#slotMs = windowMs <= SHORT_WINDOW_MS ? 1 : Math.ceil(windowMs / SLOTS_OF_A_LONG_WINDOW)
    this.#slots = stored
      .map(({ lastMs, units }) => ({ index: Math.floor(lastMs / this.#slotMs), units }))
      .toSorted((a, b) => a.index - b.index)
    this.#used = stored.reduce((sum, slot) => sum + slot.units, 0)
    this.#closedUntilMs = closedUntilMs
  }

  /** What has to be stored of it. */
  slots(): readonly StoredSlot[] {
    return this.#slots
      .slice(this.#first)
      .map((slot) => ({ lastMs: this.#lastMs(slot), units: slot.units }))
  }

  /** A window that begins with what others have counted, as far back as they know. */
  static from(limit: number, windowMs: number, others: readonly SlidingWindow[]): SlidingWindow {
    const closedUntilMs = Math.max(0, ...others.map((other) => other.#closedUntilMs))
    const slots = others.flatMap((other) => other.slots())
    return new SlidingWindow(limit, windowMs, slots, closedUntilMs)
  }

  /** Units that could still be spent at `nowMs`. */
  remaining(nowMs: number): number {
    this.#expire(nowMs)
    return nowMs < this.#closedUntilMs ? 0 : Math.max(0, this.limit - this.#used)
  }

  /** The earliest instant at which `weight` units are free, if nothing else is spent: `nowMs` when they are now. */
  admitsAtMs(nowMs: number, weight: number): number {
    this.#expire(nowMs)
    const openMs = Math.max(nowMs, this.#closedUntilMs)
    let excess = this.#used + weight - this.limit
    for (let i = this.#first; i < this.#slots.length && excess > 0; i += 1) {
      const slot = this.#slots[i]
      if (slot === undefined) break
      excess -= slot.units
      if (excess <= 0) return Math.max(openMs, this.#freeAtMs(slot))
    }
    // More than the whole limit never fits; the policy refuses such a weight, so this only keeps us closed.
    return excess <= 0 ? openMs : openMs + this.windowMs
  }

  /** Spends units at `nowMs`. */
  spend(nowMs: number, weight: number): void {
    const index = Math.floor(nowMs / this.#slotMs)
    const last = this.#first < this.#slots.length ? this.#slots.at(-1) : undefined
    const merged = last !== undefined && last.index >= index
    const slot = merged
      ? { index: last.index, units: last.units + weight }
      : { index, units: weight }
    if (merged) this.#slots[this.#slots.length - 1] = slot
    else this.#slots.push(slot)
    this.#used += weight
  }

  #lastMs(slot: Slot): number {
    return (slot.index + 1) * this.#slotMs - 1
  }

  /** The first instant from which no window reaches back to any instant of the slot. */
  #freeAtMs(slot: Slot): number {
    return this.#lastMs(slot) + this.windowMs
  }

  #expire(nowMs: number): void {
    for (; this.#first < this.#slots.length; this.#first += 1) {
      const slot = this.#slots[this.#first]
      if (slot === undefined || this.#freeAtMs(slot) > nowMs) break
      this.#used -= slot.units
    }
    // Not each time: a busy second has a thousand slots, and copying them would cost more than the decision.
    if (this.#first < 64 || this.#first * 2 < this.#slots.length) return
    this.#slots = this.#slots.slice(this.#first)
    this.#first = 0
  }
}
