/** How what changed about a person becomes durable, and known to every key of theirs. */
import policy from '../gateway.config.ts'
import { permissionsOf } from '../src/access/policy.ts'
import type { Provenance } from '../src/audit/provenance.ts'
import type { Key, Standing } from '../src/guard/key.ts'
import { ok, type Result } from '../src/lib/result.ts'
import { refuse, type Refusal } from '../src/refusal.ts'
import { standingOf, type Person } from '../src/session/person.ts'
import type { KeyLine } from './key-line.ts'
import type { PersonChange, UserStore } from './user-store.ts'

/** What did not reach a key's object is tried again after this, in milliseconds. */
const AGAIN_MS = 2_000

export class UserWord {
  readonly #store: UserStore
  readonly #keys: KeyLine
  readonly #setAlarm: (atMs: number) => Promise<void>

  constructor(store: UserStore, keys: KeyLine, setAlarm: (atMs: number) => Promise<void>) {
    this.#store = store
    this.#keys = keys
    this.#setAlarm = setAlarm
  }

  /** Writes a change of the person that every key has to hear of. */
  commit(person: Person, change: PersonChange, by: Provenance | undefined): void {
    this.#store.oweEveryKey(this.write(person, change, by))
  }

  /** Writes a change of the person under a new version, and answers that. */
  write(person: Person, change: PersonChange, by: Provenance | undefined): number {
    const version = person.version + 1
    this.#store.writePerson({ ...person, version })
    this.#store.writeChange(version, Date.now(), change, by)
    // Whatever is not told before, and the audit log, hears of it then.
    void this.#setAlarm(Date.now() + AGAIN_MS)
    return version
  }

  /** Tells every key's object that has not heard; the alarm goes on with those that do not answer. */
  async tell(): Promise<Result<void, Refusal>> {
    const standing = this.standing()
    if (standing === undefined) return ok(undefined)
    const objects = new Map(this.#store.readKeys().map(({ keyId, object }) => [keyId, object]))
    const heard = await Promise.all(
      this.#store.readPushes().map(async ({ keyId }) => {
        const answer = await this.#keys.stand(objects.get(keyId) ?? keyId, keyId, standing)
        if (answer !== undefined) this.#store.pushed(keyId, standing.version)
        if (answer !== undefined && answer.object !== objects.get(keyId))
          this.#store.writeKey(keyId, answer.object)
        return answer?.version
      }),
    )
    const highest = Math.max(standing.version, ...heard.filter((version) => version !== undefined))
    if (highest > standing.version) return this.#catchUp(highest)
    if (!heard.includes(undefined)) return ok(undefined)
    await this.#setAlarm(Date.now() + AGAIN_MS)
    return untold
  }

  /**
   * This object came back from an older state than what it once told. What it knows now counts from here on, and no
   * session from before: which of them ended meanwhile is not known any more.
   */
  async #catchUp(version: number): Promise<Result<void, Refusal>> {
    const person = this.#store.readPerson()
    if (person === undefined) return ok(undefined)
    const ahead = { ...person, version, sessionsFrom: version + 1 }
    this.#store.transaction(() => this.commit(ahead, { what: 'restored' }, undefined))
    return this.tell()
  }

  standing(): Standing | undefined {
    const person = this.#store.readPerson()
    if (person === undefined) return undefined
    const permissions = permissionsOf(policy, person.roles)
    return standingOf(person, permissions, this.#store.readSessions(), policy.session, Date.now())
  }

  /** Makes a key that knows what the person may do. Answers the key that is there. */
  async make(key: Key, by: Provenance): Promise<Result<Key, Refusal>> {
    const standing = this.standing()
    const made = await this.#keys.make({ ...key, standing }, by).catch(() => undefined)
    if (made === undefined) return untold
    // Whatever changed meanwhile may have been told to the key before it was there: then it is still owed.
    const version = this.#store.readPerson()?.version ?? 0
    this.#store.pushed(key.keyId, standing?.version ?? 0)
    if (version === standing?.version) return ok(made)
    this.#store.oweKey(key.keyId, version)
    const told = await this.tell()
    return told.ok ? ok(made) : told
  }
}

export const untold = refuse('guard_unavailable', {
  reason: "a key's object did not hear of it",
  detail:
    'The change is stored and goes on being told. Repeat the call to be sure that it is in force.',
  retryAfterSeconds: 2,
})
