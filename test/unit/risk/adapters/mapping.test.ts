import { assert, jsonValue, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  adapterOf,
  FULL_ORDER,
  jsonRequest,
  ORDER,
  READ,
  read,
  UNITS,
} from '../../../support/orders.ts'

const orders = adapterOf(FULL_ORDER)
const ask = (body: unknown, more = {}) => read(orders, jsonRequest(body, more))
/** An order with other members; `undefined` takes one out. */
const with_ = (change: object) => ask({ ...ORDER, ...change })

test('an order is read, and what the policy says of what is not there', () => {
  expect(ask(ORDER)).toEqual([READ])
})

test('every part of the neutral form has a place', () => {
  const all = {
    ...ORDER,
    type: 'stop_limit',
    trigger: { price: '99.5' },
    timeInForce: 'GTD',
    validUntil: 1_800_000_000_000,
    display: '0.005',
    postOnly: true,
    reduceOnly: true,
    clientOrderId: 'mine-1',
    algorithm: 'algo-17',
    decisionMaker: 'desk-4',
    note: { whatever: [1e300, null] },
  }
  expect(ask(all, { query: 'trace=1' })).toEqual([
    {
      ...READ,
      type: 'stop_limit',
      stopPrice: (199n * UNITS) / 2n,
      validity: 'gtd',
      validUntilMs: 1_800_000_000_000,
      displayQuantity: UNITS / 200n,
      postOnly: true,
      reduceOnly: true,
      clientOrderId: 'mine-1',
      algorithm: 'algo-17',
      decisionMaker: 'desk-4',
    },
  ])
})

describe('a member that nobody mapped refuses the order', () => {
  const UNKNOWN = 'is not a member that is known here'
  test.each([
    [{ leverage: 10 }, `/leverage: ${UNKNOWN}`],
    [{ leverage: null }, `/leverage: ${UNKNOWN}`],
    [{ Price: '1' }, `/Price: ${UNKNOWN}`],
    [{ 'price\u0000': '1' }, `/price\u0000: ${UNKNOWN}`],
    [{ constructor: '1' }, `/constructor: ${UNKNOWN}`],
    [{ toString: '1' }, `/toString: ${UNKNOWN}`],
    [{ '': '1' }, `/: ${UNKNOWN}`],
    [{ '/price': '1' }, `/~1price: ${UNKNOWN}`],
    [{ '~0': 1 }, `/~00: ${UNKNOWN}`],
    [{ ['x'.repeat(1_000)]: 1 }, `/${'x'.repeat(64)}: ${UNKNOWN}`],
    [{ type: 'stop_limit', trigger: { price: '1', by: 'mark' } }, `/trigger/by: ${UNKNOWN}`],
  ])('%o', (change, problem) => {
    expect(with_(change)).toEqual([problem])
  })

  test('whatever it is called, and whatever is in it', () => {
    const known = new Set(['note', 'trigger', ...Object.keys(FULL_ORDER), ...Object.keys(ORDER)])
    assert(
      property(string({ unit: 'binary', maxLength: 80 }), jsonValue(), (name, value) => {
        if (known.has(name) || ['amount', 'display', 'timeInForce'].includes(name)) return
        const result = ask(
          JSON.stringify({ ...ORDER }).replace(
            '{',
            `{${JSON.stringify(name)}:${JSON.stringify(value)},`,
          ),
        )
        expect(result.every((problem) => typeof problem === 'string')).toBe(true)
      }),
    )
  })

  test('and its value is in no problem', () => {
    const canary = 'canary-5f0c'
    const problems = with_({
      leverage: canary,
      side: canary,
      quantity: canary,
      symbol: canary,
      type: canary,
      clientOrderId: ` ${canary}`,
      validUntil: canary,
      postOnly: canary,
      timeInForce: canary,
    })
    expect(problems).toHaveLength(9)
    expect(JSON.stringify(problems)).not.toContain(canary)
  })
})

test('names everything that is wrong at once', () => {
  expect(
    ask(
      { side: 'up', type: 'limit', quantity: -1, price: '1e2', x: 1, y: 2, trigger: 7 },
      { query: 'trace=1&trace=2&dry=1' },
    ),
  ).toEqual([
    'trace: must be there once',
    'dry: is not a parameter that is known here',
    '/x: is not a member that is known here',
    '/y: is not a member that is known here',
    '/trigger: must be an object',
    '/symbol: is required',
    '/side: is not one of the values that are known here',
    '/quantity: must be a JSON string',
    '/price: must not have an exponent',
  ])
})

test('but no more than somebody reads', () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`m${i}`, i]))
  expect(with_(many)).toHaveLength(32)
})

describe('what an order of a type must and must not say', () => {
  const MUST = 'is required for an order of this type'
  const MUST_NOT = 'must not be there for an order of this type'
  test.each([
    [{ price: undefined }, [`/price: ${MUST}`]],
    [{ trigger: { price: '1' } }, [`/trigger/price: ${MUST_NOT}`]],
    [{ type: 'market' }, [`/price: ${MUST_NOT}`]],
    [
      { type: 'market', price: 'x' },
      ['/price: must be a decimal number such as 0.01', `/price: ${MUST_NOT}`],
    ],
    [{ type: 'stop' }, [`/price: ${MUST_NOT}`, `/trigger/price: ${MUST}`]],
    [{ type: 'stop_limit' }, [`/trigger/price: ${MUST}`]],
    [{ quantity: undefined }, ['/quantity: is required']],
    [{ amount: '5' }, ['/amount: must not be there beside a quantity']],
    [{ timeInForce: 'GTD' }, ['/validUntil: is required']],
    [{ validUntil: 1 }, ['/validUntil: must not be there for an order of this validity']],
    [{ display: '0.010000000000000001' }, ['/display: must not be more than the quantity']],
    [
      { quantity: undefined, amount: '1', display: '1' },
      ['/display: must not be more than the quantity'],
    ],
  ])('%o', (change, problems) => {
    expect(with_(change)).toEqual(problems)
  })

  test('and what it may say', () => {
    expect(with_({ type: 'market', price: undefined })).toEqual([
      { ...READ, type: 'market', price: undefined },
    ])
    expect(with_({ type: 'market', price: undefined, quantity: undefined, amount: '5' })).toEqual([
      { ...READ, type: 'market', price: undefined, quantity: undefined, quoteQuantity: 5n * UNITS },
    ])
    expect(with_({ type: 'stop', price: undefined, trigger: { price: '5' } })).toEqual([
      { ...READ, type: 'stop', price: undefined, stopPrice: 5n * UNITS },
    ])
    expect(with_({ display: '0.01' })).toEqual([{ ...READ, displayQuantity: UNITS / 100n }])
  })
})

describe('values that are the policy’s own', () => {
  test('stand in no request', () => {
    const adapter = adapterOf({
      ...FULL_ORDER,
      type: { always: 'market' },
      side: { always: 'sell' },
      symbol: { always: 'AAPL' },
      quantity: { always: '5' },
      quoteQuantity: undefined,
      validity: { always: 'ioc' },
      postOnly: { always: false },
      algorithm: { always: 'button' },
    })
    expect(read(adapter, jsonRequest({}))).toEqual([
      {
        action: 'new',
        symbol: 'AAPL',
        side: 'sell',
        type: 'market',
        quantity: 5n * UNITS,
        validity: 'ioc',
        postOnly: false,
        reduceOnly: false,
        algorithm: 'button',
      },
    ])
    expect(read(adapter, jsonRequest({ side: 'buy' }))).toEqual([
      '/side: is not a member that is known here',
    ])
  })

  test('a flag may have words', () => {
    const postOnly = { at: '/timeInForce', values: { PO: true, GTC: false } }
    const adapter = adapterOf({
      ...FULL_ORDER,
      postOnly,
      validity: { at: '/timeInForce', values: { PO: 'gtc', GTC: 'gtc', IOC: 'ioc' } },
    })
    const tif = (timeInForce: string) => read(adapter, jsonRequest({ ...ORDER, timeInForce }))
    expect(tif('PO')).toEqual([{ ...READ, postOnly: true }])
    expect(tif('GTC')).toEqual([READ])
    expect(tif('IOC')).toEqual(['/timeInForce: is not one of the values that are known here'])
  })
})
