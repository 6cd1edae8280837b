/** What the calculator knows of one order. */
import type { Intent, NewOrder, OrderTarget } from '../../src/risk/order.ts'
import { NOTHING, type Amount } from './risk-amount.ts'
import type { Before } from './risk-refilled.ts'

/** One order, change or cancel that was let through. */
export interface Line {
  readonly number: number
  readonly atMs: number
  readonly key: string
  readonly action: Intent['action']
  readonly order: NewOrder | undefined
  readonly target: OrderTarget | undefined
  readonly quantity: Amount
  readonly value: Amount
  /** Among what may still trade, and in its day. */
  open: Amount
  daily: Amount
  counts: 0 | 1
  isOver: boolean
  /** Another took its place. */
  isReplaced: boolean
  isAnswered: boolean
  isTurnedAway: boolean
  brokerId: string | undefined
  filled: Amount
  /** Of what the broker counts: what traded before a change made this order; `undefined` until it says. */
  filledBefore: Amount | undefined
  /** Of a change: what the broker was known to count when it was sent; the order before it; what the day has of both. */
  knownBefore: Amount
  before: Before | undefined
  inBoth: Amount
  /** Of what is over: what it traded at most; `undefined` where it may be all. */
  atMost: Amount | undefined
  /** When the broker was last heard of it, and what of it is surely in the position that was heard last. */
  heardMs: number | undefined
  inPosition: Amount
  /** Whether a person let repeated things go on after it. */
  isForgiven: boolean
}

export interface Position {
  readonly quantity: Amount
  readonly atMs: number
}

export const FRESH = {
  isOver: false,
  isReplaced: false,
  isAnswered: false,
  isTurnedAway: false,
  brokerId: undefined,
  filled: NOTHING,
  filledBefore: NOTHING,
  knownBefore: NOTHING,
  before: undefined,
  inBoth: NOTHING,
  atMost: undefined,
  heardMs: undefined,
  inPosition: NOTHING,
  isForgiven: false,
} as const
