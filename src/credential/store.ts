/**
 * Finds the credential that an id names: the isolate's cache, then KV, then unsealing. The cache holds
 * opened credentials for a bounded time and in bounded number; the absence of an id that we minted is
 * remembered for a second, since KV may not have shown a new record here yet.
 */
import { BoundedMap } from '../lib/bounded-map.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { openCredential, type Credential } from './credential.ts'
import type { CredentialIds } from './id.ts'
import type { KeyEncryptionKey } from './kek/provider.ts'

const CAPACITY = 10_000
const OPENED_FOR_MS = 10 * 60_000
const ABSENT_FOR_MS = 1_000
/** While the store fails, what was opened before is kept for this time, again and again. */
const KEPT_FOR_MS = 60_000
/** But no longer than this after it was last read. A record is never edited; what may change is the key's object's. */
const KEPT_AT_MOST_MS = 12 * 3_600_000
/** The period of the shield's limit: after it a network may ask again, in seconds. */
const SHIELD_SECONDS = 60

export interface LookUp {
  /** Reads the record stored under an id; rejects when the store cannot be reached. */
  read(id: string): Promise<string | null>
  /** Whether whoever asks may cause another read. It bounds cost and nothing else: one that fails says yes. */
  spared(): Promise<boolean>
}

interface Cached {
  readonly credential: Credential | undefined
  readonly untilMs: number
  /** When the store last said so. */
  readonly readMs: number
}

export class CredentialStore {
  readonly #ids: CredentialIds
  readonly #kek: KeyEncryptionKey
  readonly #cache = new BoundedMap<Cached>(CAPACITY)

  constructor(ids: CredentialIds, kek: KeyEncryptionKey) {
    this.#ids = ids
    this.#kek = kek
  }

  /**
   * The credential, `undefined` for an id that we did not mint, or a refusal when we minted it and
   * cannot read it: that cannot be a guess, so it is an outage and not a failed authentication.
   */
  async find(
    id: string,
    nowMs: number,
    lookUp: LookUp,
  ): Promise<Result<Credential | undefined, Refusal>> {
    const cached = this.#cache.get(id)
    if (cached !== undefined && nowMs < cached.untilMs) {
      return cached.credential === undefined
        ? unavailable('absent a moment ago')
        : ok(cached.credential)
    }
    // A credential that was opened here before is read again at most once in ten minutes: nothing to bound.
    if (cached?.credential === undefined) {
      if (!(await this.#ids.minted(id))) return ok(undefined)
      if (!(await lookUp.spared().catch(() => true))) {
        return unavailable('too many look-ups from one network', SHIELD_SECONDS)
      }
    }
    let text: string | null
    try {
      text = await lookUp.read(id)
    } catch {
      return this.#keep(id, cached, nowMs)
    }
    const credential = text === null ? undefined : await openCredential(id, text, this.#kek)
    const untilMs = nowMs + (credential === undefined ? ABSENT_FOR_MS : OPENED_FOR_MS)
    this.#cache.set(id, { credential, untilMs, readMs: nowMs })
    if (credential !== undefined) return ok(credential)
    return unavailable(text === null ? 'minted here, but not stored' : 'the record does not open')
  }

  /** The store did not answer: what was opened before still is what it was. */
  #keep(id: string, cached: Cached | undefined, nowMs: number): Result<Credential, Refusal> {
    if (cached?.credential === undefined || nowMs - cached.readMs >= KEPT_AT_MOST_MS) {
      return unavailable('the store did not answer')
    }
    const untilMs = Math.min(nowMs + KEPT_FOR_MS, cached.readMs + KEPT_AT_MOST_MS)
    this.#cache.set(id, { ...cached, untilMs })
    return ok(cached.credential)
  }
}

function unavailable(reason: string, retryAfterSeconds = 1) {
  return refuse('credential_unavailable', { reason, retryAfterSeconds })
}
