/** What people do in the month: keys, limits, overrides, latches, reconciliations. */
import type { AuditRecord, ChangeRecord } from '../../../src/audit/record.ts'
import type { Random } from '../random.ts'
import type { Counts, Key } from './month-order.ts'

const HOUR_MS = 3_600_000

interface Limits {
  readonly limits: Readonly<Record<string, string>>
  readonly symbols: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly untilMs?: number
  readonly raised?: readonly string[]
}

export class MonthPeople {
  readonly #random: Random
  readonly #arrive: (record: AuditRecord) => void
  readonly #versions = new Map<string, number>()
  readonly #limits = new Map<string, Limits>()
  readonly #overrides: string[] = []
  #made = 0

  constructor(random: Random, arrive: (record: AuditRecord) => void) {
    this.#random = random
    this.#arrive = arrive
  }

  begin(atMs: number, keys: readonly Key[]): void {
    const people = [...new Set(keys.map(({ user }) => user)), 'user-olga', 'user-rita', 'user-sam']
    for (const user of people) {
      const roles = user === 'user-olga' ? ['owner'] : user === 'user-sam' ? ['security'] : ['risk']
      const after = { userId: user, name: user, roles: /[0-9]$/.test(user) ? ['client'] : roles }
      this.#change(atMs, { type: 'user', id: user }, 'user.created', { after, user: 'user-olga' })
    }
    for (const { keyId, account, user } of keys) {
      const of = { keyId, account, user, tier: 'pro', status: 'active', addresses: [] }
      const after = { ...of, permissions: ['order.write', 'order.cancel'], credentials: [] }
      this.#change(atMs, { type: 'key', id: keyId }, 'key.created', { after, user: 'user-olga' })
    }
  }

  day(atMs: number, day: number, counts: Counts): void {
    this.#change(atMs, { type: 'user', id: 'user-rita' }, 'session.begun', { user: 'user-rita' })
    const weekly = day % 7 === 0
    if (weekly) this.#limitsOf({ type: 'firm', id: 'firm' }, atMs + HOUR_MS, day, counts)
    const account = { type: 'account', id: `acct-${this.#random.below(60)}` } as const
    this.#limitsOf(account, atMs + 9 * HOUR_MS, day, counts)
    this.#override(account.id, atMs + 10 * HOUR_MS)
    if (day % 5 === 2) this.#latch(account.id, atMs + 11 * HOUR_MS)
  }

  /** Set, raised with an end, or lowered; now and then without what a rule asks for. */
  #limitsOf(subject: ChangeRecord['subject'], atMs: number, day: number, counts: Counts): void {
    const name = `${subject.type} ${subject.id}`
    const before = this.#limits.get(name)
    const value = String(50_000 + 1_000 * this.#random.below(200))
    const isForAWhile = this.#random.chance(0.4)
    const after: Limits = {
      limits: { maxOrderValue: value, maxOrderQuantity: '12.5', maxOrdersPerSecond: '20' },
      symbols: { 'BTC-USD': { collar: `0.0${3 + this.#random.below(4)}` } },
      ...(isForAWhile ? { untilMs: atMs + 8 * HOUR_MS, raised: ['limits.maxOrderValue'] } : {}),
    }
    this.#limits.set(name, after)
    counts.limitChanges += 1
    const why = { reason: `Desk asked for room on day ${day}`, ticket: `RISK-${100 + day}` }
    const approver = this.#random.chance(0.9) ? { approver: 'user-rolf' } : {}
    const by = { user: 'user-rita', ...why, ...approver }
    this.#change(atMs, subject, 'risk.limits', { ...(before && { before }), after, ...by })
  }

  #override(account: string, atMs: number): void {
    this.#made += 1
    const id = `ovr-${String(this.#made).padStart(6, '0')}`
    const subject = { type: 'account', id: account } as const
    const after = { id, orderHash: 'ab'.repeat(32), untilMs: atMs + 900_000 }
    const asked = { after, user: 'user-rita', reason: 'A client closes a position' }
    this.#change(atMs, subject, 'risk.override.asked', asked)
    this.#change(atMs + 60_000, subject, 'risk.override.approved', { after, user: 'user-rolf' })
    this.#change(atMs + 90_000, subject, 'risk.override.used', { after: { id } })
    this.#overrides.push(id)
  }

  takeOverride(): string | undefined {
    return this.#overrides.shift()
  }

  #latch(account: string, atMs: number): void {
    const subject = { type: 'account', id: account } as const
    this.#change(atMs, subject, 'risk.latched', { after: { code: 'risk_repeated' } })
    const by = { user: 'user-rita', approver: 'user-rolf', reason: 'Looked at; the loop is mended' }
    this.#change(atMs + HOUR_MS, subject, 'risk.released', { ...by })
  }

  reconciled({ account, requestId }: { account: string; requestId: string }, atMs: number): void {
    const subject = { type: 'account', id: account } as const
    const after = { requestId, found: 'open' }
    this.#change(atMs, subject, 'risk.reconciled', { after, user: 'user-rita' })
  }

  #change(
    atMs: number,
    subject: ChangeRecord['subject'],
    what: string,
    { before, after, ...by }: { before?: object; after?: object } & Partial<Record<By, string>>,
  ): void {
    const name = `${subject.type}:${subject.id}`
    const version = (this.#versions.get(name) ?? 0) + 1
    this.#versions.set(name, version)
    this.#arrive({
      v: 1,
      type: 'change',
      uid: `${name}:change:${version}`,
      atMs,
      subject,
      version,
      what,
      ...(before === undefined ? {} : { before: JSON.stringify(before) }),
      ...(after === undefined ? {} : { after: JSON.stringify(after) }),
      ...by,
    })
  }
}

type By = 'user' | 'reason' | 'approver' | 'ticket'
