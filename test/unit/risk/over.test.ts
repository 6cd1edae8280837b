/** What the broker says of an order that is over. */
import { describe, expect, test } from 'vitest'
import { tell, type Told } from '../../../src/risk/feed.ts'
import { Desk, ONE, order } from '../../support/account.ts'

const target = { by: 'id', value: 'ord' } as const
const tenth = ONE / 10n

/** In whole units of the currency. */
function day(desk: Desk): number {
  return Number(desk.account.ledger.book.scope('account').dailyValue(desk.nowMs) / ONE) / 1e18
}

function open(desk: Desk): number {
  return Number(desk.account.ledger.book.scope('account').openValue() / ONE) / 1e18
}

function rest(desk: Desk): void {
  const number = desk.pass([order({ price: 200n * ONE })])
  desk.account.ledger.settle(number, [{ status: 'open', orderId: 'ord' }], desk.nowMs)
}

describe('an order that is over', () => {
  const feed = (desk: Desk, told: Partial<Told>) => {
    const all = { executions: [], positions: [], open: undefined, ...told }
    const by = { user: 'u', keyId: 'k', requestId: 'r', reason: 'told' }
    tell(desk.account, desk.tables, all, { account: 'acc_1', by }, desk.nowMs)
  }
  const cancel = (desk: Desk, filled: bigint | undefined) => {
    const number = desk.pass([{ action: 'cancel', target }])
    const answer = { status: 'cancelled', orderId: 'ord', filled } as const
    desk.account.ledger.settle(number, [answer], desk.nowMs)
  }

  test.each(['open', 'rejected', 'unknown'] as const)(
    'stays over, and counts in its day, when it is told late to be %s',
    (status) => {
      const desk = new Desk({})
      rest(desk)
      cancel(desk, 0n)
      feed(desk, { executions: [{ orderId: 'ord', status, filled: 0n }] })
      expect(desk.account.ledger.book.standingCount).toBe(0)
      expect([open(desk), day(desk)]).toEqual([0, 200])
    },
  )

  test('counts what it is told late to have traded: in positions', () => {
    const desk = new Desk({ reduceOnly: true })
    const sell = order({ side: 'sell', quantity: 5n * ONE })
    desk.hold(10n * ONE)
    const number = desk.pass([sell])
    desk.account.ledger.settle(number, [{ status: 'open', orderId: 'ord' }], desk.nowMs)
    cancel(desk, 0n)
    expect(desk.verdict([{ ...sell, quantity: 10n * ONE }])).toBe('passed')
    const late = new Desk({ reduceOnly: true })
    late.hold(10n * ONE)
    const other = late.pass([sell])
    late.account.ledger.settle(other, [{ status: 'open', orderId: 'ord' }], late.nowMs)
    cancel(late, 0n)
    feed(late, { executions: [{ orderId: 'ord', status: 'open', filled: 4n * ONE }] })
    expect(late.verdict([{ ...sell, quantity: 7n * ONE }])).toBe('reduce_only')
    expect(late.verdict([{ ...sell, quantity: 6n * ONE }])).toBe('passed')
  })

  test('counts what it is told late to have traded though it was turned away: in its day', () => {
    const desk = new Desk({})
    const number = desk.pass([order()])
    desk.account.ledger.settle(number, [{ status: 'rejected', orderId: 'ord' }], desk.nowMs)
    expect(day(desk)).toBe(0)
    feed(desk, { executions: [{ orderId: 'ord', status: 'open', filled: tenth }] })
    expect([open(desk), day(desk)]).toEqual([0, 10])
    expect(desk.account.ledger.book.scope('account').dailyOrders(desk.nowMs)).toBe(1)
  })

  test('that traded in part and is turned away then counts in its day', () => {
    const desk = new Desk({})
    rest(desk)
    desk.account.ledger.told({ orderId: 'ord', status: 'open', filled: tenth }, desk.nowMs)
    desk.account.ledger.told({ orderId: 'ord', status: 'rejected' }, desk.nowMs)
    expect([open(desk), day(desk)]).toEqual([0, 200])
  })

  test('was none if the broker lists it later among all that is open', () => {
    const desk = new Desk({})
    rest(desk)
    cancel(desk, 0n)
    const orders = [{ orderId: 'ord', status: 'open' } as const]
    feed(desk, { open: { orders, ageMs: 0 } })
    expect(open(desk)).toBe(0)
    desk.nowMs += 1_000
    feed(desk, { open: { orders, ageMs: 0 } })
    expect(open(desk)).toBe(200)
    desk.nowMs += 120_000
    feed(desk, { open: { orders: [], ageMs: 0 } })
    expect(open(desk)).toBe(0)
  })
})
