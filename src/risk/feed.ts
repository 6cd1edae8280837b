/** What the broker tells by itself: executions, positions, and now and then everything that is open. */
import type { Provenance } from '../audit/provenance.ts'
import type { OrderEventRecord } from '../audit/record.ts'
import type { Decimal } from '../lib/decimal.ts'
import type { Account } from './account.ts'
import type { Entry } from './entry.ts'
import { toldEvent } from './event.ts'
import type { Answered } from './order.ts'
import type { Position } from './positions.ts'

export interface Execution extends Answered {
  readonly symbol?: string | undefined
  readonly price?: Decimal | undefined
}

export interface Told {
  readonly executions: readonly Execution[]
  readonly positions: readonly { readonly symbol: string; readonly quantity: Decimal }[]
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
  for (const execution of executions) {
    ledger.told(execution)
    // What says nothing takes no number: a missing one is a missing event.
    const { status } = execution
    if (status === 'unknown') continue
    const named = { requestId, keyId, user }
    events.push(toldEvent(who.account, ledger.take(1), { ...execution, status }, named, nowMs))
  }
  if (open !== undefined) closeMissing(account, open, nowMs)
  for (const { symbol, quantity } of positions) {
    const position = { symbol, quantity, atMs: nowMs }
    account.positions.set(position)
    store.writePosition(position)
  }
  if (events.length > 0) account.record(requestId, keyId, events, nowMs)
  ledger.flush()
}

/**
 * What the broker's own list of open orders does not have is over; what it has is known to be open. An order of which we
 * never heard an id is known by its request's: a list that does not say these ends no such order.
 */
function closeMissing(
  { ledger }: Account,
  { orders, ageMs }: NonNullable<Told['open']>,
  nowMs: number,
): void {
  const listed = new Set<Entry>()
  const byRequest = new Map([...ledger.book.standing].map((entry) => [entry.requestId, entry]))
  let isNamed = true
  for (const { requestId, ...order } of orders) {
    const entry = ledger.told({ ...order, status: 'open' }) ?? byRequest.get(requestId ?? '')
    if (entry !== undefined) {
      listed.add(entry)
      // A change of it may have been made: then it is this order.
      for (const leg of entry.legs)
        for (const change of ledger.book.changesOf(leg)) listed.add(change)
      ledger.foundOpen(entry, order)
    } else if (requestId === undefined) isNamed = false
  }
  const beforeMs = nowMs - ageMs - ARRIVED_MS
  const standing = Array.from(ledger.book.standing)
  for (const entry of standing)
    if (!listed.has(entry) && entry.atMs < beforeMs && (isNamed || hasIds(entry)))
      ledger.close(entry, 'cancelled', nowMs)
}

function hasIds({ legs }: Entry): boolean {
  return legs.every(({ orderId, clientOrderId }) => (orderId ?? clientOrderId) !== undefined)
}
