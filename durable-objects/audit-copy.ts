/** The one object that copies the audit log to a write-once store, where one is configured, and compares the two. */
import { DurableObject } from 'cloudflare:workers'
import {
  compare,
  copyNew,
  NO_COPY,
  readCopyState,
  type CopyState,
  type SourceBucket,
} from '../src/audit/copy.ts'
import { SHARDS } from '../src/audit/shipment.ts'
import { s3Store, type WriteOnceStore } from '../src/audit/write-once.ts'
import { readWriteOnce } from '../src/config-copy.ts'
import { Rows, text } from './rows.ts'

const SCHEMA = [
  `CREATE TABLE copy (one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL) STRICT;`,
] as const

/** Both sides are compared so often, in milliseconds. */
const COMPARE_MS = 86_400_000

export class AuditCopy extends DurableObject<Env> {
  readonly #rows: Rows
  #running: Promise<void> | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#rows = new Rows(ctx.storage, SCHEMA)
    this.#rows.open()
  }

  /**
   * Copies what is new, and compares when it is time.
   *
   * @param compareNow whether or not it is time.
   * @returns what the copy holds and lacks; `undefined` where none is configured.
   * @throws when a side does not answer: what was copied stays copied, the next run goes on.
   */
  async run(compareNow = false): Promise<CopyState | undefined> {
    const settings = readWriteOnce({ ...this.env })
    if (settings === undefined) return undefined
    const store = s3Store(settings, (request) => fetch(request))
    // A run that began before may not compare: whoever asks for it waits, and has one that does.
    if (compareNow) await this.#running?.catch(() => undefined)
    this.#running ??= this.#run(store, compareNow).finally(() => {
      this.#running = undefined
    })
    await this.#running
    return this.#read()
  }

  /** What the copy holds and lacks, as of the last run; `undefined` where none is configured. */
  state(): CopyState | undefined {
    return readWriteOnce({ ...this.env }) === undefined ? undefined : this.#read()
  }

  async #run(store: WriteOnceStore, compareNow: boolean): Promise<void> {
    const source = sourceOf(this.env.AUDIT)
    const shards = SHARDS.map((name) => name.slice('shard-'.length))
    for (let more = true; more;) {
      const copied = await copyNew(this.#read(), shards, source, store, Date.now())
      this.#write(copied.state)
      more = copied.more
    }
    const { comparedAtMs = 0 } = this.#read()
    if (!compareNow && Date.now() < comparedAtMs + COMPARE_MS) return
    this.#write(await compare(this.#read(), shards, source, store, Date.now()))
  }

  #read(): CopyState {
    const [row] = this.#rows.rows('SELECT state FROM copy')
    return row === undefined ? NO_COPY : readCopyState(text(row['state']))
  }

  #write(state: CopyState): void {
    this.#rows.run('INSERT OR REPLACE INTO copy VALUES (1, ?)', JSON.stringify(state))
  }
}

function sourceOf(bucket: R2Bucket): SourceBucket {
  return {
    async read(name) {
      const object = await bucket.get(name)
      return object === null ? undefined : new Uint8Array(await object.arrayBuffer())
    },
    async list(prefix, after, most) {
      const listed = await bucket.list({
        prefix,
        limit: most,
        ...(after === '' ? {} : { startAfter: after }),
      })
      return listed.objects.map(({ key, size }) => ({ name: key, size }))
    },
  }
}
