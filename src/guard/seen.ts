/**
 * Reads seen, in memory: enough for what may be lost in a crash. Ids are forgotten once their signed time can no
 * longer be accepted, or when there are too many. Whatever is forgotten raises a mark, so that what was signed at
 * or before it must be signed again whatever any clock says.
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
  /** Whether its signature could be that of a write. */
  readonly fenced: boolean
}

/** Signed times, in milliseconds since 1970, up to which reads may have been seen and forgotten. */
export interface Marks {
  /** Of any read. */
  readonly readMs: number
  /** Of reads whose signature could be that of a write: the fence. */
  readonly fenceMs: number
}

export class SeenReads {
  readonly #capacity: number
  readonly #seen = new Map<string, Seen>()
  #forgotten: Marks
  #highest: Marks

  constructor(marks: Marks, capacity = CAPACITY) {
    this.#forgotten = marks
    this.#highest = marks
    this.#capacity = capacity
  }

  /** Up to these times reads may have been seen and forgotten. */
  get forgotten(): Marks {
    return this.#forgotten
  }

  /** The highest signed times of any read seen: the marks of whoever goes on without this memory. */
  get highest(): Marks {
    return this.#highest
  }

  get(id: string): Seen | undefined {
    return this.#seen.get(id)
  }

  add(id: string, seen: Seen, nowMs: number): void {
    for (const [oldId, old] of this.#seen) {
      if (old.forgetAtMs > nowMs && this.#seen.size < this.#capacity) break
      this.#forgotten = raised(this.#forgotten, old)
      this.#seen.delete(oldId)
    }
    this.#seen.set(id, seen)
    this.#highest = raised(this.#highest, seen)
  }
}

function raised(marks: Marks, { signedAtMs, fenced }: Seen): Marks {
  if (signedAtMs <= marks.readMs && (!fenced || signedAtMs <= marks.fenceMs)) return marks
  return {
    readMs: Math.max(marks.readMs, signedAtMs),
    fenceMs: fenced ? Math.max(marks.fenceMs, signedAtMs) : marks.fenceMs,
  }
}
