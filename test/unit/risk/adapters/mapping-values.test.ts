import { assert, constantFrom, property, string, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../../../src/lib/bytes.ts'
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
  ])('is one that is called %s', (contentType, problem) => {
    expect(ask(ORDER, { contentType })).toEqual([problem])
  })

  test.each(['gzip', 'identity', 'br', ''])('is one whose encoding is "%s"', (contentEncoding) => {
    expect(ask(ORDER, { contentEncoding })).toEqual([': must not be encoded'])
  })

  test.each([
    'application/json',
    'application/json;charset=UTF-8',
    'application/vnd.x+json',
    undefined,
  ])('is none that is called %s', (contentType) => {
    expect(ask(ORDER, { contentType })).toEqual([READ])
  })
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
