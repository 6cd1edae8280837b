/** How many there were in each second: exact for any order of arrival, in four octets a second of a day with traffic. */
import { DAY_MS, MINUTE_MS, SECOND_MS } from './text.ts'

export interface Peak {
  readonly count: number
  readonly atMs: number
}

const SECONDS = DAY_MS / SECOND_MS

export class Rates {
  readonly #days = new Map<number, Uint32Array>()

  add(atMs: number, count = 1): void {
    const day = Math.floor(atMs / DAY_MS)
    const seconds = this.#days.get(day) ?? new Uint32Array(SECONDS)
    this.#days.set(day, seconds)
    const second = Math.floor((atMs - day * DAY_MS) / SECOND_MS)
    seconds[second] = (seconds[second] ?? 0) + count
  }

  get busiestSecond(): Peak | undefined {
    return this.#busiest(SECOND_MS)
  }

  /** Of the minutes of the clock. */
  get busiestMinute(): Peak | undefined {
    return this.#busiest(MINUTE_MS)
  }

  /** For each day its sum and its busiest second and minute, ascending. */
  get days() {
    return this.#ascending().map(([day, seconds]) => ({
      atMs: day * DAY_MS,
      count: seconds.reduce((sum, one) => sum + one, 0),
      second: peakOf(day, seconds, SECOND_MS),
      minute: peakOf(day, seconds, MINUTE_MS),
    }))
  }

  #busiest(stepMs: number): Peak | undefined {
    let most: Peak | undefined
    for (const [day, seconds] of this.#ascending()) {
      const peak = peakOf(day, seconds, stepMs)
      if (most === undefined || peak.count > most.count) most = peak
    }
    return most
  }

  #ascending() {
    return [...this.#days].toSorted(([a], [b]) => a - b)
  }
}

/** The first of the busiest. */
function peakOf(day: number, seconds: Uint32Array, stepMs: number): Peak {
  const width = stepMs / SECOND_MS
  let most = { count: 0, atMs: day * DAY_MS }
  for (let from = 0; from < SECONDS; from += width) {
    let count = 0
    for (let at = from; at < from + width; at += 1) count += seconds[at] ?? 0
    if (count > most.count) most = { count, atMs: day * DAY_MS + from * SECOND_MS }
  }
  return most
}
