/**
 * Finds the credential that an id names: the isolate's cache, then KV, then unsealing. The cache holds opened
 * credentials for a bounded time and in bounded number. Whoever names an id of ours can cause a read, so reads are
 * bounded by id: one at a time, one in ten minutes of what was found, one in a second of what was not. Nothing that
 * a stranger can use up stands before the first look-up of an id.
 */
import { BoundedMap } from '../lib/bounded-map.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { openCredential, type Credential } from './credential.ts'
import type { CredentialIds } from './id.ts'
import type { KeyEncryptionKey } from './kek/provider.ts'

const CAPACITY = 10_000
const OPENED_FOR_MS = 10 * 60_000
/** KV may not have shown a new record here yet, or not have answered: asked again after this time. */
const MISSING_FOR_MS = 1_000
/** An id that was absent for so long is not that of a new record which KV has yet to show. */
const SETTLED_MS = 5 * 60_000
/** While the store fails, what was opened before is kept for this time, again and again. */
const KEPT_FOR_MS = 60_000
/** But no longer than this after it was last read. A record is never edited; what may change is the key's object's. */
const KEPT_AT_MOST_MS = 12 * 3_600_000
/** Some request is reading it: the flag ends by itself, should that request be cut off. */
const READING_MS = 2_000
/** How long a request waits for another one's read. */
const WAIT_MS = 10_000
/** It looks again after this time at first, and then ever more seldom: hundreds may wait for one read. */
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 100

export interface LookUp {
  /** Milliseconds since 1970. */
  nowMs(): number
  /** Reads the record stored under an id; rejects when the store cannot be reached. */
  read(id: string): Promise<string | null>
  /** Whether whoever asks may cause another read of what is not there. It bounds cost: one that fails says yes. */
  spared(): Promise<boolean>
  pause(ms: number): Promise<void>
  /** Keeps a read going when its client has left: others wait for what it finds. */
  keep(work: Promise<unknown>): void
}

interface Opened {
  readonly credential: Credential
  readonly untilMs: number
  /** When the store last said so. */
  readonly readMs: number
}

interface Missing {
  readonly reason: string
  readonly untilMs: number
  /** Since when the store says that there is no record; `undefined` when it did not answer. */
  readonly sinceMs: number | undefined
}

type Found = Result<Credential | undefined, Refusal>

export class CredentialStore {
  readonly #ids: CredentialIds
  readonly #kek: KeyEncryptionKey
  // Apart, so that ids without a record push out no credential.
  readonly #opened = new BoundedMap<Opened>(CAPACITY)
  readonly #missing = new BoundedMap<Missing>(CAPACITY)
  /** Until when an id counts as being read, in milliseconds since 1970. */
  readonly #reading = new BoundedMap<number>(CAPACITY)

  constructor(ids: CredentialIds, kek: KeyEncryptionKey) {
    this.#ids = ids
    this.#kek = kek
  }

  /**
   * The credential, `undefined` for an id that we did not mint, or a refusal when we minted it and
   * cannot read it: that cannot be a guess, so it is an outage and not a failed authentication.
   */
  async find(id: string, lookUp: LookUp): Promise<Found> {
    const known = this.#known(id, lookUp.nowMs())
    if (known !== undefined) return known
    if (!this.#knows(id) && !(await this.#ids.minted(id))) return ok(undefined)

    const endMs = lookUp.nowMs() + WAIT_MS
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      const nowMs = lookUp.nowMs()
      const found = this.#known(id, nowMs)
      if (found !== undefined) return found
      if (nowMs >= (this.#reading.get(id) ?? 0)) break
      if (nowMs >= endMs) return unavailable('another request is still reading it')
      await lookUp.pause(pauseMs)
    }
    // From the look above to this flag nothing waits: one request alone goes on.
    this.#reading.set(id, lookUp.nowMs() + READING_MS)
    const work = this.#read(id, lookUp).finally(() => this.#reading.delete(id))
    lookUp.keep(work.catch(() => undefined))
    return work
  }

  /** The credential as far as memory has it: nothing is read. */
  inMemory(id: string): Credential | undefined {
    return this.#opened.get(id)?.credential
  }

  #knows(id: string): boolean {
    return this.#opened.get(id) !== undefined || this.#missing.get(id) !== undefined
  }

  /** What memory says of the id; `undefined` when the store is to be asked. */
  #known(id: string, nowMs: number): Found | undefined {
    const opened = this.#opened.get(id)
    if (opened !== undefined) {
      // While another request reads it again it still is what it was.
      const refreshing = nowMs < (this.#reading.get(id) ?? 0) && keepable(opened, nowMs)
      if (nowMs < opened.untilMs || refreshing) return ok(opened.credential)
    }
    const missing = this.#missing.get(id)
    return missing !== undefined && nowMs < missing.untilMs
      ? unavailable(missing.reason)
      : undefined
  }

  /**
   * The shield bounds look-ups of ids that never come to be, and of no others: it is shared by a network, and what
   * is shared strangers can use up. Answered as an absent id is.
   */
  async #spared(sinceMs: number | undefined, lookUp: LookUp): Promise<boolean> {
    if (sinceMs === undefined || lookUp.nowMs() - sinceMs < SETTLED_MS) return true
    return lookUp.spared().catch(() => true)
  }

  async #read(id: string, lookUp: LookUp): Promise<Found> {
    const sinceMs = this.#missing.get(id)?.sinceMs
    if (!(await this.#spared(sinceMs, lookUp))) {
      return this.#miss(id, 'absent for long, and asked for too often', lookUp.nowMs(), sinceMs)
    }
    let text: string | null
    try {
      text = await lookUp.read(id)
    } catch {
      return this.#unread(id, lookUp.nowMs())
    }
    const credential = text === null ? undefined : await openCredential(id, text, this.#kek)
    const readMs = lookUp.nowMs()
    if (credential === undefined) {
      const reason = text === null ? 'minted here, but not stored' : 'the record does not open'
      this.#opened.delete(id)
      return this.#miss(id, reason, readMs, sinceMs ?? readMs)
    }
    this.#missing.delete(id)
    this.#opened.set(id, { credential, untilMs: readMs + OPENED_FOR_MS, readMs })
    return ok(credential)
  }

  /** The store did not answer: what was opened before still is what it was. */
  #unread(id: string, nowMs: number): Found {
    const opened = this.#opened.get(id)
    if (opened === undefined || !keepable(opened, nowMs)) {
      return this.#miss(id, 'the store did not answer', nowMs, this.#missing.get(id)?.sinceMs)
    }
    const untilMs = Math.min(nowMs + KEPT_FOR_MS, opened.readMs + KEPT_AT_MOST_MS)
    this.#opened.set(id, { ...opened, untilMs })
    return ok(opened.credential)
  }

  #miss(id: string, reason: string, nowMs: number, sinceMs: number | undefined): Found {
    this.#missing.set(id, { reason, untilMs: nowMs + MISSING_FOR_MS, sinceMs })
    return unavailable(reason)
  }
}

function keepable({ readMs }: Opened, nowMs: number): boolean {
  return nowMs - readMs < KEPT_AT_MOST_MS
}

function unavailable(reason: string) {
  return refuse('credential_unavailable', { reason, retryAfterSeconds: 1 })
}
