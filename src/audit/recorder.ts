/**
 * What an isolate has to report to the audit log: outcomes of calls, many keys in one message. Plain values, shared by
 * its requests; each message is sent by one of them, which waits for it beside its own answer.
 */
import { StrangersTally } from './tally.ts'
import type { OutcomeRecord } from './record.ts'
import { shardOf } from './shipment.ts'

/** How long an outcome may wait for others: of what is unsafe, and of everything else, in milliseconds. */
export const SOON_MS = 1_000
export const LATER_MS = 8_000
/** A message that is late by so much is not coming: whoever was to send it has ended, in milliseconds. */
const GIVEN_UP_MS = 3_000
/** A message whose answer is late by so much was sent by a request that has ended: it is sent again, in milliseconds. */
const LOST_MS = 30_000
/** Records in one message. */
const FULL = 1_000
/** Records that an isolate keeps while the log does not answer. Of more, numbers are missing, and that is recorded. */
const MOST = 20_000
/** How long the log may take to answer, in milliseconds. */
export const TIMEOUT_MS = 5_000

export interface Message {
  readonly shard: string
  /** Names it: sent again it is taken once. */
  readonly flush: string
  /** A JSON array of records. */
  readonly records: string
  readonly count: number
}

/** What a request does for the recorder. */
export interface RecorderPorts {
  nowMs(): number
  pause(ms: number): Promise<void>
  /** Rejects when the shard does not answer. */
  report(message: Message): Promise<void>
  waitUntil(work: Promise<unknown>): void
  /** Records were dropped: somebody should hear of it. */
  dropped(count: number): void
}

export class Recorder {
  readonly #strangers = new StrangersTally()
  #waiting: OutcomeRecord[] = []
  /** What the log has not said that it has, by name; and since when it is on its way. */
  readonly #messages = new Map<string, { readonly message: Message; sentMs: number | undefined }>()
  /** When the next message is to be sent, by a request that has taken it on. */
  #dueMs = Number.POSITIVE_INFINITY
  readonly #own = crypto.randomUUID()

  /** @param network of whoever calls, in CIDR form: asked for only where nobody knows them. */
  record(record: OutcomeRecord, network: () => string, ports: RecorderPorts): void {
    const nowMs = ports.nowMs()
    const known = record.sequence !== undefined
    if (known || this.#strangers.isAlone(record, network())) this.#add(record, ports)
    const full = this.#waiting.length >= FULL
    const dueMs = nowMs + (full ? 0 : record.admitted === true ? SOON_MS : LATER_MS)
    const isLate = this.#dueMs < nowMs - GIVEN_UP_MS
    if (dueMs >= this.#dueMs && !isLate) return
    this.#dueMs = dueMs
    ports.waitUntil(this.#sendAt(dueMs, ports))
  }

  #add(record: OutcomeRecord, ports: RecorderPorts): void {
    if (this.#waiting.length + this.#heldCount() < MOST) this.#waiting.push(record)
    else ports.dropped(1)
  }

  async #sendAt(dueMs: number, ports: RecorderPorts): Promise<void> {
    const waitMs = dueMs - ports.nowMs()
    if (waitMs > 0) await ports.pause(waitMs)
    // Another request may have been given an earlier time meanwhile, and done it.
    if (this.#dueMs < dueMs) return
    this.#dueMs = Number.POSITIVE_INFINITY
    await this.#send(ports)
  }

  /** Sends what waits, each shard's in one message. What is not answered is sent again the next time. */
  async #send(ports: RecorderPorts): Promise<void> {
    const nowMs = ports.nowMs()
    for (const message of this.#take(nowMs))
      this.#messages.set(message.flush, { message, sentMs: undefined })
    const due = [...this.#messages.values()].filter(
      ({ sentMs }) => sentMs === undefined || nowMs >= sentMs + LOST_MS,
    )
    await Promise.all(
      due.map((held) => {
        held.sentMs = nowMs
        return ports.report(held.message).then(
          () => void this.#messages.delete(held.message.flush),
          () => {
            held.sentMs = undefined
          },
        )
      }),
    )
  }

  #heldCount(): number {
    let count = 0
    for (const { message } of this.#messages.values()) count += message.count
    return count
  }

  #take(nowMs: number): readonly Message[] {
    const byShard = new Map<string, object[]>()
    const add = (shard: string, record: object) => {
      const list = byShard.get(shard)
      if (list === undefined) byShard.set(shard, [record])
      else list.push(record)
    }
    // What belongs to no key goes along with what does, where there is any.
    const first = this.#waiting.find(({ sequence }) => sequence !== undefined)
    const anywhere = shardOf(first?.keyId ?? this.#own)
    for (const record of this.#waiting) add(shardIn(record) ?? anywhere, record)
    for (const record of this.#strangers.take(nowMs)) add(anywhere, record)
    this.#waiting = []
    return [...byShard].map(([shard, records]) => ({
      shard,
      flush: crypto.randomUUID(),
      records: JSON.stringify(records),
      count: records.length,
    }))
  }
}

/** The shard that knows the record's number; any where it has none. */
function shardIn({ keyId, sequence }: OutcomeRecord): string | undefined {
  return keyId === undefined || sequence === undefined ? undefined : shardOf(keyId)
}
