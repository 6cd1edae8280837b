import { describe, expect, test } from 'vitest'
import { utf8 } from '../../../../src/lib/bytes.ts'
import type { OrderAdapter } from '../../../../src/risk/adapters/adapter.ts'
import { binanceCancel, binanceNew } from '../../../../src/risk/adapters/binance.ts'
import type { Intent } from '../../../../src/risk/order.ts'
import { UNITS } from '../../../support/orders.ts'

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
