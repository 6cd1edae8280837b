/** What the broker tells by itself: executions, positions, and now and then everything that is open. */
import type { Provenance } from '../audit/provenance.ts'
import type { OrderEventRecord } from '../audit/record.ts'
import type { Decimal } from '../lib/decimal.ts'
import type { Account } from './account.ts'
import type { Entry, Leg } from './entry.ts'
import { toldEvent } from './event.ts'
import type { Answered } from './order.ts'
import type { Position } from './positions.ts'

export interface Execution extends Answered {
  readonly symbol?: string | undefined
  readonly price?: Decimal | undefined
}

export interface Told {
  readonly executions: readonly Execution[]
  /** With all that its executions, and what was told before, say; so many milliseconds ago. */
  readonly positions: readonly {
    readonly symbol: string
    readonly quantity: Decimal
    readonly ageMs: number
  }[]
  /**
   * Every order that is open at the broker, or `undefined` where that was not told. What left the gateway more than
   * `ageMs` ago and is not among them trades no more.
   */
  readonly open: { readonly orders: readonly Open[]; readonly ageMs: number } | undefined
}

/** An open order as the broker lists it. What came through the gateway has the request's id, which came with it. */
export interface Open extends Answered {
  readonly requestId?: string | undefined
}

/** A request that left so long before a list was made has reached the broker, or never will, in milliseconds. */
const ARRIVED_MS = 60_000

export interface FeedStore {
  writePosition(position: Position): void
  /** Of one symbol, or of all. */
  forgetPosition(symbol: string | undefined): void
}

export function tell(
  account: Account,
  store: FeedStore,
  { executions, positions, open }: Told,
  who: { readonly account: string; readonly by: Provenance },
  nowMs: number,
): void {
  const { ledger } = account
  const { requestId, keyId, user } = who.by
  const events: OrderEventRecord[] = []
  const legs = new Set<Leg>()
  for (const execution of executions) {
    const standing = ledger.told(execution, nowMs)
    if (standing !== undefined) legs.add(standing.leg)
    else if (hasTraded(execution)) {
      // Of an order that is not known here, nobody can say what it made of a position.
      account.positions.forget(execution.symbol)
      store.forgetPosition(execution.symbol)
    }
    // What says nothing takes no number: a missing one is a missing event.
    const { status } = execution
    if (status === 'unknown') continue
    const named = { requestId, keyId, user }
    events.push(toldEvent(who.account, ledger.take(1), { ...execution, status }, named, nowMs))
  }
  if (open !== undefined) {
    const strangers = closeMissing(account, open, nowMs)
    const { restored } = account
    const listed = { atMs: nowMs - open.ageMs, strangers }
    if (restored.sealed !== undefined) account.keepRestored({ ...restored, listed })
  }
  const heard = positions.map(({ ageMs, ...own }) => ({ ...own, atMs: nowMs - ageMs }))
  for (const position of account.positions.hear(heard, ledger.book, legs))
    store.writePosition(position)
  if (events.length > 0) account.record(requestId, keyId, events, nowMs)
  ledger.flush()
}

/**
 * What the broker's own list of open orders does not have is over; what it has is known to be open. An order of which we
 * never heard an id is known by its request's: a list that does not say these ends no such order. Answers how many came
 * through the gateway and are not known here.
 */
function closeMissing(
  { ledger }: Account,
  { orders, ageMs }: NonNullable<Told['open']>,
  nowMs: number,
): number {
  const listed = new Set<Entry>()
  const byRequest = new Map([...ledger.book.standing].map((entry) => [entry.requestId, entry]))
  const listedMs = nowMs - ageMs
  let [isNamed, strangers] = [true, 0]
  for (const { requestId, ...order } of orders) {
    const entry =
      ledger.told({ ...order, status: 'open' }, nowMs, listedMs)?.entry ??
      byRequest.get(requestId ?? '')
    if (entry !== undefined) {
      listed.add(entry)
      // A change of it may have been made: then it is this order.
      for (const leg of entry.legs)
        for (const change of ledger.book.changesOf(leg)) listed.add(change)
      ledger.foundOpen(entry, order, nowMs)
    } else if (requestId === undefined) isNamed = false
    else strangers += 1
  }
  const beforeMs = listedMs - ARRIVED_MS
  const standing = Array.from(ledger.book.standing)
  for (const entry of standing)
    if (!listed.has(entry) && entry.atMs < beforeMs && (isNamed || hasIds(entry)))
      ledger.close(entry, 'cancelled', nowMs)
  return strangers
}

function hasTraded({ status, filled }: Execution): boolean {
  return status !== 'rejected' && status !== 'unknown' && filled !== 0n
}

function hasIds({ legs }: Entry): boolean {
  return legs.every(({ orderId, clientOrderId }) => (orderId ?? clientOrderId) !== undefined)
}
