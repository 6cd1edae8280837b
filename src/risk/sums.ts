/** What one scope has come to: open, in a day, lately. Everything in it follows from entries, and is made again from them. */
import type { Product } from '../lib/decimal.ts'
import type { Sums } from './control.ts'
import { MEMORY_SECONDS } from './limits.ts'
import type { NewOrder } from './order.ts'

const DAY_MS = 86_400_000
/** A day's total forgets in steps of this, and never early. */
export const SLOT_MS = 900_000
const MEMORY_MS = MEMORY_SECONDS * 1_000

/** The day's totals of one scope: what began in a slot counts until a day after its end. */
export class DaySums {
  readonly #slots = new Map<number, { value: Product; orders: number }>()

  add(atMs: number, value: Product, orders: number): void {
    const index = Math.floor(atMs / SLOT_MS)
    const slot = this.#slots.get(index)
    this.#slots.set(index, {
      value: (slot?.value ?? 0n) + value,
      orders: (slot?.orders ?? 0) + orders,
    })
  }

  value(nowMs: number): Product {
    let sum = 0n
    for (const [index, { value }] of this.#slots) if (counts(index, nowMs)) sum += value
    return sum
  }

  orders(nowMs: number): number {
    let sum = 0
    for (const [index, { orders }] of this.#slots) if (counts(index, nowMs)) sum += orders
    return sum
  }

  /** What is stored of it: slot, value as digits, orders. */
  stored(nowMs: number): readonly (readonly [number, string, number])[] {
    for (const index of this.#slots.keys()) if (!counts(index, nowMs)) this.#slots.delete(index)
    return [...this.#slots].map(([index, { value, orders }]) => [index, value.toString(), orders])
  }

  static from(stored: readonly (readonly [number, string, number])[]): DaySums {
    const sums = new DaySums()
    for (const [index, value, orders] of stored)
      sums.#slots.set(index, { value: BigInt(value), orders })
    return sums
  }
}

function counts(index: number, nowMs: number): boolean {
  return (index + 1) * SLOT_MS + DAY_MS > nowMs
}

/** Times at which something happened, oldest first. */
class Times {
  #times: number[] = []

  add(atMs: number): void {
    // What is read back comes in order; a clock that was set back must not break it.
    this.#times.push(Math.max(atMs, this.#times.at(-1) ?? 0))
  }

  /** How many were after `sinceMs`. */
  since(sinceMs: number): number {
    let [low, high] = [0, this.#times.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#times[middle] ?? 0) > sinceMs) high = middle
      else low = middle + 1
    }
    return this.#times.length - low
  }

  /** Forgets what was until `untilMs`; answers whether nothing is left. */
  forget(untilMs: number): boolean {
    this.#times = this.#times.slice(this.#times.length - this.since(untilMs))
    return this.#times.length === 0
  }
}

/** What makes two orders look alike, and what makes them the same thing done again. */
function likeness({ symbol, side, type, price, quantity, quoteQuantity }: NewOrder): string {
  return [symbol, side, type, price, quantity, quoteQuantity].join(' ')
}
function repetition({ symbol, side }: NewOrder): string {
  return `${symbol} ${side}`
}

export class ScopeSums implements Sums {
  open: Product = 0n
  readonly days: DaySums
  readonly #messages = new Times()
  readonly #alike = new Map<string, Times>()
  readonly #repeated = new Map<string, Times>()

  constructor(days = new DaySums()) {
    this.days = days
  }

  openValue(): Product {
    return this.open
  }

  dailyValue(nowMs: number): Product {
    return this.days.value(nowMs)
  }

  dailyOrders(nowMs: number): number {
    return this.days.orders(nowMs)
  }

  messages(sinceMs: number): number {
    return this.#messages.since(sinceMs)
  }

  lookAlikes(order: NewOrder, sinceMs: number): number {
    return this.#alike.get(likeness(order))?.since(sinceMs) ?? 0
  }

  repeats(order: NewOrder, sinceMs: number): number {
    return this.#repeated.get(repetition(order))?.since(sinceMs) ?? 0
  }

  noteMessage(atMs: number): void {
    this.#messages.add(atMs)
  }

  noteOrder(order: NewOrder, atMs: number): void {
    timesOf(this.#alike, likeness(order)).add(atMs)
    timesOf(this.#repeated, repetition(order)).add(atMs)
  }

  /** A person let a repeated thing go on: it begins at nothing. */
  forgetRepeats(symbol: string, side: string): void {
    this.#repeated.delete(`${symbol} ${side}`)
  }

  forget(nowMs: number): void {
    this.#messages.forget(nowMs - MEMORY_MS)
    for (const all of [this.#alike, this.#repeated])
      for (const [name, times] of all) if (times.forget(nowMs - MEMORY_MS)) all.delete(name)
  }
}

function timesOf(all: Map<string, Times>, name: string): Times {
  const times = all.get(name) ?? new Times()
  all.set(name, times)
  return times
}

/** What an order that was let through before in the same request adds. */
export interface Add {
  readonly order: NewOrder
  readonly open: Product
  readonly daily: Product
  readonly counts: 0 | 1
}

/** What a scope would have come to with what was let through before in the same request. */
export class SumsWith implements Sums {
  readonly #sums: Sums
  readonly #ofKey: Sums
  readonly #adds: readonly Add[]

  /** @param ofKey of the key that asks: whoever limits what is repeated, it is one key that repeats itself. */
  constructor(sums: Sums, ofKey: Sums, adds: readonly Add[]) {
    this.#sums = sums
    this.#ofKey = ofKey
    this.#adds = adds
  }

  openValue(): Product {
    return this.#adds.reduce((sum, { open }) => sum + open, this.#sums.openValue())
  }

  dailyValue(nowMs: number): Product {
    return this.#adds.reduce((sum, { daily }) => sum + daily, this.#sums.dailyValue(nowMs))
  }

  dailyOrders(nowMs: number): number {
    return this.#adds.reduce((sum, { counts: one }) => sum + one, this.#sums.dailyOrders(nowMs))
  }

  messages(sinceMs: number): number {
    return this.#sums.messages(sinceMs) + this.#adds.length
  }

  lookAlikes(order: NewOrder, sinceMs: number): number {
    return this.#sums.lookAlikes(order, sinceMs) + this.#with(likeness, order)
  }

  repeats(order: NewOrder, sinceMs: number): number {
    return this.#ofKey.repeats(order, sinceMs) + this.#with(repetition, order)
  }

  #with(of: (order: NewOrder) => string, order: NewOrder): number {
    return this.#adds.filter((add) => add.counts === 1 && of(add.order) === of(order)).length
  }
}
