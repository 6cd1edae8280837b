/**
 * Sets of numbers that come nearly in order, in the little memory that such an order needs: a verifier keeps one for
 * each chain of a log of any length.
 */

export interface Range {
  readonly first: number
  readonly last: number
}

/** Numbers that lie side by side, kept as their first and last. */
export class Runs {
  /** First, last, first, last …, ascending; between two runs at least one number is missing. */
  readonly #ends: number[] = []

  add(first: number, last = first): void {
    const ends = this.#ends
    const top = ends.at(-1)
    if (top === undefined || first > top + 1) {
      ends.push(first, last)
      return
    }
    // The runs that it touches, from the one that ends at or after the number before it.
    const from = this.#runEndingFrom(first - 1)
    let to = from
    let low = first
    let high = last
    while (to < ends.length && (ends[to] ?? 0) <= last + 1) {
      low = Math.min(low, ends[to] ?? low)
      high = Math.max(high, ends[to + 1] ?? high)
      to += 2
    }
    // Nearly always one run grows at its end.
    if (to === from + 2) {
      ends[from] = low
      ends[from + 1] = high
    } else ends.splice(from, to - from, low, high)
  }

  has(number: number): boolean {
    return this.overlaps(number, number)
  }

  overlaps(first: number, last: number): boolean {
    const start = this.#ends[this.#runEndingFrom(first)]
    return start !== undefined && start <= last
  }

  /** The largest number, or 0 where there is none. */
  get top(): number {
    return this.#ends.at(-1) ?? 0
  }

  /** What is missing between 1 and `last`, ascending. */
  *holes(last: number): Generator<Range> {
    let next = 1
    for (let at = 0; at < this.#ends.length && next <= last; at += 2) {
      const first = this.#ends[at] ?? next
      if (first > next) yield { first: next, last: Math.min(first - 1, last) }
      next = (this.#ends[at + 1] ?? next) + 1
    }
    if (next <= last) yield { first: next, last }
  }

  /** Where the first run stands that ends at `number` or later. */
  #runEndingFrom(number: number): number {
    let low = 0
    let high = this.#ends.length / 2
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((this.#ends[2 * middle + 1] ?? 0) < number) low = middle + 1
      else high = middle
    }
    return 2 * low
  }
}

const CHUNK = 1_024
const WORD = 32

/** Any numbers, a bit each: for those of which only some stand side by side. */
export class Marks {
  readonly #chunks = new Map<number, Uint32Array>()

  /** Answers whether the number was not there before. */
  add(number: number): boolean {
    const at = Math.floor(number / CHUNK)
    let chunk = this.#chunks.get(at)
    if (chunk === undefined) {
      chunk = new Uint32Array(CHUNK / WORD)
      this.#chunks.set(at, chunk)
    }
    const { word, bit } = placeOf(number)
    const before = chunk[word] ?? 0
    chunk[word] = before | bit
    return (before & bit) === 0
  }

  has(number: number): boolean {
    const { word, bit } = placeOf(number)
    return ((this.#chunks.get(Math.floor(number / CHUNK))?.[word] ?? 0) & bit) !== 0
  }
}

function placeOf(number: number): { readonly word: number; readonly bit: number } {
  const inChunk = number % CHUNK
  return { word: Math.floor(inChunk / WORD), bit: 1 << (inChunk % WORD) }
}
