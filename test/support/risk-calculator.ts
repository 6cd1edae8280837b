/**
 * Pre-trade risk a second time, by somebody who knows what each limit says and not how the gateway does it: nothing is
 * kept, every order is judged from the whole history of its account.
 */
import type { Limits } from '../../src/risk/limits.ts'
import type { Intent, NewOrder } from '../../src/risk/order.ts'
import { amount, held, isMore, minus, NOTHING, plus, type Amount } from './risk-amount.ts'
import { CONTROLS, ofDay, type Case, type Scope } from './risk-controls.ts'
import { changed, History, total, type Fact, type Prices } from './risk-history.ts'
import type { Line } from './risk-line.ts'
import { beyond } from './risk-position.ts'
import { worth, type Instrument } from './risk-worth.ts'

/** Everything by which one request is judged. */
export interface Question {
  readonly facts: readonly Fact[]
  readonly intents: readonly Intent[]
  readonly key: string
  readonly nowMs: number
  readonly prices: Prices
  readonly instruments: ReadonlyMap<string, Instrument>
  /** Widest first. */
  readonly scopes: readonly Scope[]
  /** Of the firm as a whole: the account is all that it has. */
  readonly firmTotals: Pick<Limits, 'maxOpenValue' | 'maxDailyValue'>
  readonly positionMaxAgeMs: number
  isLatched(symbol: string, side: string): boolean
  isOverridden(intent: Intent): boolean
}

/** Why not: as the gateway has to say it. */
export interface No {
  readonly control: string
  readonly scope: string
  readonly limit: string
  readonly actual: string
  readonly index: number
}

const OVERRIDABLE = new Set([
  'max_quantity',
  'max_order_value',
  'price_collar',
  'max_open_value',
  'max_daily_value',
  'max_daily_orders',
  'duplicate_order',
])

/** The first refusal, or `undefined` when everything passes. */
export function calculate(question: Question): No | undefined {
  const { facts, instruments, intents, key, nowMs, prices } = question
  const spent = new Set<string>()
  for (const [index, intent] of intents.entries()) {
    // Those before it in the request are taken as sent.
    const before = intents.slice(0, index)
    const sent = { fact: 'passed', number: -1, atMs: nowMs, key, requestId: '', prices } as const
    const history = new History([...facts, { ...sent, intents: before }], instruments)
    const overridden = question.isOverridden(intent) && !spent.has(nameOf(intent))
    if (overridden) spent.add(nameOf(intent))
    const refused = asOne(question, history, intent, before, overridden)
    if (refused !== undefined) return { ...refused, index }
  }
  return firm(question)
}

export function nameOf(intent: Intent): string {
  const said = Object.entries(intent).filter(([, value]) => value !== undefined)
  return said
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(' ')
}

function asOne(
  question: Question,
  history: History,
  intent: Intent,
  before: readonly Intent[],
  overridden: boolean,
): Omit<No, 'index'> | undefined {
  if (intent.action === 'cancel' || intent.action === 'cancel_all') return undefined
  const { clientOrderId } = intent
  if (clientOrderId !== undefined && isUsed(history, clientOrderId))
    return known('duplicate_client_order_id', 'an id that was not used', 'used before')
  let order: NewOrder | undefined
  let opened = NOTHING
  if (intent.action === 'new') order = intent
  else {
    const target = history.find(intent.target)
    if (target === undefined || target.isOver)
      return known('unknown_order', 'an open order of this account', 'not known')
    if (before.some((other) => 'target' in other && history.find(other.target) === target))
      return known('unknown_order', 'one change of an order at a time', 'changed before')
    order = changed(target, intent)
    opened = target.open
  }
  if (order === undefined)
    return known('unknown_order', 'an open order of this account', 'not known')
  const instrument = question.instruments.get(order.symbol)
  if (instrument === undefined)
    return { ...known('symbol_not_allowed', 'an instrument of the policy', 'none'), scope: 'firm' }
  return judged(
    question,
    caseOf(question, history, order, intent.action === 'new', opened, instrument),
    overridden,
  )
}

function known(control: string, limit: string, actual: string) {
  return { control, scope: 'account', limit, actual }
}

function isUsed({ lines }: History, clientOrderId: string): boolean {
  return lines.some(
    ({ order, isTurnedAway }) => order?.clientOrderId === clientOrderId && !isTurnedAway,
  )
}

function caseOf(
  question: Question,
  history: History,
  order: NewOrder,
  isNew: boolean,
  opened: Amount,
  instrument: Instrument,
): Case {
  const price = question.prices.get(order.symbol)
  const come = worth(order, price, instrument)
  const quantity =
    come?.quantity ?? (order.quantity === undefined ? undefined : held(order.quantity))
  const value = come?.value ?? NOTHING
  const more = minus(value, opened)
  const adds = { open: isMore(more, NOTHING) ? more : NOTHING, daily: value }
  const reduces = quantity !== undefined && isReducing(question, history, order, quantity)
  const isSure = come?.isSure ?? true
  return {
    question,
    history,
    order,
    isNew,
    quantity,
    value: come?.value,
    isSure,
    adds,
    price,
    reduces,
  }
}

/** With everything that may trade on its side, and what did since the position was heard of. */
function isReducing(
  { nowMs, positionMaxAgeMs }: Question,
  { lines, positions }: History,
  { symbol, side, quantity: asked }: NewOrder,
  quantity: Amount,
): boolean {
  if (asked === undefined) return false
  const position = positions.get(symbol)
  if (position === undefined || nowMs - position.atMs > positionMaxAgeMs) return false
  const there = side === 'sell' ? position.quantity : minus(NOTHING, position.quantity)
  const others = lines.filter(({ order }) => order?.symbol === symbol && order.side === side)
  if (others.some((line) => beyond(line, position.atMs) === undefined)) return false
  const may = total(others, (line) => beyond(line, position.atMs) ?? NOTHING)
  return isMore(there, NOTHING) && !isMore(plus(may, quantity), there)
}

function judged(
  question: Question,
  asked: Case,
  overridden: boolean,
): Omit<No, 'index'> | undefined {
  const { order, isNew } = asked
  const { symbol, side } = order
  if (isNew && question.isLatched(symbol, side))
    return {
      ...known('repeated_execution', 'until a person lets it go on', 'stopped'),
      scope: `key ${question.key}`,
    }
  for (const scope of question.scopes)
    for (const [control, ask] of CONTROLS) {
      if ((overridden && OVERRIDABLE.has(control)) || !isOf(scope, order)) continue
      const said = ask(asked, scope.limits, linesOf(asked, scope))
      if (said !== undefined) return { control, scope: scope.name, limit: said[0], actual: said[1] }
    }
  return undefined
}

/** The limits of a symbol are for its orders; those of a key are only given for the key that asks. */
function isOf(scope: Scope, order: NewOrder): boolean {
  return scope.symbol === undefined || scope.symbol === order.symbol
}

function linesOf({ history }: Case, { key, symbol }: Scope): readonly Line[] {
  return history.lines.filter(
    (line) =>
      (key === undefined || line.key === key) &&
      (symbol === undefined || line.order?.symbol === symbol),
  )
}

/** What the whole firm may come to: asked last, of all orders of a request together. */
function firm({
  facts,
  intents,
  instruments,
  key,
  nowMs,
  prices,
  firmTotals,
}: Question): No | undefined {
  const before = new History(facts, instruments)
  const sent = {
    fact: 'passed',
    number: -1,
    atMs: nowMs,
    key,
    requestId: '',
    prices,
    intents,
  } as const
  const after = new History([...facts, sent], instruments)
  const own = after.lines.filter(({ number }) => number === -1)
  const adds = { open: total(own, (line) => line.open), daily: total(own, (line) => line.daily) }
  const open = plus(
    total(before.lines, (line) => line.open),
    adds.open,
  )
  const daily = plus(
    total(ofDay(before.lines, nowMs), (line) => line.daily),
    adds.daily,
  )
  const no = (control: string, limit: string) => ({
    control,
    scope: 'firm',
    limit,
    actual: 'above it',
    index: 0,
  })
  const { maxOpenValue, maxDailyValue } = firmTotals
  const [opens, trades] = [isMore(adds.open, NOTHING), isMore(adds.daily, NOTHING)]
  if (opens && maxOpenValue !== undefined && isMore(open, amount(maxOpenValue)))
    return no('max_open_value', maxOpenValue)
  if (trades && maxDailyValue !== undefined && isMore(daily, amount(maxDailyValue)))
    return no('max_daily_value', maxDailyValue)
  return undefined
}
