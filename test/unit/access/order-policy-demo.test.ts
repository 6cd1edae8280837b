import { describe, expect, test } from 'vitest'
import demo from '../../../gateway.config.ts'
import { formRequest, jsonRequest, read } from '../../support/orders.ts'

describe('the demo’s policy', () => {
  const ask = (route: string, request: Parameters<typeof read>[1], venue?: 'binance') => {
    const adapter = demo.orders.get(route)
    return adapter && read(adapter, request, (name) => demo.symbolOf(venue, name))
  }
  const ORDER = { symbol: 'AAPL', side: 'buy', type: 'limit', quantity: '1', price: '200' }

  test('reads every order and cancel of the demo', () => {
    const routes = demo.routes.entries
      .filter(({ target }) => ['order', 'cancel'].includes(target.operation.kind))
      .map(({ route }) => route)
    expect(routes.toSorted()).toEqual([...demo.orders.keys()].toSorted())
    expect(ask('POST /v1/orders', jsonRequest({ ...ORDER, clientOrderId: 'x' }))).toMatchObject([
      { action: 'new', symbol: 'AAPL', clientOrderId: 'x', validity: 'gtc' },
    ])
    expect(
      ask(
        'POST /api/v3/order',
        formRequest('symbol=ETHUSDT&side=SELL&type=MARKET&quantity=1'),
        'binance',
      ),
    ).toMatchObject([{ action: 'new', symbol: 'ETH-USD', side: 'sell', type: 'market' }])
  })

  test.each([
    'reduceOnly',
    'postOnly',
    'stopPrice',
    'leverage',
    'quoteQuantity',
    'displayQuantity',
  ])('promises no %s, for the broker does none', (name) => {
    expect(ask('POST /v1/orders', jsonRequest({ ...ORDER, [name]: true }))).toEqual([
      `/${name}: is not a member that is known here`,
    ])
  })
})
