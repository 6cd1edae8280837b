import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../../../src/lib/bytes.ts'
import { binanceCancel, binanceNew } from '../../../../src/risk/adapters/binance.ts'
import type { OrderAdapter, OrderRequest } from '../../../../src/risk/adapters/adapter.ts'
import type { Intent } from '../../../../src/risk/order.ts'
import { binance } from '../../../../src/signature/dialects/binance.ts'
import { PARAMETERS } from '../../../../src/signature/dialects/binance-parameters.ts'
import { formRequest, read } from '../../../support/orders.ts'
import { headOf } from '../../../support/request.ts'

const UNITS = 10n ** 18n
const names = (name: string) => (name === 'BTCUSDT' ? 'BTC-USD' : undefined)
const ORDER = 'symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=100'
const READ = {
  action: 'new',
  symbol: 'BTC-USD',
  side: 'buy',
  type: 'limit',
  quantity: UNITS / 100n,
  price: 100n * UNITS,
  validity: 'gtc',
  postOnly: false,
  reduceOnly: false,
}

function place(query: string | undefined, form = '', more: Partial<OrderRequest> = {}) {
  return read(binanceNew, formRequest(query, form, more), names)
}
/** The order with one parameter in place of what it says. */
function with_(name: string, value: string) {
  const rest = ORDER.split('&').filter((part) => !part.startsWith(`${name}=`))
  return place([...rest, `${name}=${value}`].join('&'))
}

test('an order is read from the query, from the form, or from both', () => {
  expect(place(ORDER)).toEqual([READ])
  expect(place(undefined, ORDER)).toEqual([READ])
  expect(
    place('symbol=BTCUSDT&side=BUY&type=LIMIT', 'timeInForce=GTC&quantity=0.01&price=100'),
  ).toEqual([READ])
})

test('as ccxt writes it', () => {
  const form =
    'timestamp=1767323045678&symbol=BTCUSDT&side=BUY&newClientOrderId=x-TKT5PX2F0000000000000000000001&newOrderRespType=FULL&type=LIMIT&quantity=0.01&price=50000&timeInForce=GTC&recvWindow=10000'
  expect(place(undefined, form)).toEqual([
    { ...READ, price: 50_000n * UNITS, clientOrderId: 'x-TKT5PX2F0000000000000000000001' },
  ])
})

describe('a parameter that is there twice refuses the order', () => {
  const TWICE = ['quantity: must be there once']
  test('wherever it is', () => {
    expect(place(`${ORDER}&quantity=9`)).toEqual(TWICE)
    expect(place(undefined, `${ORDER}&quantity=9`)).toEqual(TWICE)
    expect(place(ORDER, 'quantity=9')).toEqual(TWICE)
    expect(place(ORDER, 'quantity=0.01')).toEqual(TWICE)
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
    expect(place(`${base}&${more}`)).toEqual([{ ...sell, ...change }])
  })

  test('by what it may cost', () => {
    expect(place('symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=50.5')).toEqual([
      {
        ...READ,
        type: 'market',
        price: undefined,
        quantity: undefined,
        quoteQuantity: (101n * UNITS) / 2n,
      },
    ])
    expect(place('symbol=BTCUSDT&side=BUY&type=LIMIT&price=1&quoteOrderQty=50.5')).toEqual([
      'quoteOrderQty: must not be there for an order of this type',
    ])
    expect(with_('quoteOrderQty', '5')).toEqual([
      'quoteOrderQty: must not be there beside a quantity',
    ])
  })
})

describe('what would make it another order refuses it', () => {
  const UNKNOWN = 'is not a parameter that is known here'
  test.each([
    'trailingDelta',
    'pegPriceType',
    'pegOffsetType',
    'pegOffsetValue',
    'computeCommissionRates',
    'isIsolated',
    'sideEffectType',
    'autoRepayAtCancel',
    'positionSide',
    'reduceOnly',
    'closePosition',
    'activationPrice',
    'callbackRate',
    'workingType',
    'priceProtect',
    'priceMatch',
    'goodTillDate',
    'cancelReplaceMode',
    'orderId',
    'origClientOrderId',
    'listClientOrderId',
    'signature',
    'Quantity',
  ])('%s', (name) => {
    expect(with_(name, '1')).toEqual([`${name}: ${UNKNOWN}`])
  })

  test('every parameter that the dialect knows is read here, or refused', () => {
    const refused = [...PARAMETERS].filter((name) => with_(name, '1')[0] === `${name}: ${UNKNOWN}`)
    expect([...PARAMETERS].filter((name) => !refused.includes(name)).toSorted()).toEqual([
      'icebergQty',
      'newClientOrderId',
      'newOrderRespType',
      'price',
      'quantity',
      'quoteOrderQty',
      'recvWindow',
      'selfTradePreventionMode',
      'side',
      'stopPrice',
      'strategyId',
      'symbol',
      'timeInForce',
      'timestamp',
      'type',
    ])
  })

  const VALUE = 'is not one of the values that are known here'
  test.each([
    ['type', 'TAKE_PROFIT', `type: ${VALUE}`],
    ['type', 'TAKE_PROFIT_LIMIT', `type: ${VALUE}`],
    ['type', 'limit', `type: ${VALUE}`],
    ['side', 'buy', `side: ${VALUE}`],
    ['timeInForce', 'GTX', `timeInForce: ${VALUE}`],
    ['timeInForce', 'GTD', `timeInForce: ${VALUE}`],
    ['selfTradePreventionMode', 'TRANSFER', `selfTradePreventionMode: ${VALUE}`],
    ['newOrderRespType', 'NONE', `newOrderRespType: ${VALUE}`],
    ['strategyType', '999999', `strategyType: ${VALUE}`],
    ['symbol', 'BTC-USD', 'symbol: is not a symbol that is known here'],
    ['symbol', 'DOGEUSDT', 'symbol: is not a symbol that is known here'],
    ['quantity', '1e2', 'quantity: must not have an exponent'],
    ['quantity', '-1', 'quantity: must be more than zero'],
    ['quantity', '0', 'quantity: must be more than zero'],
    ['quantity', '%2B1', 'quantity: must not begin with a plus sign'],
    ['quantity', '+1', 'quantity: must have one value, and nothing in it that is read in two ways'],
    ['quantity', '%201', 'quantity: must not begin or end with a space'],
    ['quantity', '%D9%A3', 'quantity: must be a decimal number such as 0.01'],
    ['quantity', '１', 'quantity: must have one value, and nothing in it that is read in two ways'],
    ['quantity', '0x10', 'quantity: must be a decimal number'],
    [
      'quantity',
      '9'.repeat(10_000),
      'quantity: must have at most 20 digits before the point and 18 after it',
    ],
    ['quantity', '', 'quantity: must have one value, and nothing in it that is read in two ways'],
    ['icebergQty', '0.02', 'icebergQty: must not be more than the quantity'],
    ['icebergQty', '0', 'icebergQty: must be more than zero'],
    ['stopPrice', '1', 'stopPrice: must not be there for an order of this type'],
    ['newClientOrderId', '%C3%A9', 'newClientOrderId: must be 1 to 128 visible ASCII characters'],
    ['newClientOrderId', 'a%00', 'newClientOrderId: must be 1 to 128 visible ASCII characters'],
  ])('%s=%s', (name, value, problem) => {
    expect(with_(name, value)).toEqual([problem])
  })

  test('everything at once', () => {
    expect(
      place('side=x&type=y&trailingDelta=1', 'quantity=0&price=&selfTradePreventionMode=TRANSFER'),
    ).toEqual([
      'trailingDelta: is not a parameter that is known here',
      'price: must have one value, and nothing in it that is read in two ways',
      `selfTradePreventionMode: ${VALUE}`,
      'symbol: is required',
      `side: ${VALUE}`,
      `type: ${VALUE}`,
      'quantity: must be more than zero',
    ])
    expect(place(undefined)).toEqual([
      'symbol: is required',
      'side: is required',
      'type: is required',
      'quantity: is required',
    ])
  })
})

describe('a form that is read in two ways refuses the order', () => {
  test.each([
    [{ contentType: undefined }, ': must be sent as application/x-www-form-urlencoded'],
    [{ contentType: 'application/json' }, ': must be sent as application/x-www-form-urlencoded'],
    [
      { contentType: 'application/x-www-form-urlencoded; charset=utf-16' },
      ': must be sent as application/x-www-form-urlencoded',
    ],
    [{ contentEncoding: 'gzip' }, ': must not be encoded'],
    [{ method: 'DELETE' }, ': must not be there'],
    [{ body: new Uint8Array([0xff]) }, ': is not UTF-8, or begins with a byte order mark'],
    [{ body: utf8('\ufeffa=1') }, ': is not UTF-8, or begins with a byte order mark'],
  ])('%o', (more, problem) => {
    expect(place(ORDER, 'newClientOrderId=a', more)).toEqual([problem])
  })
  test.each([
    'a',
    'a=1=2',
    '&',
    'newClientOrderId=a;price=5',
    'newClientOrderId[]=a',
    ' newClientOrderId=a',
    'newClientOrderId=a\n',
  ])('%s', (form) => {
    expect(place(ORDER, form)).toHaveLength(1)
    expect(place(ORDER, form)[0]).toMatch(/is read in two ways|plain|known here/)
  })
})

test('what the dialect forwards is what is read, and the same as what any form reader reads', async () => {
  const head = headOf({
    method: 'POST',
    url: `https://gw.example/api/v3/order?${ORDER}&timestamp=1800000000000&signature=${'0'.repeat(64)}`,
    headers: { 'x-mbx-apikey': `pc1_${'a'.repeat(39)}` },
  })
  const claim = binance.claim(head)
  const signed = claim.ok ? await claim.value.signed(new Uint8Array()) : undefined
  const forward = signed?.ok === true ? signed.value.forward : undefined
  const query = forward?.target.split('?')[1]
  expect(place(query)).toEqual([READ])
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
        const pairs = `${ORDER}&newClientOrderId=${text}`
        const result = where === 'query' ? place(pairs) : place(undefined, pairs)
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
    read(binanceCancel, formRequest(query, form, { method: 'DELETE' }), names)

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

describe('answers', () => {
  const NEW: Intent = {
    action: 'new',
    symbol: 'BTC-USD',
    side: 'buy',
    type: 'limit',
    quantity: UNITS,
    price: UNITS,
    validity: 'gtc',
    postOnly: false,
    reduceOnly: false,
    clientOrderId: 'mine',
  }
  const CANCEL: Intent = { action: 'cancel', target: { by: 'id', value: '28' } }
  const answer = (
    status: number,
    body: unknown,
    intent: Intent = NEW,
    adapter: OrderAdapter = binanceNew,
  ) =>
    adapter.readAnswer(status, utf8(typeof body === 'string' ? body : JSON.stringify(body)), [
      intent,
    ])
  const RESULT = {
    symbol: 'BTCUSDT',
    orderId: 28,
    clientOrderId: 'mine',
    executedQty: '10.00000000',
    status: 'FILLED',
  }

  test.each([
    ['NEW', 'open'],
    ['PENDING_NEW', 'open'],
    ['PARTIALLY_FILLED', 'open'],
    ['FILLED', 'filled'],
    ['CANCELED', 'cancelled'],
    ['REJECTED', 'rejected'],
    ['EXPIRED', 'cancelled'],
    ['EXPIRED_IN_MATCH', 'cancelled'],
    ['PENDING_CANCEL', 'unknown'],
    ['SOMETHING_NEW', 'unknown'],
  ])('%s is %s', (status, means) => {
    expect(answer(200, { ...RESULT, status })).toEqual([
      { orderId: '28', clientOrderId: 'mine', status: means, filled: 10n * UNITS },
    ])
  })

  test('an ACK tells the id, and not what became of it', () => {
    expect(answer(200, { orderId: 28, clientOrderId: 'mine', transactTime: 1 })).toEqual([
      { orderId: '28', clientOrderId: 'mine', status: 'unknown' },
    ])
  })

  test('of another order it is no answer', () => {
    expect(answer(200, { ...RESULT, clientOrderId: 'theirs' })).toMatchObject([
      { status: 'unknown' },
    ])
  })

  test('a cancel has a name of its own, and its order another', () => {
    const body = {
      ...RESULT,
      status: 'CANCELED',
      clientOrderId: 'cancel-1',
      origClientOrderId: 'mine',
    }
    expect(answer(200, body, CANCEL, binanceCancel)).toEqual([
      { orderId: '28', clientOrderId: 'mine', status: 'cancelled', filled: 10n * UNITS },
    ])
    expect(answer(200, { ...body, orderId: 29 }, CANCEL, binanceCancel)).toMatchObject([
      { status: 'unknown' },
    ])
  })

  test.each([
    -1002, -1003, -1013, -1015, -1021, -1022, -1100, -1102, -2010, -2011, -2013, -2014, -2015,
  ])('code %i is a no', (code) => {
    for (const status of [400, 401, 403, 418, 429])
      expect(answer(status, { code, msg: 'x' })).toEqual([{ status: 'rejected' }])
  })
  test.each([-1000, -1001, -1006, -1007])('code %i leaves it open', (code) => {
    expect(answer(400, { code, msg: 'Execution status unknown.' })).toEqual([{ status: 'unknown' }])
  })
  test.each<[number, unknown]>([
    [408, { code: -1013, msg: 'x' }],
    [409, { code: -2021, msg: 'x' }],
    [500, { code: -1013, msg: 'x' }],
    [503, { code: -1008, msg: 'x' }],
    [504, { code: -1013, msg: 'x' }],
    [400, '<html>'],
    [403, '<html>'],
    [400, ''],
    [400, { msg: 'x' }],
    [400, { code: '-1013' }],
    [400, { code: 0 }],
    [400, { code: 200 }],
    [400, '{"code":-1013,"code":-1007}'],
    [400, '{"code":-1.013e3}'],
    [200, { code: -2010, msg: 'x' }],
    [302, { code: -1013 }],
  ])('%i %j leaves it open', (status, body) => {
    expect(answer(status, body)).toMatchObject([{ status: 'unknown' }])
  })
})
