/**
 * A month of a trading gateway that never was: calls of keys with their orders, limits that people change, refusals,
 * overrides, outages, two clocks that drift. It counts what it makes, so that a report can be held against it. The same
 * seed gives the same month.
 */
import type { AuditRecord } from '../../../src/audit/record.ts'
import { random, type Random } from '../random.ts'
import {
  admissionOf,
  Counts,
  factsOf,
  fieldsOf,
  hash,
  originOf,
  placeOf,
  type Colo,
  type Facts,
  type Key,
} from './month-order.ts'
import { MonthPeople } from './month-people.ts'

/** A Thursday: the month has 31 days. */
export const MONTH_MS = Date.UTC(2026, 0, 1)
export const DAYS = 31
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export interface Arriving {
  readonly arrivesMs: number
  readonly record: AuditRecord
}

/** When something was down, counted in days from the start. */
const TIMEOUTS = { from: 8.4, to: 8.41 }
const GUARD = { from: 16.6, to: 16.605 }
/** From then on a host's clock is some way off. */
const STEPPED = 20.5

const RULES = [
  ['risk_max_order_value', 'account'],
  ['risk_max_order_value', 'firm'],
  ['risk_price_collar', 'symbol BTC-USD'],
  ['risk_duplicate', 'account'],
  ['risk_reference_stale', 'symbol ETH-USD'],
] as const

export class Month {
  readonly counts = new Counts()
  readonly #random: Random
  readonly #calls: number
  readonly #keys: Key[]
  readonly #numbers = new Map<string, number>()
  readonly #people: MonthPeople
  #arriving: Arriving[] = []
  #requests = 0

  constructor(seed: number, calls: number, keys = 200) {
    this.#random = random(seed)
    this.#calls = calls
    this.#keys = Array.from({ length: keys }, (_, i) => ({
      keyId: `key_${String(i).padStart(4, '0')}`,
      account: `acct-${i % 60}`,
      user: `user-${i % 90}`,
      sequence: 0,
    }))
    this.#people = new MonthPeople(this.#random, (record) => this.#arrive(record, 0))
  }

  /** Everything in the order in which it comes to the log. */
  *arrivals(): Generator<Arriving> {
    this.#people.begin(MONTH_MS, this.#keys)
    const meanMs = (DAYS * DAY_MS) / this.#calls
    let nowMs = MONTH_MS
    let day = -1
    for (let call = 0; call < this.#calls; call += 1) {
      nowMs += Math.max(
        1,
        Math.round(meanMs * this.#quiet(nowMs) * 2 * (this.#random.below(1_000) / 1_000)),
      )
      const today = Math.floor((nowMs - MONTH_MS) / DAY_MS)
      if (today !== day) this.#daily(nowMs, (day = today))
      this.#call(nowMs)
      if (this.#arriving.length > 512) yield* this.#due(nowMs - 1)
    }
    yield* this.#due(Infinity)
  }

  /** At night less comes than by day; in all it is the mean. */
  #quiet(atMs: number): number {
    const hour = Math.floor((atMs % DAY_MS) / HOUR_MS)
    return hour >= 7 && hour < 21 ? 0.76 : 1.75
  }

  *#due(untilMs: number): Generator<Arriving> {
    const due = this.#arriving.filter(({ arrivesMs }) => arrivesMs <= untilMs)
    this.#arriving = this.#arriving.filter(({ arrivesMs }) => arrivesMs > untilMs)
    yield* due.toSorted((a, b) => a.arrivesMs - b.arrivesMs)
  }

  #daily(atMs: number, day: number): void {
    this.#people.day(atMs, day, this.counts)
  }

  #isIn(atMs: number, { from, to }: { readonly from: number; readonly to: number }): boolean {
    const days = (atMs - MONTH_MS) / DAY_MS
    return days >= from && days < to
  }

  #call(atMs: number): void {
    this.counts.calls += 1
    const key = this.#random.pick(this.#keys)
    const chance = this.#random.below(1_000)
    if (this.#isIn(atMs, GUARD)) this.#refusal(key, atMs, 'guard_unavailable', 503)
    else if (chance < 440) this.#read(key, atMs)
    else if (chance < 470) this.#refusal(key, atMs, 'rate_limited', 429)
    else if (chance < 475) this.#atEdge(key, atMs)
    else if (chance < 478) this.#gap(key, atMs)
    else this.#order(key, atMs, chance < 600 ? 'cancel' : 'order')
  }

  #facts(key: Key, kind: 'read' | 'order' | 'cancel'): Facts {
    this.#requests += 1
    key.sequence += 1
    return factsOf(key, kind, this.#requests)
  }

  #read(key: Key, atMs: number): void {
    const call = this.#facts(key, 'read')
    const end = { type: 'outcome', decision: 'forwarded', status: 200, durationMs: 12 } as const
    this.#arrive({
      ...call,
      ...end,
      ...placeOf(this.#requests),
      uid: `${call.requestId}:outcome`,
      atMs,
    })
  }

  #refusal(key: Key, atMs: number, code: string, status: number): void {
    if (code === 'guard_unavailable') this.counts.guardDown += 1
    const call = this.#facts(key, 'order')
    const end = { type: 'outcome', decision: 'refused', status, code, durationMs: 2 } as const
    this.#arrive({
      ...call,
      ...end,
      ...placeOf(this.#requests),
      uid: `${call.requestId}:outcome`,
      atMs,
    })
  }

  /** Orders of one call that were turned away before their account's object saw them. */
  #atEdge(key: Key, atMs: number): void {
    const call = this.#facts(key, 'order')
    const refusedOrders = [1, 2].map((nth) => ({
      event: 'NEWO' as const,
      fields: fieldsOf(this.#requests + nth, 'NEWO'),
    }))
    this.counts.refusedAtEdge += refusedOrders.length
    const end = {
      type: 'outcome',
      decision: 'refused',
      status: 403,
      code: 'permission_missing',
    } as const
    const at = { uid: `${call.requestId}:outcome`, atMs, receivedAtMs: atMs, durationMs: 2 }
    this.#arrive({ ...call, ...end, ...at, ...placeOf(this.#requests), refusedOrders })
  }

  #order(key: Key, atMs: number, kind: 'order' | 'cancel'): void {
    const call = this.#facts(key, kind)
    this.#arrive(admissionOf(call, atMs), 4_000)
    const isRefused = kind === 'order' && this.#random.chance(0.02)
    const isBatch = kind === 'order' && this.#random.chance(0.03)
    for (let nth = 0; nth < (isBatch ? 3 : 1); nth += 1)
      this.#event(call, atMs, kind === 'order' ? 'NEWO' : 'CAME', isRefused, nth)
    this.#end(call, atMs, isRefused)
  }

  #event(call: Facts, atMs: number, event: 'NEWO' | 'CAME', isRefused: boolean, nth: number): void {
    const number = (this.#numbers.get(call.account) ?? 0) + 1
    this.#numbers.set(call.account, number)
    this.counts.orders += 1
    const [code, scope] = this.#random.pick(RULES)
    const override = !isRefused && event === 'NEWO' ? this.#people.takeOverride() : undefined
    if (isRefused) this.counts.refused += 1
    if (override !== undefined) this.counts.overridden += 1
    const { sequence: _sequence, ...of } = call
    const isNew = event === 'NEWO'
    const record: AuditRecord = {
      ...of,
      type: 'order_event',
      uid: `${call.account}:order:${number}`,
      atMs: atMs + 1,
      number,
      event,
      fields: fieldsOf(this.#requests + nth, event),
      decision: isRefused ? 'refused' : 'accepted',
      ...(isRefused ? { code, scope, limit: '50000', actual: '61000.5' } : {}),
      ...(override === undefined ? {} : { override }),
      orderHash: hash(number),
      receivedAtMs: atMs - 2,
      bodyHash: hash(this.#requests + 7),
      ...(isNew ? { limitsRevision: 3, firmRevision: 2 } : {}),
      ...(isNew && this.#random.chance(0.9)
        ? { referencePrice: '49000.25', referenceAgeMs: this.#random.below(2_000) }
        : {}),
    }
    this.#arrive(record, 6_000)
  }

  #end(call: Facts, atMs: number, isRefused: boolean): void {
    const at = {
      uid: `${call.requestId}:outcome`,
      atMs: atMs + 30,
      admitted: true,
      durationMs: 32,
    } as const
    const place = placeOf(this.#requests)
    if (isRefused) {
      const no = {
        type: 'outcome',
        decision: 'refused',
        status: 422,
        code: 'risk_max_order_value',
      } as const
      this.#arrive({ ...call, ...no, ...at, ...place })
    } else if (this.#isIn(atMs, TIMEOUTS)) {
      this.counts.timeouts += 1
      const lost = {
        decision: 'forwarded',
        status: 504,
        code: 'origin_timeout',
        outcome: 'unknown',
      } as const
      this.#arrive({ ...call, type: 'outcome', ...lost, ...at, ...place })
      if (this.#random.chance(0.5)) this.#people.reconciled(call, atMs + 600_000)
    } else if (this.#random.chance(0.0005)) {
      this.counts.neverCame += 1
      const { worker: _worker, policy: _policy, ...rest } = call
      this.#arrive(
        { ...rest, type: 'unknown', uid: `${call.requestId}:unknown`, atMs: atMs + 62_000 },
        0,
      )
    } else this.#answered(call, atMs, at, place)
  }

  #answered(
    call: Facts,
    atMs: number,
    at: {
      readonly uid: string
      readonly atMs: number
      readonly admitted: true
      readonly durationMs: number
    },
    place: { readonly colo: Colo },
  ): void {
    const isStepped = place.colo === 'LHR' && (atMs - MONTH_MS) / DAY_MS > STEPPED
    const isFirst = this.#random.chance(0.02)
    const origin = originOf(this.#requests, atMs, place.colo, isStepped ? 400 : 0, !isFirst)
    if (!isFirst) this.counts.bounds += 1
    const status = call.kind === 'order' ? 201 : 200
    const end = { type: 'outcome', decision: 'forwarded', status } as const
    this.#arrive({ ...call, ...end, ...at, ...place, receivedAtMs: atMs - 2, origin })
  }

  /** The key's object lost its memory: what it had reserved is given up. */
  #gap(key: Key, atMs: number): void {
    const first = key.sequence + 1
    this.#read(key, atMs)
    key.sequence += this.#random.below(20)
    const range = { first, last: key.sequence }
    const uid = `${key.keyId}:gap:${range.first}-${range.last}`
    const at = { uid, atMs: atMs + 500, keyId: key.keyId }
    this.#arrive({ v: 1, type: 'gap', ...at, ...range, cause: 'restart' }, 4_000)
  }

  /** @param withinMs how long it may be on its way. */
  #arrive(record: AuditRecord, withinMs = 8_000): void {
    this.counts.records += 1
    this.#arriving.push({ arrivesMs: record.atMs + this.#random.below(withinMs + 1), record })
  }
}
