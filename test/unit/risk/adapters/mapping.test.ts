import { assert, constantFrom, jsonValue, property, string, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../../../src/lib/bytes.ts'
import { adapterOf, FULL_ORDER, jsonRequest, read } from '../../../support/orders.ts'

const orders = adapterOf(FULL_ORDER)
const ORDER = { symbol: 'BTC-USD', side: 'buy', type: 'limit', quantity: '0.01', price: '100' }
const ask = (body: unknown, more = {}) => read(orders, jsonRequest(body, more))
/** An order with other members; `undefined` takes one out. */
const with_ = (change: object) => ask({ ...ORDER, ...change })

const UNITS = 10n ** 18n
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

describe('a value that is not what it must be', () => {
  test.each([
    [{ quantity: null }, '/quantity: must be a JSON string'],
    [{ quantity: ['1'] }, '/quantity: must be a JSON string'],
    [{ quantity: { value: '1' } }, '/quantity: must be a JSON string'],
    [{ quantity: true }, '/quantity: must be a JSON string'],
    [{ quantity: '１' }, '/quantity: must be a decimal number such as 0.01'],
    [{ quantity: '٣' }, '/quantity: must be a decimal number such as 0.01'],
    [{ side: 'BUY' }, '/side: is not one of the values that are known here'],
    [{ side: ' buy' }, '/side: is not one of the values that are known here'],
    [{ side: 'constructor' }, '/side: is not one of the values that are known here'],
    [{ side: '__proto__' }, '/side: is not one of the values that are known here'],
    [{ timeInForce: null }, '/timeInForce: must be a JSON string'],
    [{ symbol: 'DOGE-USD' }, '/symbol: is not a symbol that is known here'],
    [{ symbol: 'BTC-USD ' }, '/symbol: is not a symbol that is known here'],
    [{ symbol: 'btc-usd' }, '/symbol: is not a symbol that is known here'],
    [{ symbol: ['BTC-USD'] }, '/symbol: must be a JSON string'],
    [{ postOnly: 'true' }, '/postOnly: must be true or false'],
    [{ postOnly: 1 }, '/postOnly: must be true or false'],
    [{ postOnly: null }, '/postOnly: must be true or false'],
    [{ timeInForce: 'GTD', validUntil: '1800000000000' }, '/validUntil: must be a JSON number'],
    [{ timeInForce: 'GTD', validUntil: 1.5 }, '/validUntil: must be a time (ms)'],
    [{ clientOrderId: '' }, '/clientOrderId: must be 1 to 128 visible ASCII characters'],
    [{ clientOrderId: 'a b' }, '/clientOrderId: must be 1 to 128 visible ASCII characters'],
    [{ clientOrderId: 'é' }, '/clientOrderId: must be 1 to 128 visible ASCII characters'],
    [{ clientOrderId: 'a\u200b' }, '/clientOrderId: must be 1 to 128 visible ASCII characters'],
    [
      { clientOrderId: 'a'.repeat(129) },
      '/clientOrderId: must be 1 to 128 visible ASCII characters',
    ],
  ])('%o', (change, problem) => {
    expect(with_(change)).toEqual([problem])
  })
})

describe('a body that two readers could read in two ways', () => {
  const body = JSON.stringify(ORDER)
  const more = (text: string) => body.replace('{', `{${text},`)
  test.each([
    [more('"quantity":"9"'), 'is not JSON that is read in one way alone: a member name twice'],
    [
      more('"quant\\u0069ty":"9"'),
      'is not JSON that is read in one way alone: a member name twice',
    ],
    [
      more('"note":{"a":1,"a":2}'),
      'is not JSON that is read in one way alone: a member name twice',
    ],
    [
      more('"__proto__":{}'),
      'is not JSON that is read in one way alone: the member name __proto__',
    ],
    [more('"note":"\\ud800"'), 'is not JSON that is read in one way alone: half a character'],
    [
      more(`"note":${'['.repeat(40)}${']'.repeat(40)}`),
      'is not JSON that is read in one way alone: nested too deeply',
    ],
    [`${body}x`, 'is not JSON that is read in one way alone: not JSON'],
    [`${body}${body}`, 'is not JSON that is read in one way alone: not JSON'],
    [more('"quantity":01'), 'is not JSON that is read in one way alone: not JSON'],
    [`\u{feff}${body}`, 'is not UTF-8, or begins with a byte order mark'],
    ['[]', 'must be an object'],
    [`[${body}]`, 'must be an object'],
    ['null', 'must be an object'],
    ['"text"', 'must be an object'],
    ['5', 'must be an object'],
  ])('%s', (text, reason) => {
    expect(ask(text)[0]).toBe(`: ${reason}`)
  })

  test('is one whose octets are no text, too', () => {
    const bytes = utf8(body)
    bytes[2] = 0xff
    expect(read(orders, { ...jsonRequest(''), body: bytes })).toEqual([
      ': is not UTF-8, or begins with a byte order mark',
    ])
  })

  test.each([
    ['text/plain', ': must be sent as application/json'],
    ['application/json; charset=utf-16', ': must be sent as application/json'],
    ['application/json; charset=iso-8859-1', ': must be sent as application/json'],
    ['application/json, text/plain', ': must be sent as application/json'],
    ['application/x-www-form-urlencoded', ': must be sent as application/json'],
    [undefined, ': must be sent as application/json'],
  ])('is one that is called %s', (contentType, problem) => {
    expect(ask(ORDER, { contentType })).toEqual([problem])
  })

  test.each(['gzip', 'identity', 'br', ''])('is one whose encoding is "%s"', (contentEncoding) => {
    expect(ask(ORDER, { contentEncoding })).toEqual([': must not be encoded'])
  })

  test.each(['application/json', 'application/json;charset=UTF-8', 'application/vnd.x+json'])(
    'is none that is called %s',
    (contentType) => {
      expect(ask(ORDER, { contentType })).toEqual([READ])
    },
  )
})

test('what is read is what JSON.parse reads', () => {
  const text = tuple(string(), constantFrom('1', '0.5', '-1', '1e2', '٣', '01', '1.0'))
  assert(
    property(text, text, ([id], [, quantity]) => {
      const body = JSON.stringify({ ...ORDER, quantity, clientOrderId: id })
      const result = orders.read(jsonRequest(body), (name) => name)
      if (!result.ok) return
      const parsed: Record<string, unknown> = JSON.parse(body)
      const [order] = result.value
      expect(order).toMatchObject({
        symbol: parsed['symbol'],
        side: parsed['side'],
        clientOrderId: parsed['clientOrderId'],
        quantity: BigInt(Number(parsed['quantity']) * 10) * (UNITS / 10n),
      })
    }),
  )
})

describe('numbers, where the policy lets them be', () => {
  const asNumbers = (json: 'number' | 'either') =>
    adapterOf({ ...FULL_ORDER, quantity: { at: '/quantity', json } })
  const quantity = (json: 'number' | 'either', text: string) =>
    read(asNumbers(json), jsonRequest(JSON.stringify(ORDER).replace('"0.01"', text)))

  test.each(['0.01', '0.010', '1', '123456789012345'])('%s', (text) => {
    expect(quantity('number', text)).toMatchObject([{ action: 'new' }])
  })
  test('by their text', () => {
    expect(quantity('number', '0.01')).toEqual([READ])
    expect(quantity('either', '0.01')).toEqual([READ])
    expect(quantity('either', '"0.01"')).toEqual([READ])
    expect(quantity('number', '"0.01"')).toEqual(['/quantity: must be a JSON number'])
  })
  test.each([
    ['1e2', 'must be a JSON number without exponent, of at most 15 digits'],
    ['1E-7', 'must be a JSON number without exponent, of at most 15 digits'],
    ['0.1234567890123456', 'must be a JSON number without exponent, of at most 15 digits'],
    ['9007199254740993', 'must be a JSON number without exponent, of at most 15 digits'],
    ['9'.repeat(10_000), 'must be a JSON number without exponent, of at most 15 digits'],
    ['0', 'must be more than zero'],
    ['-0', 'must be more than zero'],
    ['-1', 'must be more than zero'],
    ['null', 'must be a JSON number'],
  ])('not %s', (text, reason) => {
    expect(quantity('number', text)).toEqual([`/quantity: ${reason}`])
  })

  test('a table of values may be one of numbers, by their text', () => {
    const sides = { at: '/side', json: 'number', values: { 1: 'buy', 2: 'sell' } }
    const side = (text: string) =>
      read(
        adapterOf({ ...FULL_ORDER, side: sides }),
        jsonRequest(JSON.stringify(ORDER).replace('"buy"', text)),
      )
    expect(side('1')).toEqual([READ])
    expect(side('2')).toEqual([{ ...READ, side: 'sell' }])
    for (const text of ['1.0', '3', '-1'])
      expect(side(text)).toEqual(['/side: is not one of the values that are known here'])
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
