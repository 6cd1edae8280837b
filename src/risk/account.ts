/**
 * An account's object, without the platform: what it holds in memory, and what must be durable before an order leaves.
 * The judgement itself is in `judge.ts`, what becomes of an order in `ledger.ts`.
 */
import type { OrderEventRecord } from '../audit/record.ts'
import type { AccountHold } from '../control/hold.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Decimal, Product } from '../lib/decimal.ts'
import type { AccountStore, Grant, Needs, RiskAsk, RiskTerms, RiskVerdict } from './account-port.ts'
import { ACCOUNT } from './book.ts'
import type { Entry } from './entry.ts'
import { entryOf, judgedEvent, type JudgedFacts } from './judged-event.ts'
import { forceFor, intentsPass, passedAs, passedNow } from './held.ts'
import { judge, symbolOf, type JudgedOrder, type Judgement, type RiskRefusal } from './judge.ts'
import { Ledger } from './ledger.ts'
import type { AccountLimits } from './limits.ts'
import { ON_ITS_WAY_MS, Positions } from './positions.ts'
import type { RiskControl } from './refusals.ts'
import type { Restored } from './restored.ts'
import {
  capsAt,
  isUsable,
  latchName,
  repeatsFrom,
  versionAt,
  type Caps,
  type Latch,
  type Override,
  type Version,
} from './settings.ts'

/** How many events may wait for the audit log. */
export const MOST_WAITING = 50_000

export class Account {
  readonly #store: AccountStore
  readonly #policy: RiskTerms
  readonly ledger: Ledger
  readonly positions: Positions
  versions: readonly Version[]
  caps: Caps
  grant: Grant
  /** Of the firm's limits under which that was granted: others may leave less. Not stored: then it is asked again. */
  grantRevision: number | undefined
  /** Whether the firm knows of the account: when a total begins to hold it asks whom it knows what they use. */
  isKnownToFirm: boolean
  restored: Restored
  holds: readonly AccountHold[]
  readonly #overrides: Map<string, Override>
  readonly #latches: Map<string, Latch>
  /** What was refused lately, by attempt: asked again it is refused alike, and not recorded twice. */
  readonly #refusals = new BoundedMap<RiskRefusal>(1_000)
  /** Events that the audit log does not have. */
  #waiting: number

  constructor(store: AccountStore, policy: RiskTerms, waiting: number) {
    const state = store.read()
    this.#store = store
    this.#policy = policy
    this.#waiting = waiting
    this.versions = state.versions
    this.caps = state.caps
    this.grant = state.grant
    this.isKnownToFirm = state.grant.question > 0
    this.restored = state.restored
    this.holds = state.holds
    this.#overrides = new Map(state.overrides.map((one) => [one.id, one]))
    this.#latches = new Map(state.latches.map((one) => [latchName(one), one]))
    this.positions = new Positions(state.positions)
    this.ledger = new Ledger(store, state, repeatsFrom(state.latches))
  }

  get overrides(): readonly Override[] {
    return [...this.#overrides.values()]
  }

  get latches(): readonly Latch[] {
    return [...this.#latches.values()]
  }

  /** Of the limits that were set last. */
  get revision(): number {
    return this.versions.at(-1)?.revision ?? 0
  }

  keepRestored(restored: Restored): void {
    this.restored = restored
    this.#store.writeRestored(restored)
  }

  /** Of what was kept nothing lets an order pass any more: no position, no override, nothing that the firm granted. */
  forgetPassing(): void {
    this.#store.forgetPassing()
    this.positions.forget(undefined)
    this.#overrides.clear()
    this.grant = { open: 0n, daily: 0n }
    this.grantRevision = undefined
  }

  /** What holds for an account of which nothing was set. */
  get defaults(): AccountLimits {
    return this.#policy.limits
  }

  /** Keeps what the broker told, under numbers that were taken. */
  record(
    requestId: string,
    keyId: string,
    events: readonly OrderEventRecord[],
    nowMs: number,
  ): void {
    const [first, last] = [events[0]?.number ?? 0, events.at(-1)?.number ?? 0]
    const name = { attempt: `${requestId}:${first}`, requestId, keyId, atMs: nowMs }
    const entry = { ...name, number: first, last, revision: 0, legs: [], unknownSinceMs: undefined }
    this.ledger.write(entry, events)
    this.#waiting += events.length
  }

  setOverride(override: Override): void {
    this.#overrides.set(override.id, override)
  }

  /** A person let it go on. */
  setLatch(latch: Latch): void {
    this.#latches.set(latchName(latch), latch)
    if (latch.releasedAtMs !== undefined)
      this.ledger.book.letGoOn(latch.keyId, latch.symbol, latch.side)
  }

  limitsAt(nowMs: number): AccountLimits {
    return versionAt(this.versions, nowMs)?.limits ?? this.#policy.limits
  }

  /** Judges a request. What its verdict rests on is written before this returns. */
  judge(ask: RiskAsk, nowMs: number): RiskVerdict {
    const known = this.ledger.book.ofAttempt(ask.attempt)
    if (known !== undefined && known.legs.length > 0) return { passed: passedAs(known) }
    const before = this.#refusals.get(ask.attempt)
    if (before !== undefined) return { refused: before }
    const force = forceFor(ask, this.holds)
    if (!intentsPass(ask.intents, force.level, true)) return { held: force }
    if (this.#waiting >= MOST_WAITING) return { unavailable: 'audit' }
    const judgement = judge(ask.intents, this.#scene(ask, nowMs))
    if ('refused' in judgement) return this.#refuse(ask, judgement, nowMs)
    const reduces = judgement.passed.every((one) => one.reduces)
    if (!intentsPass(ask.intents, force.level, reduces)) return { held: force }
    const needs = this.#missing(ask, judgement.passed, nowMs)
    return needs === undefined ? this.#pass(ask, judgement.passed, nowMs) : { needs }
  }

  /** The firm has no more to give: the last word on a request that needed it. */
  refuseForFirm(ask: RiskAsk, control: RiskControl, limit: string, nowMs: number): RiskVerdict {
    const judgement = judge(ask.intents, this.#scene(ask, nowMs))
    if ('refused' in judgement) return this.#refuse(ask, judgement, nowMs)
    const [first] = judgement.passed
    const refused = {
      control,
      scope: 'firm',
      limit,
      actual: 'above it',
      index: 0,
      orderHash: first?.orderHash ?? '',
    }
    return this.#refuse(ask, { refused, reference: first?.reference }, nowMs)
  }

  /** The audit log has everything up to a number. */
  shipped(waiting: number): void {
    this.#waiting = waiting
  }

  #scene(ask: RiskAsk, nowMs: number) {
    const { reducesWithoutPrice, positionMaxAgeMs } = this.#policy
    return {
      book: this.ledger.book,
      keyId: ask.keyId,
      account: ask.account,
      nowMs,
      limits: this.limitsAt(nowMs),
      caps: capsAt(this.caps, nowMs),
      firm: ask.firm,
      terms: (symbol: string) => this.#policy.terms(symbol),
      reference: (symbol: string) => ask.references[symbol],
      isSealed: this.restored.sealed !== undefined,
      reducesWithoutPrice,
      reduces: (order: Parameters<Positions['reduces']>[0], quantity: Decimal | undefined) =>
        this.positions.reduces(order, quantity, this.ledger.book, {
          sinceMs: Math.max(nowMs - positionMaxAgeMs, this.ledger.forgottenMs + ON_ITS_WAY_MS),
          nowMs,
        }),
      latched: (symbol: string, side: string) => {
        const latch = this.#latches.get(`${ask.keyId} ${symbol} ${side}`)
        return latch !== undefined && latch.releasedAtMs === undefined
      },
      overridden: (orderHash: string) => this.#usable(orderHash, nowMs) !== undefined,
    }
  }

  #usable(orderHash: string, nowMs: number): Override | undefined {
    return this.overrides.find((one) => one.orderHash === orderHash && isUsable(one, nowMs))
  }

  #missing(ask: RiskAsk, passed: readonly JudgedOrder[], nowMs: number): Needs | undefined {
    const { maxOpenValue, maxDailyValue } = ask.firm.firm
    const sums = this.ledger.book.scope(ACCOUNT)
    const wants = (limit: string | undefined, adds: Product, before: () => Product) =>
      limit === undefined || adds === 0n ? 0n : before() + adds
    const sumOf = (which: 'open' | 'daily') => passed.reduce((sum, { leg }) => sum + leg[which], 0n)
    const open = wants(maxOpenValue, sumOf('open'), () => sums.openValue())
    const daily = wants(maxDailyValue, sumOf('daily'), () => sums.dailyValue(nowMs))
    // What takes risk away asks nobody.
    if (sumOf('open') === 0n && sumOf('daily') === 0n) return undefined
    if (open === 0n && daily === 0n && this.isKnownToFirm) return undefined
    const isOutdated = this.grantRevision !== ask.firm.revision
    return isOutdated || open > this.grant.open || daily > this.grant.daily
      ? { open, daily }
      : undefined
  }

  #pass(ask: RiskAsk, passed: readonly JudgedOrder[], nowMs: number): RiskVerdict {
    const legs = passed.map(({ leg }) => leg)
    const entry = this.#entry(ask, passed.length, nowMs, legs)
    const events = passed.map((one, i) =>
      this.#event(ask, i, entry, {
        decision: 'accepted',
        orderHash: one.orderHash,
        reference: one.reference,
        order: one.leg.order,
        override: one.overridden ? this.#usable(one.orderHash, nowMs)?.id : undefined,
      }),
    )
    this.#store.transaction(() => {
      this.ledger.write(entry, events)
      for (const { overridden, orderHash } of passed)
        if (overridden) this.#use(orderHash, ask.requestId, nowMs)
    })
    this.#waiting += events.length
    return { passed: passedNow(entry.number, passed) }
  }

  #use(orderHash: string, requestId: string, nowMs: number): void {
    const override = this.#usable(orderHash, nowMs)
    if (override === undefined) return
    this.#overrides.set(override.id, { ...override, usedBy: requestId })
    this.#store.useOverride(override.id, requestId, nowMs)
  }

  #refuse(
    ask: RiskAsk,
    { refused, reference }: Extract<Judgement, { refused: RiskRefusal }>,
    nowMs: number,
  ): RiskVerdict {
    const entry = this.#entry(ask, ask.intents.length, nowMs, [])
    const events = ask.intents.map((_intent, i) =>
      this.#event(ask, i, entry, {
        decision: 'refused',
        orderHash: i === refused.index ? refused.orderHash : undefined,
        reference: i === refused.index ? reference : undefined,
        ...(i === refused.index ? { refused } : {}),
      }),
    )
    this.#store.transaction(() => {
      this.ledger.write(entry, events)
      if (refused.control === 'repeated_execution') this.#latch(ask, refused.index, nowMs)
    })
    this.#refusals.set(ask.attempt, refused)
    this.#waiting += events.length
    return { refused }
  }

  #latch(ask: RiskAsk, index: number, nowMs: number): void {
    const intent = ask.intents[index]
    if (intent?.action !== 'new') return
    const whose = { keyId: ask.keyId, symbol: intent.symbol, side: intent.side }
    const name = latchName(whose)
    const held = this.#latches.get(name)
    if (held !== undefined && held.releasedAtMs === undefined) return
    const latch = { ...whose, id: ask.requestId, atMs: nowMs, releasedAtMs: undefined }
    this.#latches.set(name, latch)
    this.#store.latch(latch)
  }

  #entry(ask: RiskAsk, events: number, nowMs: number, legs: Entry['legs']): Entry {
    return entryOf(ask, this.ledger.take(events), events, legs, nowMs)
  }

  #event(ask: RiskAsk, index: number, entry: Entry, own: JudgedFacts): OrderEventRecord {
    const limitsRevision = versionAt(this.versions, entry.atMs)?.revision
    const symbol = symbolOf(ask.intents[index], this.ledger.book)
    return judgedEvent(ask, index, entry, { ...own, symbol, limitsRevision }, this.#policy)
  }
}
