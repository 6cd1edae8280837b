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

/** Reads the record stored under an id; throws when the store cannot be reached. */
export type ReadRecord = (id: string) => Promise<string | null>

interface Cached {
  readonly credential: Credential | undefined
  readonly untilMs: number
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
    read: ReadRecord,
  ): Promise<Result<Credential | undefined, Refusal>> {
    const cached = this.#cache.get(id)
    if (cached !== undefined && nowMs < cached.untilMs) {
      return cached.credential === undefined
        ? unavailable('absent a moment ago')
        : ok(cached.credential)
    }
    if (!(await this.#ids.minted(id))) return ok(undefined)
    let text: string | null
    try {
      text = await read(id)
    } catch {
      return unavailable('the store did not answer')
    }
    const credential = text === null ? undefined : await openCredential(id, text, this.#kek)
    const untilMs = nowMs + (credential === undefined ? ABSENT_FOR_MS : OPENED_FOR_MS)
    this.#cache.set(id, { credential, untilMs })
    if (credential !== undefined) return ok(credential)
    return unavailable(text === null ? 'minted here, but not stored' : 'the record does not open')
  }
}

function unavailable(reason: string) {
  return refuse('credential_unavailable', { reason, retryAfterSeconds: 1 })
}
