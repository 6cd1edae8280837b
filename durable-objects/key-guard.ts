/**
 * One object per API key: its status, permissions, replay state and limits, decided on in one synchronous
 * step. The rules live in `src/guard/`; this class loads, decides and stores.
 */
import { DurableObject } from 'cloudflare:workers'
import policy from '../gateway.config.ts'
import { limitsInForce } from '../src/access/limit.ts'
import { limitProblemsAlone } from '../src/access/policy-problems.ts'
import { shardOf, type Known, type Shipment } from '../src/audit/shipment.ts'
import { Guard } from '../src/guard/guard.ts'
import {
  KEY_STATUSES,
  readKey,
  type Admission,
  type Key,
  type KeyStatus,
  type Moved,
  type Verdict,
} from '../src/guard/key.ts'
import { seal } from '../src/guard/seal.ts'
import { KeyGuardStore } from './key-guard-store.ts'
import { passOn, type HandOver } from './hand-over.ts'
import { within } from './within.ts'

/** Admissions shipped in one call, and calls in one alarm: more than a key can have between two. */
const SHIPMENT = 1_000
const SHIPMENTS = 20
/** How long the audit log may take, in milliseconds. */
const SHIPMENT_TIMEOUT_MS = 5_000
/** What broke off is tried again after this, in milliseconds. */
const AGAIN_MS = 5_000
const DAY_MS = 86_400_000

const tierLimits = (tier: string) => policy.tiers.get(tier)?.limits

export class KeyGuard extends DurableObject<Env> {
  readonly #store: KeyGuardStore
  #guard: Guard | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new KeyGuardStore(ctx.storage)
  }

  /**
   * Creates the key, or changes what may change of it. In force for every request judged from now on.
   *
   * @throws when the policy has no such tier, or a limit of the key's own could never be kept.
   */
  put(key: Key): Moved | undefined {
    refuseUnusable(key)
    const moved = this.#store.readMoved()
    if (moved !== undefined) return { movedTo: moved.name }
    this.#run(() => {
      const guard = this.#guard
      const version = this.#store.readVersion() + 1
      this.#store.writeKey(key, version)
      this.#store.writeChange(version, Date.now(), key)
      // As it is stored: the same before and after the next start.
      const stored = this.#store.readKey() ?? key
      if (guard === undefined) this.#load()?.change(stored, Date.now())
      else guard.change(stored, Date.now())
    })
    return undefined
  }

  /** Suspends, resumes or revokes the key. A revoked key stays revoked. Answers whether the status now holds. */
  setStatus(status: KeyStatus): boolean | Moved {
    const moved = this.#store.readMoved()
    if (moved !== undefined) return { movedTo: moved.name }
    const key = this.#store.readKey()
    if (key === undefined || (key.status === 'revoked' && status !== 'revoked')) return false
    this.put({ ...key, status })
    return true
  }

  /** Judges one signed request, or answers `undefined` when this object cannot: fail closed. */
  async admit(ask: Admission): Promise<Verdict | Moved | undefined> {
    const known = this.#load()
    if (known !== undefined && ask.epoch > known.epoch) {
      const sealed = await this.ctx.blockConcurrencyWhile(() => this.#seal(ask.epoch))
      if (!sealed) return undefined
    }
    const guard = this.#load()
    if (guard !== undefined) return this.#run(() => guard.admit(ask, Date.now()))
    const moved = this.#store.readMoved()
    return moved?.done === true ? { movedTo: moved.name } : undefined
  }

  /** Ships what the audit log does not have, then lets the guard close its lease and forget. */
  override async alarm(): Promise<void> {
    const moved = this.#store.readMoved()
    if (moved?.done === false) await this.#goOnMoving(moved.name)
    try {
      const upTo = await this.#shipAll()
      this.#run(() => this.#load()?.tick(upTo, Date.now()))
    } catch {
      // The platform gives an alarm up after a few tries; what waits here must not wait for the next request.
      await this.ctx.storage.setAlarm(Date.now() + AGAIN_MS)
    }
  }

  /**
   * Moves the key to another object, which is made near `region` and goes on exactly where this one stopped. This
   * one admits nothing any more, and stays as a signpost. Answers whether the key has arrived; if not, nobody
   * admits anything until it has, and this object goes on trying by itself.
   *
   * @throws when this object holds no key, or one that moves elsewhere.
   */
  async moveTo(name: string, region: DurableObjectLocationHint): Promise<boolean> {
    const moved = this.#store.readMoved()
    const guard = this.#load()
    if (moved === undefined && guard === undefined)
      throw new Error('Cannot move the key: this object holds none')
    if (moved !== undefined && moved.name !== name)
      throw new Error('Cannot move the key: it moves elsewhere already')
    if (guard !== undefined) {
      this.#run(() => {
        guard.close(Date.now())
        this.#store.writeMoved(name, false)
      })
      this.#guard = undefined
    }
    return this.#goOnMoving(name, region)
  }

  /** Takes over a key, part by part; the last part puts it in force. A key that is here already stays. */
  receive(part: HandOver): void {
    if (this.#store.readKey() !== undefined) return
    this.#run(() => {
      this.#store.writeHandOver(part)
      // What the other side had not shipped yet is shipped from here.
      if (part.last !== undefined) this.#store.setAlarm(Date.now() + AGAIN_MS)
    })
    this.#guard = undefined
  }

  async #goOnMoving(
    name: string,
    region: DurableObjectLocationHint = policy.origin.region,
  ): Promise<boolean> {
    if (this.#store.readMoved()?.done === true) return true
    try {
      await passOn(this.#store, this.env.KEY_GUARD.getByName(name, { locationHint: region }))
    } catch {
      await this.ctx.storage.setAlarm(Date.now() + AGAIN_MS)
      return false
    }
    this.#store.transaction(() => this.#store.writeMoved(name, true))
    await this.ctx.storage.deleteAlarm()
    return true
  }

  /** Everything or nothing; if it throws, memory may be ahead of storage and is given up. */
  #run<T>(change: () => T): T {
    try {
      const result = this.#store.transaction(change)
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
    if (this.#guard === undefined && this.#store.readMoved() === undefined)
      this.#guard = Guard.start(this.#store, tierLimits, Date.now())
    return this.#guard
  }

  /** Answers up to which number the audit log has everything, or `undefined` when it did not answer. */
  async #shipAll(): Promise<number | undefined> {
    let upTo: number | undefined
    for (let shipment = 0; shipment < SHIPMENTS; shipment += 1) {
      const guard = this.#load()
      if (guard === undefined) return undefined
      const from = Math.max(guard.acknowledged, upTo ?? 0)
      const waiting = this.#store.readShipment(from, guard.sequence, SHIPMENT)
      if (!(await this.#ship(waiting, guard.epoch))) return upTo
      upTo = waiting.upTo
      if (waiting.admissions.length < SHIPMENT) return upTo
    }
    return upTo
  }

  async #ship(shipment: Shipment, epoch: number): Promise<boolean> {
    const { admissions, gaps, changes } = shipment
    if (admissions.length + gaps.length + changes.length === 0) return true
    try {
      const taken = await within(SHIPMENT_TIMEOUT_MS, this.#shard().append(this.#keyId(), shipment))
      // Other records under these numbers: this state is older than what was shipped from it.
      if (taken === 'forked') await this.ctx.blockConcurrencyWhile(() => this.#seal(epoch))
      if (taken !== 'taken') return false
    } catch {
      return false
    }
    this.#run(() => this.#store.forgetShipped(shipment))
    return true
  }

  /** Begins again as an object that was restored from an older state. Answers whether the audit log let it. */
  async #seal(epoch: number): Promise<boolean> {
    const lease = this.#store.readLease()
    const nowMs = Date.now()
    try {
      const known = await this.#shard().known(this.#keyId(), lease.sequence, nowMs - DAY_MS)
      this.#run(() => {
        this.#takeLastChange(known)
        const key = this.#store.readKey()
        const tier = tierLimits(key?.tier ?? '') ?? []
        const limits = limitsInForce(tier, key?.limits ?? [], Date.now())
        const sealed = seal(lease, known, limits, epoch, Date.now())
        this.#store.writeLease(sealed.lease)
        this.#store.writeGap(sealed.gap)
      })
    } catch {
      return false
    }
    this.#guard = undefined
    return true
  }

  /** The key as it last became, by the audit log; of two states of one version the stricter status holds. */
  #takeLastChange({ lastChange }: Known): void {
    const key = this.#store.readKey()
    if (key === undefined || lastChange === undefined) return
    if (lastChange.version < this.#store.readVersion()) return
    const known = readKey(lastChange.key)
    const status = stricter(known.status, key.status)
    if (status === known.status) return this.#store.writeKey(known, lastChange.version)
    const version = lastChange.version + 1
    this.#store.writeKey({ ...known, status }, version)
    this.#store.writeChange(version, Date.now(), { ...known, status })
  }

  #keyId(): string {
    return this.#store.readKey()?.keyId ?? ''
  }

  #shard() {
    return this.env.AUDIT_LOG.getByName(shardOf(this.#keyId()), {
      locationHint: policy.origin.region,
    })
  }
}

function stricter(a: KeyStatus, b: KeyStatus): KeyStatus {
  return KEY_STATUSES.indexOf(a) >= KEY_STATUSES.indexOf(b) ? a : b
}

function refuseUnusable(key: Key): void {
  if (!policy.tiers.has(key.tier))
    throw new Error(`Cannot store the key: the policy has no tier "${key.tier}"`)
  const problems = key.limits.flatMap((limit, index) =>
    limitProblemsAlone(limit, policy.operations).map((problem) => `limits[${index}].${problem}`),
  )
  if (problems.length > 0) throw new Error(`Cannot store the key: ${problems.join('; ')}`)
}
