/**
 * Calls of people whom nobody knows: the first few of each network are recorded one by one, further ones counted, so
 * that a flood fills no log. No call goes uncounted. Plain values, shared by the requests of an isolate.
 */
import type { OutcomeRecord, StrangersRecord } from './record.ts'

/** Recorded one by one between two reports: of one network, and of all. */
const ALONE = 5
const ALONE_TOGETHER = 200
/** Networks counted apart; calls of further ones are counted together. */
const NETWORKS = 256

interface Counted extends Pick<StrangersRecord, 'network' | 'country' | 'asn' | 'fromMs'> {
  count: number
  readonly ends: Map<string, number>
}

export class StrangersTally {
  readonly #seen = new Map<string, number>()
  readonly #counted = new Map<string, Counted>()
  #alone = 0

  /** Whether this call is to be recorded by itself; otherwise it is counted now. */
  isAlone(record: OutcomeRecord, network: string): boolean {
    const seen = this.#seen.get(network) ?? 0
    if (seen < ALONE && this.#alone < ALONE_TOGETHER) {
      this.#seen.set(network, seen + 1)
      this.#alone += 1
      return true
    }
    this.#count(record, network)
    return false
  }

  /** What was counted since the last time. */
  take(atMs: number): readonly StrangersRecord[] {
    const records = [...this.#counted.values()].map(({ ends, ...rest }) => ({
      v: 1 as const,
      type: 'strangers' as const,
      uid: `strangers:${crypto.randomUUID()}`,
      atMs,
      ...rest,
      ends: Object.fromEntries(ends),
    }))
    this.#seen.clear()
    this.#counted.clear()
    this.#alone = 0
    return records
  }

  #count({ atMs, code, status, country, asn }: OutcomeRecord, network: string): void {
    const room = this.#counted.has(network) || this.#counted.size < NETWORKS
    const name = room ? network : 'others'
    const known = this.#counted.get(name) ?? {
      network: name,
      country: room ? country : undefined,
      asn: room ? asn : undefined,
      fromMs: atMs,
      count: 0,
      ends: new Map<string, number>(),
    }
    const end = code ?? `status-${status}`
    known.count += 1
    known.ends.set(end, (known.ends.get(end) ?? 0) + 1)
    this.#counted.set(name, known)
  }
}
