/** The audit log as the gateway's own API shows it, asked with patience: an export is long, and limits are kept. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { expectAnswer, Refused } from '../gateway.ts'
import type { Session } from '../session.ts'

const PATH = '/gw/v1/admin/audit'

const Whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const Checkpoint = v.object({
  origin: v.string(),
  checkpoint: v.string(),
  vkeys: v.array(v.string()),
  size: Whole,
})

const Objects = v.object({
  items: v.array(v.object({ name: v.string(), data: v.string() })),
  next: v.exactOptional(v.string()),
})

const Records = v.object({
  items: v.array(
    v.object({
      index: Whole,
      leaf: v.string(),
      salt: v.exactOptional(v.string()),
      record: v.exactOptional(v.string()),
      shredded: v.exactOptional(v.boolean()),
    }),
  ),
  next: v.exactOptional(v.union([v.string(), Whole])),
})

const Proof = v.object({ proof: v.string() })

export type CheckpointAnswer = v.InferOutput<typeof Checkpoint>
export type ObjectsAnswer = v.InferOutput<typeof Objects>
export type RecordsAnswer = v.InferOutput<typeof Records>

/** Objects in one answer at most: full ones have some 64 KiB. */
export const MOST_OBJECTS = 32
const RECORDS = 256

/** How often something is tried that may work the next time, and how long is waited for it at most, in seconds. */
const TRIES = 8
const LONGEST_WAIT_SECONDS = 60

export class AuditAnswers {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  checkpoint(): Promise<CheckpointAnswer> {
    return this.#get(`${PATH}/checkpoint`, Checkpoint)
  }

  /** The log's objects whose names follow this one, in order. */
  objects(after: string | undefined, limit: number): Promise<ObjectsAnswer> {
    const query = new URLSearchParams({ limit: String(limit) })
    if (after !== undefined) query.set('after', after)
    return this.#get(`${PATH}/export?${query}`, Objects)
  }

  /** The records of the leaves from this one on. */
  records(from: number): Promise<RecordsAnswer> {
    return this.#get(`${PATH}/records?from=${from}&limit=${RECORDS}`, Records)
  }

  async proof(index: number): Promise<string> {
    return (await this.#get(`${PATH}/proof/${index}`, Proof)).proof
  }

  /** Reads, so that it may be asked again. */
  async #get<S extends v.GenericSchema>(path: string, shape: S): Promise<v.InferOutput<S>> {
    for (let tries = 1; ; tries += 1) {
      try {
        return expectAnswer(shape, await this.#session.call({ method: 'GET', path }))
      } catch (error) {
        const seconds = waitSeconds(error, tries)
        if (seconds === undefined || tries === TRIES) throw error
        await sleep(seconds * 1_000)
      }
    }
  }
}

/** How long to wait, or `undefined` where it will not help. */
function waitSeconds(error: unknown, tries: number): number | undefined {
  if (!(error instanceof Refused)) return undefined
  const { status } = error.problem
  if (status !== 429 && status !== 503) return undefined
  return Math.min(error.retryAfterSeconds ?? tries, LONGEST_WAIT_SECONDS)
}
