/** Instants that lie close together, joined to spans: how long something went on, whatever the order it is told in. */

export interface Failing {
  firstMs: number
  lastMs: number
  count: number
}

export class Spans {
  readonly #toleranceMs: number
  readonly #spans: Failing[] = []

  /** @param toleranceMs how far two instants of one span may be apart. */
  constructor(toleranceMs: number) {
    this.#toleranceMs = toleranceMs
  }

  add(atMs: number): void {
    const spans = this.#spans
    const at = this.#firstFrom(atMs)
    const span = spans[at]
    if (span === undefined || atMs < span.firstMs - this.#toleranceMs) {
      spans.splice(at, 0, { firstMs: atMs, lastMs: atMs, count: 1 })
      return
    }
    span.firstMs = Math.min(span.firstMs, atMs)
    span.lastMs = Math.max(span.lastMs, atMs)
    span.count += 1
    const next = spans[at + 1]
    if (next === undefined || next.firstMs - span.lastMs > this.#toleranceMs) return
    span.lastMs = Math.max(span.lastMs, next.lastMs)
    span.count += next.count
    spans.splice(at + 1, 1)
  }

  /** Ascending. */
  get all(): readonly Readonly<Failing>[] {
    return this.#spans
  }

  /** The place of the first span that does not end too long before. Nearly always one of the last. */
  #firstFrom(atMs: number): number {
    let at = this.#spans.length
    while (at > 0 && (this.#spans[at - 1]?.lastMs ?? 0) + this.#toleranceMs >= atMs) at -= 1
    return at
  }
}
