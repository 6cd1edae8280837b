/** An account's tables in memory, which survive its object; and what orders it is asked to judge. */
import type {
  AccountState,
  AccountStore,
  Grant,
  RiskAsk,
  RiskTerms,
} from '../../src/risk/account-port.ts'
import { Account } from '../../src/risk/account.ts'
import type { OrderEventRecord } from '../../src/audit/record.ts'
import type { StoredDays } from '../../src/risk/book.ts'
import { entryText, restoreEntries, type EntryRow } from '../../src/risk/entry.ts'
import type { AccountEdit } from '../../src/risk/account-edit.ts'
import { editAccount } from '../../src/risk/account-edit.ts'
import type { Limits } from '../../src/risk/limits.ts'
import type { Intent, NewOrder } from '../../src/risk/order.ts'
import type { Position } from '../../src/risk/positions.ts'
import { NEVER, type Restored } from '../../src/risk/restored.ts'
import {
  NO_CAPS,
  type Caps,
  type Latch,
  type Override,
  type Version,
} from '../../src/risk/settings.ts'

export const ONE = 10n ** 18n
export const START_MS = 1_780_000_000_000

export class Tables implements AccountStore {
  readonly rows = new Map<number, EntryRow & { readonly events: readonly OrderEventRecord[] }>()
  readonly days = new Map<string, StoredDays[number][1]>()
  nextNumber = 1
  versions: Version[] = []
  caps: Caps = NO_CAPS
  readonly overrides = new Map<string, Override>()
  readonly latches = new Map<string, Latch>()
  readonly positions = new Map<string, Position>()
  grant: Grant = { open: 0n, daily: 0n }
  restored: Restored = NEVER
  readonly changes: string[] = []

  read(): AccountState {
    const rows = [...this.rows].toSorted(([a], [b]) => a - b).map(([, row]) => row)
    return {
      ...restoreEntries(rows),
      days: [...this.days],
      nextNumber: this.nextNumber,
      versions: this.versions,
      caps: this.caps,
      overrides: [...this.overrides.values()],
      latches: [...this.latches.values()],
      positions: [...this.positions.values()],
      grant: { ...this.grant, question: 1 },
      restored: this.restored,
      holds: [],
    }
  }

  writeEntry(...[entry, events, changed]: Parameters<AccountStore['writeEntry']>): void {
    const row = { body: entryText(entry), changed: changed.map(entryText), events }
    this.rows.set(entry.number, row)
  }

  changeEntry(...[entry]: Parameters<AccountStore['changeEntry']>): void {
    const row = this.rows.get(entry.number)
    if (row !== undefined) this.rows.set(entry.number, { ...row, body: entryText(entry) })
  }

  forgetEntries(...[gone, days, nextNumber]: Parameters<AccountStore['forgetEntries']>): void {
    for (const { number } of gone) this.rows.delete(number)
    for (const [scope, slots] of days) this.days.set(scope, slots)
    this.nextNumber = nextNumber
  }

  useOverride(id: string, requestId: string): void {
    const override = this.overrides.get(id)
    if (override !== undefined) this.overrides.set(id, { ...override, usedBy: requestId })
  }

  latch(latch: Latch): void {
    this.latches.set(`${latch.keyId} ${latch.symbol} ${latch.side}`, latch)
  }

  writeVersion(version: Version): void {
    this.versions = [...this.versions, version]
  }

  writeCaps(caps: Caps): void {
    this.caps = caps
  }

  writeOverride(override: Override): void {
    this.overrides.set(override.id, override)
  }

  writePosition(position: Position): void {
    this.positions.set(position.symbol, position)
  }

  writeRestored(restored: Restored): void {
    this.restored = restored
  }

  forgetPassing(): void {
    this.positions.clear()
    this.overrides.clear()
    this.grant = { open: 0n, daily: 0n }
  }

  forgetPosition(symbol: string | undefined): void {
    if (symbol === undefined) this.positions.clear()
    else this.positions.delete(symbol)
  }

  forgetPositionsBefore(beforeMs: number): void {
    for (const { symbol, atMs } of this.positions.values())
      if (atMs < beforeMs) this.positions.delete(symbol)
  }

  writeChange(what: string): void {
    this.changes.push(what)
  }

  transaction<T>(change: () => T): T {
    return change()
  }

  get events(): readonly OrderEventRecord[] {
    return [...this.rows.values()].flatMap(({ events }) => events)
  }
}

export function termsOf(limits: Limits, more: Partial<RiskTerms> = {}): RiskTerms {
  return {
    terms: (symbol) =>
      symbol === 'NONE' ? undefined : { multiplier: ONE, marginBasisPoints: 500 },
    instrument: () => ({ currency: 'USD' }),
    limits: { account: limits, keys: {}, symbols: {} },
    reducesWithoutPrice: true,
    positionMaxAgeMs: 60_000,
    ...more,
  }
}

/** One account whose object can be lost and found again. */
export class Desk {
  readonly tables = new Tables()
  readonly #terms: RiskTerms
  #account: Account
  nowMs = START_MS
  #asked = 0

  constructor(limits: Limits, more: Partial<RiskTerms> = {}) {
    this.#terms = termsOf(limits, more)
    this.#account = new Account(this.tables, this.#terms, 0)
  }

  get account(): Account {
    return this.#account
  }

  /** The object is gone, whatever it had in memory. */
  crash(): void {
    this.#account = new Account(this.tables, this.#terms, 0)
  }

  ask(intents: readonly Intent[], more: Partial<RiskAsk> = {}): RiskAsk {
    this.#asked += 1
    return {
      attempt: `attempt-${this.#asked}`,
      requestId: `request-${this.#asked}`,
      sequence: this.#asked,
      keyId: 'key_1',
      credentialId: 'cred_1',
      account: 'acc_1',
      user: 'user_1',
      operation: 'order.write',
      route: 'POST /v1/orders',
      kind: 'order',
      requestHash: 'aa',
      receivedAtMs: this.nowMs,
      bodyHash: 'bb',
      worker: 'local',
      policy: 'test',
      intents,
      references: {},
      firm: { revision: 0, firm: {}, symbols: {} },
      ...more,
    }
  }

  /** The broker says what it holds. */
  hold(quantity: bigint, symbol = 'BTC-USD'): void {
    const position = { symbol, quantity, atMs: this.nowMs }
    for (const taken of this.#account.positions.hear([position], this.#account.ledger.book))
      this.tables.writePosition(taken)
  }

  judge(intents: readonly Intent[], more: Partial<RiskAsk> = {}) {
    return this.#account.judge(this.ask(intents, more), this.nowMs)
  }

  /** The number of what passed. @throws when it did not. */
  pass(intents: readonly Intent[], more: Partial<RiskAsk> = {}): number {
    const verdict = this.judge(intents, more)
    if ('passed' in verdict) return verdict.passed.number
    throw new Error(
      JSON.stringify(verdict, (_n, v: unknown) => (typeof v === 'bigint' ? `${v}` : v)),
    )
  }

  /** The control that refused, or `passed`. */
  verdict(intents: readonly Intent[], more: Partial<RiskAsk> = {}): string {
    const verdict = this.judge(intents, more)
    if ('refused' in verdict) return verdict.refused.control
    return 'passed' in verdict ? 'passed' : JSON.stringify(Object.keys(verdict))
  }

  edit(edit: AccountEdit, by: Partial<Parameters<typeof editAccount>[3]> = {}) {
    return editAccount(
      this.#account,
      this.tables,
      edit,
      { user: 'user_risk', keyId: 'key_risk', requestId: 'r', reason: 'because', ...by },
      {
        nowMs: this.nowMs,
        id: `id-${(this.#asked += 1)}`,
        loosenAfterMs: 86_400_000,
        maxRaiseMs: 30 * 86_400_000,
      },
    )
  }
}

export function order(change: Partial<NewOrder> = {}): NewOrder {
  return {
    action: 'new',
    symbol: 'BTC-USD',
    side: 'buy',
    type: 'limit',
    quantity: ONE,
    price: 100n * ONE,
    validity: 'gtc',
    postOnly: false,
    reduceOnly: false,
    ...change,
  }
}
