import { describe, expect, test } from 'vitest'
import { utf8 } from '../../../../src/lib/bytes.ts'
import { PARAMETERS } from '../../../../src/signature/dialects/binance-parameters.ts'
import { BINANCE_ORDER, placeBinance } from '../../../support/binance-orders.ts'

/** The order with one parameter in place of what it says. */
function with_(name: string, value: string) {
  const rest = BINANCE_ORDER.split('&').filter((part) => !part.startsWith(`${name}=`))
  return placeBinance([...rest, `${name}=${value}`].join('&'))
}

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
      placeBinance(
        'side=x&type=y&trailingDelta=1',
        'quantity=0&price=&selfTradePreventionMode=TRANSFER',
      ),
    ).toEqual([
      'trailingDelta: is not a parameter that is known here',
      'price: must have one value, and nothing in it that is read in two ways',
      `selfTradePreventionMode: ${VALUE}`,
      'symbol: is required',
      `side: ${VALUE}`,
      `type: ${VALUE}`,
      'quantity: must be more than zero',
    ])
    expect(placeBinance(undefined)).toEqual([
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
    expect(placeBinance(BINANCE_ORDER, 'newClientOrderId=a', more)).toEqual([problem])
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
    expect(placeBinance(BINANCE_ORDER, form)).toHaveLength(1)
    expect(placeBinance(BINANCE_ORDER, form)[0]).toMatch(/is read in two ways|plain|known here/)
  })
})
