/** How a person's object speaks to the objects of their keys, wherever these were moved. */
import policy from '../gateway.config.ts'
import type { Provenance } from '../src/audit/provenance.ts'
import type { Key, KeyView, Moved, Standing } from '../src/guard/key.ts'
import { ok, type Result } from '../src/lib/result.ts'
import { refuse, type Refusal } from '../src/refusal.ts'
import { whereItIs } from '../src/where-it-is.ts'

export interface Heard {
  /** Where the key is now. */
  readonly object: string
  readonly version: number
}

export class KeyLine {
  readonly #guards: Env['KEY_GUARD']
  readonly #epochs: ReadonlyMap<string, number>

  constructor(guards: Env['KEY_GUARD'], epochs: ReadonlyMap<string, number>) {
    this.#guards = guards
    this.#epochs = epochs
  }

  /** Makes the key if it is not there. Answers the key that is there; `undefined` when it was moved meanwhile. */
  async make(key: Key, by: Provenance): Promise<Key | undefined> {
    const made: Key | Moved = await this.#guard(key.keyId).make(key, this.#epoch(key.keyId), by)
    return 'movedTo' in made ? undefined : made
  }

  /** Tells the key's object. Answers which one heard and the version it holds, or `undefined` when none did. */
  async stand(object: string, keyId: string, standing: Standing): Promise<Heard | undefined> {
    const places = new Map([[keyId, object]])
    // Who does not answer goes on being told.
    const version = await whereItIs<number>(places, keyId, (name) =>
      this.#guard(name).stand(standing, this.#epoch(keyId)),
    ).catch(() => undefined)
    return version === undefined ? undefined : { object: places.get(keyId) ?? object, version }
  }

  /** Whether a session that this credential began may go on. */
  async alive(keyId: string, credentialId: string): Promise<Result<void, Refusal>> {
    const view = await this.#describe(keyId).catch(() => undefined)
    if (view === undefined) return refuse('guard_unavailable', { retryAfterSeconds: 1 })
    const { key } = view
    const nowMs = Date.now()
    const credential = key.credentials.find(({ id }) => id === credentialId)
    const endsAtMs = Math.min(credential?.endsAtMs ?? Infinity, key.expiresAtMs ?? Infinity)
    if (key.status === 'revoked') return refuse('key_revoked')
    if (key.status === 'suspended') return refuse('key_suspended')
    if (credential === undefined || nowMs >= endsAtMs) return refuse('credential_expired')
    return ok(undefined)
  }

  #describe(keyId: string): Promise<KeyView | undefined> {
    return whereItIs<KeyView | undefined>(new Map(), keyId, (name) =>
      this.#guard(name).describe(this.#epoch(keyId)),
    )
  }

  #guard(name: string) {
    return this.#guards.getByName(name, { locationHint: policy.origin.region })
  }

  #epoch(keyId: string): number {
    return this.#epochs.get(keyId) ?? 0
  }
}
