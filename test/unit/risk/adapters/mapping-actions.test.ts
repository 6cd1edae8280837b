import { describe, expect, test } from 'vitest'
import { adapterOf, FULL_ORDER, jsonRequest, read } from '../../../support/orders.ts'

const ANSWER = { status: { always: 'open' } }
const UNITS = 10n ** 18n

describe('a change', () => {
  const route = 'PUT /v1/orders/{id}'
  const replace = adapterOf(
    {
      action: 'replace',
      target: { id: { at: '{id}' } },
      quantity: { at: '/quantity' },
      price: { at: '/price' },
      stopPrice: { at: '/stop' },
      clientOrderId: { at: '/clientOrderId' },
      answer: ANSWER,
    },
    route,
  )
  const ask = (body: unknown, params: Record<string, string> | undefined = { id: 'ord_1' }) =>
    read(replace, jsonRequest(body, { params }))
  const target = { by: 'id', value: 'ord_1' }

  test('says what is to be otherwise', () => {
    expect(ask({ quantity: '2', price: '5', stop: '4', clientOrderId: 'mine' })).toEqual([
      {
        action: 'replace',
        target,
        quantity: 2n * UNITS,
        price: 5n * UNITS,
        stopPrice: 4n * UNITS,
        clientOrderId: 'mine',
      },
    ])
    expect(ask({ price: '5' })).toEqual([{ action: 'replace', target, price: 5n * UNITS }])
    expect(ask({})).toEqual([{ action: 'replace', target }])
    expect(ask(undefined)).toEqual([{ action: 'replace', target }])
  })

  test.each<[unknown, readonly string[]]>([
    [{ quantity: '0' }, ['/quantity: must be more than zero']],
    [{ price: -1 }, ['/price: must be a JSON string']],
    [{ stop: '1e1' }, ['/stop: must not have an exponent']],
    [{ side: 'sell' }, ['/side: is not a member that is known here']],
    [{ clientOrderId: 'a b' }, ['/clientOrderId: must be 1 to 128 visible ASCII characters']],
    [[], [': must be an object']],
  ])('is refused with %o', (body, problems) => {
    expect(ask(body)).toEqual(problems)
  })

  test('of a path that cannot be read, or that names none, is refused', () => {
    expect(read(replace, jsonRequest({}, { params: undefined }))).toEqual([
      ': the path must be plain',
      'id: is required',
    ])
    expect(ask({}, {})).toEqual(['id: is required'])
    expect(ask({}, { id: 'x'.repeat(129) })).toEqual([
      'id: must be 1 to 128 visible ASCII characters',
    ])
  })
})

describe('a cancel', () => {
  const route = 'DELETE /v1/orders'
  const cancel = adapterOf(
    {
      action: 'cancel',
      target: { id: { at: '?id' }, client: { at: '?clientId' } },
      symbol: { at: '?symbol' },
      answer: ANSWER,
    },
    route,
  )
  const ask = (query: string | undefined, body?: unknown) =>
    read(cancel, jsonRequest(body, { query }))

  test('names its order by either id', () => {
    expect(ask('id=7')).toEqual([{ action: 'cancel', target: { by: 'id', value: '7' } }])
    expect(ask('clientId=a%2Fb&symbol=AAPL')).toEqual([
      { action: 'cancel', target: { by: 'client', value: 'a/b' }, symbol: 'AAPL' },
    ])
    expect(ask('id=7', {})).toEqual([{ action: 'cancel', target: { by: 'id', value: '7' } }])
  })

  test.each([
    [undefined, ['id: is required']],
    ['', ['id: is required']],
    ['id=7&clientId=8', ['clientId: must not be there beside the other id']],
    ['id=7&id=7', ['id: must be there once']],
    ['id=7&%69d=8', ['%69d: is not a plain parameter name']],
    ['id=7&ID=8', ['ID: is not a parameter that is known here']],
    ['id=7&id[]=8', ['id[]: is not a plain parameter name']],
    ['id=7&', [': is not a plain parameter name']],
    ['id=7&x', ['x: is not a parameter that is known here']],
    ['id=7&=8', [': is not a plain parameter name']],
    ['id=7&symbol=DOGE', ['symbol: is not a symbol that is known here']],
  ])('with the query %s is refused', (query, problems) => {
    expect(ask(query)).toEqual(problems)
  })

  test.each([
    'id=',
    'id=7=8',
    'id=7;x=8',
    'id=7+8',
    'id=%',
    'id=%zz',
    'id=%ff',
    'id=7#8',
    'id=é',
    'id= 7',
    'id=7%C3%28',
  ])('with the query %s is refused, for it is read in two ways', (query) => {
    expect(ask(query)).toEqual([
      'id: must have one value, and nothing in it that is read in two ways',
    ])
  })

  test('with a body that says more is refused', () => {
    expect(ask('id=7', { all: true })).toEqual(['/all: is not a member that is known here'])
  })
})

test('a cancel of all is of one symbol or of all, and of no symbol that is unknown', () => {
  const all = adapterOf({ action: 'cancel_all', symbol: { at: '?symbol' } }, 'DELETE /v1/orders')
  const ask = (query?: string) => read(all, jsonRequest(undefined, { query }))
  expect(ask()).toEqual([{ action: 'cancel_all' }])
  expect(ask('symbol=AAPL')).toEqual([{ action: 'cancel_all', symbol: 'AAPL' }])
  expect(ask('symbol=DOGE')).toEqual(['symbol: is not a symbol that is known here'])
  expect(ask('side=buy')).toEqual(['side: is not a parameter that is known here'])
})

describe('a batch', () => {
  const ORDER = { symbol: 'BTC-USD', side: 'buy', type: 'limit', quantity: '1', price: '2' }
  const { answer, ...rest } = FULL_ORDER
  const within = adapterOf({
    ...rest,
    items: '/orders',
    mostItems: 3,
    ignoredAround: ['/requestId', '/meta/by'],
    answer: { ...answer, items: '/orders' },
  })
  const bare = adapterOf({ ...rest, items: '', answer: { ...answer, items: '' } })
  const sides = (result: readonly unknown[]) => result.map((one) => Object(one).side)

  test('is read in its order', () => {
    const orders = [ORDER, { ...ORDER, side: 'sell' }, ORDER]
    expect(sides(read(within, jsonRequest({ orders, requestId: 1, meta: { by: [] } })))).toEqual([
      'buy',
      'sell',
      'buy',
    ])
    expect(sides(read(bare, jsonRequest(orders)))).toEqual(['buy', 'sell', 'buy'])
  })

  test.each<[unknown, readonly string[]]>([
    [[ORDER], [': must be an object']],
    [
      ORDER,
      [
        '/symbol: is not a member that is known here',
        '/side: is not a member that is known here',
        '/type: is not a member that is known here',
        '/quantity: is not a member that is known here',
        '/price: is not a member that is known here',
        '/orders: must be a list of 1 to 3 orders',
      ],
    ],
    [{}, ['/orders: must be a list of 1 to 3 orders']],
    [undefined, ['/orders: must be a list of 1 to 3 orders']],
    [{ orders: [] }, ['/orders: must be a list of 1 to 3 orders']],
    [{ orders: ORDER }, ['/orders: must be a list of 1 to 3 orders']],
    [{ orders: { 0: ORDER } }, ['/orders: must be a list of 1 to 3 orders']],
    [{ orders: [ORDER, ORDER, ORDER, ORDER] }, ['/orders: must be a list of 1 to 3 orders']],
    [{ orders: [ORDER, [ORDER]] }, ['/orders/1: must be an object']],
    [
      { orders: [ORDER, { ...ORDER, price: '0', x: 1 }], dry: true },
      [
        '/dry: is not a member that is known here',
        '/orders/1/x: is not a member that is known here',
        '/orders/1/price: must be more than zero',
      ],
    ],
    [{ orders: [ORDER], meta: { of: 1 } }, ['/meta/of: is not a member that is known here']],
  ])('%o is refused', (body, problems) => {
    expect(read(within, jsonRequest(body))).toEqual(problems)
  })

  test('that is a list is nothing else', () => {
    expect(read(bare, jsonRequest({ orders: [ORDER] }))).toEqual([
      ': must be a list of 1 to 20 orders',
    ])
    expect(read(bare, jsonRequest([{ ...ORDER, x: 1 }]))).toEqual([
      '/0/x: is not a member that is known here',
    ])
  })
})
