/**
 * Which time is judged. At its ends a call may stand on one side alone for no other reason than that the other side's is
 * beyond the end: on its way, or stamped by a clock that differs.
 */
import type { Period } from '../report.ts'
import type { Span } from '../tally.ts'

export class Judged {
  readonly fromMs: number
  /** Left out itself. */
  readonly toMs: number
  readonly #marginMs: number

  /** @param log the first and the last record: where nobody asked for a period, it is the log's. */
  constructor({ fromMs, toMs }: Period, log: Span, marginMs: number) {
    this.fromMs = fromMs ?? log.firstMs ?? 0
    this.toMs = toMs ?? (log.lastMs === undefined ? 0 : log.lastMs + 1)
    this.#marginMs = marginMs
  }

  has(atMs: number): boolean {
    return atMs >= this.fromMs && atMs < this.toMs
  }

  isAtEdge(atMs: number): boolean {
    return atMs < this.fromMs + this.#marginMs || atMs >= this.toMs - this.#marginMs
  }
}
