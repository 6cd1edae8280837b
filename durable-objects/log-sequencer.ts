/**
 * The one object that orders what all shards of the audit log ship. The rules are in `src/audit/sequence.ts`; this
 * class has the row, the bucket and the clock, and makes rounds while somebody waits for one.
 */
import { DurableObject } from 'cloudflare:workers'
import { readLogKeys } from '../src/audit/log-key.ts'
import { LogRefusal } from '../src/audit/log-refusal.ts'
import type { LogStatus } from '../src/audit/log-status.ts'
import type { Batch } from '../src/audit/pending.ts'
import { Sequencer } from '../src/audit/sequence.ts'
import { Witnesses } from '../src/audit/witnesses.ts'
import { ConfigError } from '../src/config.ts'
import { readWitnesses } from '../src/config-witness.ts'
import { toBase64 } from '../src/lib/bytes.ts'
import { logBucket, readCheckpoint } from './log-bucket.ts'
import { LOG_SCHEMA, readLogRow, writeLogRow } from './log-row.ts'
import { Rows } from './rows.ts'

/** From the beginning of one round to that of the next. Each writes four objects or more, which is what it costs. */
export const ROUND_MS = 5_000
/** The same while more waits than a round takes: a bucket lets one name be written once a second. */
const BUSY_ROUND_MS = 1_100
/** Leaves of which a round takes no more by far. */
const BUSY_LEAVES = 4_000

export interface Covered {
  /** Of the published log, which has everything that was handed over. */
  readonly size: number
  /** The number of the shard's last batch that the published log has. One that the shard never made means that it was rolled back. */
  readonly taken: number
}

/** Nothing is lost: the shard keeps its batches, and hands them over again. */
export interface NotCovered {
  /** `gap`, `full`, `malformed`, or why the log has stopped. */
  readonly refused: string
  readonly detail: string
}

interface Waiting {
  readonly shard: number
  /** The last batch that was handed over. */
  readonly number: number
  resolve(answer: Covered | NotCovered): void
  reject(error: unknown): void
}

export class LogSequencer extends DurableObject<Env> {
  readonly #rows: Rows
  #log: Sequencer | undefined
  readonly #witnesses: Witnesses
  #trouble: string | undefined
  #waiting: Waiting[] = []
  #isDriving = false
  #lastRoundMs = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#rows = new Rows(ctx.storage, LOG_SCHEMA)
    this.#rows.open()
    const policy = readWitnesses({ ...env })
    if (!policy.ok) throw new ConfigError(policy.error)
    this.#witnesses = new Witnesses(policy.value, {
      fetch: (url, init) => fetch(url, init),
      nowMs: () => Date.now(),
    })
    // Keys are imported before anybody is served.
    void ctx.blockConcurrencyWhile(async () => {
      this.#log = await this.#sequencer()
    })
  }

  /**
   * Takes a shard's batches, once each, and answers when a published checkpoint covers them. The shard is a number
   * from 0 to 255; its batches are numbered from 1.
   */
  async add(shard: number, batches: readonly Batch[]): Promise<Covered | NotCovered> {
    const log = this.#opened()
    if (log.refusal !== undefined) return refused(log.refusal)
    const offered = log.offer(shard, batches)
    if (!offered.ok) {
      // What found room is taken all the same.
      void this.#drive(log)
      return { refused: offered.error.code, detail: offered.error.detail }
    }
    const last = batches.reduce((highest, { number }) => Math.max(highest, number), 0)
    if (log.covers(shard, last)) return covered(log, shard)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ shard, number: last, resolve, reject })
      void this.#drive(log)
    })
  }

  /** The signed checkpoint as it is published now. */
  async checkpoint(): Promise<string | undefined> {
    return (await readCheckpoint(this.env.AUDIT))?.note
  }

  status(): LogStatus {
    const { head, pendingLeaves, refusal, unfinishedSinceMs } = this.#opened()
    return {
      size: head.size,
      root: toBase64(head.root),
      lastRoundMs: head.atMs,
      pending: pendingLeaves,
      unfinishedSinceMs,
      trouble: this.#trouble,
      refusal: refusal && { code: refusal.code, detail: refusal.message },
      witnesses: this.#witnesses.status(),
    }
  }

  async #sequencer(): Promise<Sequencer> {
    const keys = await readLogKeys(this.env.AUDIT_LOG_KEYS, this.env.AUDIT_ORIGIN)
    if (keys === undefined)
      throw new Error('Cannot open the object: AUDIT_LOG_KEYS or AUDIT_ORIGIN is unusable')
    return new Sequencer({
      ...logBucket(this.env.AUDIT),
      readState: () => readLogRow(this.#rows),
      writeState: async (state) => {
        writeLogRow(this.#rows, state)
        // The promise is on disk before anything follows from it, not merely before somebody is told.
        await this.ctx.storage.sync()
      },
      vkeys: keys.vkeys,
      sign: (head) => keys.sign(head),
      cosign: (note, oldSize, prove) => this.#witnesses.cosign(note, oldSize, prove),
    })
  }

  #opened(): Sequencer {
    if (this.#log === undefined) throw new Error('Cannot use the object: it is not open')
    return this.#log
  }

  /** Makes rounds while something is pending or somebody waits. The timer lives no longer than that. */
  async #drive(log: Sequencer): Promise<void> {
    if (this.#isDriving) return
    this.#isDriving = true
    try {
      while (this.#waiting.length > 0 || log.pendingLeaves > 0) {
        await this.#untilNextRound(log.pendingLeaves > BUSY_LEAVES ? BUSY_ROUND_MS : ROUND_MS)
        await log.round(Date.now())
        this.#trouble = undefined
        this.#settle((waiting) => {
          if (!log.covers(waiting.shard, waiting.number)) return false
          waiting.resolve(covered(log, waiting.shard))
          return true
        })
      }
    } catch (error) {
      // Perhaps nobody waits who could hear of it.
      this.#trouble = troubleOf(error)
      this.#settle((waiting) => {
        if (error instanceof LogRefusal) waiting.resolve(refused(error))
        else waiting.reject(error)
        return true
      })
    } finally {
      this.#isDriving = false
    }
  }

  async #untilNextRound(pauseMs: number): Promise<void> {
    const waitMs = this.#lastRoundMs + pauseMs - Date.now()
    // A clock that went back must not keep everybody waiting.
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, pauseMs)))
    this.#lastRoundMs = Date.now()
  }

  /** Lets go of those whom `settled` has answered. */
  #settle(settled: (waiting: Waiting) => boolean): void {
    this.#waiting = this.#waiting.filter((waiting) => !settled(waiting))
  }
}

function covered(log: Sequencer, shard: number): Covered {
  return { size: log.head.size, taken: log.head.taken.get(shard) ?? 0 }
}

function refused({ code, message }: LogRefusal): NotCovered {
  return { refused: code, detail: message }
}

/** A round handles public objects alone, so that what a failure says of them may be told. */
function troubleOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : 'unknown'
}
