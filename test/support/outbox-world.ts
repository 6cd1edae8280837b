/** An outbox without its platform: shards in memory, a clock that tests move, notes that survive a crash. */
import { SHARDS } from '../../src/audit/shipment.ts'
import { deliver, type Kept, type Note } from '../../src/siem/delivery.ts'
import {
  FRESH,
  type ActiveSink,
  type Counters,
  type DeadLetter,
  type Page,
  type Place,
} from '../../src/siem/outbox.ts'
import { PRODUCT } from './records.ts'
import { MockSink, recordText, sinkOf } from './sinks.ts'

/** The runtime ended here: nothing after it happened. */
export class Crash extends Error {}

export class OutboxWorld {
  nowMs = 1_800_000_000_000
  readonly mock = new MockSink()
  readonly sink: ActiveSink
  readonly log = new Map<string, string[]>(SHARDS.map((shard) => [shard, []]))
  readonly dead: DeadLetter[] = []
  readonly unreadable = new Set<string>()
  counters: Counters = FRESH
  places: ReadonlyMap<string, Place> = new Map()
  /** Called before a note is written. */
  beforeNote: () => void = () => {}
  made = 0
  /** Records handed over in one read, at most. */
  mostRead = 0
  notes = 0

  constructor(type: ActiveSink['type'] = 'elastic-bulk') {
    this.sink = sinkOf(type)
  }

  /** New records in the audit log, round the shards. */
  write(count: number, shard?: string): void {
    for (let i = 0; i < count; i += 1) {
      const at = shard ?? SHARDS[this.made % SHARDS.length] ?? ''
      this.log.get(at)?.push(recordText(this.made, this.nowMs))
      this.made += 1
    }
  }

  /** One run of the outbox. Answers when the next one is due. */
  async run(shards: readonly string[] = SHARDS): Promise<number> {
    const kept: Kept = { counters: this.counters, places: this.places }
    return await deliver(this.sink, shards, kept, {
      product: PRODUCT,
      nowMs: () => this.nowMs,
      random: () => 0.5,
      read: async (shard, after, most) => this.#read(shard, after, most),
      send: (request) => this.mock.receive(request),
      note: (note) => this.#note(note),
    })
  }

  /** Runs when runs are due, until nothing is left to do before the time. */
  async runUntil(untilMs: number): Promise<void> {
    let nextMs = this.nowMs
    while (nextMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, nextMs)
      nextMs = await this.run()
    }
    this.nowMs = untilMs
  }

  /** What every uid must be: those of all records written. */
  uids(): readonly string[] {
    return Array.from({ length: this.made }, (_, index) => `request-${index}:outcome`)
  }

  #read(shard: string, after: number, most: number): Page {
    if (this.unreadable.has(shard)) throw new Error('The shard does not answer')
    const all = this.log.get(shard) ?? []
    const records = all.slice(after, after + most)
    this.mostRead = Math.max(this.mostRead, records.length)
    const next = after + records.length
    return { records, next, more: next < all.length }
  }

  #note({ counters, shard, place, dead }: Note): void {
    this.beforeNote()
    this.notes += 1
    this.counters = counters
    if (shard !== undefined && place !== undefined)
      this.places = new Map([...this.places, [shard, place]])
    this.dead.push(...(dead ?? []))
  }
}
