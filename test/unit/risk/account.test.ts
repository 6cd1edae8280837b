import { describe, expect, test } from 'vitest'
import { Desk, ONE, order, START_MS } from '../../support/account.ts'

const MINUTE_MS = 60_000

describe('open value', () => {
  // @control 15c3-5(c)(1)(i) rts6/15(2) mission/pre-trade
  test('is counted before an order leaves, and an order that would exceed it does not', () => {
    const desk = new Desk({ maxOpenValue: '250' })
    expect([1, 2, 3].map(() => desk.verdict([order()]))).toEqual([
      'passed',
      'passed',
      'max_open_value',
    ])
  })

  test('is released by what the broker answers: all of it, or the part that traded', () => {
    const desk = new Desk({ maxOpenValue: '100' })
    const { ledger } = desk.account
    ledger.settle(desk.pass([order()]), [{ status: 'rejected' }], desk.nowMs)
    ledger.settle(desk.pass([order()]), [{ status: 'filled', orderId: 'a' }], desk.nowMs)
    ledger.settle(desk.pass([order()]), [{ status: 'cancelled', orderId: 'b' }], desk.nowMs)
    ledger.settle(
      desk.pass([order()]),
      [{ status: 'open', orderId: 'c', filled: ONE / 2n }],
      desk.nowMs,
    )
    expect(desk.verdict([order()])).toBe('max_open_value')
    expect(desk.verdict([order({ quantity: ONE / 2n })])).toBe('passed')
  })

  test('stays counted when nobody knows what became of the order, until somebody says', () => {
    const desk = new Desk({ maxOpenValue: '100' })
    const number = desk.pass([order()])
    desk.account.ledger.settle(number, undefined, desk.nowMs)
    desk.nowMs += 100 * MINUTE_MS
    desk.account.ledger.sweep(0, desk.nowMs)
    expect(desk.verdict([order()])).toBe('max_open_value')
    expect(desk.edit({ type: 'reconcile', requestId: 'request-1', outcome: 'over' }).ok).toBe(true)
    expect(desk.verdict([order()])).toBe('passed')
    expect(desk.tables.changes).toContain('risk.reconciled')
  })

  test('an order that was on its way when the object was lost becomes unknown, and stays counted', () => {
    const desk = new Desk({ maxOpenValue: '100' })
    desk.pass([order()])
    desk.crash()
    expect(desk.verdict([order()])).toBe('max_open_value')
    desk.nowMs += 2 * MINUTE_MS
    const late = desk.account.ledger.sweep(0, desk.nowMs)
    expect(late.map(({ legs }) => legs[0]?.status)).toEqual(['unknown'])
    desk.crash()
    expect(desk.verdict([order()])).toBe('max_open_value')
  })

  test('is not released by the answer to another attempt that had its number', () => {
    const desk = new Desk({ maxOpenValue: '100' })
    const number = desk.pass([order()])
    desk.account.ledger.settle(number, [{ status: 'rejected' }], desk.nowMs, 'of an older life')
    expect(desk.verdict([order()])).toBe('max_open_value')
    desk.account.ledger.settle(number, [{ status: 'rejected' }], desk.nowMs, 'attempt-1')
    expect(desk.verdict([order()])).toBe('passed')
  })

  test('a request that never left counts for nothing but a message', () => {
    const desk = new Desk({ maxOpenValue: '100', maxDailyValue: '100', maxDailyOrders: 1 })
    desk.account.ledger.settle(desk.pass([order()]), 'never', desk.nowMs)
    expect(desk.verdict([order()])).toBe('passed')
  })
})

describe('what was written', () => {
  test('a settlement goes with the next order, and survives the object with it', () => {
    const desk = new Desk({ maxOpenValue: '200' })
    const first = desk.pass([order()])
    desk.account.ledger.settle(first, [{ status: 'filled' }], desk.nowMs)
    desk.pass([order()])
    desk.crash()
    expect(desk.account.ledger.book.scope('account').openValue()).toBe(100n * ONE * ONE)
  })

  test('a settlement that nothing was written after is lost with the object: the order stays counted', () => {
    const desk = new Desk({ maxOpenValue: '100' })
    desk.account.ledger.settle(desk.pass([order()]), [{ status: 'filled' }], desk.nowMs)
    desk.crash()
    expect(desk.verdict([order()])).toBe('max_open_value')
  })

  test('what a forgotten row held of another entry is not forgotten', () => {
    const desk = new Desk({ maxOpenValue: '1000000' })
    const resting = desk.pass([order()])
    desk.account.ledger.settle(resting, [{ status: 'open', orderId: 'rests' }], desk.nowMs)
    for (let i = 0; i < 300; i += 1)
      desk.account.ledger.settle(desk.pass([order()]), [{ status: 'filled' }], desk.nowMs)
    desk.nowMs += 20 * MINUTE_MS
    desk.account.ledger.sweep(1_000, desk.nowMs)
    expect(desk.tables.rows.size).toBe(1)
    desk.crash()
    expect(desk.account.ledger.book.find({ by: 'id', value: 'rests' })?.leg.status).toBe('open')
    expect(desk.account.ledger.book.scope('account').dailyOrders(desk.nowMs)).toBe(301)
  })

  test('numbers of events go on after everything was forgotten', () => {
    const desk = new Desk({})
    for (let i = 0; i < 250; i += 1)
      desk.account.ledger.settle(desk.pass([order()]), [{ status: 'filled' }], desk.nowMs)
    desk.nowMs += 20 * MINUTE_MS
    desk.account.ledger.sweep(1_000, desk.nowMs)
    expect(desk.tables.rows.size).toBe(0)
    desk.crash()
    expect(desk.pass([order()])).toBe(251)
  })

  test('nothing is forgotten that the audit log does not have', () => {
    const desk = new Desk({})
    for (let i = 0; i < 250; i += 1)
      desk.account.ledger.settle(desk.pass([order()]), [{ status: 'filled' }], desk.nowMs)
    desk.nowMs += 20 * MINUTE_MS
    desk.account.ledger.sweep(100, desk.nowMs)
    expect(desk.tables.rows.size).toBe(250)
  })

  test('the same attempt is answered alike and counted once, whether it passed or not', () => {
    const desk = new Desk({ maxOpenValue: '100' })
    const ask = desk.ask([order()])
    const first = desk.account.judge(ask, desk.nowMs)
    desk.crash()
    expect(desk.account.judge(ask, desk.nowMs)).toEqual(first)
    const refused = desk.ask([order()])
    const no = desk.account.judge(refused, desk.nowMs)
    expect(desk.account.judge(refused, desk.nowMs)).toEqual(no)
    expect(desk.tables.events.map(({ decision }) => decision)).toEqual(['accepted', 'refused'])
  })
})

describe('the day', () => {
  test('is sliding: what was sent counts for 24 hours and a quarter at most, and never less than 24', () => {
    const desk = new Desk({ maxDailyValue: '100' })
    desk.account.ledger.settle(desk.pass([order()]), [{ status: 'filled' }], desk.nowMs)
    desk.nowMs = START_MS + 24 * 60 * MINUTE_MS - 1
    expect(desk.verdict([order()])).toBe('max_daily_value')
    desk.nowMs = START_MS + 24 * 60 * MINUTE_MS + 15 * MINUTE_MS
    expect(desk.verdict([order()])).toBe('passed')
  })

  test('orders that the broker turned away are taken back, cancelled ones are not', () => {
    const desk = new Desk({ maxDailyOrders: 1 })
    desk.account.ledger.settle(desk.pass([order()]), [{ status: 'rejected' }], desk.nowMs)
    desk.account.ledger.settle(desk.pass([order()]), [{ status: 'cancelled' }], desk.nowMs)
    expect(desk.verdict([order()])).toBe('max_daily_orders')
  })
})

describe('changes and cancels', () => {
  function resting(desk: Desk) {
    const number = desk.pass([order({ clientOrderId: 'mine' })])
    desk.account.ledger.settle(number, [{ status: 'open', orderId: 'ord' }], desk.nowMs)
  }
  const target = { by: 'id', value: 'ord' } as const

  test('a change counts for what it adds, and for the whole once it is made', () => {
    const desk = new Desk({ maxOpenValue: '150' })
    resting(desk)
    expect(desk.verdict([{ action: 'replace', target, price: 200n * ONE }])).toBe('max_open_value')
    const number = desk.pass([{ action: 'replace', target, price: 140n * ONE }])
    expect(desk.verdict([order({ price: 20n * ONE })])).toBe('max_open_value')
    desk.account.ledger.settle(number, [{ status: 'open', orderId: 'ord' }], desk.nowMs)
    expect(desk.account.ledger.book.scope('account').openValue()).toBe(140n * ONE * ONE)
    const down = desk.pass([{ action: 'replace', target, price: 50n * ONE }])
    desk.account.ledger.settle(down, [{ status: 'open', orderId: 'ord' }], desk.nowMs)
    expect(desk.account.ledger.book.scope('account').openValue()).toBe(50n * ONE * ONE)
  })

  test('a change that was turned away leaves the order as it was', () => {
    const desk = new Desk({ maxOpenValue: '150' })
    resting(desk)
    const number = desk.pass([{ action: 'replace', target, price: 140n * ONE }])
    desk.account.ledger.settle(number, [{ status: 'rejected' }], desk.nowMs)
    expect(desk.account.ledger.book.scope('account').openValue()).toBe(100n * ONE * ONE)
  })

  test('an order that is not known is not changed; it may be cancelled', () => {
    const desk = new Desk({})
    const stranger = { by: 'id', value: 'another' } as const
    expect(desk.verdict([{ action: 'replace', target: stranger, price: ONE }])).toBe(
      'unknown_order',
    )
    expect(desk.verdict([{ action: 'cancel', target: stranger }])).toBe('passed')
  })

  test('a cancel releases its order when the broker says so, by either name', () => {
    const desk = new Desk({ maxOpenValue: '100' })
    resting(desk)
    const number = desk.pass([{ action: 'cancel', target: { by: 'client', value: 'mine' } }])
    expect(desk.verdict([order()])).toBe('max_open_value')
    desk.account.ledger.settle(number, [{ status: 'cancelled' }], desk.nowMs)
    expect(desk.verdict([order()])).toBe('passed')
  })

  test('a cancel that names another symbol than its order passes, ends nothing here, and is recorded of what is known', () => {
    const desk = new Desk({ maxOpenValue: '100' })
    resting(desk)
    const number = desk.pass([{ action: 'cancel', target, symbol: 'AAPL' }])
    desk.account.ledger.settle(number, [{ status: 'cancelled', orderId: 'ord' }], desk.nowMs)
    expect(desk.tables.events.at(-1)?.fields.symbol).toEqual(['BTC-USD', 'gateway'])
    expect(desk.verdict([order()])).toBe('max_open_value')
    const right = desk.pass([{ action: 'cancel', target, symbol: 'BTC-USD' }])
    expect(desk.tables.events.at(-1)?.fields.symbol).toEqual(['BTC-USD', 'client'])
    desk.account.ledger.settle(right, [{ status: 'cancelled', orderId: 'ord' }], desk.nowMs)
    expect(desk.verdict([order()])).toBe('passed')
  })

  test('a cancel of all releases what the broker names', () => {
    const desk = new Desk({ maxOpenValue: '200' })
    resting(desk)
    const other = desk.pass([order()])
    desk.account.ledger.settle(other, [{ status: 'open', orderId: 'other' }], desk.nowMs)
    const number = desk.pass([{ action: 'cancel_all' }])
    desk.account.ledger.settle(number, [{ status: 'cancelled', cancelled: ['ord'] }], desk.nowMs)
    expect(desk.account.ledger.book.scope('account').openValue()).toBe(100n * ONE * ONE)
  })

  // @control rts6/15(1)(d)
  test('cancels count as messages and are never refused for them', () => {
    const desk = new Desk({ messages: [{ most: 3, windowSeconds: 10 }] })
    const cancel = { action: 'cancel', target } as const
    expect([1, 2, 3, 4].map(() => desk.verdict([cancel]))).toEqual(
      Array.from({ length: 4 }, () => 'passed'),
    )
    expect(desk.verdict([order()])).toBe('max_messages')
    desk.nowMs += 10_001
    expect(desk.verdict([order()])).toBe('passed')
  })
})
