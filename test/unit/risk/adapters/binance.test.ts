import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { binanceCancel } from '../../../../src/risk/adapters/binance.ts'
import { binance } from '../../../../src/signature/dialects/binance.ts'
import { BINANCE_ORDER, binanceSymbol, placeBinance } from '../../../support/binance-orders.ts'
import { formRequest, READ, read, UNITS } from '../../../support/orders.ts'
import { headOf } from '../../../support/request.ts'

test('an order is read from the query, from the form, or from both', () => {
  expect(placeBinance(BINANCE_ORDER)).toEqual([READ])
  expect(placeBinance(undefined, BINANCE_ORDER)).toEqual([READ])
  expect(
    placeBinance('symbol=BTCUSDT&side=BUY&type=LIMIT', 'timeInForce=GTC&quantity=0.01&price=100'),
  ).toEqual([READ])
})

test('as ccxt writes it', () => {
  const form =
    'timestamp=1767323045678&symbol=BTCUSDT&side=BUY&newClientOrderId=x-TKT5PX2F0000000000000000000001&newOrderRespType=FULL&type=LIMIT&quantity=0.01&price=50000&timeInForce=GTC&recvWindow=10000'
  expect(placeBinance(undefined, form)).toEqual([
    { ...READ, price: 50_000n * UNITS, clientOrderId: 'x-TKT5PX2F0000000000000000000001' },
  ])
})

describe('a parameter that is there twice refuses the order', () => {
  const TWICE = ['quantity: must be there once']
  test('wherever it is', () => {
    expect(placeBinance(`${BINANCE_ORDER}&quantity=9`)).toEqual(TWICE)
    expect(placeBinance(undefined, `${BINANCE_ORDER}&quantity=9`)).toEqual(TWICE)
    expect(placeBinance(BINANCE_ORDER, 'quantity=9')).toEqual(TWICE)
    expect(placeBinance(BINANCE_ORDER, 'quantity=0.01')).toEqual(TWICE)
  })
})

describe('types', () => {
  const base = 'symbol=BTCUSDT&side=SELL&quantity=2'
  const sell = { ...READ, side: 'sell', quantity: 2n * UNITS, price: undefined }
  test.each<[string, object]>([
    ['type=MARKET', { type: 'market' }],
    ['type=LIMIT&price=5&timeInForce=IOC', { price: 5n * UNITS, validity: 'ioc' }],
    ['type=LIMIT&price=5&timeInForce=FOK', { price: 5n * UNITS, validity: 'fok' }],
    ['type=LIMIT&price=5', { price: 5n * UNITS }],
    ['type=LIMIT_MAKER&price=5', { price: 5n * UNITS, postOnly: true }],
    ['type=STOP_LOSS&stopPrice=4', { type: 'stop', stopPrice: 4n * UNITS }],
    [
      'type=STOP_LOSS_LIMIT&price=5&stopPrice=4&timeInForce=GTC',
      { type: 'stop_limit', price: 5n * UNITS, stopPrice: 4n * UNITS },
    ],
    ['type=LIMIT&price=5&icebergQty=1', { price: 5n * UNITS, displayQuantity: UNITS }],
    ['type=MARKET&strategyId=12&strategyType=1000000', { type: 'market', algorithm: '12' }],
  ])('%s', (more, change) => {
    expect(placeBinance(`${base}&${more}`)).toEqual([{ ...sell, ...change }])
  })

  test('by what it may cost', () => {
    expect(placeBinance('symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=50.5')).toEqual([
      {
        ...READ,
        type: 'market',
        price: undefined,
        quantity: undefined,
        quoteQuantity: (101n * UNITS) / 2n,
      },
    ])
    expect(placeBinance('symbol=BTCUSDT&side=BUY&type=LIMIT&price=1&quoteOrderQty=50.5')).toEqual([
      'quoteOrderQty: must not be there for an order of this type',
    ])
    expect(placeBinance(`${BINANCE_ORDER}&quoteOrderQty=5`)).toEqual([
      'quoteOrderQty: must not be there beside a quantity',
    ])
  })
})
test('what the dialect forwards is what is read, and the same as what any form reader reads', async () => {
  const head = headOf({
    method: 'POST',
    url: `https://gw.example/api/v3/order?${BINANCE_ORDER}&timestamp=1800000000000&signature=${'0'.repeat(64)}`,
    headers: { 'x-mbx-apikey': `pc1_${'a'.repeat(39)}` },
  })
  const claim = binance.claim(head)
  const signed = claim.ok ? await claim.value.signed(new Uint8Array()) : undefined
  const forward = signed?.ok === true ? signed.value.forward : undefined
  const query = forward?.target.split('?')[1]
  expect(placeBinance(query)).toEqual([READ])
  expect(Object.fromEntries(new URLSearchParams(query))).toMatchObject({
    quantity: '0.01',
    price: '100',
  })
})

test('what is read is what any form reader reads', () => {
  assert(
    property(
      string({ unit: 'binary', maxLength: 60 }),
      constantFrom('query', 'form'),
      (text, where) => {
        const pairs = `${BINANCE_ORDER}&newClientOrderId=${text}`
        const result = where === 'query' ? placeBinance(pairs) : placeBinance(undefined, pairs)
        const [order] = result
        if (typeof order === 'string') return
        const params = new URLSearchParams(pairs)
        expect(params.getAll('newClientOrderId')).toEqual([
          order?.action === 'new' ? order.clientOrderId : 0,
        ])
        expect([...params.keys()]).toHaveLength(7)
      },
    ),
  )
})

describe('a cancel', () => {
  const cancel = (query: string, form = '') =>
    read(binanceCancel, formRequest(query, form, { method: 'DELETE' }), binanceSymbol)

  test('names its order by either id', () => {
    expect(cancel('symbol=BTCUSDT&orderId=28&timestamp=1&recvWindow=2')).toEqual([
      { action: 'cancel', symbol: 'BTC-USD', target: { by: 'id', value: '28' } },
    ])
    expect(
      cancel(
        'symbol=BTCUSDT&origClientOrderId=mine&newClientOrderId=c&cancelRestrictions=ONLY_NEW',
      ),
    ).toEqual([{ action: 'cancel', symbol: 'BTC-USD', target: { by: 'client', value: 'mine' } }])
  })

  test.each<[string, readonly string[]]>([
    ['', ['symbol: is required', 'orderId: is required']],
    ['symbol=BTCUSDT', ['orderId: is required']],
    ['orderId=28', ['symbol: is required']],
    [
      'symbol=BTCUSDT&orderId=28&origClientOrderId=mine',
      ['origClientOrderId: must not be there beside the other id'],
    ],
    ['symbol=BTCUSDT&orderId=28&orderId=29', ['orderId: must be there once']],
    [
      'symbol=BTCUSDT&orderId=28&cancelRestrictions=NONE',
      ['cancelRestrictions: is not one of the values that are known here'],
    ],
    ['symbol=BTCUSDT&orderId=28&quantity=1', ['quantity: is not a parameter that is known here']],
    ['symbol=BTCUSDT&orderId=a%20b', ['orderId: must be 1 to 128 visible ASCII characters']],
  ])('%s is refused', (query, problems) => {
    expect(cancel(query)).toEqual(problems)
  })

  test('has no body: an origin that looks in the query alone would miss what is in it', () => {
    expect(cancel('symbol=BTCUSDT', 'orderId=28')).toEqual([
      ': must not be there',
      'orderId: is required',
    ])
  })
})
