/**
 * One object per person: roles, second factor, sessions. It tells every key's object of the person what changed and
 * answers when they know, so that the next request is judged by it. The rules are in `src/session/`.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Role } from '../src/access/role.ts'
import type { Provenance } from '../src/audit/provenance.ts'
import { readEpochs } from '../src/config.ts'
import { localKeyEncryptionKey } from '../src/credential/kek/local.ts'
import { readKeyRing } from '../src/credential/key-ring.ts'
import type { Key } from '../src/guard/key.ts'
import { ok, type Result } from '../src/lib/result.ts'
import { refuse, type Refusal } from '../src/refusal.ts'
import type { Person, Refreshing } from '../src/session/person.ts'
import type {
  Begin,
  Begun,
  Enrolment,
  NewPerson,
  PersonView,
  SessionView,
} from '../src/session/person-calls.ts'
import { newRecoveryCodes, recoveryHash } from '../src/session/recovery.ts'
import { shipChanges } from './change-line.ts'
import { KeyLine } from './key-line.ts'
import { enrolment, notEnrolled, UserFactor } from './user-factor.ts'
import { UserSessions } from './user-sessions.ts'
import { UserStore } from './user-store.ts'
import { untold, UserWord } from './user-word.ts'

/** A key that is being added is looked after from this time on, in milliseconds. */
const ADDED_MS = 10_000
/** Changes that the audit log gets in one message. */
const SHIPPED = 100

export class User extends DurableObject<Env> {
  readonly #store: UserStore
  readonly #factor: UserFactor
  readonly #word: UserWord
  readonly #sessions: UserSessions

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new UserStore(ctx.storage)
    const ring = readKeyRing(env.CREDENTIAL_KEK)
    if (ring === undefined) throw new Error('Cannot open the object: CREDENTIAL_KEK is unusable')
    this.#factor = new UserFactor(this.#store, localKeyEncryptionKey(ring))
    const keys = new KeyLine(env.KEY_GUARD, readEpochs(env.RESTORED_KEYS) ?? new Map())
    this.#word = new UserWord(this.#store, keys, (atMs) => ctx.storage.setAlarm(atMs))
    const [store, factor, word] = [this.#store, this.#factor, this.#word]
    this.#sessions = new UserSessions({ store, factor, keys, word })
  }

  /** Makes the person, with a second factor to be confirmed. Asked again it shows no secret any more. */
  async create(
    { userId, name, roles }: NewPerson,
    by: Provenance,
  ): Promise<PersonView & Partial<Enrolment>> {
    const { secret, sealed } = await this.#factor.make(userId)
    const known = this.#store.readPerson()
    if (known !== undefined) return this.#view(known)
    const person: Person = {
      userId,
      name,
      roles,
      createdAtMs: Date.now(),
      version: 1,
      sessionsFrom: 1,
      revision: 0,
    }
    this.#store.transaction(() => {
      this.#store.writePerson(person)
      this.#store.enrol(sealed)
      const after = { userId, name, roles }
      this.#store.writeChange(1, Date.now(), { what: 'user.created', after }, by)
      void this.ctx.storage.setAlarm(Date.now() + ADDED_MS)
    })
    return { ...this.#view(person), totp: enrolment(secret, name) }
  }

  describe(): PersonView | undefined {
    const person = this.#store.readPerson()
    return person && this.#view(person)
  }

  /** Shows that the enrolment arrived. Answers the recovery codes, once. */
  async confirmTotp(otp: string, by: Provenance): Promise<Result<readonly string[], Refusal>> {
    const opened = await this.#factor.opened()
    const codes = newRecoveryCodes()
    const hashes = await Promise.all(codes.map(recoveryHash))
    const person = this.#store.readPerson()
    if (opened === undefined || person === undefined) return refuse('not_found')
    return this.#store.transaction(() => {
      const confirmed = this.#factor.confirm(opened, otp, Date.now())
      if (!confirmed.ok) return confirmed
      this.#store.writeRecovery(hashes)
      this.#word.commit(person, { what: 'totp.confirmed' }, by)
      return ok(codes)
    })
  }

  /**
   * A new second factor in place of the old one; every session ends. Only somebody else may ask for it, and of an
   * owner another owner: else one officer could shut all of them out.
   */
  async resetTotp(by: Provenance, byOwner: boolean): Promise<Result<Enrolment, Refusal>> {
    const person = this.#store.readPerson()
    if (person === undefined) return refuse('not_found')
    if (by.user === person.userId)
      return refuse('role_missing', { detail: 'Somebody else has to reset your second factor.' })
    if (person.roles.includes('owner') && !byOwner)
      return refuse('role_missing', { members: { required: ['owner'] } })
    const { secret, sealed } = await this.#factor.make(person.userId)
    this.#store.transaction(() => {
      const latest = this.#store.readPerson() ?? person
      this.#store.enrol(sealed)
      this.#word.commit({ ...latest, sessionsFrom: latest.version + 1 }, { what: 'totp.reset' }, by)
    })
    const pushed = await this.#word.tell()
    return pushed.ok ? ok({ totp: enrolment(secret, person.name) }) : pushed
  }

  /** Judges the one-time password of a signed request; the same attempt is answered alike. */
  async judgeOtp(attempt: string, otp: string): Promise<Result<void, Refusal>> {
    const opened = await this.#factor.opened()
    if (opened === undefined) return notEnrolled()
    return this.#factor.judge(opened, otp, attempt, Date.now())
  }

  async begin(ask: Begin): Promise<Result<Begun, Refusal>> {
    const begun = await this.#sessions.begin(ask)
    // Keys that cannot carry a password learn of it; nobody's request waits for that.
    if (begun.ok) this.ctx.waitUntil(this.#word.tell())
    return begun
  }

  refresh(
    sid: string,
    shown: Omit<Refreshing, 'secretHash'> & { readonly secret: string },
  ): Promise<Result<Begun, Refusal>> {
    return this.#sessions.refresh(sid, shown)
  }

  endSession(sid: string, by: Provenance): Promise<Result<void, Refusal>> {
    return this.#sessions.end(sid, by)
  }

  endSessions(by: Provenance): Promise<Result<void, Refusal>> {
    return this.#sessions.endAll(by)
  }

  sessions(): readonly SessionView[] {
    return this.#sessions.list()
  }

  authorize(sid: string, version: number): readonly Role[] | undefined {
    return this.#sessions.authorize(sid, version)
  }

  /** Gives the person other roles. In force for every request that starts after the answer. */
  async setRoles(
    roles: readonly Role[],
    ifRevision: number,
    by: Provenance,
  ): Promise<Result<PersonView, Refusal>> {
    const changed = this.#store.transaction((): Result<void, Refusal> => {
      const person = this.#store.readPerson()
      if (person === undefined) return refuse('not_found')
      if (person.revision !== ifRevision) {
        return refuse('precondition_failed', {
          detail: 'Somebody changed the person since you read them. Read again and decide anew.',
        })
      }
      // Sessions go on: what they may do is asked of the roles as they are now, here and in the keys' objects.
      const next = { ...person, roles, revision: person.revision + 1 }
      this.#word.commit(next, { what: 'user.roles', before: person.roles, after: roles }, by)
      return ok(undefined)
    })
    if (!changed.ok) return changed
    const pushed = await this.#word.tell()
    const person = this.#store.readPerson()
    return pushed.ok && person !== undefined ? ok(this.#view(person)) : untold
  }

  /** Takes a key on. It exists, and knows what the person may do, when this answers. If it was there, it is unchanged. */
  async addKey(key: Key, by: Provenance): Promise<Result<Key, Refusal>> {
    const person = this.#store.readPerson()
    if (person === undefined) return refuse('not_found', { detail: 'There is no such user.' })
    const { keyId } = key
    this.#store.transaction(() => {
      this.#store.writeKey(keyId, keyId)
      const version = this.#word.write(person, { what: 'key.added', after: { keyId } }, by)
      // Until it is there: should this end half-way, the alarm tells it what it may have missed.
      this.#store.oweKey(keyId, version)
      void this.ctx.storage.setAlarm(Date.now() + ADDED_MS)
    })
    return this.#word.make(key, by)
  }

  /** Goes on telling keys' objects what they have not heard, and forgets sessions that ended long ago. */
  override async alarm(): Promise<void> {
    await this.#word.tell()
    while (await this.#shipSome());
  }

  /** Hands changes to the audit log. Answers whether more wait that it can take. */
  async #shipSome(): Promise<boolean> {
    const userId = this.#store.readPerson()?.userId ?? ''
    const changes = this.#store.readChanges(userId, SHIPPED)
    const shipped = await shipChanges(this.env.AUDIT_LOG, changes)
    if (!shipped) await this.ctx.storage.setAlarm(Date.now() + ADDED_MS)
    else if (changes.length > 0) this.#store.forgetChanges(changes.at(-1)?.version ?? 0)
    return shipped && changes.length === SHIPPED
  }

  #view(person: Person): PersonView {
    const factor = this.#store.readFactor()
    return {
      userId: person.userId,
      name: person.name,
      roles: person.roles,
      createdAtMs: person.createdAtMs,
      revision: person.revision,
      totpConfirmed: factor?.state.confirmed ?? false,
      recoveryCodesLeft: this.#store.recoveryLeft(),
      keys: this.#store.readKeys().map(({ keyId }) => keyId),
    }
  }
}
