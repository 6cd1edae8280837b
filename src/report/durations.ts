/** Durations in whole milliseconds, counted exactly: as many counters as there are different durations. */

export class Durations {
  readonly #counts = new Map<number, number>()
  #count = 0

  add(ms: number): void {
    const whole = Math.floor(ms)
    this.#counts.set(whole, (this.#counts.get(whole) ?? 0) + 1)
    this.#count += 1
  }

  get count(): number {
    return this.#count
  }

  /**
   * The least duration that at least this share of all did not exceed.
   *
   * @param share above 0, at most 1.
   */
  quantile(share: number): number | undefined {
    const rank = Math.ceil(share * this.#count)
    let seen = 0
    for (const [ms, count] of [...this.#counts].toSorted(([a], [b]) => a - b)) {
      seen += count
      if (seen >= rank) return ms
    }
    return undefined
  }
}
