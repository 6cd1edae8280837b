/** What an account's object is asked, what it says, and what it needs of its tables and of the policy. */
import type { OrderEventRecord } from '../audit/record.ts'
import type { AccountHold } from '../control/hold.ts'
import type { Force } from '../control/level.ts'
import type { Product } from '../lib/decimal.ts'
import type { StoredDays } from './book.ts'
import type { Entry } from './entry.ts'
import type { EventCall, InstrumentFacts } from './event.ts'
import type { FirmView, RiskRefusal } from './judge.ts'
import type { AccountLimits } from './limits.ts'
import type { Intent } from './order.ts'
import type { Position } from './positions.ts'
import type { Restored } from './restored.ts'
import type { Caps, Latch, Override, Version } from './settings.ts'
import type { Reference, Terms } from './value.ts'

export interface RiskAsk extends EventCall {
  readonly attempt: string
  readonly intents: readonly Intent[]
  /** What the market last paid, by symbol, no older than the policy allows. */
  readonly references: Readonly<Record<string, Reference>>
  readonly firm: FirmView
  /** The level of the kill switch that the Worker knows to hold for the request. */
  readonly force?: Force | undefined
}

export interface RiskPassed {
  readonly number: number
  /** Whether every order of the request only makes a position smaller; cancels do. */
  readonly reduces: boolean
  /** The symbols that it is about, as far as they are known. */
  readonly symbols: readonly string[]
}

/** What the firm must grant before these orders may pass. */
export interface Needs {
  readonly open: Product
  readonly daily: Product
}

export type RiskVerdict =
  | { readonly passed: RiskPassed }
  | { readonly refused: RiskRefusal }
  /** The kill switch holds it. */
  | { readonly held: Force }
  | { readonly needs: Needs }
  | { readonly unavailable: 'audit' }

/** What the firm's object has granted this account, all orders together. */
export interface Grant {
  readonly open: Product
  readonly daily: Product
}

/** Everything in the account's tables. */
export interface AccountState {
  /** By number, each as it last was; and for those whose own row is older, the row that holds it. */
  readonly entries: readonly Entry[]
  readonly heldBy: readonly (readonly [number: number, row: number])[]
  readonly days: StoredDays
  readonly nextNumber: number
  readonly versions: readonly Version[]
  readonly caps: Caps
  readonly overrides: readonly Override[]
  readonly latches: readonly Latch[]
  readonly positions: readonly Position[]
  /** With the number of the last question to the firm that was answered. */
  readonly grant: Grant & { readonly question: number }
  readonly restored: Restored
  readonly holds: readonly AccountHold[]
}

export interface AccountStore {
  read(): AccountState
  /**
   * Keeps an entry and the events that say what became of its orders, and how others have changed, as one row: rows are
   * what is paid for.
   */
  writeEntry(entry: Entry, events: readonly OrderEventRecord[], changed: readonly Entry[]): void
  changeEntry(entry: Entry): void
  /** What was forgotten counts in its day; the next event has this number. */
  forgetEntries(entries: readonly Entry[], days: StoredDays, nextNumber: number): void
  /** Positions that were so before a time are of no use any more. */
  forgetPositionsBefore(atMs: number): void
  useOverride(id: string, requestId: string, atMs: number): void
  latch(latch: Latch): void
  writeRestored(restored: Restored): void
  /** Positions, overrides and what the firm granted are of no use any more. */
  forgetPassing(): void
  transaction<T>(change: () => T): T
}

/** What the policy says, for every account. */
export interface RiskTerms {
  terms(symbol: string): Terms | undefined
  instrument(symbol: string): InstrumentFacts
  /** What holds for an account of which nothing was set. */
  readonly limits: AccountLimits
  readonly reducesWithoutPrice: boolean
  readonly positionMaxAgeMs: number
}
