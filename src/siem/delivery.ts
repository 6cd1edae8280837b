/**
 * One run of an outbox: reads what the audit log has, sends it, and moves on only when the sink has said that it has it. A
 * run that ends anywhere, also between an answer and the note of it, is repeated from the last note: events may come
 * twice, under one uid, and none is left out.
 */
import type { Product } from './event.ts'
import { heartbeatEvent } from './heartbeat.ts'
import {
  BATCH_EVENTS,
  DEAD_IN_A_ROW,
  failed,
  HEARTBEAT_MS,
  REQUESTS_PER_RUN,
  retryAfterMs,
  settled,
  START,
  WELL,
  type ActiveSink,
  type Counters,
  type DeadLetter,
  type Page,
  type Place,
} from './outbox.ts'
import { outgoingEvent, partOf } from './outgoing.ts'
import { settle, type Settled } from './settle.ts'
import type { Encoded, Judgement, Outgoing, Trouble } from './sinks/sink.ts'
import { SINKS } from './sinks/table.ts'

export interface Answer {
  readonly status: number
  readonly body: string
  readonly retryAfter: string | undefined
}

export interface Kept {
  readonly counters: Counters
  readonly places: ReadonlyMap<string, Place>
}

/** What is written at once, or not at all. */
export interface Note {
  readonly counters: Counters
  readonly shard?: string
  readonly place?: Place
  readonly dead?: readonly DeadLetter[]
}

export interface DeliveryPorts {
  readonly product: Product
  nowMs(): number
  random(): number
  /** @throws when the shard does not answer. */
  read(shard: string, after: number, most: number): Promise<Page>
  /** Never throws: what went wrong on the way is a word. */
  send(request: Encoded): Promise<Answer | 'timeout' | 'unreachable'>
  /** Durable when it returns. */
  note(note: Note): void
}

/** @returns when to run again, in milliseconds since 1970. */
export async function deliver(
  sink: ActiveSink,
  shards: readonly string[],
  kept: Kept,
  ports: DeliveryPorts,
): Promise<number> {
  return await new Run(sink, shards.length, kept, ports).run(shards)
}

interface ShardPage extends Page {
  readonly shard: string
  readonly after: number
}

interface Asked {
  readonly judged: Judgement
  /** What the sink answered, 0 where it did not. */
  readonly status: number
  /** For how long it asked to be left alone. */
  readonly leaveMs: number
}

class Run {
  readonly #sink: ActiveSink
  readonly #ports: DeliveryPorts
  readonly #places: Map<string, Place>
  #counters: Counters
  #requests = REQUESTS_PER_RUN
  #pages: number

  constructor(sink: ActiveSink, shards: number, kept: Kept, ports: DeliveryPorts) {
    this.#sink = sink
    this.#ports = ports
    this.#places = new Map(kept.places)
    this.#counters = kept.counters
    this.#pages = REQUESTS_PER_RUN + shards
  }

  async run(shards: readonly string[]): Promise<number> {
    const nowMs = this.#ports.nowMs()
    if (nowMs < this.#counters.nextTryMs) return this.#counters.nextTryMs
    if (!(await this.#beat(nowMs))) return this.#counters.nextTryMs
    // From a shard by chance: one that is in trouble does not always come before the others.
    const first = Math.floor(this.#ports.random() * shards.length)
    let busy = [...shards.slice(first), ...shards.slice(0, first)]
    let isUnread = false
    while (busy.length > 0) {
      const again: string[] = []
      for (const shard of busy) {
        const end = await this.#page(shard)
        if (end === 'stopped') return this.#counters.nextTryMs
        if (end === 'more') again.push(shard)
        isUnread ||= end === 'unread'
        this.#pages -= 1
        if (this.#requests === 0 || this.#pages <= 0) return this.#ports.nowMs()
      }
      busy = again
    }
    if (!isUnread) return this.#counters.heartbeatMs + HEARTBEAT_MS
    return this.#stop('log_unavailable', { status: 0, leaveMs: 0 })
  }

  /** Sends a sign of life if one is due. Answers whether the sink is to be asked for more. */
  async #beat(nowMs: number): Promise<boolean> {
    if (nowMs < this.#counters.heartbeatMs + HEARTBEAT_MS) return true
    const event = heartbeatEvent(
      this.#sink.id,
      this.#counters,
      this.#places,
      nowMs,
      this.#ports.product,
    )
    const { judged, ...asked } = await this.#ask([outgoingEvent(event)], 'heartbeat')
    if (judged.outcome === 'retry') {
      this.#stop(judged.why, asked)
      return false
    }
    // That it takes this does not mean that it takes what it refuses.
    const isWell = this.#counters.deadInARow < DEAD_IN_A_ROW
    this.#note({ ...this.#counters, ...(isWell ? WELL : {}), heartbeatMs: nowMs })
    return true
  }

  /** A page of a shard, in as many requests as it takes and as are left. */
  async #page(shard: string): Promise<'done' | 'more' | 'stopped' | 'unread'> {
    const { after, skip } = this.#places.get(shard) ?? START
    const read = await this.#ports.read(shard, after, BATCH_EVENTS).catch(() => undefined)
    if (read === undefined) return 'unread'
    const page = { ...read, shard, after }
    let done = skip
    let size = BATCH_EVENTS
    while (done < page.records.length) {
      if (page.records[done] === '') {
        done += 1
        continue
      }
      if (this.#requests === 0) return 'more'
      const end = await this.#part(page, done, size)
      if (end.stop !== undefined) return 'stopped'
      done += end.settled
      size = end.size
    }
    // A page of which nothing was left to send, or that held nothing.
    if (this.#places.get(shard)?.after !== page.next) this.#note(this.#counters, page, done)
    return page.more && page.next !== after ? 'more' : 'done'
  }

  /** The next records of a page, as one request. */
  async #part(page: ShardPage, done: number, size: number): Promise<Settled> {
    const { shard, after, next, records } = page
    const part = partOf(records.slice(done), size, this.#ports.product)
    if (part.length === 0) return this.#buryUnreadable(page, done, size)
    const range = `${shard} ${after}..${next} ${done + 1}-${done + part.length}/${records.length}`
    const { judged, ...asked } = await this.#ask(part, range)
    const { deadInARow } = this.#counters
    const end = settle(judged, part, deadInARow)
    const nowMs = this.#ports.nowMs()
    const dead = end.dead.map((uid) => ({ uid, status: asked.status, atMs: nowMs }))
    const counted = { delivered: end.delivered, dead: dead.length, deadInARow: end.deadInARow }
    if (end.settled > 0) this.#counters = settled(this.#counters, counted)
    if (end.stop !== undefined) this.#fail(end.stop, asked)
    this.#note(this.#counters, page, done + end.settled, dead, part[end.settled]?.atMs)
    return end
  }

  /** A text that this version cannot read never becomes an event: it is counted and named by its place. */
  #buryUnreadable(page: ShardPage, done: number, size: number): Settled {
    const { dead, deadInARow } = this.#counters
    const uid = `${page.shard}:${page.after}+${done}`
    const letter = { uid, status: 0, atMs: this.#ports.nowMs() }
    this.#note({ ...this.#counters, dead: dead + 1 }, page, done + 1, [letter])
    return { settled: 1, delivered: 0, dead: [uid], deadInARow, size, stop: undefined }
  }

  async #ask(events: readonly Outgoing[], range: string): Promise<Asked> {
    const { type, url, token } = this.#sink
    const { log } = this.#ports.product
    this.#requests -= 1
    const nowMs = this.#ports.nowMs()
    const request = SINKS[type].encode({ events, range, log, nowMs }, { url, token })
    const answer = await this.#ports.send(request)
    if (typeof answer === 'string')
      return { judged: { outcome: 'retry', why: answer }, status: 0, leaveMs: 0 }
    const { status, body, retryAfter } = answer
    const judged = SINKS[type].judge(status, body, { events })
    return { judged, status, leaveMs: retryAfterMs(retryAfter) }
  }

  /** Notes that nothing goes now, and answers when it is to be tried again. */
  #stop(why: Trouble, asked: Omit<Asked, 'judged'>): number {
    this.#fail(why, asked)
    this.#note(this.#counters)
    return this.#counters.nextTryMs
  }

  #fail(why: Trouble, { status, leaveMs }: Omit<Asked, 'judged'>): void {
    const random = this.#ports.random()
    const atMs = this.#ports.nowMs()
    this.#counters = failed(this.#counters, { why, status, atMs }, { random, askedMs: leaveMs })
  }

  /** Writes down how far it came. @param waitingSinceMs when the first event that is left happened. */
  #note(
    counters: Counters,
    page?: ShardPage,
    done = 0,
    dead: readonly DeadLetter[] = [],
    waitingSinceMs?: number,
  ): void {
    this.#counters = counters
    if (page === undefined) {
      this.#ports.note({ counters, dead })
      return
    }
    const { shard, after, next, records } = page
    const place =
      done < records.length
        ? { after, skip: done, waitingSinceMs }
        : { after: next, skip: 0, waitingSinceMs: undefined }
    this.#places.set(shard, place)
    this.#ports.note({ counters, shard, place, dead })
  }
}
