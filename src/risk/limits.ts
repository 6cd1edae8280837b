/**
 * What an order may be and what orders may come to: the limits of one scope. A scope is the firm, an account, one key of
 * it, one symbol in it, or what a customer set for themselves; every scope that has a limit is asked, and each alone may
 * refuse. No limit has a value of its own: what nobody set does not limit, and no regulation names a number.
 */
import * as v from 'valibot'
import { readDecimal } from '../lib/decimal.ts'

/** The longest that single orders are remembered, in seconds: what looks back further is a daily total. */
export const MEMORY_SECONDS = 600
/** The longest window in which messages are counted, in seconds. */
const MESSAGE_SECONDS = 60
const MOST_SYMBOLS = 5_000

const amount = v.pipe(
  v.string('must be a decimal as a text'),
  v.check((text) => (readDecimal(text) ?? 0n) > 0n, 'must be a decimal above 0, as "12.5"'),
)
/** May be nothing at all: a total of 0 lets no order through. */
const total = v.pipe(
  v.string('must be a decimal as a text'),
  v.check((text) => (readDecimal(text) ?? -1n) >= 0n, 'must be a decimal of at least 0, as "12.5"'),
)
const whole = (min: number, max: number) =>
  v.pipe(
    v.number(`must be a whole number from ${min} to ${max}`),
    v.check(
      (n) => Number.isInteger(n) && n >= min && n <= max,
      `must be a whole number from ${min} to ${max}`,
    ),
  )
const symbols = v.pipe(
  v.array(v.pipe(v.string(), v.maxLength(64))),
  v.maxLength(MOST_SYMBOLS, `must name at most ${MOST_SYMBOLS} symbols`),
)
const clock = v.pipe(
  v.string(),
  v.regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$/, 'must be a time of day in UTC, as 08:00'),
)
const often = v.strictObject({
  most: whole(1, 1_000_000),
  windowSeconds: whole(1, MEMORY_SECONDS),
})

/** From `from` until before `to`, in UTC, on these days of the week: 1 is Monday, 7 Sunday. */
const Session = v.strictObject({
  days: v.pipe(v.array(whole(1, 7)), v.minLength(1)),
  from: clock,
  to: clock,
})

export const LimitsSchema = v.strictObject({
  /** Units of one order. */
  maxQuantity: v.optional(amount),
  /** What one order may come to, in the currency of its instrument. */
  maxOrderValue: v.optional(amount),
  /** How far a price may be from the reference, in percent of it. */
  collarPercent: v.optional(amount),
  /** What all orders that may still trade come to. */
  maxOpenValue: v.optional(total),
  /** What all orders of a day come to. */
  maxDailyValue: v.optional(total),
  maxDailyOrders: v.optional(whole(0, 1_000_000_000)),
  /** New orders, changes and cancels together. */
  messages: v.optional(
    v.pipe(
      v.array(
        v.strictObject({ most: whole(1, 1_000_000), windowSeconds: whole(1, MESSAGE_SECONDS) }),
      ),
      v.maxLength(4),
    ),
  ),
  /** Orders of the same symbol, side, type, price and quantity. */
  lookAlikes: v.optional(often),
  /** Orders of one key for one symbol and side. Beyond them the key is stopped there until a person lets it go on. */
  repeats: v.optional(often),
  restricted: v.optional(symbols),
  /** If set, no other symbol. */
  allowed: v.optional(symbols),
  /** No order that does not reduce a position that is known. */
  reduceOnly: v.optional(v.boolean()),
  hours: v.optional(v.pipe(v.array(Session), v.maxLength(50))),
  /** Symbols that do not trade at the moment. */
  halted: v.optional(symbols),
})
export type Limits = v.InferOutput<typeof LimitsSchema>

const byName = (what: string) =>
  v.optional(v.record(v.pipe(v.string(), v.minLength(1, what), v.maxLength(64)), LimitsSchema), {})

/** All that was set for one account. */
export const AccountLimitsSchema = v.strictObject({
  account: v.optional(LimitsSchema, {}),
  /** By key id. */
  keys: byName('must name a key'),
  /** By symbol. */
  symbols: byName('must name a symbol'),
})
export type AccountLimits = v.InferOutput<typeof AccountLimitsSchema>

/** What is counted for each account by itself: the firm says it of every account in the policy, not of all together. */
const FirmScopeSchema = v.omit(LimitsSchema, [
  'maxDailyOrders',
  'messages',
  'lookAlikes',
  'repeats',
])

/** What the firm sets for every order of everybody, and for those of some symbols. Its totals are those of all accounts. */
export const FirmLimitsSchema = v.strictObject({
  firm: v.optional(FirmScopeSchema, {}),
  symbols: v.optional(
    v.record(
      v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
      v.omit(FirmScopeSchema, ['maxOpenValue', 'maxDailyValue']),
    ),
    {},
  ),
})
export type FirmLimits = v.InferOutput<typeof FirmLimitsSchema>

/** Whether what orders come to together is limited. */
export function limitsTotal({ maxOpenValue, maxDailyValue }: Limits): boolean {
  return maxOpenValue !== undefined || maxDailyValue !== undefined
}
