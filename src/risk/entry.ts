/**
 * One request of an account as its object keeps it: what each of its orders counts for, and how far it has come. What is
 * stored is this; every total follows from it.
 */
import * as v from 'valibot'
import type { Decimal, Product } from '../lib/decimal.ts'
import { ORDER_TYPES, SIDES, VALIDITIES, type NewOrder, type OrderTarget } from './order.ts'

/**
 * `pending`: on its way to the broker. `unknown`: nobody knows whether the broker has it. `open`: it may still trade.
 * `closed`: it trades no more.
 */
export const LEG_STATUSES = ['pending', 'unknown', 'open', 'closed'] as const
export type LegStatus = (typeof LEG_STATUSES)[number]

/** One order, change or cancel of a request. */
export interface Leg {
  readonly action: 'new' | 'replace' | 'cancel' | 'cancel_all'
  /** The order as it is, or as the change makes it; of cancels there is none. */
  readonly order: NewOrder | undefined
  readonly target: OrderTarget | undefined
  /** Units that the order has, and what they come to. */
  readonly quantity: Decimal
  readonly value: Product
  /** What it still counts for among what is open, and in its day. */
  open: Product
  daily: Product
  /** Whether it counts as an order of its day. */
  counts: 0 | 1
  status: LegStatus
  orderId: string | undefined
  clientOrderId: string | undefined
  /** Units that have traded, as far as the broker said. */
  filled: Decimal
  /**
   * Units that the broker counts among those but that traded before a change made this order, or `undefined` where
   * nobody said how many.
   */
  filledBefore: Decimal | undefined
  /** Of a change: units that the broker was known to count when it was sent. */
  heardBefore?: Decimal | undefined
  /** Of a change that was made, until it is known what its order traded before. */
  replaced?: Replaced | undefined
  /** Value that its day would count twice if it were changed again. */
  countedTwice?: Product | undefined
  /** Of what is over: units that traded at most; `undefined` where it may be all. */
  tradedAtMost: Decimal | undefined
  /** When the broker was last heard of it, and the units that the position that was heard since has at least. */
  heardMs: number | undefined
  inPosition: Decimal | undefined
}

/** An order as it was when a change took its place. */
export interface Replaced {
  readonly quantity: Decimal
  readonly value: Product
  /** Units of it that had not traded for certain, when it was made. */
  readonly left: Decimal
  readonly heardBefore: Decimal
  readonly countedTwice: Product
}

export interface Entry {
  /** Of its first event in the account's order record; its place among entries. */
  readonly number: number
  /** Of its last event. */
  readonly last: number
  readonly attempt: string
  readonly requestId: string
  readonly keyId: string
  readonly atMs: number
  /** How often it has changed: of two states of it, the higher is the later. */
  revision: number
  /** None: the request was refused, or the broker told something. */
  readonly legs: readonly Leg[]
  /** When nobody was left who could say how it ended. */
  unknownSinceMs: number | undefined
}

/** Whether nothing of it can change any more. */
export function isOver({ legs }: Entry): boolean {
  return legs.every(({ status }) => status === 'closed')
}

/**
 * Whether the broker said how much of an order traded that is over. Of one that is filled that is all of it, if it has
 * units; what traded before a change is not told from what did after.
 */
export function isExact({ action, order }: Leg, status: 'filled' | 'cancelled', filled?: Decimal) {
  if (action !== 'new' || filled === undefined) return false
  return status === 'cancelled' || order?.quantity === undefined
}

const Big = v.pipe(
  v.string(),
  v.regex(/^-?[0-9]+$/),
  v.transform((digits) => BigInt(digits)),
)
const Text = v.string()
const Whole = v.pipe(v.number(), v.safeInteger())

const OrderShape = v.object({
  action: v.literal('new'),
  symbol: Text,
  side: v.picklist(SIDES),
  type: v.picklist(ORDER_TYPES),
  quantity: v.optional(Big),
  quoteQuantity: v.optional(Big),
  price: v.optional(Big),
  stopPrice: v.optional(Big),
  validity: v.picklist(VALIDITIES),
  validUntilMs: v.optional(Whole),
  displayQuantity: v.optional(Big),
  postOnly: v.boolean(),
  reduceOnly: v.boolean(),
  clientOrderId: v.optional(Text),
  algorithm: v.optional(Text),
  decisionMaker: v.optional(Text),
})

const LegShape = v.object({
  action: v.picklist(['new', 'replace', 'cancel', 'cancel_all']),
  order: v.optional(OrderShape),
  target: v.optional(v.object({ by: v.picklist(['id', 'client']), value: Text })),
  quantity: Big,
  value: Big,
  open: Big,
  daily: Big,
  counts: v.picklist([0, 1]),
  status: v.picklist(LEG_STATUSES),
  orderId: v.optional(Text),
  clientOrderId: v.optional(Text),
  filled: Big,
  filledBefore: v.optional(Big),
  heardBefore: v.optional(Big),
  replaced: v.optional(
    v.object({ quantity: Big, value: Big, left: Big, heardBefore: Big, countedTwice: Big }),
  ),
  countedTwice: v.optional(Big),
  tradedAtMost: v.optional(Big),
  heardMs: v.optional(Whole),
  inPosition: v.optional(Big),
})

const EntryShape = v.object({
  number: Whole,
  last: Whole,
  attempt: Text,
  requestId: Text,
  keyId: Text,
  atMs: Whole,
  revision: Whole,
  legs: v.array(LegShape),
  unknownSinceMs: v.optional(Whole),
})

/** The text of an entry: amounts are digits. */
export function entryText(entry: Entry): string {
  return JSON.stringify(entry, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

/** @throws when the text is no entry. */
export function readEntry(text: string): Entry {
  const entry = v.parse(v.pipe(v.string(), v.parseJson(), EntryShape), text)
  return {
    ...entry,
    unknownSinceMs: entry.unknownSinceMs,
    legs: entry.legs.map((leg) => ({
      ...leg,
      order: leg.order,
      target: leg.target,
      orderId: leg.orderId,
      clientOrderId: leg.clientOrderId,
      filledBefore: leg.filledBefore,
      tradedAtMost: leg.tradedAtMost,
      heardMs: leg.heardMs,
      inPosition: leg.inPosition,
    })),
  }
}

/** Entries and the changes of others that went with them, in the order in which they were written. */
export interface EntryRow {
  readonly body: string
  readonly changed: readonly string[]
}

/** Every entry as it last was; and for those whose own row is older, which row holds that. */
export function restoreEntries(rows: Iterable<EntryRow>): {
  readonly entries: readonly Entry[]
  readonly heldBy: readonly (readonly [number: number, row: number])[]
} {
  const entries = new Map<number, Entry>()
  const heldBy = new Map<number, number>()
  for (const { body, changed } of rows) {
    const entry = readEntry(body)
    entries.set(entry.number, entry)
    for (const later of changed.map(readEntry)) {
      // Its own row may be newer: the alarm wrote it after this one.
      const own = entries.get(later.number)
      if (own === undefined || own.revision >= later.revision) continue
      entries.set(later.number, later)
      heldBy.set(later.number, entry.number)
    }
  }
  return { entries: [...entries.values()], heldBy: [...heldBy] }
}
