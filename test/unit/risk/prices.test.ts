/** What an order comes to where the market's price is not known, and how many units money buys at most. */
import { describe, expect, test } from 'vitest'
import type { Limits } from '../../../src/risk/limits.ts'
import type { NewOrder } from '../../../src/risk/order.ts'
import { Desk, ONE, order } from '../../support/account.ts'

const VALUE_LIMITS: readonly Limits[] = [
  { maxOrderValue: '1000' },
  { maxOpenValue: '1000' },
  { maxDailyValue: '1000' },
]
const cheap = { quantity: 100n * ONE, price: ONE / 100n }
const references = { 'BTC-USD': { price: 50_000n * ONE, ageMs: 0 } }

/** What may trade far above the price that it names, or far from its trigger. */
const UNBOUNDED: readonly Partial<NewOrder>[] = [
  { side: 'sell', ...cheap },
  { side: 'sell', type: 'stop_limit', stopPrice: ONE, ...cheap },
  { side: 'buy', type: 'stop', quantity: 100n * ONE, price: undefined, stopPrice: ONE / 100n },
  { side: 'sell', type: 'stop', quantity: 100n * ONE, price: undefined, stopPrice: ONE / 100n },
]

describe('without a price of the market', () => {
  // @control mission/pre-trade
  test('nothing passes a limit of value that may come to more than it says', () => {
    for (const limits of VALUE_LIMITS)
      for (const change of UNBOUNDED) {
        expect(new Desk(limits).verdict([order(change)])).toBe('reference_price')
        const firm = { revision: 0, firm: limits, symbols: {} }
        expect(new Desk({}).verdict([order(change)], { firm })).toBe('reference_price')
      }
  })

  test('a buyer is held by the limit, and passes', () => {
    for (const limits of VALUE_LIMITS) {
      expect(new Desk(limits).verdict([order(cheap)])).toBe('passed')
      const stop = { ...cheap, type: 'stop_limit', stopPrice: ONE } as const
      expect(new Desk(limits).verdict([order(stop)])).toBe('passed')
    }
  })

  test('where no value is limited, nothing is asked of it', () => {
    for (const change of UNBOUNDED) expect(new Desk({}).verdict([order(change)])).toBe('passed')
  })

  test('what reduces passes, if the policy says so', () => {
    const sell = order({ side: 'sell', price: ONE / 100n })
    for (const [reducesWithoutPrice, expected] of [
      [true, 'passed'],
      [false, 'reference_price'],
    ] as const) {
      const desk = new Desk({ maxOrderValue: '1000' }, { reducesWithoutPrice })
      desk.hold(5n * ONE)
      expect(desk.verdict([sell])).toBe(expected)
    }
  })

  test('an order that is for sale is not changed', () => {
    const desk = new Desk({ maxOpenValue: '100000000' })
    const number = desk.pass([order({ side: 'sell', ...cheap })], { references })
    desk.account.ledger.settle(number, [{ status: 'open', orderId: 'ord' }], desk.nowMs)
    const target = { by: 'id', value: 'ord' } as const
    const change = { action: 'replace', target, price: ONE } as const
    expect(desk.verdict([change])).toBe('reference_price')
    expect(desk.verdict([change], { references })).toBe('passed')
  })
})

describe('an amount of money', () => {
  const money = order({
    type: 'market',
    price: undefined,
    quantity: undefined,
    quoteQuantity: 950n * ONE,
  })
  const price = { 'BTC-USD': { price: 100n * ONE, ageMs: 0 } }

  // The margin of five percent taken off: 10 units at 95, and not the nine that it buys at 105.
  test('is as many units as it buys at the lowest price', () => {
    expect(new Desk({ maxQuantity: '9.9' }).verdict([money], { references: price })).toBe(
      'max_quantity',
    )
    expect(new Desk({ maxQuantity: '10' }).verdict([money], { references: price })).toBe('passed')
  })

  test('is any number of units where the market may be below the limit and is not known', () => {
    const limited = { ...money, type: 'limit', price: 100n * ONE } as const
    expect(new Desk({ maxQuantity: '1000' }).verdict([limited])).toBe('max_quantity')
    expect(new Desk({ maxOrderValue: '950' }).verdict([limited])).toBe('passed')
    const low = { 'BTC-USD': { price: 50n * ONE, ageMs: 0 } }
    expect(new Desk({ maxQuantity: '19' }).verdict([limited], { references: low })).toBe(
      'max_quantity',
    )
    expect(new Desk({ maxQuantity: '20' }).verdict([limited], { references: low })).toBe('passed')
  })

  test('stays one when it is changed: no guess at its units becomes an order for these', () => {
    const desk = new Desk({ maxQuantity: '10' })
    const number = desk.pass([{ ...money, side: 'sell' }], { references: price })
    desk.account.ledger.settle(number, [{ status: 'open', orderId: 'ord' }], desk.nowMs)
    const target = { by: 'id', value: 'ord' } as const
    const change = { action: 'replace', target, clientOrderId: 'new' } as const
    const low = { 'BTC-USD': { price: 50n * ONE, ageMs: 0 } }
    expect(desk.verdict([change], { references: low })).toBe('max_quantity')
    desk.hold(100n * ONE)
    expect(desk.verdict([order({ side: 'sell', reduceOnly: true })])).toBe('reduce_only')
    expect(desk.verdict([{ ...change, quantity: 10n * ONE }], { references: low })).toBe('passed')
  })
})
