import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { mappingProblems } from '../../../../src/risk/adapters/mapping-problems.ts'
import { MappingSchema } from '../../../../src/risk/adapters/mapping-schema.ts'
import { FULL_ORDER } from '../../../support/orders.ts'

const ANSWER = { status: { always: 'open' } }

function problems(change: object, route = 'POST /v1/orders/{account}', base: object = FULL_ORDER) {
  return mappingProblems(route, v.parse(MappingSchema, { ...base, ...change }))
}

function issues(change: object, base: object = FULL_ORDER): readonly string[] {
  const parsed = v.safeParse(MappingSchema, { ...base, ...change })
  return (parsed.issues ?? []).map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`)
}

test('nothing is wrong with a mapping of everything', () => {
  expect(problems({})).toEqual([])
  expect(problems({ decisionMaker: { at: '{account}' }, algorithm: { at: '?algo' } })).toEqual([])
})

describe('what a mapping would read wrongly, or not at all', () => {
  test.each<[object, string]>([
    [
      { algorithm: { at: '{id}' } },
      'algorithm.at: "POST /v1/orders/{account}" must have {id} once',
    ],
    [
      { price: { at: '?price', json: 'number' } },
      'price.json: only what stands in the body is JSON',
    ],
    [
      { postOnly: { at: '?post' } },
      'postOnly.values: is missing: only in the body there is true and false',
    ],
    [{ price: undefined }, 'price: is missing: there are orders that must have it'],
    [{ stopPrice: undefined }, 'stopPrice: is missing: there are orders that must have it'],
    [{ validUntil: undefined }, 'validUntil: is missing: there are orders that must have it'],
    [
      { quantity: undefined, quoteQuantity: undefined },
      'quantity: is missing: there are orders that must have it',
    ],
    [{ ignored: ['/side'] }, '"/side" is ignored, and named once more'],
    [{ ignored: ['/note', '/note'] }, '"/note" is ignored, and named once more'],
    [{ ignored: ['/trigger'] }, '"/trigger/price" and "/trigger": one is inside of the other'],
    [{ algorithm: { at: '/side/by' } }, '"/side" and "/side/by": one is inside of the other'],
    [{ ignored: ['/Price'] }, '"/price" and "/Price": some readers tell no case'],
    [{ ignored: ['{account}'] }, 'ignored[0]: a part of the route is never too much'],
    [{ ignoredAround: ['/x'] }, 'ignoredAround: there is nothing around the items'],
    [
      { items: '/orders' },
      'answer.items: must be there if, and only if, the orders are items of a list',
    ],
    [
      { answer: { ...FULL_ORDER.answer, items: '/orders' } },
      'answer.items: must be there if, and only if, the orders are items of a list',
    ],
  ])('%o', (change, problem) => {
    expect(problems(change)).toEqual([problem])
  })

  test('a place in a body that there is not', () => {
    expect(problems({}, 'GET /v1/buy')).toContain('symbol.at: "GET /v1/buy" has no body')
  })

  test('a batch', () => {
    const batch = {
      action: 'cancel',
      target: { id: { at: '/id' } },
      items: '/orders',
      answer: { ...ANSWER, items: '' },
    }
    const of = (change: object) => problems(change, 'DELETE /v1/{id}', batch)
    expect(of({ ignoredAround: ['/account'] })).toEqual([])
    expect(of({ target: { id: { at: '{id}' } } })).toEqual([
      'target.id.at: every item would mean the same order',
    ])
    expect(of({ ignoredAround: ['?x'] })).toEqual([
      'ignoredAround[0]: must be a pointer; parameters stand in ignored',
    ])
    for (const at of ['/orders', '/orders/0'])
      expect(of({ ignoredAround: [at] })).toEqual([
        'ignoredAround: must not hold the items, or be inside of them',
      ])
    expect(of({ items: '', ignoredAround: ['/x'] })).toEqual([
      'ignoredAround: there is nothing around the items',
    ])
  })

  test('only the types that may be sent ask for their prices', () => {
    const market = {
      type: { at: '/type', values: { m: 'market' } },
      price: undefined,
      stopPrice: undefined,
    }
    expect(problems(market)).toEqual([])
    expect(
      problems({ ...market, type: { at: '/type', values: { m: 'market' }, absent: 'stop' } }),
    ).toEqual(['stopPrice: is missing: there are orders that must have it'])
  })
})

describe('what is no mapping', () => {
  const WHERE =
    'must be a JSON pointer such as /symbol, a query parameter such as ?symbol or a part of the route such as {id}'
  test.each<[object, string]>([
    [{ action: 'buy' }, 'action: must be one of new, replace, cancel, cancel_all'],
    [{ symbol: { at: 'symbol' } }, `symbol.at: ${WHERE}`],
    [{ symbol: { at: '' } }, `symbol.at: ${WHERE}`],
    [{ symbol: { at: '/a~2' } }, `symbol.at: ${WHERE}`],
    [{ symbol: { at: '?a b' } }, `symbol.at: ${WHERE}`],
    [{ side: { at: '/side', values: { b: 'up' } } }, 'side.values.b: must be one of buy, sell'],
    [{ side: { at: '/side', values: {} } }, 'side.values: must name at least one value'],
    [{ side: { always: 'up' } }, 'side.always: must be one of buy, sell'],
    [{ quantity: { always: '0' } }, 'quantity.always: must be a decimal such as 0.01'],
    [
      { quantity: { at: '/q', json: 'float' } },
      'quantity.json: must be one of string, number, either',
    ],
    [{ algorithm: { always: 'a b' } }, 'algorithm.always: must be an id'],
    [{ mostItems: 0 }, 'mostItems: must be from 1 to 100'],
    [{ mostItems: 101 }, 'mostItems: must be from 1 to 100'],
    [
      { answer: { ...ANSWER, orderId: 'id' } },
      'answer.orderId: must be a JSON pointer such as /id, or empty for it all',
    ],
    [
      { answer: { status: { always: 'rejected' } } },
      'answer.status.always: must be one of open, filled, cancelled',
    ],
    [
      { answer: { status: { at: '/s', values: { x: 'unknown' } } } },
      'answer.status.values.x: must be one of open, filled, cancelled, rejected',
    ],
    ...[408, 425, 429].map((status): [object, string] => [
      { answer: { ...ANSWER, rejects: [400, status] } },
      'answer.rejects.1: leaves open whether anything was done: it must stay unknown',
    ]),
    ...[200, 500, 400.5].map((status): [object, string] => [
      { answer: { ...ANSWER, rejects: [status] } },
      'answer.rejects.0: must be a status from 400 to 499',
    ]),
  ])('%o', (change, problem) => {
    expect(issues(change)).toEqual([problem])
  })

  test('a misspelt or missing part', () => {
    expect(issues({ sied: { at: '/side' } })[0]).toMatch(/^sied: /)
    expect(issues({ side: undefined })[0]).toMatch(/^side: /)
    expect(
      issues({ side: { at: '/side', vlaues: {} } }).map((issue) => issue.split(':')[0]),
    ).toEqual(['side.values', 'side.vlaues'])
    expect(issues({ answer: undefined })[0]).toMatch(/^answer: /)
  })

  test('a target of nothing', () => {
    expect(issues({}, { action: 'cancel', target: {}, answer: ANSWER })).toEqual([
      'target: must name id or client',
    ])
  })
})
