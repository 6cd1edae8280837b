/**
 * One object per sink, named by its id: pushes what the audit log has to a SIEM. It keeps how far it came and no event;
 * the rules are in `src/siem/`. A second, independent path beside Logpush, and never the record.
 */
import { DurableObject } from 'cloudflare:workers'
import policy from '../gateway.config.ts'
import { readSinks, type ReadSinks } from '../src/siem/active-sinks.ts'
import { deliver } from '../src/siem/delivery.ts'
import { readVersion } from '../src/config.ts'
import { SHARDS } from '../src/audit/shipment.ts'
import type { Product } from '../src/siem/event.ts'
import {
  HEARTBEAT_MS,
  RING_DELAY_MS,
  START,
  type ActiveSink,
  type SinkSpec,
} from '../src/siem/outbox.ts'
import { lagSeconds } from '../src/siem/heartbeat.ts'
import type { OutboxStatus } from '../src/siem/status.ts'
import { readShard } from './siem-outbox-line.ts'
import { SiemOutboxStore } from './siem-outbox-store.ts'
import { post } from './siem-post.ts'

/** Dead letters that a status names. */
const SHOWN = 100

export class SiemOutbox extends DurableObject<Env> {
  readonly #store: SiemOutboxStore
  readonly #sinks: ReadSinks
  /** The last position of each shard, as far as it said so since this object woke. */
  readonly #heads = new Map<string, number>()
  /** Shards that have something new; all of them after a start, after trouble, and once a minute. */
  readonly #rung = new Set<string>(SHARDS)

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new SiemOutboxStore(ctx.storage)
    this.#sinks = readSinks(policy.sinks, { ...env })
  }

  /** A shard has something new, up to `head`. */
  async ring(sink: string, shard: string, head: number): Promise<void> {
    if (this.#store.sink() === undefined) this.#store.begin(sink)
    this.#heads.set(shard, head)
    this.#rung.add(shard)
    if (this.#active() === undefined) return
    const { nextTryMs } = this.#store.load().counters
    const dueMs = Math.max(Date.now() + RING_DELAY_MS, nextTryMs)
    const setMs = await this.ctx.storage.getAlarm()
    if (setMs === null || setMs > dueMs) await this.ctx.storage.setAlarm(dueMs)
  }

  override async alarm(): Promise<void> {
    const sink = this.#active()
    // Not set any more: whoever sets it again is rung again.
    if (sink === undefined) return
    const nextMs = await this.#run(sink)
    // A ring that came meanwhile may be due earlier.
    const setMs = await this.ctx.storage.getAlarm()
    if (setMs === null || setMs > nextMs) await this.ctx.storage.setAlarm(nextMs)
  }

  /** How it is with this sink, which may never have been rung or not be set. */
  status(spec: SinkSpec): OutboxStatus {
    const { counters, places } = this.#store.load()
    const nowMs = Date.now()
    const { deadInARow: _row, ...counted } = counters
    const { active, problems } = readSinks([spec], { ...this.env })
    return {
      sink: spec.id,
      type: spec.type,
      active: active.length > 0,
      problems,
      ...counted,
      lagSeconds: lagSeconds(places, nowMs),
      shards: SHARDS.map((shard) => {
        const place = places.get(shard) ?? START
        const head = this.#heads.get(shard)
        return {
          shard,
          after: place.after,
          behind: head === undefined ? undefined : Math.max(0, head - place.after),
          lagSeconds: lagSeconds(new Map([[shard, place]]), nowMs),
        }
      }),
      deadLetters: this.#store.deadLetters(SHOWN),
    }
  }

  #active(): ActiveSink | undefined {
    const id = this.#store.sink()
    return this.#sinks.active.find((sink) => sink.id === id)
  }

  async #run(sink: ActiveSink): Promise<number> {
    const kept = this.#store.load()
    const isDue = Date.now() >= kept.counters.heartbeatMs + HEARTBEAT_MS
    const shards = isDue || kept.counters.trouble !== undefined ? SHARDS : [...this.#rung]
    this.#rung.clear()
    const nextMs = await deliver(sink, shards, kept, {
      product: this.#product(),
      nowMs: () => Date.now(),
      random: () => Math.random(),
      read: (shard, after) => readShard(this.env.AUDIT_LOG, shard, after),
      send: post,
      note: (note) => this.#store.note(note),
    })
    // It stopped before it had been through: what is left is not known by shard.
    if (nextMs <= Date.now()) for (const shard of SHARDS) this.#rung.add(shard)
    return nextMs
  }

  /** For what does not say itself which worker judged: the version that is deployed. */
  #product(): Product {
    return { version: readVersion(this.env.WORKER_VERSION), log: this.env.AUDIT_ORIGIN }
  }
}
