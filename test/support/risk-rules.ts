/** What holds for the account of a random life, and what the market pays: set on the gateway's side, and kept as it was said. */
import * as v from 'valibot'
import { FirmCopy } from '../../src/risk/firm-copy.ts'
import {
  LimitsSchema,
  type AccountLimits,
  type FirmLimits,
  type Limits,
} from '../../src/risk/limits.ts'
import { loosened } from '../../src/risk/looser.ts'
import type { Desk } from './account.ts'
import type { Random } from './random.ts'
import type { Scope } from './risk-controls.ts'
import { anyLimits } from './risk-limits.ts'
import { REFERENCE } from './risk-orders.ts'

export const PRICE_MAX_AGE_MS = 15_000
const COUNTED: readonly (keyof Limits)[] = ['maxDailyOrders', 'messages', 'lookAlikes', 'repeats']
const TOTALS: readonly (keyof Limits)[] = ['maxOpenValue', 'maxDailyValue']

interface Versioned<L> {
  readonly limits: L
  readonly untilMs: number | undefined
}

export class RiskRules {
  readonly #chance: Random
  readonly #desk: Desk
  readonly #limits: Versioned<AccountLimits>[]
  firm: FirmLimits = { firm: {}, symbols: {} }
  #caps: { limits: Limits; next: Limits | undefined; fromMs: number } = {
    limits: {},
    next: undefined,
    fromMs: 0,
  }
  readonly #prices = new Map<string, { readonly price: string; readonly atMs: number }>()
  #firmRevision = 0

  constructor(account: Limits, desk: Desk, chance: Random) {
    this.#chance = chance
    this.#desk = desk
    this.#limits = [{ limits: { account, keys: {}, symbols: {} }, untilMs: undefined }]
  }

  setPrice(): void {
    const symbol = this.#chance.pick(Object.keys(REFERENCE))
    const cents = (REFERENCE[symbol] ?? 1) * (950 + this.#chance.below(100))
    const price = `${Math.floor(cents / 1_000)}.${String(cents % 1_000).padStart(3, '0')}5`
    // What was told may be old already, and gets older.
    this.#prices.set(symbol, {
      price,
      atMs: this.#desk.nowMs - this.#chance.pick([0, 0, 100, 14_000, 15_000, 16_000]),
    })
  }

  setLimits(): void {
    const chance = this.#chance
    const maybe = () => (chance.chance(0.5) ? anyLimits(this.#chance) : {})
    const limits = {
      account: anyLimits(this.#chance),
      keys: { key_1: maybe(), key_2: maybe() },
      symbols: { 'BTC-USD': maybe(), AAPL: maybe() },
    }
    const untilMs = this.#desk.nowMs + chance.pick([1_000, 60_000, 3_600_000])
    const revision = this.#desk.account.versions.length
    const raise = { approver: 'user_other', ticket: 'T-1' }
    const edited = this.#desk.edit({ type: 'limits', limits, untilMs, ifRevision: revision }, raise)
    if (!edited.ok) throw new Error(JSON.stringify(edited.error))
    this.#limits.push({ limits, untilMs })
  }

  setFirm(): void {
    const firm = anyLimits(this.#chance, COUNTED)
    this.#firmRevision += 1
    this.firm = {
      firm,
      symbols: { 'ETH-USD': anyLimits(this.#chance, [...COUNTED, ...TOTALS]) },
    }
  }

  #capsNow(): Limits {
    const { limits, next, fromMs } = this.#caps
    return next !== undefined && this.#desk.nowMs >= fromMs ? next : limits
  }

  /** A customer's own are told from what they had: each that loosens waits a day. */
  setCaps(): void {
    const limits = anyLimits(this.#chance)
    const before = this.#capsNow()
    const edited = this.#desk.edit({ type: 'caps', limits, steppedUp: true })
    if (!edited.ok) throw new Error(JSON.stringify(edited.error))
    // Whether it loosens is another rule, with tests of its own.
    const waiting = loosened(before, limits)
    const now: Record<string, unknown> = { ...limits }
    for (const member of waiting) now[member] = before[member]
    this.#caps =
      waiting.length === 0
        ? { limits, next: undefined, fromMs: 0 }
        : {
            limits: v.parse(LimitsSchema, now),
            next: limits,
            fromMs: this.#desk.nowMs + 86_400_000,
          }
  }

  pricesNow(): ReadonlyMap<string, string> {
    const { nowMs } = this.#desk
    const fresh = [...this.#prices].filter(([, { atMs }]) => nowMs - atMs <= PRICE_MAX_AGE_MS)
    return new Map(fresh.map(([symbol, { price }]) => [symbol, price]))
  }

  scopes(key: string): readonly Scope[] {
    const { nowMs } = this.#desk
    const now = this.#limits.findLast(({ untilMs }) => untilMs === undefined || nowMs < untilMs)
    const { account = {}, keys = {}, symbols = {} } = now?.limits ?? {}
    const { maxOpenValue: _open, maxDailyValue: _daily, ...firm } = this.firm.firm
    const named = (all: Readonly<Record<string, Limits>>, what: string) =>
      Object.entries(all).map(([symbol, limits]) => ({ name: `${what} ${symbol}`, limits, symbol }))
    return [
      { name: 'firm', limits: firm },
      // What a symbol's orders of everybody are held against has no totals: only what is of one order.
      ...named(this.firm.symbols, 'firm symbol'),
      { name: 'account', limits: account },
      { name: 'customer', limits: this.#capsNow() },
      { name: `key ${key}`, limits: keys[key] ?? {}, key },
      ...named(symbols, 'symbol'),
    ]
  }

  /** The firm's limits and prices as a Worker has them. */
  copy(): FirmCopy {
    const { nowMs } = this.#desk
    const prices = [...this.#prices].map(([symbol, { price, atMs }]) => ({
      symbol,
      price,
      ageMs: nowMs - atMs,
    }))
    return new FirmCopy({ revision: this.#firmRevision, limits: this.firm, prices }, nowMs)
  }
}
