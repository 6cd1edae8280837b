import { describe, expect, test } from 'vitest'
import type { Limits } from '../../../src/risk/limits.ts'
import { Desk, ONE, order } from '../../support/account.ts'

const MINUTE_MS = 60_000

describe('what looks like what was sent before', () => {
  // @control 15c3-5(c)(1)(ii)-duplicates
  test('a client order id is used once, unless the broker turned the order away', () => {
    const desk = new Desk({})
    const number = desk.pass([order({ clientOrderId: 'x' })])
    expect(desk.verdict([order({ clientOrderId: 'x' })])).toBe('duplicate_client_order_id')
    desk.crash()
    expect(desk.verdict([order({ clientOrderId: 'x' })])).toBe('duplicate_client_order_id')
    desk.account.ledger.settle(number, [{ status: 'rejected' }], desk.nowMs)
    expect(desk.verdict([order({ clientOrderId: 'x' })])).toBe('passed')
  })

  // @control 15c3-5(c)(1)(ii)-duplicates
  test('look-alikes are counted in their window', () => {
    const desk = new Desk({ lookAlikes: { most: 2, windowSeconds: 5 } })
    const other = order({ price: 101n * ONE })
    expect([order(), order(), order(), other].map((one) => desk.verdict([one]))).toEqual([
      'passed',
      'passed',
      'duplicate_order',
      'passed',
    ])
    desk.nowMs += 5_001
    expect(desk.verdict([order()])).toBe('passed')
  })

  // @control rts6/15(3)
  test('repeats latch: time alone does not let them go on, a named person does', () => {
    const desk = new Desk({ repeats: { most: 2, windowSeconds: 5 } })
    const seen = [1, 2, 3].map((i) => desk.verdict([order({ price: BigInt(i) * ONE })]))
    expect(seen).toEqual(['passed', 'passed', 'repeated_execution'])
    desk.nowMs += 500 * MINUTE_MS
    desk.crash()
    expect(desk.verdict([order()])).toBe('repeated_execution')
    expect(desk.verdict([order({ side: 'sell' })])).toBe('passed')
    const [latch] = desk.account.latches
    expect(desk.edit({ type: 'latch.release', id: latch?.id ?? '' }).ok).toBe(true)
    expect(desk.verdict([order()])).toBe('passed')
    desk.crash()
    expect(desk.verdict([order()])).toBe('passed')
    expect(desk.edit({ type: 'latch.release', id: latch?.id ?? '' }).ok).toBe(false)
  })
})

describe('a batch', () => {
  test('passes as a whole or not at all', () => {
    const desk = new Desk({ maxOpenValue: '250' })
    expect(desk.verdict([order(), order(), order()])).toBe('max_open_value')
    expect(desk.verdict([order(), order()])).toBe('passed')
    expect(desk.tables.events.map(({ decision, code }) => code ?? decision)).toEqual([
      'refused',
      'refused',
      'risk_max_open_value',
      'accepted',
      'accepted',
    ])
  })
})

describe('reducing', () => {
  const sell = (quantity: bigint) => order({ side: 'sell', quantity })

  test('an account that may only reduce does so as far as a position is known', () => {
    const desk = new Desk({ reduceOnly: true })
    expect(desk.verdict([sell(ONE)])).toBe('reduce_only')
    desk.hold(2n * ONE)
    expect(desk.verdict([order()])).toBe('reduce_only')
    expect(desk.verdict([sell(ONE)])).toBe('passed')
    expect(desk.verdict([sell(ONE)])).toBe('passed')
    expect(desk.verdict([sell(1n)])).toBe('reduce_only')
    desk.nowMs += 2 * MINUTE_MS
    expect(desk.verdict([sell(1n)])).toBe('reduce_only')
  })

  test('who says that an order only reduces is taken at their word', () => {
    const desk = new Desk({})
    expect(desk.verdict([order({ reduceOnly: true })])).toBe('reduce_only')
  })
})

describe('an override', () => {
  // @control rts6/15(6)
  test('takes two persons, lets that one order pass once, and not what may not be overridden', () => {
    const desk = new Desk({ maxOrderValue: '50', restricted: ['ETH-USD'] })
    const refused = desk.judge([order()])
    const orderHash = 'refused' in refused ? refused.refused.orderHash : ''
    const untilMs = desk.nowMs + 10 * MINUTE_MS
    expect(
      desk.edit({ type: 'override.ask', orderHash, untilMs: untilMs + 6 * MINUTE_MS }).ok,
    ).toBe(false)
    expect(desk.edit({ type: 'override.ask', orderHash, untilMs }, { user: 'a' }).ok).toBe(true)
    const id = desk.account.overrides[0]?.id ?? ''
    expect(desk.edit({ type: 'override.approve', id }, { user: 'a' }).ok).toBe(false)
    expect(desk.verdict([order()])).toBe('max_order_value')
    expect(desk.edit({ type: 'override.approve', id }, { user: 'b' }).ok).toBe(true)
    expect(desk.verdict([order({ quantity: 2n * ONE })])).toBe('max_order_value')
    expect(desk.verdict([order()])).toBe('passed')
    expect(desk.verdict([order()])).toBe('max_order_value')
    desk.crash()
    expect(desk.verdict([order()])).toBe('max_order_value')
  })
})

describe('limits', () => {
  const raised = { account: { maxOrderValue: '500' }, keys: {}, symbols: {} }

  // @control rts6/15(4) 15c3-5/faq-18 15c3-5(d)
  test('a raise takes approver, ticket and end, and is over when that comes', () => {
    const desk = new Desk({ maxOrderValue: '50' })
    const untilMs = desk.nowMs + MINUTE_MS
    const edit = { type: 'limits', limits: raised, ifRevision: 0 } as const
    expect(desk.edit({ ...edit, untilMs: undefined }, { approver: 'b', ticket: 't' }).ok).toBe(
      false,
    )
    expect(desk.edit({ ...edit, untilMs }, { approver: 'b' }).ok).toBe(false)
    const late = { ...edit, untilMs: Date.parse('9999-12-31T00:00:00Z') }
    expect(desk.edit(late, { approver: 'b', ticket: 't' })).toMatchObject({
      error: { members: { errors: [{ pointer: '/expiresAt' }] } },
    })
    expect(desk.edit({ ...edit, untilMs }, { approver: 'b', ticket: 't' }).ok).toBe(true)
    expect(desk.verdict([order()])).toBe('passed')
    desk.crash()
    expect(desk.verdict([order()])).toBe('passed')
    desk.nowMs = untilMs
    expect(desk.verdict([order()])).toBe('max_order_value')
  })

  test('what tightens takes one person, and what builds on a raise is a raise itself', () => {
    const desk = new Desk({ maxOrderValue: '50' })
    const untilMs = desk.nowMs + MINUTE_MS
    desk.edit(
      { type: 'limits', limits: raised, untilMs, ifRevision: 0 },
      { approver: 'b', ticket: 't' },
    )
    const less = { account: { maxOrderValue: '400' }, keys: {}, symbols: {} }
    const edit = { type: 'limits', limits: less, untilMs: undefined, ifRevision: 1 } as const
    expect(desk.edit(edit).ok).toBe(false)
    const tight = { account: { maxOrderValue: '10' }, keys: {}, symbols: {} }
    expect(desk.edit({ ...edit, limits: tight }).ok).toBe(true)
    expect(desk.verdict([order({ price: 20n * ONE })])).toBe('max_order_value')
    expect(desk.edit({ ...edit, limits: tight }).ok).toBe(false)
  })

  // @control 15c3-5/faq-18
  test('nobody lifts alone what was halted or tightened for a time, nor what will hold again', () => {
    const desk = new Desk({ maxOrderValue: '500' })
    const set = (limits: Limits, ifRevision: number, untilMs?: number) => ({
      type: 'limits' as const,
      limits: { account: { maxOrderValue: '500', ...limits }, keys: {}, symbols: {} },
      ifRevision,
      untilMs,
    })
    const two = { approver: 'b', ticket: 't' }
    const halted = ['BTC-USD']
    expect(desk.edit(set({ halted }, 0, desk.nowMs + 60 * MINUTE_MS)).ok).toBe(true)
    expect(desk.edit(set({}, 1)).ok).toBe(false)
    expect(desk.verdict([order()])).toBe('symbol_halted')
    expect(desk.edit(set({}, 1, desk.nowMs + MINUTE_MS), two).ok).toBe(true)
    expect(desk.verdict([order()])).toBe('passed')
    // What two persons lifted for a minute, one would lift for good.
    expect(desk.edit(set({}, 2)).ok).toBe(false)
    expect(desk.edit(set({ halted }, 2)).ok).toBe(true)
  })

  test('what a customer tightens holds at once, whatever they loosen in the same call', () => {
    const desk = new Desk({})
    const caps = (limits: Limits) => desk.edit({ type: 'caps', limits, steppedUp: true })
    expect(caps({ maxOrderValue: '500', maxQuantity: '1' }).ok).toBe(true)
    expect(caps({ maxOrderValue: '50', maxQuantity: '9', restricted: ['ETH-USD'] }).ok).toBe(true)
    desk.crash()
    expect(desk.verdict([order()])).toBe('max_order_value')
    const cheap = order({ price: 10n * ONE, quantity: 2n * ONE })
    expect(desk.verdict([cheap])).toBe('max_quantity')
    expect(desk.verdict([order({ symbol: 'ETH-USD' })])).toBe('restricted_symbol')
    desk.nowMs += 24 * 60 * MINUTE_MS
    expect(desk.verdict([cheap])).toBe('passed')
  })

  test('a customer tightens at once; looser caps wait and take a second factor', () => {
    const desk = new Desk({})
    const caps = (maxOrderValue: string, steppedUp: boolean) =>
      desk.edit({ type: 'caps', limits: { maxOrderValue }, steppedUp })
    expect(caps('50', false).ok).toBe(true)
    expect(desk.verdict([order()])).toBe('max_order_value')
    expect(caps('500', false).ok).toBe(false)
    expect(caps('500', true).ok).toBe(true)
    expect(desk.verdict([order()])).toBe('max_order_value')
    desk.nowMs += 24 * 60 * MINUTE_MS
    desk.crash()
    expect(desk.verdict([order()])).toBe('passed')
  })
})
