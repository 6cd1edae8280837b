/**
 * The entries of an account and their rows: what is written when, and when what is over is forgotten. A row holds an entry
 * as it was made; how others changed since goes with the next row, or is written by the alarm.
 */
import type { OrderEventRecord } from '../audit/record.ts'
import type { Product } from '../lib/decimal.ts'
import type { AccountState, AccountStore } from './account-port.ts'
import { Book, type Standing } from './book.ts'
import { isOver, type Entry } from './entry.ts'
import { MEMORY_SECONDS } from './limits.ts'
import type { Answered } from './order.ts'
import { ON_ITS_WAY_MS } from './positions.ts'
import { settle } from './settle.ts'

/** A request has ended after this, and its answer has come, in milliseconds. */
export const PENDING_MS = 60_000
const MEMORY_MS = MEMORY_SECONDS * 1_000
/** How many entries are forgotten at once, and for how long fewer wait. */
const LOT = 200
const OLD_MS = 3_600_000
/** Entries kept for their ids and times when nothing else keeps them. */
const MOST_REMEMBERED = 20_000

export class Ledger {
  readonly #store: AccountStore
  readonly book: Book
  /** Entries that changed after they were last written, and of others the row that holds their last state. */
  #dirty = new Set<Entry>()
  readonly #heldBy = new Map<number, number>()
  #nextNumber: number
  /** Until when orders were last heard of that are forgotten sooner than the others. */
  forgottenMs = 0

  /** @param repeatsFrom until when a person let repeated things go on, by `<key> <symbol> <side>`. */
  constructor(store: AccountStore, state: AccountState, repeatsFrom: ReadonlyMap<string, number>) {
    this.#store = store
    this.#nextNumber = Math.max(state.nextNumber, ...state.entries.map(({ last }) => last + 1))
    this.book = new Book(state.days)
    for (const entry of state.entries) this.book.add(entry, repeatsFrom)
    for (const [number, row] of state.heldBy) this.#heldBy.set(number, row)
  }

  /** The first of so many numbers for events. */
  take(count: number): number {
    const first = this.#nextNumber
    this.#nextNumber += count
    return first
  }

  /** Of the last event. */
  get lastNumber(): number {
    return this.#nextNumber - 1
  }

  /** Numbers up to this one are taken by what is not known here. */
  goOn(highest: number): void {
    this.#nextNumber = Math.max(this.#nextNumber, highest + 1)
    this.#store.forgetEntries([], [], this.#nextNumber)
  }

  /** Counts in its day what was sent and is not known here. */
  countLost(daily: Product, orders: number, nowMs: number): void {
    this.#store.forgetEntries([], this.book.countLost(daily, orders, nowMs), this.#nextNumber)
  }

  /** Writes an entry with its events, and with it what changed of others since they were written. */
  write(entry: Entry, events: readonly OrderEventRecord[]): void {
    const changed = [...this.#dirty]
    this.#store.writeEntry(entry, events, changed)
    for (const { number } of changed) this.#heldBy.set(number, entry.number)
    this.#dirty = new Set()
    this.book.add(entry)
  }

  /**
   * What the broker answered; `undefined` when that is not known, `never` when the request never left. It is written
   * with the next order or by the next alarm, whichever comes first: if it is lost, the order stays counted. Numbers are given
   * again by an object that came back from an older state: an answer to another attempt is not for this entry.
   */
  settle(
    number: number,
    answers: readonly Answered[] | undefined | 'never',
    nowMs: number,
    attempt?: string,
  ): void {
    const entry = this.book.entry(number)
    if (entry === undefined || (attempt ?? entry.attempt) !== entry.attempt) return
    settle(this.book, entry, answers, nowMs)
    this.#note()
  }

  /**
   * What the broker told of an order outside of any request; `listedMs`: in a list of that time of all that is open.
   * Answers which it is, if it is one of ours.
   */
  told(answer: Answered, nowMs: number, listedMs?: number): Standing | undefined {
    const { orderId, clientOrderId } = answer
    const standing =
      (orderId === undefined ? undefined : this.book.find({ by: 'id', value: orderId })) ??
      (clientOrderId === undefined
        ? undefined
        : this.book.find({ by: 'client', value: clientOrderId }))
    if (standing === undefined) return undefined
    this.book.told(standing.entry, standing.leg, answer, nowMs, listedMs)
    standing.entry.unknownSinceMs = undefined
    this.#note()
    return standing
  }

  /** The broker has it: of one order it is told what the broker calls it. */
  foundOpen(entry: Entry, order: Omit<Answered, 'status'>, nowMs: number): void {
    const [leg, ...others] = entry.legs.filter(({ status }) => status !== 'closed')
    if (leg !== undefined && others.length === 0)
      this.book.told(entry, leg, { ...order, status: 'open' }, nowMs)
    entry.unknownSinceMs = undefined
    this.#note()
  }

  /** Nothing of it trades any more, as somebody knows who looked. */
  close(entry: Entry, status: 'rejected' | 'cancelled', nowMs: number): void {
    for (const leg of entry.legs)
      if (leg.status !== 'closed') this.book.told(entry, leg, { status }, nowMs)
    settle(this.book, entry, [], nowMs)
    this.#note()
  }

  /** Whether anything is on its way to the broker. */
  get hasPending(): boolean {
    for (const { legs } of this.book.standing)
      if (legs.some(({ status }) => status === 'pending')) return true
    return false
  }

  /** Requests that passed and of which nothing was heard: of one key, or of all. */
  pending(keyId: string | undefined): readonly string[] {
    return [...this.book.standing]
      .filter((entry) => keyId === undefined || entry.keyId === keyId)
      .filter(({ legs }) => legs.some(({ status }) => status === 'pending'))
      .map(({ requestId }) => requestId)
  }

  /** Writes what changed and no later row holds. */
  flush(): void {
    for (const entry of this.#dirty) {
      this.#store.changeEntry(entry)
      this.#heldBy.delete(entry.number)
    }
    this.#dirty = new Set()
  }

  /** What may be forgotten is; what nobody answered for is unknown from now on. Answers those that became so. */
  sweep(shippedUpTo: number, nowMs: number): readonly Entry[] {
    const late = [...this.book.standing].filter(
      ({ atMs, legs, unknownSinceMs }) =>
        unknownSinceMs === undefined &&
        nowMs >= atMs + PENDING_MS &&
        legs.some(({ status }) => status === 'pending'),
    )
    for (const entry of late) this.settle(entry.number, undefined, nowMs)
    this.#store.transaction(() => {
      this.#forget(shippedUpTo, nowMs)
      this.flush()
    })
    this.book.forgetTimes(nowMs)
    return late
  }

  #note(): void {
    for (const entry of this.book.takeChanged()) this.#dirty.add(entry)
  }

  /** In lots: what a lot costs beyond its rows does not grow with it. */
  #forget(shippedUpTo: number, nowMs: number): void {
    const over = [...this.book.entries()].filter(
      (entry) => isOver(entry) && entry.last <= shippedUpTo,
    )
    const beyond = over.length - MOST_REMEMBERED
    const gone = over.filter(
      (entry, i) => entry.legs.length === 0 || nowMs > lastMs(entry) + MEMORY_MS || i < beyond,
    )
    if (gone.length < LOT && !gone.some((entry) => nowMs > lastMs(entry) + OLD_MS)) return
    const numbers = new Set(gone.map(({ number }) => number))
    for (const [number, row] of this.#heldBy) {
      const kept = this.book.entry(number)
      if (numbers.has(row) && kept !== undefined) this.#dirty.add(kept)
      if (numbers.has(number)) this.#heldBy.delete(number)
    }
    for (const entry of gone) this.#dirty.delete(entry)
    this.#store.forgetEntries(gone, this.book.forget(gone, nowMs), this.#nextNumber)
    if (beyond <= 0) return
    // What one of these traded may not be in a position that was heard before.
    for (const entry of gone) this.forgottenMs = Math.max(this.forgottenMs, lastMs(entry))
    this.#store.forgetPositionsBefore(this.forgottenMs + ON_ITS_WAY_MS)
  }
}

/** When it was last heard of. */
function lastMs({ atMs, legs }: Entry): number {
  return legs.reduce((last, { heardMs = 0 }) => Math.max(last, heardMs), atMs)
}
