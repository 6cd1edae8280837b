/** Every control of the calculator: what its limit says, asked of one order and of those that count with it. */
import type { Limits } from '../../src/risk/limits.ts'
import type { NewOrder } from '../../src/risk/order.ts'
import {
  amount,
  by,
  held,
  isMore,
  minus,
  NOTHING,
  plus,
  written,
  type Amount,
} from './risk-amount.ts'
import { total, type History } from './risk-history.ts'
import type { Line } from './risk-line.ts'

export interface Scope {
  readonly name: string
  readonly limits: Limits
  /** Whose orders count: of one key, of one symbol, or all. */
  readonly key?: string
  readonly symbol?: string
}

/** One order with all that is known of it. */
export interface Case {
  readonly question: {
    readonly key: string
    readonly nowMs: number
    readonly firmTotals: Pick<Limits, 'maxOpenValue' | 'maxDailyValue'>
  }
  readonly history: Pick<History, 'lines'>
  readonly order: NewOrder
  readonly isNew: boolean
  readonly quantity: Amount | undefined
  readonly value: Amount | undefined
  /** Whether it can come to no more. */
  readonly isSure: boolean
  readonly adds: { readonly open: Amount; readonly daily: Amount }
  readonly price: string | undefined
  readonly reduces: boolean
}

type Said = readonly [limit: string, actual: string] | undefined

const DAY_MS = 86_400_000
const SLOT_MS = 900_000
/** Without a price only what reduces may go on. */
function isExcused({ reduces }: Case): boolean {
  return reduces
}

function within(lines: readonly Line[], nowMs: number, seconds: number): readonly Line[] {
  return lines.filter(({ atMs }) => atMs > nowMs - seconds * 1_000)
}

export function ofDay(lines: readonly Line[], nowMs: number): readonly Line[] {
  return lines.filter(({ atMs }) => (Math.floor(atMs / SLOT_MS) + 1) * SLOT_MS + DAY_MS > nowMs)
}

function isOpenAt(hours: NonNullable<Limits['hours']>, nowMs: number): boolean {
  const now = new Date(nowMs)
  const day = now.getUTCDay() === 0 ? 7 : now.getUTCDay()
  const clock = now.toISOString().slice(11, 16)
  return hours.some(({ days, from, to }) => days.includes(day) && from <= clock && clock < to)
}

function sum(limit: string | undefined, adds: Amount, before: Amount): Said {
  if (limit === undefined || !isMore(adds, NOTHING)) return undefined
  const after = plus(before, adds)
  return isMore(after, amount(limit)) ? [limit, written(after)] : undefined
}

function count(most: number, before: number): Said {
  return before + 1 > most ? [String(most), String(before + 1)] : undefined
}

function isLike(one: NewOrder, { order, action }: Line): boolean {
  return (
    action === 'new' &&
    order !== undefined &&
    (['symbol', 'side', 'type', 'price', 'quantity', 'quoteQuantity'] as const).every(
      (name) => one[name] === order[name],
    )
  )
}

function collar({ order, price }: Case, percent: string | undefined): Said {
  if (percent === undefined || price === undefined) return undefined
  for (const named of [order.price, order.stopPrice]) {
    if (named === undefined) continue
    const away = minus(held(named), amount(price))
    const far = isMore(NOTHING, away) ? minus(NOTHING, away) : away
    if (isMore(by(far, amount('100')), by(amount(price), amount(percent))))
      return [`within ${percent} percent of ${written(amount(price))}`, written(held(named))]
  }
  return undefined
}

function size(limit: string | undefined, actual: Amount | undefined, asked: Case): Said {
  if (limit === undefined) return undefined
  if (actual === undefined) return isExcused(asked) ? undefined : [limit, 'unknown']
  return isMore(actual, amount(limit)) ? [limit, written(actual)] : undefined
}

type Ask = (asked: Case, limits: Limits, lines: readonly Line[]) => Said

/** In the order in which they are asked. */
export const CONTROLS: readonly (readonly [string, Ask])[] = [
  [
    'restricted_symbol',
    ({ order }, { restricted = [] }) =>
      restricted.includes(order.symbol) ? ['restricted', order.symbol] : undefined,
  ],
  [
    'symbol_not_allowed',
    ({ order }, { allowed }) =>
      allowed !== undefined && !allowed.includes(order.symbol)
        ? ['not allowed', order.symbol]
        : undefined,
  ],
  [
    'symbol_halted',
    ({ order }, { halted = [] }) =>
      halted.includes(order.symbol) ? ['halted', order.symbol] : undefined,
  ],
  [
    'trading_hours',
    ({ question }, { hours }) =>
      hours !== undefined && !isOpenAt(hours, question.nowMs)
        ? ['within trading hours', 'outside']
        : undefined,
  ],
  [
    'reduce_only',
    ({ order, reduces }, { reduceOnly }) =>
      (order.reduceOnly || reduceOnly === true) && !reduces
        ? ['only what reduces a known position', 'does not']
        : undefined,
  ],
  [
    'reference_price',
    (asked, { collarPercent, maxOrderValue, maxOpenValue, maxDailyValue }) => {
      const names = asked.order.price !== undefined || asked.order.stopPrice !== undefined
      const { firmTotals } = asked.question
      const ofFirm = firmTotals.maxOpenValue ?? firmTotals.maxDailyValue
      const limited = maxOrderValue ?? maxOpenValue ?? maxDailyValue ?? ofFirm
      const isOpen = !asked.isSure && limited !== undefined
      const needs = asked.value === undefined || isOpen || (collarPercent !== undefined && names)
      return needs && asked.price === undefined && !isExcused(asked)
        ? ['a reference price that is not too old', 'none']
        : undefined
    },
  ],
  ['max_quantity', (asked, { maxQuantity }) => size(maxQuantity, asked.quantity, asked)],
  ['max_order_value', (asked, { maxOrderValue }) => size(maxOrderValue, asked.value, asked)],
  ['price_collar', (asked, { collarPercent }) => collar(asked, collarPercent)],
  [
    'max_open_value',
    (asked, { maxOpenValue }, lines) =>
      sum(
        maxOpenValue,
        asked.adds.open,
        total(lines, ({ open }) => open),
      ),
  ],
  [
    'max_daily_value',
    (asked, { maxDailyValue }, lines) =>
      sum(
        maxDailyValue,
        asked.adds.daily,
        total(ofDay(lines, asked.question.nowMs), ({ daily }) => daily),
      ),
  ],
  [
    'max_daily_orders',
    ({ question, isNew }, { maxDailyOrders }, lines) =>
      maxDailyOrders === undefined || !isNew
        ? undefined
        : count(
            maxDailyOrders,
            ofDay(lines, question.nowMs).filter(({ counts }) => counts === 1).length,
          ),
  ],
  [
    'max_messages',
    ({ question }, { messages = [] }, lines) =>
      messages
        .map(({ most, windowSeconds }) =>
          count(most, within(lines, question.nowMs, windowSeconds).length),
        )
        .find((said) => said !== undefined),
  ],
  [
    'duplicate_order',
    ({ question, order, isNew }, { lookAlikes }, lines) =>
      lookAlikes === undefined || !isNew
        ? undefined
        : count(
            lookAlikes.most,
            within(lines, question.nowMs, lookAlikes.windowSeconds).filter((line) =>
              isLike(order, line),
            ).length,
          ),
  ],
  [
    'repeated_execution',
    ({ question, order, isNew, history }, { repeats }) =>
      repeats === undefined || !isNew
        ? undefined
        : count(
            repeats.most,
            within(history.lines, question.nowMs, repeats.windowSeconds).filter(
              ({ key, action, order: other, isForgiven }) =>
                key === question.key &&
                action === 'new' &&
                !isForgiven &&
                other?.symbol === order.symbol &&
                other.side === order.side,
            ).length,
          ),
  ],
]
