/**
 * What happened to one account, and what its orders come to: worked out anew from the first event to the last, each time
 * that somebody asks. Written from what the limits say that they are, not from the gateway's own rules.
 */
import type { Answered, Intent, NewOrder, OrderTarget } from '../../src/risk/order.ts'
import { held, isMore, minus, NOTHING, plus, roundUp, type Amount } from './risk-amount.ts'
import { FRESH, type Line, type Position } from './risk-line.ts'
import { outcome } from './risk-outcome.ts'
import { refilled } from './risk-refilled.ts'
import { isSettled, unitsOf } from './risk-position.ts'
import { worth, type Instrument } from './risk-worth.ts'

export type Prices = ReadonlyMap<string, string>

export type Fact =
  | {
      readonly fact: 'passed'
      readonly number: number
      readonly atMs: number
      readonly key: string
      readonly requestId: string
      readonly intents: readonly Intent[]
      readonly prices: Prices
    }
  | {
      readonly fact: 'answered'
      readonly number: number
      readonly answers: readonly Answered[] | undefined | 'never'
      readonly atMs: number
    }
  | { readonly fact: 'told'; readonly answer: Answered; readonly atMs: number }
  | {
      readonly fact: 'position'
      readonly symbol: string
      readonly quantity: bigint
      readonly atMs: number
    }
  | {
      readonly fact: 'released'
      readonly key: string
      readonly symbol: string
      readonly side: string
    }

/** What a change makes of an order: what is absent stays, and the quantity is what is left. */
export function changed({ order, quantity, filled }: Line, intent: Intent): NewOrder | undefined {
  if (order === undefined || intent.action !== 'replace') return undefined
  const left = minus(quantity, filled)
  const isUnits = order.quantity !== undefined
  const rest = isUnits && isMore(left, NOTHING) ? roundUp(left, 18).units : order.quantity
  return {
    ...order,
    quantity: intent.quantity ?? rest,
    quoteQuantity: intent.quantity === undefined ? order.quoteQuantity : undefined,
    price: intent.price ?? order.price,
    stopPrice: intent.stopPrice ?? order.stopPrice,
    clientOrderId: intent.clientOrderId ?? order.clientOrderId,
  }
}

export class History {
  readonly lines: Line[] = []
  readonly positions = new Map<string, Position>()
  readonly #instruments: ReadonlyMap<string, Instrument>

  constructor(facts: readonly Fact[], instruments: ReadonlyMap<string, Instrument>) {
    this.#instruments = instruments
    for (const fact of facts) {
      this.#happened(fact)
      for (const line of this.lines) if (line.action === 'replace') this.#cover(line)
    }
  }

  /** The order that somebody means. */
  find({ by: way, value }: OrderTarget): Line | undefined {
    const named = this.lines.filter(
      ({ action, order, brokerId, isTurnedAway }) =>
        (action === 'new' || action === 'replace') &&
        (way === 'id' ? brokerId === value : order?.clientOrderId === value && !isTurnedAway),
    )
    // A change has the order's name as soon as it was made.
    const known = named.filter(
      ({ action, isAnswered }) => way === 'id' || action === 'new' || isAnswered,
    )
    return known.findLast(({ isOver }) => !isOver) ?? known.at(-1)
  }

  /** A change may have been made as long as nobody has heard: with its order it holds what it would come to. */
  #cover(line: Line): void {
    if (line.isOver || line.isAnswered) return
    const order = line.target && this.find(line.target)
    const lacks = minus(line.value, order?.open ?? NOTHING)
    if (isMore(lacks, line.open)) line.open = lacks
  }

  #happened(fact: Fact): void {
    if (fact.fact === 'passed') for (const intent of fact.intents) this.#sent(fact, intent)
    else if (fact.fact === 'answered') this.#answered(fact)
    else if (fact.fact === 'told') this.#told(fact.answer, fact.atMs)
    else if (fact.fact === 'position') {
      this.positions.set(fact.symbol, { quantity: held(fact.quantity), atMs: fact.atMs })
      for (const line of this.lines)
        if (line.order?.symbol === fact.symbol && isSettled(line, fact.atMs)) {
          if (line.isOver) line.atMost = unitsOf(line) ?? line.filled
          line.inPosition = (line.isOver ? line.atMost : undefined) ?? line.filled
        }
    } else
      for (const line of this.lines)
        if (
          line.key === fact.key &&
          line.order?.symbol === fact.symbol &&
          line.order.side === fact.side
        )
          line.isForgiven = true
  }

  #sent({ number, atMs, key, prices }: Extract<Fact, { fact: 'passed' }>, intent: Intent): void {
    const target = 'target' in intent ? intent.target : undefined
    const before = intent.action === 'replace' ? this.find(intent.target) : undefined
    const order = intent.action === 'new' ? intent : before && changed(before, intent)
    const instrument = this.#instruments.get(order?.symbol ?? '')
    const come = order && instrument && worth(order, prices.get(order.symbol), instrument)
    const quantity = come?.quantity ?? held(order?.quantity ?? 0n)
    const value = come?.value ?? NOTHING
    const more = minus(value, before?.open ?? NOTHING)
    const open = isMore(more, NOTHING) ? more : NOTHING
    const isKnown = before?.filledBefore !== undefined
    const counted = isKnown && plus(before.filledBefore ?? NOTHING, before.filled)
    const knownBefore = counted || (before?.knownBefore ?? NOTHING)
    const own = { number, atMs, key, action: intent.action, order, target, quantity, value }
    const counts = intent.action === 'new' ? 1 : 0
    this.lines.push({ ...own, ...FRESH, open, daily: value, counts, knownBefore })
  }

  #answered({ number, answers, atMs }: Extract<Fact, { fact: 'answered' }>): void {
    const lines = this.lines.filter(
      (line) => line.number === number && !line.isAnswered && !line.isOver,
    )
    const all = this.lines.filter((line) => line.number === number)
    for (const line of lines) {
      const answer: Answered =
        answers === 'never'
          ? { status: 'rejected' }
          : (answers?.[all.indexOf(line)] ?? { status: 'unknown' })
      if (answer.status === 'unknown' && line.action !== 'cancel' && line.action !== 'cancel_all')
        continue
      if (line.action === 'new') this.#became(line, answer, atMs)
      else if (line.action === 'replace') this.#wasChanged(line, answer, atMs)
      else this.#wasCancelled(line, answer, atMs)
    }
  }

  #wasChanged(line: Line, answer: Answered, atMs: number): void {
    if (answer.status === 'rejected') {
      const { filled: atMost } = line
      const over = { isOver: true, isTurnedAway: true, atMost }
      Object.assign(line, { open: NOTHING, daily: NOTHING, ...over })
      return
    }
    const before = line.target && this.find(line.target)
    if (before !== undefined)
      Object.assign(before, { open: NOTHING, isOver: true, isReplaced: true, heardMs: atMs })
    const isOther = before?.brokerId !== undefined && before.brokerId !== answer.orderId
    line.filledBefore = undefined
    if (before === undefined || (isOther && answer.orderId !== undefined))
      line.knownBefore = NOTHING
    else line.before = { ...before }
    if (answer.filled !== undefined) this.#firstHeard(line, held(answer.filled))
    const orderId = answer.orderId ?? before?.brokerId
    this.#became(line, { ...answer, orderId, filled: undefined }, atMs)
  }

  /** All of it may have traded before the change. */
  #firstHeard(line: Line, counted: Amount): void {
    line.filledBefore = counted
    const { before } = line
    if (before?.order?.quantity !== undefined && isMore(before.quantity, NOTHING))
      Object.assign(line, refilled(line, before, counted))
  }

  #wasCancelled(line: Line, { status, filled, cancelled }: Answered, atMs: number): void {
    line.isOver = true
    const target = line.target && this.find(line.target)
    if (target !== undefined && (status === 'cancelled' || status === 'filled'))
      this.#became(target, { status, filled }, atMs)
    for (const value of cancelled ?? []) this.#told({ orderId: value, status: 'cancelled' }, atMs)
  }

  #told(answer: Answered, atMs: number): void {
    const { orderId, clientOrderId } = answer
    const byId = orderId === undefined ? undefined : this.find({ by: 'id', value: orderId })
    const line =
      byId ??
      (clientOrderId === undefined ? undefined : this.find({ by: 'client', value: clientOrderId }))
    if (line !== undefined) this.#became(line, answer, atMs)
  }

  #became(line: Line, { status, orderId, filled }: Answered, atMs: number): void {
    line.heardMs = atMs
    line.brokerId = orderId ?? line.brokerId
    line.isAnswered = true
    if (filled !== undefined && line.filledBefore === undefined)
      this.#firstHeard(line, held(filled))
    Object.assign(line, outcome(line, status, filled))
  }
}

/** What all of some lines come to. */
export function total(lines: readonly Line[], of: (line: Line) => Amount): Amount {
  return lines.reduce((sum, line) => plus(sum, of(line)), NOTHING)
}
