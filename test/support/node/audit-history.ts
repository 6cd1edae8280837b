/**
 * Days of a gateway that never was: calls of keys, changes by staff, strangers, and what was lost, as shards would hand
 * it to the log. The same seed gives the same days.
 */
import { randomBytes } from 'node:crypto'
import { shardOf } from '../../../src/audit/shipment.ts'
import { SALT_BYTES } from '../../../src/audit/leaf.ts'
import type { AuditRecord } from '../../../src/audit/record.ts'
import { random, type Random } from '../random.ts'
import type { DraftRecord, DraftRound } from './audit-draft.ts'

/** A Monday morning. */
export const BEGIN_MS = Date.UTC(2026, 0, 5, 8)
const ROUND_MS = 4_000
const STAFF = ['user-olga', 'user-sam', 'user-rita'] as const

interface Arriving {
  readonly atMs: number
  readonly record: AuditRecord
}

interface TestKey {
  readonly keyId: string
  readonly credentialId: string
  readonly account: string
  readonly user: string
  sequence: number
  version: number
}

export class History {
  readonly #random: Random
  readonly #keys: TestKey[]
  readonly #slots = new Map<string, number>()
  readonly #stepMs: number
  #arriving: Arriving[] = []
  #nowMs = BEGIN_MS
  #requests = 0

  /** @param stepMs between two calls, on average. */
  constructor(seed: number, keys = 12, stepMs = 120) {
    this.#random = random(seed)
    this.#stepMs = stepMs
    this.#keys = Array.from({ length: keys }, (_, i) => ({
      keyId: `key_${String(i).padStart(4, '0')}`,
      credentialId: `cred_${String(i).padStart(4, '0')}`,
      account: `acct-${i % 7}`,
      user: `user-${i % 5}`,
      sequence: 0,
      version: 0,
    }))
    for (const key of this.#keys) this.#change(key, 'key.created')
  }

  /** Rounds with at least so many records, and the quiet time after them in which everything arrives. */
  *rounds(records: number): Generator<DraftRecord | DraftRound> {
    let nextRoundMs = BEGIN_MS + ROUND_MS
    for (let count = 0; count < records || this.#arriving.length > 0;) {
      if (count < records) this.#until(nextRoundMs)
      this.#nowMs = Math.max(this.#nowMs, nextRoundMs)
      const due = this.#arriving
        .filter(({ atMs }) => atMs <= nextRoundMs)
        .toSorted((a, b) => a.atMs - b.atMs)
      this.#arriving = this.#arriving.filter(({ atMs }) => atMs > nextRoundMs)
      if (due.length > 0) {
        yield { kind: 'round', at: nextRoundMs }
        yield* this.#appended(due)
      }
      count += due.length
      nextRoundMs += ROUND_MS
    }
  }

  /** Each shard's arrivals of a round are one append, which is one bundle. */
  *#appended(due: readonly Arriving[]): Generator<DraftRecord> {
    const byShard = Map.groupBy(due, ({ record }) => shardOfRecord(record))
    for (const [shard, arrived] of byShard) {
      const slot = (this.#slots.get(shard) ?? 0) + 1
      this.#slots.set(shard, slot)
      for (const { record } of arrived)
        yield { kind: 'record', record, salt: randomBytes(SALT_BYTES), shard, slot }
    }
  }

  #until(atMs: number): void {
    while (this.#nowMs < atMs) this.#step()
  }

  #step(): void {
    this.#nowMs += 1 + this.#random.below(2 * this.#stepMs)
    const key = this.#random.pick(this.#keys)
    const chance = this.#random.below(1_000)
    if (chance < 600) this.#read(key)
    else if (chance < 900) this.#order(key, chance % 3 === 0 ? 'cancel' : 'order')
    else if (chance < 960) this.#refusal(key)
    else if (chance < 975) this.#stranger()
    else if (chance < 985) this.#change(key, 'key.limits')
    else if (chance < 993) this.#restart(key)
    else this.#lost(key)
  }

  #call(key: TestKey, kind: 'read' | 'order' | 'cancel') {
    const [operation, route] = {
      read: ['account.read', 'GET /v1/orders'],
      order: ['order.write', 'POST /v1/orders'],
      cancel: ['order.cancel', 'DELETE /v1/orders/{id}'],
    }[kind] ?? ['', '']
    this.#requests += 1
    key.sequence += 1
    const { keyId, credentialId, account, user } = key
    return {
      v: 1 as const,
      requestId: `req-${String(this.#requests).padStart(7, '0')}`,
      sequence: key.sequence,
      keyId,
      credentialId,
      account,
      user,
      operation,
      route,
      kind,
      requestHash: this.#requests.toString(16).padStart(8, '0').repeat(8),
      address: `203.0.113.${this.#random.below(250)}`,
      worker: 'version-7',
      policy: '1f2e3d4c5b6a79880123456789abcdef',
    }
  }

  #place() {
    const durationMs = 4 + this.#random.below(40)
    return {
      durationMs,
      dialect: 'rfc9421',
      country: 'DE',
      asn: 64_500,
      colo: 'FRA',
      tlsVersion: 'TLSv1.3',
    }
  }

  #read(key: TestKey): void {
    const call = this.#call(key, 'read')
    const end = { type: 'outcome', decision: 'forwarded', status: 200, ...this.#place() } as const
    this.#arrive({ ...call, ...end, uid: `${call.requestId}:outcome`, atMs: this.#nowMs }, 8_000)
  }

  #refusal(key: TestKey): void {
    const call = this.#call(key, this.#random.chance(0.5) ? 'read' : 'order')
    const code = this.#random.pick(['rate_limited', 'permission_missing', 'replayed'])
    const status = code === 'rate_limited' ? 429 : code === 'replayed' ? 409 : 403
    const end = { type: 'outcome', decision: 'refused', status, code, ...this.#place() } as const
    this.#arrive({ ...call, ...end, uid: `${call.requestId}:outcome`, atMs: this.#nowMs }, 8_000)
  }

  #order(key: TestKey, kind: 'order' | 'cancel'): void {
    const call = this.#call(key, kind)
    const atMs = this.#nowMs
    const admission = {
      type: 'admission',
      signedAtMs: atMs - 20,
      weight: 1,
      session: undefined,
    } as const
    this.#arrive({ ...call, ...admission, uid: `${call.requestId}:admission`, atMs }, 4_000)
    if (this.#random.chance(0.03)) {
      const { worker: _worker, policy: _policy, ...rest } = call
      const late = {
        type: 'unknown',
        uid: `${call.requestId}:unknown`,
        atMs: atMs + 62_000,
      } as const
      this.#arrive({ ...rest, ...late }, 0)
      return
    }
    const isSlow = this.#random.chance(0.02)
    const end = isSlow
      ? ({
          decision: 'forwarded',
          status: 504,
          code: 'origin_timeout',
          outcome: 'unknown',
        } as const)
      : ({ decision: 'forwarded', status: kind === 'order' ? 201 : 200 } as const)
    const at = { uid: `${call.requestId}:outcome`, atMs: atMs + 15, admitted: true } as const
    this.#arrive({ ...call, type: 'outcome', ...end, ...at, ...this.#place() }, 1_000)
  }

  #stranger(): void {
    this.#requests += 1
    const requestId = `req-${String(this.#requests).padStart(7, '0')}`
    const atMs = this.#nowMs
    if (this.#random.chance(0.3)) {
      const of = { network: '198.51.100.0/24', country: 'XX', asn: 64_511, fromMs: atMs - 8_000 }
      const counted = { count: 120, ends: { unauthorized: 100, source_locked: 20 } }
      this.#arrive(
        { v: 1, type: 'strangers', uid: `strangers:${requestId}`, atMs, ...of, ...counted },
        0,
      )
      return
    }
    const end = { decision: 'refused', status: 401, code: 'unauthorized', durationMs: 3 } as const
    const who = { requestId, address: '198.51.100.7', country: 'XX' }
    this.#arrive(
      { v: 1, type: 'outcome', uid: `${requestId}:outcome`, atMs, ...who, ...end },
      8_000,
    )
  }

  #change(key: TestKey, what: string): void {
    key.version += 1
    const made = key.version === 1
    const by = made
      ? { user: 'user-olga', reason: 'new customer' }
      : {
          user: 'user-sam',
          approver: 'user-rita',
          ticket: `CHG-${key.version}`,
          reason: 'more room',
        }
    this.#arrive(
      {
        v: 1,
        type: 'change',
        uid: `${key.keyId}:change:${key.version}`,
        atMs: this.#nowMs,
        subject: { type: 'key', id: key.keyId },
        version: key.version,
        what,
        ...(made ? {} : { before: '{"burst":10}' }),
        after: `{"burst":${10 * key.version}}`,
        ...by,
      },
      0,
    )
  }

  /** The object lost its memory: what it had reserved is given up, and some of it was used. */
  #restart(key: TestKey): void {
    const { keyId, sequence: before } = key
    this.#read(key)
    key.sequence += this.#random.below(900)
    const range = { first: before + 1, last: key.sequence }
    const uid = `${keyId}:gap:${range.first}-${range.last}`
    const atMs = this.#nowMs + 500
    this.#arrive({ v: 1, type: 'gap', uid, atMs, keyId, ...range, cause: 'restart' }, 4_000)
  }

  /** An outcome that never came. */
  #lost({ keyId }: TestKey): void {
    const key = this.#keys.find((one) => one.keyId === keyId)
    if (key === undefined) return
    key.sequence += 1
    const range = { first: key.sequence, last: key.sequence }
    const uid = `${keyId}:gap:${range.first}-${range.last}`
    const atMs = this.#nowMs + 70_000
    this.#arrive({ v: 1, type: 'gap', uid, atMs, keyId, ...range, cause: 'not-received' }, 0)
  }

  /** @param withinMs how long it may be on its way. */
  #arrive(record: AuditRecord, withinMs: number): void {
    const atMs = record.atMs + this.#random.below(withinMs + 1)
    this.#arriving.push({ atMs, record: withoutUndefined(record) })
  }
}

function withoutUndefined<T extends object>(record: T): T {
  return structuredClone(JSON.parse(JSON.stringify(record)))
}

function shardOfRecord(record: AuditRecord): string {
  const about =
    record.type === 'change' ? record.subject.id : 'keyId' in record ? record.keyId : undefined
  return shardOf(about ?? STAFF[0]).replace('shard-', '')
}
