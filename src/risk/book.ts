/**
 * The orders of one account that still matter, and what they come to by account, key and symbol. It changes in three ways
 * only: something was sent, something was answered, something is forgotten. The same entries make the same book.
 */
import type { Decimal, Product } from '../lib/decimal.ts'
import { became, type LegChange } from './became.ts'
import { correctedDay } from './changed-day.ts'
import type { Entry, Leg } from './entry.ts'
import type { Answered, OrderTarget } from './order.ts'
import { DaySums, ScopeSums } from './sums.ts'

/** The totals of a day by scope, as they are stored. */
export type StoredDays = readonly (readonly [
  scope: string,
  slots: Parameters<typeof DaySums.from>[0],
])[]

export const ACCOUNT = 'account'
export const keyScope = (keyId: string) => `key:${keyId}`
export const symbolScope = (symbol: string) => `symbol:${symbol}`

/** An order that may still trade, and whose it is. */
export interface Standing {
  readonly entry: Entry
  readonly leg: Leg
}

export class Book {
  readonly #entries = new Map<number, Entry>()
  readonly #scopes = new Map<string, ScopeSums>()
  readonly #byOrderId = new Map<string, Standing>()
  readonly #byClientId = new Map<string, Standing>()
  readonly #byAttempt = new Map<string, number>()
  /** Entries whose orders may still trade, or of which that is not known. */
  readonly #standing = new Set<Entry>()
  /** Changes of which nobody has heard, by the name of their order. */
  readonly #changes = new Map<string, Set<Standing>>()
  /** What changed since it was last asked: it has to be stored. */
  #changed = new Set<Entry>()

  /** What was forgotten but counts in its day, by scope. */
  readonly #forgotten = new Map<string, DaySums>()

  constructor(days: StoredDays) {
    for (const [scope, slots] of days) {
      this.#forgotten.set(scope, DaySums.from(slots))
      this.#scopes.set(scope, new ScopeSums(DaySums.from(slots)))
    }
  }

  scope(name: string): ScopeSums {
    const sums = this.#scopes.get(name) ?? new ScopeSums()
    this.#scopes.set(name, sums)
    return sums
  }

  get scopes(): Iterable<readonly [string, ScopeSums]> {
    return this.#scopes
  }

  get standing(): Iterable<Entry> {
    return this.#standing
  }

  get standingCount(): number {
    return this.#standing.size
  }

  entry(number: number): Entry | undefined {
    return this.#entries.get(number)
  }

  ofAttempt(attempt: string): Entry | undefined {
    return this.#entries.get(this.#byAttempt.get(attempt) ?? 0)
  }

  entries(): Iterable<Entry> {
    return this.#entries.values()
  }

  /** The order that a request means, if it is known and may still trade. */
  find({ by, value }: OrderTarget): Standing | undefined {
    return (by === 'id' ? this.#byOrderId : this.#byClientId).get(value)
  }

  /** Whether an order with this id of the client's is known: one that the broker turned away does not count. */
  hasClientId(clientOrderId: string): boolean {
    return this.#byClientId.has(clientOrderId)
  }

  /**
   * Takes an entry in: a new one, or one that was stored. `repeatsFrom`: until when a person let repeated things go on,
   * by `<key> <symbol> <side>`.
   */
  add(entry: Entry, repeatsFrom: ReadonlyMap<string, number> = new Map()): void {
    this.#entries.set(entry.number, entry)
    this.#byAttempt.set(entry.attempt, entry.number)
    for (const leg of entry.legs) {
      this.#count(entry, leg, 1n)
      for (const sums of this.#scopesOf(entry, leg)) {
        sums.noteMessage(entry.atMs)
        if (leg.action === 'new' && leg.order !== undefined) sums.noteOrder(leg.order, entry.atMs)
      }
      this.#index({ entry, leg })
      this.#noteChange({ entry, leg })
      const { order } = leg
      const fromMs = order && repeatsFrom.get(`${entry.keyId} ${order.symbol} ${order.side}`)
      if (order !== undefined && fromMs !== undefined && entry.atMs <= fromMs)
        this.letGoOn(entry.keyId, order.symbol, order.side)
    }
    this.#watch(entry)
  }

  letGoOn(keyId: string, symbol: string, side: string): void {
    this.scope(keyScope(keyId)).forgetRepeats(symbol, side)
  }

  /** A leg counts for something else from now on. */
  change(entry: Entry, leg: Leg, next: LegChange): void {
    this.#count(entry, leg, -1n)
    Object.assign(leg, next)
    entry.revision += 1
    this.#changed.add(entry)
    this.#count(entry, leg, 1n)
    this.#index({ entry, leg })
    this.#watch(entry)
  }

  /** What changed since it was last asked: by one answer as a whole, for between its parts an order has two forms. */
  takeChanged(): Iterable<Entry> {
    for (const { legs } of this.#changed) for (const leg of legs) this.#coverChanges(leg)
    const changed = this.#changed
    this.#changed = new Set()
    return changed
  }

  /** What the broker counts when it is first heard after a change: it may be all from before that. */
  counted(entry: Entry, leg: Leg, filledBefore: Decimal): void {
    const day = leg.replaced && correctedDay(leg, leg.replaced, filledBefore)
    this.change(entry, leg, { filledBefore, ...day })
  }

  /** What the broker says of an order, whichever way it came; `listedMs`: in a list of that time of all that is open. */
  told(entry: Entry, leg: Leg, answer: Answered, nowMs: number, listedMs?: number): void {
    const { filled } = answer
    if (filled !== undefined && leg.filledBefore === undefined) this.counted(entry, leg, filled)
    this.change(entry, leg, became(leg, answer, nowMs, listedMs))
  }

  /** Forgets entries that are over. Answers what is to be stored of the day instead, of the scopes that they were in. */
  forget(entries: readonly Entry[], nowMs: number): StoredDays {
    const touched = new Set<string>()
    for (const entry of entries) {
      for (const leg of entry.legs) {
        if (leg.open !== 0n) throw new Error('Cannot forget an order: it counts among what is open')
        if (leg.daily === 0n && leg.counts === 0) continue
        for (const name of namesOf(entry, leg)) {
          const days = this.#forgotten.get(name) ?? new DaySums()
          days.add(entry.atMs, leg.daily, leg.counts)
          this.#forgotten.set(name, days)
          touched.add(name)
        }
      }
      this.#drop(entry)
    }
    return [...touched].map((name) => [name, this.#forgotten.get(name)?.stored(nowMs) ?? []])
  }

  /** What is not among the entries but counts in the account's day. Answers what is to be stored of it. */
  countLost(daily: Product, orders: number, nowMs: number): StoredDays {
    const days = this.#forgotten.get(ACCOUNT) ?? new DaySums()
    days.add(nowMs, daily, orders)
    this.#forgotten.set(ACCOUNT, days)
    this.scope(ACCOUNT).days.add(nowMs, daily, orders)
    return [[ACCOUNT, days.stored(nowMs)]]
  }

  /** Forgets when things happened that nothing looks back to any more. */
  forgetTimes(nowMs: number): void {
    for (const sums of this.#scopes.values()) sums.forget(nowMs)
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.number)
    this.#byAttempt.delete(entry.attempt)
    this.#standing.delete(entry)
    for (const { orderId, clientOrderId } of entry.legs) {
      if (this.#byOrderId.get(orderId ?? '')?.entry === entry) this.#byOrderId.delete(orderId ?? '')
      if (this.#byClientId.get(clientOrderId ?? '')?.entry === entry)
        this.#byClientId.delete(clientOrderId ?? '')
    }
  }

  #noteChange(standing: Standing): void {
    const { action, target, status } = standing.leg
    if (action !== 'replace' || target === undefined || status === 'closed' || status === 'open')
      return
    const name = `${target.by} ${target.value}`
    this.#changes.set(name, (this.#changes.get(name) ?? new Set()).add(standing))
  }

  /** A change that nobody has heard of may have been made: with its order it holds at least what it would come to. */
  #coverChanges({ orderId, clientOrderId }: Leg): void {
    for (const name of [`id ${orderId}`, `client ${clientOrderId}`])
      for (const standing of this.#changes.get(name) ?? []) this.#coverChange(name, standing)
  }

  #coverChange(name: string, standing: Standing): void {
    const { entry, leg } = standing
    if (leg.status !== 'pending' && leg.status !== 'unknown') {
      this.#changes.get(name)?.delete(standing)
      if (this.#changes.get(name)?.size === 0) this.#changes.delete(name)
      return
    }
    const order = leg.target && this.find(leg.target)?.leg
    const open = leg.value - (order === undefined || order === leg ? 0n : order.open)
    if (open > leg.open) this.change(entry, leg, { open })
  }

  /** Those that may have been made of an order. */
  *changesOf({ orderId, clientOrderId }: Leg): Iterable<Entry> {
    for (const name of [`id ${orderId}`, `client ${clientOrderId}`])
      for (const { entry, leg } of this.#changes.get(name) ?? [])
        if (leg.status === 'pending' || leg.status === 'unknown') yield entry
  }

  #count(entry: Entry, leg: Leg, sign: 1n | -1n): void {
    for (const sums of this.#scopesOf(entry, leg)) {
      sums.open += sign * leg.open
      if (leg.daily !== 0n || leg.counts !== 0)
        sums.days.add(entry.atMs, sign * leg.daily, Number(sign) * leg.counts)
    }
  }

  #scopesOf(entry: Entry, leg: Leg): readonly ScopeSums[] {
    return namesOf(entry, leg).map((name) => this.scope(name))
  }

  #index(standing: Standing): void {
    const { leg } = standing
    if (leg.action === 'cancel' || leg.action === 'cancel_all') return
    const wasRejected = leg.status === 'closed' && leg.counts === 0 && leg.action === 'new'
    const { orderId, clientOrderId } = leg
    // What is over takes no name from what may trade: read back from rows, it may come later.
    const named = this.#byOrderId.get(orderId ?? '')?.leg
    if (orderId !== undefined && (named === undefined || isLive(leg) || !isLive(named)))
      this.#byOrderId.set(orderId, standing)
    if (clientOrderId === undefined) return
    if (wasRejected) {
      if (this.#byClientId.get(clientOrderId)?.leg === leg) this.#byClientId.delete(clientOrderId)
      return
    }
    // A change of an order has its name only once it was made: until then it is the order's.
    const holder = this.#byClientId.get(clientOrderId)?.leg
    if (
      holder === undefined ||
      holder === leg ||
      (isMade(leg) && !(isMade(holder) && isLive(holder)))
    )
      this.#byClientId.set(clientOrderId, standing)
  }

  #watch(entry: Entry): void {
    if (entry.legs.some(({ status }) => status !== 'closed')) this.#standing.add(entry)
    else this.#standing.delete(entry)
  }
}

/** Whether it is an order, and not a change of which nobody has heard that it was made. */
function isMade({ action, status }: Leg): boolean {
  return action === 'new' || (status !== 'pending' && status !== 'unknown')
}

function isLive({ status }: Leg): boolean {
  return status !== 'closed'
}

function namesOf({ keyId }: Entry, { order }: Leg): readonly string[] {
  return [ACCOUNT, keyScope(keyId), ...(order === undefined ? [] : [symbolScope(order.symbol)])]
}
