/**
 * A key's object, without the platform: what it holds in memory, when it writes, and what it may believe after a
 * start. The decision itself is in `decide.ts`; here is what has to be durable before its verdict.
 */
import { isUnsafe } from '../access/kind.ts'
import { countedLimits, nextLimitChangeMs } from '../access/limit.ts'
import { admissionRecord } from '../audit/record.ts'
import { ok } from '../lib/result.ts'
import { Budgets } from './budgets.ts'
import { CredentialUse } from './credential-use.ts'
import { decide, grantOf, HOST_CLOCKS_MS } from './decide.ts'
import type { Admission, CredentialsUsed, Key, Verdict } from './key.ts'
import {
  FENCE_AHEAD_MS,
  KEPT_MS,
  LEASE_MS,
  LONGEST_LEASE_MS,
  RESERVED_NUMBERS,
  type Gap,
  type GuardStore,
  type StoredLease,
  type Terms,
} from './lease.ts'
import { SeenReads } from './seen.ts'
import { limitState, OwnLimits, type DecisionTime, type Spending } from './shortfall.ts'
import { Wake } from './wake.ts'

export class Guard {
  readonly #store: GuardStore
  readonly #terms: Terms
  #key: Key
  readonly #reads: SeenReads
  readonly #budgets: Budgets
  readonly #own: OwnLimits
  readonly #wake: Wake
  #limitsChangeMs: number | undefined

  /** What is stored says so; only a lease of this life has numbers left. */
  #leaseOpen: boolean
  #leaseUntilMs = 0
  #sequence: number
  #reservedSequence: number
  #fenceCoveredMs: number
  #lastUsedMs: number | undefined
  #lastSpentMs: number
  #floorMs: number
  #acknowledged: number
  /** How often the object was restored from an older state. */
  readonly epoch: number
  readonly #use: CredentialUse

  /** After a start that found an open lease nothing is reserved until an alarm has closed one. */
  #reserving: boolean
  #gap: Gap | undefined
  #waiting: number
  #owes: boolean
  #decidedSinceAlarm = 0
  #fencedSinceAlarm = false

  /** Begins from what is stored; `undefined` when no key is, or one of a tier that the policy does not have. */
  static start(store: GuardStore, terms: Terms, nowMs: number): Guard | undefined {
    const key = store.readKey()
    if (key === undefined || terms.tierLimits(key.tier) === undefined) return undefined
    return new Guard(store, terms, key, store.readLease(), nowMs)
  }

  private constructor(
    store: GuardStore,
    terms: Terms,
    key: Key,
    lease: StoredLease,
    nowMs: number,
  ) {
    this.#store = store
    this.#terms = terms
    this.#key = key
    this.#wake = new Wake(store)
    this.#leaseOpen = lease.open
    const startMs = Math.max(nowMs, lease.lastUsedMs ?? 0)
    // Short windows were in memory alone: whatever was spent until now, or until it is known, may fill them.
    const closedUntilMs = (windowMs: number) =>
      lease.open
        ? startMs + windowMs
        : Math.min(startMs, lease.lastSpentMs + HOST_CLOCKS_MS) + windowMs
    this.#budgets = new Budgets(this.#limits(startMs), {
      windows: lease.windows,
      nowMs: lease.open ? Math.max(startMs, lease.untilMs) : startMs,
      closedUntilMs,
    })
    this.#own = new OwnLimits(terms.feedPerSecond, closedUntilMs)
    this.#limitsChangeMs = nextLimitChangeMs(key.limits, startMs)
    this.#reads = new SeenReads({ readMs: lease.readMarkMs, fenceMs: lease.fenceMs })
    this.#fenceCoveredMs = lease.fenceMs
    this.#sequence = lease.reservedSequence
    this.#reservedSequence = lease.reservedSequence
    this.#gap =
      lease.reservedSequence > lease.sequence
        ? { first: lease.sequence + 1, last: lease.reservedSequence, atMs: startMs }
        : undefined
    this.#lastUsedMs = lease.lastUsedMs
    this.#lastSpentMs = lease.open ? startMs : lease.lastSpentMs
    this.#floorMs = lease.floorMs
    this.#acknowledged = lease.acknowledged
    this.epoch = lease.epoch
    this.#use = new CredentialUse(lease.credentialsUsed)
    this.#reserving = !lease.open
    this.#waiting = store.waiting(lease.acknowledged)
    this.#owes = lease.open || this.#waiting > 0
  }

  /** The last number handed out. */
  get sequence(): number {
    return this.#sequence
  }

  /** The audit log has every record up to this number. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** When the key was last used, and each of its credentials, in milliseconds since 1970. */
  get used(): { readonly atMs: number | undefined; readonly credentials: CredentialsUsed } {
    return { atMs: this.#lastUsedMs, credentials: this.#use.of(this.#key) }
  }

  /** The key changed: what was seen and spent stays as it is. */
  change(key: Key, nowMs: number): void {
    this.#key = key
    this.#changeLimits(nowMs)
    this.#waiting += 1
    // A crash must find the new limits, too.
    this.#write(this.#now(nowMs), false)
    this.#wake.soon(nowMs)
  }

  /** Judges one signed request. What its verdict rests on is written before this returns. */
  admit(ask: Admission, clockMs: number): Verdict {
    const nowMs = this.#now(clockMs)
    const time = { nowMs, lagMs: nowMs - clockMs }
    if (this.#limitsChangeMs !== undefined && nowMs >= this.#limitsChangeMs)
      this.#changeLimits(nowMs)
    const own = ask.budget !== 'tier'
    const told = own ? this.#budgets.all : this.#budgets.of(ask.kind)
    const judged = this.#judge(ask, own ? [this.#own.of(this.#key, ask)] : told, time)
    const repeated = judged.ok ? judged.value.repeated : undefined
    const [lastUsedMs, { account, user }] = [this.#lastUsedMs, this.#key]
    if (repeated === undefined) this.#carryOut(ask, judged.ok, nowMs)
    return {
      sequence: repeated?.sequence ?? this.#sequence,
      decidedAtMs: repeated?.decidedAtMs ?? nowMs,
      decision: judged.ok ? ok(grantOf(this.#key, ask, judged.value.otpDue, lastUsedMs)) : judged,
      whose: { account, user },
      limits: told.map((spending) => limitState(spending, time)),
      gatewayLimit: limitState(this.#own.of(this.#key, ask), time),
    }
  }

  /**
   * The alarm: forgets what the audit log has, closes the lease and, if there was traffic, opens the next.
   *
   * @param acknowledged the number up to which the audit log has every record; `undefined` when it did not answer.
   */
  tick(acknowledged: number | undefined, clockMs: number): void {
    const nowMs = this.#now(clockMs)
    this.#wake.came()
    const newly = Math.max(this.#acknowledged, acknowledged ?? 0)
    const forgottenMs = this.#store.prune(newly, nowMs - KEPT_MS)
    const changed = newly > this.#acknowledged || forgottenMs !== undefined
    this.#acknowledged = newly
    this.#floorMs = Math.max(this.#floorMs, forgottenMs ?? 0)
    this.#waiting = this.#store.waiting(newly)
    this.#reserving = true
    if (this.#leaseOpen || this.#gap !== undefined || changed)
      this.#write(nowMs, this.#leaseOpen && this.#decidedSinceAlarm > 0)
    this.#decidedSinceAlarm = 0
    this.#fencedSinceAlarm = false
    this.#budgets.beginPeriod()
    const idleMs = acknowledged === undefined ? nowMs - (this.#lastUsedMs ?? nowMs) : 0
    if (!this.#leaseOpen) this.#wake.later(this.#waiting, idleMs, nowMs)
  }

  /** The audit log has every record up to this number; the lease stays as it is. */
  acknowledge(upTo: number): number {
    this.#acknowledged = Math.max(this.#acknowledged, upTo)
    this.#store.writeAcknowledged(this.#acknowledged)
    return this.#acknowledged
  }

  /** Closes the lease, so that what is stored is exact: before the object's state is handed over. */
  close(clockMs: number): void {
    this.#write(this.#now(clockMs), false)
  }

  /** A host whose clock is behind the last decision's must not reopen a window. */
  #now(clockMs: number): number {
    return Math.max(clockMs, this.#lastUsedMs ?? 0)
  }

  #judge(ask: Admission, spendings: readonly Spending[], time: DecisionTime) {
    const state = {
      key: this.#key,
      reads: this.#reads,
      spendings,
      floorMs: this.#floorMs,
      unacknowledged: this.#waiting,
      admitted: (id: string) => this.#store.admitted(id),
    }
    return decide(state, ask, time)
  }

  #carryOut(ask: Admission, admitted: boolean, nowMs: number): void {
    const covered = this.#covers(ask, admitted, nowMs)
    const [previousMs, unsafe] = [this.#lastUsedMs, isUnsafe(ask.kind)]
    this.#sequence += 1
    this.#lastUsedMs = nowMs
    this.#use.note(ask.credentialId, nowMs)
    this.#decidedSinceAlarm += 1
    if (admitted) {
      this.#lastSpentMs = nowMs
      if (ask.budget === 'tier') this.#budgets.spend(ask.kind, ask.weight, nowMs)
      else this.#own.of(this.#key, ask).window.spend(nowMs, ask.weight)
    }
    // A read that was refused was signed all the same: where it could pass for a write it must not.
    if (!unsafe && (admitted || ask.fenced)) this.#remember(ask, admitted, nowMs)
    const durable = admitted && unsafe
    const write = () => {
      if (!covered) this.#write(nowMs, previousMs !== undefined && nowMs - previousMs <= LEASE_MS)
      if (durable)
        this.#store.writeAdmission(ask, admissionRecord(this.#key, ask, this.#sequence, nowMs))
    }
    // One row is written as a whole or not at all by itself; a transaction costs as much as the decision.
    if (covered) write()
    else this.#store.transaction(write)
    // A start may find what an earlier life left to do, and no alarm for it.
    if (this.#owes || durable) this.#wake.soon(nowMs)
    this.#owes = false
    if (durable) this.#waiting += 1
  }

  /** Whether what is stored already allows for this decision. */
  #covers(ask: Admission, admitted: boolean, nowMs: number): boolean {
    if (!this.#leaseOpen || nowMs > this.#leaseUntilMs) return false
    if (this.#sequence >= this.#reservedSequence) return false
    if (ask.fenced && !isUnsafe(ask.kind) && ask.signedAtMs > this.#fenceCoveredMs) return false
    return !admitted || ask.budget !== 'tier' || this.#budgets.covers(ask.kind, ask.weight)
  }

  /** Keeps a read in mind for as long as its signed time can be accepted. */
  #remember(ask: Admission, admitted: boolean, nowMs: number): void {
    const { requestHash, signedAtMs, freshUntilMs: forgetAtMs, replayId, fenced } = ask
    // Refused, it is kept under no attempt's name: asked again it is judged again.
    const attempt = admitted ? ask.attempt : ''
    const sequence = this.#sequence
    this.#fencedSinceAlarm ||= fenced
    this.#reads.add(
      replayId,
      { attempt, requestHash, sequence, signedAtMs, forgetAtMs, fenced },
      nowMs,
    )
  }

  /** Writes what is exact, and reserves what comes until the alarm when `open`. */
  #write(nowMs: number, open: boolean): void {
    const reserve = open && this.#reserving
    const { readMs, fenceMs } = this.#reads.highest
    this.#leaseOpen = open
    this.#leaseUntilMs = nowMs + LONGEST_LEASE_MS
    this.#budgets.reserve(reserve)
    this.#reservedSequence =
      this.#sequence + (reserve ? Math.max(RESERVED_NUMBERS, 2 * this.#decidedSinceAlarm) : 0)
    this.#fenceCoveredMs =
      reserve && this.#fencedSinceAlarm ? Math.max(fenceMs, nowMs) + FENCE_AHEAD_MS : fenceMs
    if (this.#gap !== undefined) this.#store.writeGap(this.#gap)
    this.#gap = undefined
    this.#store.writeLease({
      open,
      untilMs: this.#leaseUntilMs,
      sequence: this.#sequence,
      reservedSequence: this.#reservedSequence,
      lastUsedMs: this.#lastUsedMs,
      lastSpentMs: this.#lastSpentMs,
      readMarkMs: readMs,
      fenceMs: this.#fenceCoveredMs,
      floorMs: this.#floorMs,
      acknowledged: this.#acknowledged,
      epoch: this.epoch,
      windows: this.#budgets.stored(),
      credentialsUsed: this.#use.of(this.#key),
    })
    if (open) this.#wake.soon(nowMs)
  }

  #limits(nowMs: number) {
    return countedLimits(this.#terms.tierLimits(this.#key.tier) ?? [], this.#key.limits, nowMs)
  }

  #changeLimits(nowMs: number): void {
    this.#budgets.change(this.#limits(nowMs))
    this.#limitsChangeMs = nextLimitChangeMs(this.#key.limits, nowMs)
  }
}
