/** Counts by name, in little memory and always in the same order. */

export class Tally {
  readonly #counts = new Map<string, number>()

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count)
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  get size(): number {
    return this.#counts.size
  }

  get sum(): number {
    let sum = 0
    for (const count of this.#counts.values()) sum += count
    return sum
  }

  /** The largest first, and those alike by name. */
  get entries(): readonly (readonly [name: string, count: number])[] {
    return [...this.#counts].toSorted(([a, one], [b, other]) => other - one || byText(a, b))
  }

  /** By name. */
  get byName(): readonly (readonly [name: string, count: number])[] {
    return [...this.#counts].toSorted(([a], [b]) => byText(a, b))
  }
}

export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The earliest and the latest of the instants that were taken. */
export class Span {
  firstMs: number | undefined
  lastMs: number | undefined

  take(atMs: number): void {
    if (this.firstMs === undefined || atMs < this.firstMs) this.firstMs = atMs
    if (this.lastMs === undefined || atMs > this.lastMs) this.lastMs = atMs
  }
}

/** Something counted by name, and when it first and last was. */
export class Timed {
  readonly #rows = new Map<string, { count: number; readonly span: Span }>()

  add(name: string, atMs: number, count = 1): void {
    const row = this.#rows.get(name) ?? { count: 0, span: new Span() }
    this.#rows.set(name, row)
    row.count += count
    row.span.take(atMs)
  }

  get entries() {
    return [...this.#rows]
      .map(([name, { count, span }]) => {
        const { firstMs, lastMs } = span
        return { name, count, firstMs, lastMs }
      })
      .toSorted((a, b) => b.count - a.count || byText(a.name, b.name))
  }
}
