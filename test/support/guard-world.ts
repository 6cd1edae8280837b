/** A key's object as a history of requests sees it: storage that survives, memory that does not, alarms, a clock. */
import type { Kind } from '../../src/access/kind.ts'
import type { Limit } from '../../src/access/limit.ts'
import type { AdmissionRecord } from '../../src/audit/record.ts'
import { Guard } from '../../src/guard/guard.ts'
import type { Admission, Key, Verdict } from '../../src/guard/key.ts'
import type { Gap, GuardStore, StoredLease, Terms } from '../../src/guard/lease.ts'
import { readWindows, writeWindows } from '../../src/guard/stored-windows.ts'

export const START = 1_800_000_000_000

/** Limits of every sort: short and long, with room for a reservation and without. */
export const MODEL_LIMITS: readonly Limit[] = [
  { name: 'burst', limit: 10, windowSeconds: 1 },
  { name: 'five', limit: 30, windowSeconds: 5 },
  { name: 'tight', limit: 14, windowSeconds: 8 },
  { name: 'minute', limit: 100, windowSeconds: 60 },
  { name: 'day', limit: 400, windowSeconds: 86_400 },
]

const KEY: Key = {
  keyId: 'key_1',
  account: 'acct',
  user: 'user',
  tier: 'any',
  status: 'active',
  permissions: ['all'],
  addresses: [],
  credentials: [{ id: 'cred' }],
  limits: [],
}

const FIRST_LEASE: StoredLease = {
  open: false,
  untilMs: 0,
  sequence: 0,
  reservedSequence: 0,
  lastUsedMs: undefined,
  lastSpentMs: 0,
  readMarkMs: 0,
  fenceMs: 0,
  floorMs: 0,
  acknowledged: 0,
  epoch: 0,
  windows: [],
  credentialsUsed: [],
}

/** An idle object loses its memory after this, in milliseconds. */
const IDLE_MS = 10_000

interface Row {
  readonly attempt: string
  readonly requestHash: string
  readonly sequence: number
  readonly signedAtMs: number
  readonly decidedAtMs: number
}

/** What SQLite keeps: a write counts once its transaction is done. */
class MemoryStore implements GuardStore {
  lease: StoredLease = FIRST_LEASE
  rows = new Map<string, Row>()
  gaps: readonly Gap[] = []
  alarmMs: number | undefined
  /** Rows written, as they are billed: the alarm is one. */
  written = 0

  copy(): MemoryStore {
    const copy = new MemoryStore()
    return Object.assign(copy, this, { rows: new Map(this.rows) })
  }

  /** A history that throws ends there: nothing has to be undone. */
  transaction<T>(change: () => T): T {
    return change()
  }

  readKey(): Key {
    return KEY
  }

  /** Through the text that is really stored. */
  readLease(): StoredLease {
    return { ...this.lease, windows: readWindows(writeWindows(this.lease.windows)) }
  }

  writeLease(lease: StoredLease): void {
    this.lease = lease
    this.written += 1
  }

  writeAcknowledged(upTo: number): void {
    this.lease = { ...this.lease, acknowledged: upTo }
  }

  writeGap(gap: Gap): void {
    this.gaps = [...this.gaps, gap]
    this.written += 1
  }

  admitted(replayId: string) {
    return this.rows.get(replayId)
  }

  writeAdmission(ask: Admission, { sequence, atMs }: AdmissionRecord): void {
    if (this.rows.has(ask.replayId)) throw new Error('A second row for one id')
    const { attempt, requestHash, signedAtMs } = ask
    this.rows.set(ask.replayId, { attempt, requestHash, sequence, signedAtMs, decidedAtMs: atMs })
    this.written += 1
  }

  waiting(acknowledged: number): number {
    return [...this.rows.values()].filter(({ sequence }) => sequence > acknowledged).length
  }

  prune(acknowledged: number, signedMs: number): number | undefined {
    let highest: number | undefined
    for (const [id, { sequence, signedAtMs }] of this.rows) {
      if (sequence > acknowledged || signedAtMs > signedMs) continue
      this.rows.delete(id)
      this.written += 1
      highest = Math.max(highest ?? 0, signedAtMs)
    }
    return highest
  }

  setAlarm(atMs: number): void {
    this.alarmMs = atMs
    this.written += 1
  }
}

/** How far an answer came before the runtime was killed. */
export type Crash = 'before the write' | 'after the write'

export class GuardWorld {
  readonly #terms: Terms
  /** The object's own clock. */
  clockMs = START
  /** Time as it really passes. */
  trueMs = START
  /** Whether the audit log answers. */
  auditLog = true
  /** How much of what waits it takes at a time, from 0 to 1. */
  takes = 1
  store = new MemoryStore()
  /** What happened to it. */
  readonly counts = { alarms: 0, starts: 0 }
  #guard: Guard | undefined
  #count = 0

  constructor(limits: readonly Limit[]) {
    this.#terms = { tierLimits: () => limits, feedPerSecond: 200 }
  }

  /** Time passes; alarms come when they are due, or `lateMs` later. */
  pass(ms: number, lateMs = 0): void {
    const endMs = this.clockMs + ms
    for (;;) {
      const { alarmMs } = this.store
      const dueMs = alarmMs === undefined ? Number.POSITIVE_INFINITY : alarmMs + lateMs
      if (dueMs > endMs) break
      this.#advance(Math.max(dueMs, this.clockMs))
      this.alarm()
    }
    this.#advance(endMs)
  }

  #advance(toMs: number): void {
    if (toMs - this.clockMs >= IDLE_MS) this.forget()
    this.trueMs += toMs - this.clockMs
    this.clockMs = toMs
  }

  alarm(): void {
    this.store.alarmMs = undefined
    const guard = this.#load()
    const waiting = guard.sequence - guard.acknowledged
    const upTo = guard.acknowledged + Math.floor(waiting * this.takes)
    guard.tick(this.auditLog ? upTo : undefined, this.clockMs)
    this.counts.alarms += 1
  }

  /** Memory is gone; what was written stays. */
  forget(): void {
    this.#guard = undefined
  }

  ask(change: Partial<Admission> & { readonly kind: Kind }): Admission {
    this.#count += 1
    return {
      attempt: `attempt-${this.#count}`,
      requestId: `request-${this.#count}`,
      requestHash: 'hash',
      replayId: `id-${this.#count}`,
      nonced: true,
      fenced: false,
      credentialId: 'cred',
      signedAtMs: this.clockMs,
      freshUntilMs: this.clockMs + 15_000,
      operation: change.kind,
      route: 'GET /',
      permission: 'all',
      weight: 1,
      budget: 'tier',
      address: undefined,
      epoch: 0,
      ...change,
    }
  }

  admit(ask: Admission): Verdict {
    return this.#load().admit(ask, this.clockMs)
  }

  /** The runtime is killed while it answers; what the object decided may or may not be durable. */
  admitAndCrash(ask: Admission, crash: Crash): Verdict | undefined {
    const before = this.store.copy()
    const verdict = this.admit(ask)
    if (crash === 'before the write' && this.store.written > before.written) {
      this.store = before
      this.forget()
      return undefined
    }
    this.forget()
    return verdict
  }

  #load(): Guard {
    if (this.#guard === undefined) this.counts.starts += 1
    this.#guard ??= Guard.start(this.store, this.#terms, this.clockMs)
    if (this.#guard === undefined) throw new Error('The guard did not start')
    return this.#guard
  }
}
