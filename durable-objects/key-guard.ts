/**
 * One object per API key: its status, permissions, replay state and limits, decided on in one synchronous
 * step. The rules live in `src/guard/`; this class loads, decides and stores.
 */
import { DurableObject } from 'cloudflare:workers'
import policy from '../gateway.config.ts'
import { countedLimits } from '../src/access/limit.ts'
import { REGIONS } from '../src/access/policy-schema.ts'
import type { Provenance } from '../src/audit/provenance.ts'
import type { HeldKey, Hold } from '../src/control/hold.ts'
import { applyEdit, changeDetail, heldKey, standAs, type Edit } from '../src/guard/edit.ts'
import { Guard } from '../src/guard/guard.ts'
import type {
  Admission,
  Key,
  KeyStatus,
  KeyView,
  Moved,
  Standing,
  Verdict,
} from '../src/guard/key.ts'
import { ok, type Result } from '../src/lib/result.ts'
import { refuse, type Refusal } from '../src/refusal.ts'
import { AuditLine } from './audit-line.ts'
import { passOn, type HandOver } from './hand-over.ts'
import { KeyGuardStore } from './key-guard-store.ts'
import { shipAll } from './key-shipping.ts'
import { refuseUnusable, takeOver, TERMS, tierLimits } from './key-terms.ts'

/** What broke off is tried again after this, in milliseconds. */
const AGAIN_MS = 5_000
const DAY_MS = 86_400_000
/** A call is over after this. */
const IN_FLIGHT_MS = 25_000

export class KeyGuard extends DurableObject<Env> {
  readonly #store: KeyGuardStore
  #guard: Guard | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new KeyGuardStore(ctx.storage)
  }

  /**
   * Creates the key, or changes what may change of it; a revoked key stays revoked. In force for every request
   * judged from now on.
   *
   * @param epoch how often the object is known to have been restored from an older state.
   * @throws when the policy has no such tier, a limit of the key's own could never be kept, the key is being moved,
   *   or the object was restored and the audit log does not answer.
   */
  async put(key: Key, epoch = 0): Promise<Moved | undefined> {
    refuseUnusable(key)
    const elsewhere = await this.#elsewhere(epoch)
    if (elsewhere === undefined) this.#change(key)
    return elsewhere
  }

  /**
   * Makes the key if it is not there: of several calls that make it at once one does. Answers the key that is there.
   *
   * @throws as `put` does.
   */
  async make(key: Key, epoch: number, by: Provenance): Promise<Key | Moved> {
    refuseUnusable(key)
    const elsewhere = await this.#elsewhere(epoch)
    if (elsewhere !== undefined) return elsewhere
    if (this.#store.readKey() === undefined) this.#change(key, by)
    return this.#store.readKey() ?? key
  }

  /**
   * Suspends, resumes or revokes the key, whatever else is wrong with it. A revoked key stays revoked. Answers
   * whether the status now holds.
   *
   * @throws when the key is being moved, or the object was restored and the audit log does not answer.
   */
  async setStatus(status: KeyStatus, epoch = 0): Promise<boolean | Moved> {
    const elsewhere = await this.#elsewhere(epoch)
    if (elsewhere !== undefined) return elsewhere
    const key = this.#store.readKey()
    if (key === undefined) return false
    this.#change({ ...key, status })
    return this.#store.readKey()?.status === status
  }

  /**
   * Changes what somebody wants to change, or says why not. What it was and who changed it stays beside what it became.
   *
   * @throws as `put` does.
   */
  async edit(edit: Edit, epoch = 0): Promise<Result<KeyView, Refusal> | Moved> {
    const elsewhere = await this.#elsewhere(epoch)
    if (elsewhere !== undefined) return elsewhere
    const key = this.#store.readKey()
    if (key === undefined) return refuse('not_found')
    const edited = applyEdit(key, edit, tierLimits(key.tier) ?? [], Date.now())
    if (!edited.ok) return edited
    refuseUnusable(edited.value)
    this.#change(edited.value, changeDetail(key, edited.value, edit.provenance))
    return ok(this.#view(edited.value))
  }

  /** The key as people see it; `undefined` where there is none. */
  async describe(epoch = 0): Promise<KeyView | Moved | undefined> {
    const elsewhere = await this.#elsewhere(epoch)
    if (elsewhere !== undefined) return elsewhere
    const key = this.#store.readKey()
    return key && this.#view(key)
  }

  /**
   * Takes the word of the user's object about the person, unless a newer one is known. In force when it answers with
   * its version: a higher one means that the object that told it is older than what it once told. 0 without a key.
   */
  async stand(standing: Standing, epoch = 0): Promise<number | Moved> {
    const elsewhere = await this.#elsewhere(epoch)
    if (elsewhere !== undefined) return elsewhere
    const key = this.#store.readKey()
    const changed = key && standAs(key, standing)
    if (changed !== undefined) this.#change(changed)
    return (changed ?? key)?.standing?.version ?? 0
  }

  /**
   * A trip of the kill switch holds the key, or lets go of it. In force when it answers: whose account it is, and which
   * calls that are not orders may still be on their way; `undefined` where there is no key.
   */
  async hold(
    hold: Hold,
    stands: boolean,
    by: Provenance,
    epoch = 0,
  ): Promise<HeldKey | Moved | undefined> {
    const elsewhere = await this.#elsewhere(epoch)
    if (elsewhere !== undefined) return elsewhere
    const key = this.#store.readKey()
    if (key === undefined) return undefined
    const held = heldKey(key, hold, stands)
    if (held !== undefined) this.#change(held, changeDetail(key, held, by))
    return { account: key.account, inFlight: this.#store.recentCalls(Date.now() - IN_FLIGHT_MS) }
  }

  #view(key: Key): KeyView {
    const used = this.#load()?.used
    return {
      key,
      lastUsedMs: used?.atMs,
      credentialsUsed: used?.credentials ?? [],
      limits: countedLimits(tierLimits(key.tier) ?? [], key.limits, Date.now()).filter(
        ({ enforced }) => enforced,
      ),
    }
  }

  /** Judges one signed request, or answers `undefined` when this object cannot: fail closed. */
  admit(ask: Admission): Verdict | Moved | undefined | Promise<Verdict | Moved | undefined> {
    // Not one turn more than is needed: this is what every request waits for.
    if (this.#isSealed(ask.epoch)) return this.#admit(ask)
    return this.#sealed(ask.epoch).then((sealed) => (sealed ? this.#admit(ask) : undefined))
  }

  #admit(ask: Admission): Verdict | Moved | undefined {
    const guard = this.#load()
    if (guard !== undefined) return this.#guarded(() => guard.admit(ask, Date.now()))
    const move = this.#store.readMove()
    return move?.done === true ? { movedTo: move.name } : undefined
  }

  /** Ships what the audit log does not have, then lets the guard close its lease and forget. */
  override async alarm(): Promise<void> {
    if (this.#store.readMove()?.done === false) await this.#goOnMoving()
    try {
      const upTo = await this.#shipAll()
      const guard = this.#load()
      if (guard !== undefined) this.#run(() => guard.tick(upTo, Date.now()))
      if (guard !== undefined || this.#store.readKey() === undefined) return
    } catch {
      // The platform gives an alarm up after a few tries; what waits here must not wait for the next request.
    }
    await this.ctx.storage.setAlarm(Date.now() + AGAIN_MS)
  }

  /**
   * Moves the key to another object, which is made near `region` and goes on exactly where this one stopped. This
   * one admits nothing any more, and stays as a signpost. Answers whether the key has arrived; if not, nobody
   * admits anything until it has, and this object goes on trying by itself.
   *
   * @throws when this object holds no key, one that moves elsewhere, or the other is in use.
   */
  async moveTo(name: string, region: DurableObjectLocationHint): Promise<boolean> {
    const before = this.#store.readMove()
    if (before !== undefined && before.name !== name)
      throw new Error('Cannot move the key: it moves elsewhere already')
    if (before === undefined) {
      if (this.#load() === undefined) throw new Error('Cannot move the key: this object holds none')
      const target = this.env.KEY_GUARD.getByName(name, { locationHint: region })
      if (name === this.ctx.id.name || !(await target.vacant()))
        throw new Error('Cannot move the key: the other object is in use. Give it a new name.')
      this.#beginMove(name, region)
    }
    return this.#goOnMoving()
  }

  /** Whether this object has never held a key. */
  vacant(): boolean {
    return this.#store.readKey() === undefined && this.#store.readMove() === undefined
  }

  /** Takes over a key, part by part; the last part puts it in force. Answers whether it could. */
  receive(handOver: string, part: HandOver): boolean {
    // The answer to a part that came before may have been lost: then it is there already.
    if (!this.vacant()) return this.#store.readArrived() === handOver
    this.#run(() => {
      this.#store.writeHandOver(handOver, part)
      if (part.last !== undefined) this.#store.setAlarm(Date.now() + AGAIN_MS)
    })
    this.#guard = undefined
    return true
  }

  #beginMove(name: string, region: string): void {
    const guard = this.#load()
    this.#run(() => {
      guard?.close(Date.now())
      this.#store.writeMove({ name, region, handOver: crypto.randomUUID(), done: false })
      this.#store.setAlarm(Date.now() + AGAIN_MS)
    })
    this.#guard = undefined
  }

  async #goOnMoving(): Promise<boolean> {
    const move = this.#store.readMove()
    if (move === undefined || move.done) return move !== undefined
    const locationHint = REGIONS.find((region) => region === move.region) ?? policy.origin.region
    try {
      const target = this.env.KEY_GUARD.getByName(move.name, { locationHint })
      await passOn(this.#store, move.handOver, target)
      await this.#auditLine().move(move.name)
    } catch {
      await this.ctx.storage.setAlarm(Date.now() + AGAIN_MS)
      return false
    }
    this.#run(() => this.#store.writeMove({ ...move, done: true }))
    await this.ctx.storage.deleteAlarm()
    return true
  }

  #change(key: Key, detail?: object): void {
    this.#run(() => {
      const version = this.#store.readVersion() + 1
      const isRevoked = this.#store.readKey()?.status === 'revoked'
      this.#store.writeKey(isRevoked ? { ...key, status: 'revoked' } : key, version)
      // As it is stored: the same before and after the next start.
      const stored = this.#store.readKey() ?? key
      this.#store.writeChange(version, Date.now(), stored, detail)
      this.#store.setAlarm(Date.now() + AGAIN_MS)
      this.#load()?.change(stored, Date.now())
    })
  }

  /** Where the key is to be changed instead. */
  async #elsewhere(epoch: number): Promise<Moved | undefined> {
    if (!(await this.#sealed(epoch)))
      throw new Error('Cannot change the key: the audit log does not answer. Try again.')
    const move = this.#store.readMove()
    if (move?.done === false)
      throw new Error('Cannot change the key: it is being moved. Try again.')
    return move && { movedTo: move.name }
  }

  /** Everything or nothing. */
  #run<T>(change: () => T): T {
    return this.#guarded(() => this.#store.transaction(change))
  }

  /** If it throws, memory may be ahead of storage and is given up. */
  #guarded<T>(change: () => T): T {
    try {
      const result = change()
      const alarmMs = this.#store.takeAlarm()
      if (alarmMs !== undefined) void this.ctx.storage.setAlarm(alarmMs)
      return result
    } catch (error) {
      this.#guard = undefined
      this.#store.takeAlarm()
      throw error
    }
  }

  #load(): Guard | undefined {
    if (this.#guard === undefined && this.#store.readMove() === undefined)
      this.#guard = Guard.start(this.#store, TERMS, Date.now())
    return this.#guard
  }

  async #shipAll(): Promise<number | undefined> {
    return shipAll({
      store: this.#store,
      line: this.#auditLine(),
      guard: () => this.#load(),
      run: (change) => this.#run(change),
      sealAgain: () => this.ctx.blockConcurrencyWhile(() => this.#seal(0)),
    })
  }

  #isSealed(epoch: number): boolean {
    return epoch === 0 || epoch <= (this.#guard?.epoch ?? this.#store.readLease().epoch)
  }

  /** Seals the object first if it is known to have been restored more often than it knows. */
  async #sealed(epoch: number): Promise<boolean> {
    if (this.#isSealed(epoch)) return true
    if (this.#store.readKey() === undefined) return true
    return this.ctx.blockConcurrencyWhile(() => this.#seal(epoch))
  }

  /** Begins again as an object that was restored from an older state. Answers whether the audit log let it. */
  async #seal(epoch: number): Promise<boolean> {
    try {
      const { sequence } = this.#store.readLease()
      const known = await this.#auditLine().known(sequence, Date.now() - DAY_MS)
      this.#run(() => takeOver(this.#store, known, { epoch, name: this.ctx.id.name }))
    } catch {
      return false
    }
    this.#guard = undefined
    return true
  }

  #auditLine(): AuditLine {
    return new AuditLine(this.env.AUDIT_LOG, this.#store.readKey()?.keyId ?? '')
  }
}
