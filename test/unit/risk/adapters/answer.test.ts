import { anything, assert, integer, property, uint8Array } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../../../src/lib/bytes.ts'
import type { OrderAdapter } from '../../../../src/risk/adapters/adapter.ts'
import type { Answered, Intent, NewOrder } from '../../../../src/risk/order.ts'
import { adapterOf, FULL_ORDER } from '../../../support/orders.ts'

const UNITS = 10n ** 18n
const NEW: NewOrder = {
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
const UNKNOWN: Answered = { status: 'unknown' }
const REJECTED: Answered = { status: 'rejected' }
const orders = adapterOf(FULL_ORDER)

function answer(
  adapter: OrderAdapter,
  status: number,
  body: unknown,
  intents: readonly Intent[] = [NEW],
) {
  return adapter.readAnswer(
    status,
    utf8(typeof body === 'string' ? body : JSON.stringify(body)),
    intents,
  )
}

const GOOD = { id: 'ord_1', clientOrderId: 'mine', status: 'open', filled: '0.25' }
const READ = { orderId: 'ord_1', clientOrderId: 'mine', status: 'open', filled: UNITS / 4n }

test('an answer says what became of the order', () => {
  expect(answer(orders, 201, GOOD)).toEqual([READ])
  expect(answer(orders, 200, { ...GOOD, status: 'done', filled: '1.000000000000000000' })).toEqual([
    { ...READ, status: 'filled', filled: UNITS },
  ])
  expect(answer(orders, 200, { ...GOOD, status: 'gone', filled: 0 })).toEqual([
    { ...READ, status: 'cancelled', filled: 0n },
  ])
  expect(answer(orders, 200, { ...GOOD, status: 'no', id: null })).toEqual([
    { ...READ, status: 'rejected', orderId: undefined },
  ])
})

test('what it says beside that is not looked at', () => {
  expect(answer(orders, 200, { ...GOOD, more: { status: 'gone' }, STATUS: 'gone' })).toEqual([READ])
})

test('an id may be a number, whatever a double makes of it', () => {
  const body = JSON.stringify(GOOD).replace('"ord_1"', '9223372036854775807')
  expect(answer(orders, 200, body)).toEqual([{ ...READ, orderId: '9223372036854775807' }])
})

describe('what is not certain is unknown', () => {
  test.each<[string, object]>([
    ['a status that no table has', { status: 'OPEN' }],
    ['a status of every object', { status: 'constructor' }],
    ['no status', { status: undefined }],
    ['a status that is no text', { status: ['open'] }],
    ['less than nothing filled', { filled: '-1' }],
    ['something filled that is no number', { filled: 'all' }],
    ['something filled with an exponent', { filled: '1e2' }],
    ['the id of another order', { clientOrderId: 'theirs' }],
    ['an id that is none', { id: 'a b' }],
    ['an id that is no whole number', { id: 1.5 }],
    ['an id in a list', { id: ['ord_1'] }],
    ['an id that is too long', { id: 'x'.repeat(129) }],
  ])('%s', (_what, change) => {
    expect(answer(orders, 200, { ...GOOD, ...change })).toMatchObject([{ status: 'unknown' }])
  })

  test('but ids that were read are kept, to look the order up', () => {
    expect(answer(orders, 200, { ...GOOD, filled: 'all' })).toEqual([
      { orderId: 'ord_1', clientOrderId: 'mine', status: 'unknown' },
    ])
  })

  test.each([
    '',
    'null',
    '[]',
    '"open"',
    '<html>',
    JSON.stringify(GOOD).slice(0, -1),
    JSON.stringify(GOOD).replace('{', '{"status":"no",'),
    JSON.stringify([GOOD]),
    `\ufeff${JSON.stringify(GOOD)}`,
  ])('the body %s', (body) => {
    expect(answer(orders, 200, body)).toEqual([UNKNOWN])
  })

  test('also where the status is the policy’s own, but the rest is in the body', () => {
    const own = adapterOf({ ...FULL_ORDER, answer: { orderId: '/id', status: { always: 'open' } } })
    expect(answer(own, 200, { id: 'x' })).toEqual([{ orderId: 'x', status: 'open' }])
    expect(answer(own, 200, '<html>')).toEqual([UNKNOWN])
    const nothing = adapterOf({ ...FULL_ORDER, answer: { status: { always: 'open' } } })
    expect(answer(nothing, 204, '')).toEqual([{ status: 'open' }])
  })

  test.each([
    100, 199, 300, 301, 402, 406, 407, 408, 409, 410, 418, 425, 429, 499, 500, 502, 503, 504, 599,
  ])('the status %i', (status) => {
    expect(answer(orders, status, GOOD)).toEqual([UNKNOWN])
  })

  test('whatever comes', () => {
    assert(
      property(
        integer({ min: 100, max: 599 }),
        uint8Array(),
        anything(),
        (status, octets, value) => {
          const texts = [octets, utf8(JSON.stringify(value) ?? '')]
          for (const text of texts) {
            const [read, ...more] = orders.readAnswer(status, text, [NEW])
            expect(more).toEqual([])
            expect(['unknown', 'rejected']).toContain(read?.status)
            if (read?.status === 'rejected') expect(status >= 400 && status <= 499).toBe(true)
          }
        },
      ),
    )
  })
})

test.each([400, 401, 403, 404, 405, 413, 415, 422])('by %i nothing was done', (status) => {
  expect(answer(orders, status, '<html>')).toEqual([REJECTED])
})

test('by which statuses nothing was done is the policy’s to say', () => {
  const own = adapterOf({ ...FULL_ORDER, answer: { ...FULL_ORDER.answer, rejects: [409] } })
  expect(answer(own, 409, GOOD)).toEqual([REJECTED])
  expect(answer(own, 400, GOOD)).toEqual([UNKNOWN])
})

describe('of a cancel', () => {
  const cancel = adapterOf(
    { action: 'cancel', target: { id: { at: '{id}' } }, answer: FULL_ORDER.answer },
    'DELETE /v1/orders/{id}',
  )
  const by = (how: 'id' | 'client', value: string): Intent => ({
    action: 'cancel',
    target: { by: how, value },
  })
  const gone = { id: 'ord_1', clientOrderId: 'mine', status: 'gone' }

  test('the answer is about the order that was meant, or about none', () => {
    const said = { orderId: 'ord_1', clientOrderId: 'mine', status: 'cancelled' }
    expect(answer(cancel, 200, gone, [by('id', 'ord_1')])).toEqual([said])
    expect(answer(cancel, 200, gone, [by('client', 'mine')])).toEqual([said])
    expect(answer(cancel, 200, gone, [by('id', 'ord_2')])).toMatchObject([UNKNOWN])
    expect(answer(cancel, 200, gone, [by('client', 'ord_1')])).toMatchObject([UNKNOWN])
    expect(answer(cancel, 404, '', [by('id', 'ord_1')])).toEqual([REJECTED])
  })
})

describe('of a cancel of all', () => {
  const all = (reads: object) =>
    adapterOf({ action: 'cancel_all', answer: reads }, 'DELETE /v1/orders')
  const ask = (reads: object, status: number, body: unknown) =>
    answer(all(reads), status, body, [{ action: 'cancel_all' }])
  const listed = { cancelled: '/cancelled' }

  test('the answer lists what was cancelled', () => {
    expect(ask(listed, 200, { cancelled: ['a', 7] })).toEqual([
      { status: 'cancelled', cancelled: ['a', '7'] },
    ])
    expect(ask(listed, 200, { cancelled: [] })).toEqual([{ status: 'cancelled', cancelled: [] }])
    expect(ask({ cancelled: '', orderId: '/id' }, 200, [{ id: 'a' }, { id: 'b' }])).toEqual([
      { status: 'cancelled', cancelled: ['a', 'b'] },
    ])
    expect(ask({ status: { always: 'cancelled' } }, 204, '')).toEqual([{ status: 'cancelled' }])
  })

  test.each<[object, number, unknown]>([
    [listed, 200, { cancelled: ['a', null] }],
    [listed, 200, { cancelled: ['a', ''] }],
    [listed, 200, { cancelled: [{ id: 'a' }] }],
    [listed, 200, { cancelled: 'a' }],
    [listed, 200, {}],
    [listed, 200, '<html>'],
    [listed, 500, { cancelled: ['a'] }],
    [listed, 200, { cancelled: Array.from({ length: 10_001 }, (_, i) => `${i}`) }],
    [{ cancelled: '', orderId: '/id' }, 200, [{ id: 'a' }, {}]],
    [{}, 200, { cancelled: ['a'] }],
  ])('%o: %i %j leaves it open', (reads, status, body) => {
    expect(ask(reads, status, body)).toEqual([UNKNOWN])
  })

  test('or says that nothing was', () => {
    expect(ask(listed, 403, '')).toEqual([REJECTED])
  })
})

describe('of a batch', () => {
  const { answer: reads, ...rest } = FULL_ORDER
  const batch = adapterOf({ ...rest, items: '', answer: { ...reads, items: '/orders' } })
  const intents = [
    { ...NEW, clientOrderId: 'a' },
    { ...NEW, clientOrderId: 'b' },
  ]
  const one = (clientOrderId: string, status = 'open') => ({ clientOrderId, status })

  test('each has its answer, in their order', () => {
    expect(answer(batch, 200, { orders: [one('a'), one('b', 'no')] }, intents)).toEqual([
      { clientOrderId: 'a', status: 'open' },
      { clientOrderId: 'b', status: 'rejected' },
    ])
  })

  test.each<[unknown, string]>([
    [{ orders: [one('b'), one('a')] }, 'unknown'],
    [{ orders: [one('a')] }, 'unknown'],
    [{ orders: [one('a'), one('b'), one('c')] }, 'unknown'],
    [{ orders: {} }, 'unknown'],
    [[one('a'), one('b')], 'unknown'],
  ])('%j says nothing of any', (body, status) => {
    expect(answer(batch, 200, body, intents).map((read) => read.status)).toEqual([status, status])
  })

  test('and all are rejected as one', () => {
    expect(answer(batch, 422, '', intents)).toEqual([REJECTED, REJECTED])
  })
})
