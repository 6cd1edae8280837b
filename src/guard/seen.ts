/**
 * Requests seen and admitted, in memory: enough for reads, whose nonce is single use while the object
 * lives. Ids are forgotten once their signed time can no longer be accepted, or when there are too many;
 * in that case `mark` rises, and what was signed at or before it must be signed again.
 */

/** How many ids are kept. */
const CAPACITY = 50_000

export interface Seen {
  readonly attempt: string
  readonly requestHash: string
  readonly sequence: number
  readonly signedAtMs: number
  /** When the signed time falls out of the window, with room for hosts whose clocks disagree. */
  readonly forgetAtMs: number
}

export class SeenReads {
  readonly #capacity: number
  readonly #seen = new Map<string, Seen>()
  #markMs: number
  #highestMs: number

  constructor(markMs: number, capacity = CAPACITY) {
    this.#markMs = markMs
    this.#highestMs = markMs
    this.#capacity = capacity
  }

  /** Reads signed at or before this instant may have been seen and forgotten. */
  get markMs(): number {
    return this.#markMs
  }

  /** The highest signed time of any read seen: the mark of whoever goes on without this memory. */
  get highestMs(): number {
    return this.#highestMs
  }

  get(id: string): Seen | undefined {
    return this.#seen.get(id)
  }

  add(id: string, seen: Seen, nowMs: number): void {
    for (const [oldId, old] of this.#seen) {
      if (old.forgetAtMs > nowMs && this.#seen.size < this.#capacity) break
      if (old.forgetAtMs > nowMs) this.#markMs = Math.max(this.#markMs, old.signedAtMs)
      this.#seen.delete(oldId)
    }
    this.#seen.set(id, seen)
    this.#highestMs = Math.max(this.#highestMs, seen.signedAtMs)
  }
}
