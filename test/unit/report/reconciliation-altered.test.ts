/** What a reconciliation takes for another request than the one that the log has. */
import { describe, expect, test } from 'vitest'
import type { AuditRecord } from '../../../src/audit/record.ts'
import {
  BODY,
  call,
  compared,
  found,
  hash,
  line,
  NOTHING,
  ORDER,
} from '../../support/reconciled.ts'
import { AT_MS, orderEvent, outcome } from '../../support/report-records.ts'
import { figuresOf } from '../../support/report-world.ts'

describe('altered is', () => {
  const other = hash('other')
  // @control rts6/17-journal
  test.each<[string, object, string]>([
    ['method', { method: 'PUT' }, 'method'],
    ['route', { path: '/v1/withdrawals' }, 'route'],
    ['query', { path: '/v1/orders?x=1' }, 'path and query'],
    ['hash of the body', { bodySha256: other }, 'body'],
    ['text of the body', { body: 'other' }, 'body'],
    ['account', { account: 'else' }, 'account'],
    ['HTTP status', { status: 500 }, 'HTTP status'],
    ['number of orders', { orders: [ORDER, ORDER] }, 'orders'],
    ['symbol', { orders: [{ ...ORDER, symbol: 'ETH-USD' }] }, 'symbol'],
    ['side', { orders: [{ ...ORDER, side: 'sell' }] }, 'side'],
    ['quantity', { orders: [{ ...ORDER, quantity: '0.51' }] }, 'quantity'],
    ['price', { orders: [{ ...ORDER, price: '100.01' }] }, 'price'],
    ['client order id', { orders: [{ ...ORDER, clientOrderId: 'c-2' }] }, 'client order id'],
    ['order id', { orders: [{ ...ORDER, orderId: 'o-2' }] }, 'order id'],
  ])('another %s', (_, more, what) => {
    const made = compared([...call('r-1'), ...call('r-2')], [line('r-1', more), line('r-2')])
    expect(found(made)).toEqual({ ...NOTHING, altered: [`r-1 ${what}`] })
    expect(figuresOf(made, 'reconciliation')).toMatchObject({ altered: 1, alike: 1 })
  })

  test('an order that was over and is not', () => {
    const origin = { sentAtMs: AT_MS, orders: [{ orderId: 'o-1', status: 'filled' as const }] }
    const made = compared(call('r-1', { origin }), [line('r-1')])
    expect(found(made)).toEqual({ ...NOTHING, altered: ['r-1 status'] })
  })

  test('not a body that the gateway forwarded without the proof that was in it', () => {
    const form = 'symbol=BTCUSDT&timestamp=1'
    const sent = line('r-1', { bodySha256: hash(form) })
    const origin = { sentAtMs: AT_MS, bodyHash: hash(form) }
    expect(found(compared(call('r-1', { origin }), [sent]))).toEqual(NOTHING)
    const kept = { bodyHash: hash(BODY), sentBodyHash: hash(form) }
    const lost = orderEvent({ requestId: 'r-1', route: 'POST /v1/orders', ...kept })
    expect(found(compared([lost], [sent]))).toMatchObject({ altered: [] })
    expect(found(compared([lost], [line('r-1')]))).toMatchObject({ altered: ['r-1 body'] })
  })

  test('a change by its price and its order; a cancel by its order; a cancel of all by all of them', () => {
    const of = (event: 'REME' | 'CAME', more: object) => (record: AuditRecord) =>
      record.type === 'order_event' ? { ...record, event, fields: { ...more } } : record
    const records = [
      ...call('r-1').map(of('REME', { limitPrice: ['9', 'client'], orderId: ['o-1', 'client'] })),
      ...call('r-2').map(of('CAME', { targetOrderId: ['c-1', 'client'] })),
      ...call('r-3', {
        origin: {
          sentAtMs: AT_MS,
          orders: ['a', 'b'].map((orderId) => ({ orderId, status: 'cancelled' as const })),
        },
      }).map(of('CAME', {})),
    ]
    const all = (...ids: string[]) => ({ orders: ids.map((orderId) => ({ orderId })) })
    const good = [
      line('r-1', { orders: [{ price: '9.0', orderId: 'o-1' }] }),
      line('r-2', { orders: [{ clientOrderId: 'c-1' }] }),
      line('r-3', all('b', 'a')),
    ]
    expect(found(compared(records, good))).toEqual(NOTHING)
    const bad = [
      line('r-1', { orders: [{ price: '9.5', orderId: 'o-7' }] }),
      line('r-2', { orders: [{ clientOrderId: 'c-2' }] }),
      line('r-3', all('a', 'c')),
    ]
    expect(found(compared(records, bad)).altered).toEqual([
      'r-1 price',
      'r-1 order id',
      'r-2 client order id',
      'r-3 orders cancelled',
    ])
  })

  test('one order of a batch, by its place', () => {
    const two = [1, 2].map((number) =>
      orderEvent({
        requestId: 'r-1',
        number,
        route: 'POST /v1/orders',
        fields: { symbol: ['BTC-USD', 'client'], limitPrice: [`${number}`, 'client'] },
      }),
    )
    const end = outcome({ requestId: 'r-1' })
    const orders = (...prices: string[]) => ({ orders: prices.map((price) => ({ price })) })
    expect(found(compared([...two, end], [line('r-1', orders('1', '2'))]))).toEqual(NOTHING)
    expect(found(compared([...two, end], [line('r-1', orders('2', '2'))])).altered).toEqual([
      'r-1 order 1: price',
    ])
  })
})
