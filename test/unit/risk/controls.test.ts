import { describe, expect, test } from 'vitest'
import { Desk, ONE, order, START_MS } from '../../support/account.ts'
import type { RiskAsk } from '../../../src/risk/account-port.ts'

const at = (price: bigint): Partial<RiskAsk> => ({
  references: { 'BTC-USD': { price: price * ONE, ageMs: 0 } },
})
const market = order({ type: 'market', price: undefined })

describe('one order by itself', () => {
  // @control 15c3-5(c)(1)(ii)-size rts6/15(1)(c) mission/pre-trade
  test('is no larger than the limit, to the last of eighteen places', () => {
    const desk = new Desk({ maxQuantity: '1.5' })
    expect(desk.verdict([order({ quantity: (15n * ONE) / 10n })])).toBe('passed')
    expect(desk.verdict([order({ quantity: (15n * ONE) / 10n + 1n })])).toBe('max_quantity')
  })

  // @control 15c3-5(c)(1)(ii)-size rts6/15(1)(b) mission/pre-trade
  test('comes to no more than the limit: a buyer at the limit price, a seller at what the market pays', () => {
    const desk = new Desk({ maxOrderValue: '100' })
    expect(desk.verdict([order()])).toBe('passed')
    expect(desk.verdict([order({ price: 100n * ONE + 1n })])).toBe('max_order_value')
    expect(desk.verdict([order({ side: 'sell', price: 1n })], at(100n))).toBe('passed')
    expect(desk.verdict([order({ side: 'sell', price: 1n })], at(101n))).toBe('max_order_value')
  })

  test('without a price is taken at the reference and the margin on top', () => {
    const desk = new Desk({ maxOrderValue: '105' })
    expect(desk.verdict([market], at(100n))).toBe('passed')
    expect(desk.verdict([market], at(101n))).toBe('max_order_value')
    const quote = order({
      type: 'market',
      price: undefined,
      quantity: undefined,
      quoteQuantity: 106n * ONE,
    })
    expect(desk.verdict([quote], at(1n))).toBe('max_order_value')
  })

  // @control 15c3-5(c)(1)(ii)-price rts6/15(1)(a) mission/pre-trade
  test('is at a price within the collar, either way', () => {
    const desk = new Desk({ collarPercent: '10' })
    const verdictAt = (price: bigint) => desk.verdict([order({ price })], at(100n))
    expect([90n * ONE, 110n * ONE].map(verdictAt)).toEqual(['passed', 'passed'])
    expect([90n * ONE - 1n, 110n * ONE + 1n].map(verdictAt)).toEqual([
      'price_collar',
      'price_collar',
    ])
  })

  // @control 15c3-5(c)(1)(ii)-price rts6/15(1)(a)
  test('that has to be compared with a price is refused when there is none', () => {
    expect(new Desk({ collarPercent: '10' }).verdict([order()])).toBe('reference_price')
    expect(new Desk({}).verdict([market])).toBe('reference_price')
    expect(new Desk({}).verdict([order()])).toBe('passed')
  })

  test('that reduces a known position passes without a price, if the policy lets it', () => {
    for (const [reducesWithoutPrice, expected] of [
      [true, 'passed'],
      [false, 'reference_price'],
    ] as const) {
      const desk = new Desk({ maxOrderValue: '1' }, { reducesWithoutPrice })
      desk.hold(-ONE)
      expect(desk.verdict([market])).toBe(expected)
    }
  })
})

describe('what may be traded', () => {
  // @control 15c3-5(c)(2)(ii) rts6/15(5)-instruments
  test('is nothing that is restricted, and only what is allowed', () => {
    expect(new Desk({ restricted: ['BTC-USD'] }).verdict([order()])).toBe('restricted_symbol')
    expect(new Desk({ allowed: ['ETH-USD'] }).verdict([order()])).toBe('symbol_not_allowed')
    expect(new Desk({ allowed: ['BTC-USD'] }).verdict([order()])).toBe('passed')
    expect(new Desk({}).verdict([order({ symbol: 'NONE' })])).toBe('symbol_not_allowed')
  })

  // @control 15c3-5(c)(2)(i)
  test('is nothing that is halted, and nothing outside of trading hours', () => {
    const firm = { revision: 1, firm: { halted: ['BTC-USD'] }, symbols: {} }
    expect(new Desk({}).verdict([order()], { firm })).toBe('symbol_halted')
    const desk = new Desk({ hours: [{ days: [1, 2, 3, 4, 5], from: '08:00', to: '16:30' }] })
    // 2026-05-29 is a Friday.
    const friday = Date.UTC(2026, 4, 29)
    for (const [ms, expected] of [
      [friday + 8 * 3_600_000, 'passed'],
      [friday + 8 * 3_600_000 - 1, 'trading_hours'],
      [friday + 16.5 * 3_600_000, 'trading_hours'],
      [friday + 34 * 3_600_000, 'trading_hours'],
    ] as const) {
      desk.nowMs = ms
      expect(desk.verdict([order()]), new Date(ms).toISOString()).toBe(expected)
    }
  })
})

describe('whose limit it is', () => {
  // @control rts6/15(5)-thresholds mission/pre-trade
  test('of firm, account, customer, key and symbol each alone may refuse', () => {
    const tight = { maxOrderValue: '1' }
    const scopeOf = (desk: Desk, more: Partial<RiskAsk> = {}) => {
      const verdict = desk.judge([order()], more)
      return 'refused' in verdict ? verdict.refused.scope : 'none'
    }
    const firm = { revision: 1, firm: {}, symbols: {} }
    expect(scopeOf(new Desk({}), { firm: { ...firm, firm: tight } })).toBe('firm')
    expect(scopeOf(new Desk({}), { firm: { ...firm, symbols: { 'BTC-USD': tight } } })).toBe(
      'firm symbol BTC-USD',
    )
    expect(scopeOf(new Desk(tight))).toBe('account')
    const set = (limits: object) => {
      const desk = new Desk({})
      desk.edit({
        type: 'limits',
        limits: { account: {}, keys: {}, symbols: {}, ...limits },
        untilMs: undefined,
        ifRevision: 0,
      })
      return scopeOf(desk)
    }
    expect(set({ keys: { key_1: tight } })).toBe('key key_1')
    expect(set({ keys: { key_2: tight } })).toBe('none')
    expect(set({ symbols: { 'BTC-USD': tight } })).toBe('symbol BTC-USD')
    const customer = new Desk({})
    customer.edit({ type: 'caps', limits: tight, steppedUp: false })
    expect(scopeOf(customer)).toBe('customer')
  })

  test('of the firm in all is asked of the firm before anything passes', () => {
    const desk = new Desk({})
    const firm = { revision: 1, firm: { maxOpenValue: '1000' }, symbols: {} }
    const needs = { open: 100n * ONE * ONE, daily: 0n }
    expect(desk.judge([order()], { firm })).toEqual({ needs })
    desk.account.grant = { open: 100n * ONE * ONE, daily: 0n }
    desk.account.grantRevision = 1
    expect([1, 2].map(() => desk.verdict([order()], { firm }))).toEqual(['passed', '["needs"]'])
  })
})

// @control rts24 rts6/28 rts6/12(3) 2017/565/74 cat/meno
test('an event says what the client said and what we know, and whose word each is', () => {
  const desk = new Desk({ maxOrderValue: '50' })
  desk.verdict([order({ clientOrderId: 'mine', algorithm: 'algo-17', decisionMaker: 'trader-4' })])
  const [event] = desk.tables.events
  expect(event).toMatchObject({
    type: 'order_event',
    number: 1,
    event: 'NEWO',
    decision: 'refused',
    code: 'risk_max_order_value',
    scope: 'account',
    limit: '50',
    actual: '100',
    bodyHash: 'bb',
    receivedAtMs: START_MS,
    fields: {
      symbol: ['BTC-USD', 'client'],
      buySell: ['BUYI', 'client'],
      orderType: ['limit', 'client'],
      orderClassification: ['LMTO', 'client'],
      limitPrice: ['100', 'client'],
      initialQuantity: ['1', 'client'],
      validityPeriod: ['GTCA', 'client'],
      clientOrderId: ['mine', 'client'],
      executionWithinFirm: ['algo-17', 'client'],
      investmentDecision: ['trader-4', 'client'],
      priceCurrency: ['USD', 'gateway'],
      event: ['NEWO', 'gateway'],
    },
  })
  expect(event?.fields).not.toHaveProperty('transactionPrice')
})
