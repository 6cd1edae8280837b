/**
 * One of a few objects that stand between Workers and the control: it holds a copy, and says how old that is. No timer
 * keeps it alive: it asks when it is asked.
 */
import { DurableObject } from 'cloudflare:workers'
import type { ToldControl } from '../src/control/control-copy.ts'
import type { WideTrip } from '../src/control/trip.ts'
import { within } from '../src/within.ts'
import { controlOf } from './control.ts'

/** Up to this age the copy is answered as it is, in milliseconds: short, for it takes from what a Worker may wait. */
const FRESH_MS = 300
/** How long the control may take. */
const TIMEOUT_MS = 800

export class ControlView extends DurableObject<Env> {
  #trips: readonly WideTrip[] = []
  #asOfMs = Number.NEGATIVE_INFINITY
  /** Within one object requests may share a promise. */
  #asking: Promise<void> | undefined

  async copy(): Promise<ToldControl> {
    if (!this.#isFresh()) {
      this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))
      await this.#asking
    }
    const ageMs = Date.now() - this.#asOfMs
    // The clock was set back: nobody knows how old it is.
    return { trips: this.#trips, ageMs: ageMs < 0 ? Number.POSITIVE_INFINITY : ageMs }
  }

  #isFresh(): boolean {
    const ageMs = Date.now() - this.#asOfMs
    return ageMs >= 0 && ageMs < FRESH_MS
  }

  async #ask(): Promise<void> {
    const askedMs = Date.now()
    const trips = await within(TIMEOUT_MS, controlOf(this.env).wide()).catch(() => undefined)
    if (trips === undefined) return
    this.#trips = trips
    this.#asOfMs = askedMs
  }
}
