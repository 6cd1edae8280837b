/** Which order a name means, and what is one order's alone, when changes, batches and crashes come between. */
import { describe, expect, test } from 'vitest'
import type { Replace } from '../../../src/risk/order.ts'
import { Desk, ONE, order } from '../../support/account.ts'

const OPEN = { status: 'open', orderId: 'o-1' } as const

function replace(change: Partial<Replace> = {}): Replace {
  return { action: 'replace', target: { by: 'id', value: 'o-1' }, ...change }
}

/** An account with one open order of 100, which the broker calls o-1 and the client c-1. */
function deskWithOrder(): Desk {
  const desk = new Desk({})
  const number = desk.pass([order({ clientOrderId: 'c-1' })])
  desk.account.ledger.settle(number, [OPEN], desk.nowMs)
  return desk
}

function openValue(desk: Desk): bigint {
  return desk.account.ledger.book.scope('account').openValue() / ONE / ONE
}

describe('the client’s own id', () => {
  test('still means the order after a change of it was turned down', () => {
    const desk = deskWithOrder()
    const { ledger } = desk.account
    ledger.settle(desk.pass([replace({ price: 200n * ONE })]), [{ status: 'rejected' }], desk.nowMs)
    ledger.told({ clientOrderId: 'c-1', status: 'cancelled' }, desk.nowMs)
    expect(openValue(desk)).toBe(0n)
  })

  test('means the order, not a change that nobody has heard of, and after that was made, it', () => {
    const desk = deskWithOrder()
    const number = desk.pass([replace({ price: 200n * ONE })])
    desk.account.ledger.told({ clientOrderId: 'c-1', status: 'open', filled: ONE / 2n }, desk.nowMs)
    expect(openValue(desk)).toBeGreaterThanOrEqual(150n)
    desk.account.ledger.settle(number, [OPEN], desk.nowMs)
    desk.account.ledger.told({ clientOrderId: 'c-1', status: 'filled' }, desk.nowMs)
    expect(openValue(desk)).toBe(0n)
  })
})

test('a batch does not change one order twice, by whatever names', () => {
  const desk = deskWithOrder()
  const both = [replace(), replace({ target: { by: 'client', value: 'c-1' } })]
  expect(desk.verdict(both)).toBe('unknown_order')
})

test('what the broker’s id means is the same after a crash, in whichever order answers came', () => {
  const desk = deskWithOrder()
  const [one, other] = [desk.pass([replace()]), desk.pass([replace({ price: 100n * ONE })])]
  desk.account.ledger.settle(other, [{ status: 'cancelled' }], desk.nowMs)
  desk.account.ledger.settle(one, [OPEN], desk.nowMs)
  expect(desk.verdict([replace()])).toBe('passed')
  desk.account.ledger.flush()
  desk.crash()
  expect(desk.verdict([replace()])).toBe('passed')
})

test('an order that gets a limit is valued by it', () => {
  const desk = new Desk({ maxOrderValue: '150' })
  const references = { 'BTC-USD': { price: 100n * ONE, ageMs: 0 } }
  const market = order({ type: 'market', price: undefined })
  desk.account.ledger.settle(desk.pass([market], { references }), [OPEN], desk.nowMs)
  expect(desk.verdict([replace({ price: 200n * ONE })], { references })).toBe('max_order_value')
})

describe('of a batch', () => {
  test('two orders that reduce do so together, or one of them does not', () => {
    const desk = new Desk({ reduceOnly: true })
    desk.hold(ONE)
    const sell = order({ side: 'sell' })
    expect(desk.verdict([sell, sell])).toBe('reduce_only')
    expect(desk.verdict([sell])).toBe('passed')
  })

  test('an override lets one order through, not its double', () => {
    const desk = new Desk({ maxOrderValue: '50' })
    const verdict = desk.judge([order()])
    const orderHash = 'refused' in verdict ? verdict.refused.orderHash : ''
    desk.edit({ type: 'override.ask', orderHash, untilMs: desk.nowMs + 1_000 })
    const { id = '' } = desk.account.overrides.at(-1) ?? {}
    desk.edit({ type: 'override.approve', id }, { user: 'user_other' })
    expect(desk.verdict([order(), order()])).toBe('max_order_value')
    expect(desk.verdict([order()])).toBe('passed')
  })
})

describe('what is repeated', () => {
  test('is counted by key: another’s orders stop nobody, and are not let go on with them', () => {
    const desk = new Desk({ repeats: { most: 2, windowSeconds: 60 } })
    const by = (keyId: string) => desk.verdict([order()], { keyId })
    expect([by('key_1'), by('key_2'), by('key_1'), by('key_2')]).toEqual(Array(4).fill('passed'))
    expect(by('key_1')).toBe('repeated_execution')
    desk.edit({ type: 'latch.release', id: desk.account.latches[0]?.id ?? '' })
    expect([by('key_1'), by('key_2')]).toEqual(['passed', 'repeated_execution'])
  })

  test('and what looks alike is counted after a crash as before, turned away or not', () => {
    const desk = new Desk({ lookAlikes: { most: 1, windowSeconds: 60 } })
    desk.account.ledger.settle(desk.pass([order()]), [{ status: 'rejected' }], desk.nowMs)
    expect(desk.verdict([order()])).toBe('duplicate_order')
    desk.account.ledger.flush()
    desk.crash()
    expect(desk.verdict([order()])).toBe('duplicate_order')
  })
})

test('what the firm granted under other limits is asked for again', () => {
  const desk = new Desk({})
  const firm = (revision: number, maxOpenValue: string) => ({
    firm: { revision, firm: { maxOpenValue }, symbols: {} },
  })
  expect(desk.verdict([order()], firm(1, '1000'))).toBe('["needs"]')
  desk.account.grant = { open: 1_000n * ONE * ONE, daily: 0n }
  desk.account.grantRevision = 1
  expect(desk.verdict([order()], firm(1, '1000'))).toBe('passed')
  expect(desk.verdict([order()], firm(2, '100'))).toBe('["needs"]')
})
