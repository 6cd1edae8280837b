import { expect, test } from 'vitest'
import { KINDS } from '../../../src/access/kind.ts'
import { readResource, resourceAllowed } from '../../../src/access/resource.ts'
import type { ResourcePlace } from '../../../src/access/resource-place.ts'
import { utf8 } from '../../../src/lib/bytes.ts'

const NONE = { body: new Uint8Array(), query: undefined, params: {} }
const AMBIGUOUS = { ok: false, error: 'ambiguous' }
const JSON_BODY: ResourcePlace = { pointer: '/order/symbol' }
const QUERY: ResourcePlace = { query: 'symbol' }
const FORM: ResourcePlace = { form: 'symbol' }

const inJson = (text: string, contentType?: string) =>
  readResource(JSON_BODY, { ...NONE, body: utf8(text), contentType })
const inQuery = (query: string) => readResource(QUERY, { ...NONE, query })

test('reads the one value where the policy says', () => {
  const btc = { ok: true, value: 'BTC-USD' }
  expect(inJson('{"order":{"symbol":"BTC-USD","note":"symbol"}}')).toEqual(btc)
  expect(inQuery('limit=5&symbol=BTC-USD')).toEqual(btc)
  expect(inQuery('%73ymbol=BTC%2DUSD')).toEqual(btc)
  expect(
    readResource({ path: 'symbol' }, { ...NONE, params: { symbol: 'BTC-USD', id: '1' } }),
  ).toEqual(btc)
  expect(readResource(FORM, { ...NONE, query: 'symbol=BTC-USD' })).toEqual(btc)
  expect(readResource(FORM, { ...NONE, body: utf8('side=BUY&symbol=BTC-USD') })).toEqual(btc)
})

test('decodes once', () => {
  expect(inQuery('symbol=BTC%252FUSD')).toEqual({ ok: true, value: 'BTC%2FUSD' })
})

test('answers that there is none', () => {
  const none = { ok: true, value: undefined }
  expect(readResource(JSON_BODY, NONE)).toEqual(none)
  expect(inJson('{"order":{}}')).toEqual(none)
  expect(inJson('[]')).toEqual(none)
  expect(readResource(QUERY, NONE)).toEqual(none)
  expect(inQuery('symbols=a&ysymbol=b&=c')).toEqual(none)
  expect(readResource({ path: 'constructor' }, NONE)).toEqual(none)
  expect(readResource(FORM, NONE)).toEqual(none)
})

test.each([
  ['a member twice', '{"order":{"symbol":"A","symbol":"B"}}'],
  ['a member twice, once escaped', '{"order":{"symbol":"A","s\\u0079mbol":"B"}}'],
  ['a member twice elsewhere', '{"order":{"symbol":"A"},"x":1,"x":2}'],
  ['another case beside it', '{"order":{"symbol":"A","Symbol":"B"}}'],
  ['another case alone', '{"order":{"SYMBOL":"B"}}'],
  ['another case of what holds it', '{"order":{"symbol":"A"},"Order":{"symbol":"B"}}'],
  ['the long s', '{"order":{"symbol":"A","\u017fymbol":"B"}}'],
  ['a number', '{"order":{"symbol":5}}'],
  ['null', '{"order":{"symbol":null}}'],
  ['a list', '{"order":{"symbol":["A"]}}'],
  ['an empty text', '{"order":{"symbol":""}}'],
  ['a text too long', `{"order":{"symbol":"${'A'.repeat(65)}"}}`],
  ['half a character', '{"order":{"symbol":"\\ud800"}}'],
  ['what is not JSON', 'symbol=A'],
])('cannot tell from %s in the body', (_what, text) => {
  expect(inJson(text)).toEqual(AMBIGUOUS)
})

test.each([
  ['repeated', 'symbol=A&symbol=A'],
  ['repeated, once escaped', 'symbol=A&%73ymbol=B'],
  ['in another case', 'symbol=A&Symbol=B'],
  ['in another case alone', 'SYMBOL=B'],
  ['as a list', 'symbol[]=A'],
  ['as a list, escaped, too', 'symbol=A&symbol%5B0%5D=B'],
  ['behind a semicolon', 'symbol=A;symbol=B'],
  ['behind a semicolon of another', 'side=BUY;symbol=B'],
  ['without a value', 'symbol'],
  ['empty', 'symbol='],
  ['too long', `symbol=${'A'.repeat(65)}`],
  ['with a plus', 'symbol=A+B'],
  ['with half an escape', 'symbol=%4'],
  ['beside a name with half an escape', 'symbol=A&%4=B'],
  ['not in UTF-8', 'symbol=%ff'],
])('cannot tell from a parameter %s', (_what, text) => {
  expect(inQuery(text)).toEqual(AMBIGUOUS)
  expect(readResource(FORM, { ...NONE, body: utf8(text) })).toEqual(AMBIGUOUS)
})

test('cannot tell from a form whose query says it as well', () => {
  const source = { ...NONE, query: 'symbol=A', body: utf8('symbol=A') }
  expect(readResource(FORM, source)).toEqual(AMBIGUOUS)
})

test('cannot tell from octets that are not UTF-8, or that begin with a mark', () => {
  for (const start of [[0xff], [0xef, 0xbb, 0xbf]]) {
    const body = Uint8Array.from([...start, ...utf8('{"order":{"symbol":"A"}}')])
    expect(readResource(JSON_BODY, { ...NONE, body })).toEqual(AMBIGUOUS)
    expect(readResource(FORM, { ...NONE, body })).toEqual(AMBIGUOUS)
  }
})

test('cannot tell from a path that its route could not read', () => {
  expect(readResource({ path: 'symbol' }, { ...NONE, params: undefined })).toEqual(AMBIGUOUS)
})

test('a body is read as what it is called', () => {
  const body = '{"order":{"symbol":"A"}}'
  for (const type of [
    undefined,
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/vnd.x+json',
  ])
    expect(inJson(body, type), type).toEqual({ ok: true, value: 'A' })
  for (const type of [
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/json; charset=utf-16',
    'application/json, text/plain',
    '',
  ])
    expect(inJson(body, type), type).toEqual(AMBIGUOUS)
  const form = { ...NONE, body: utf8('symbol=A') }
  expect(readResource(FORM, { ...form, contentType: 'application/x-www-form-urlencoded' })).toEqual(
    { ok: true, value: 'A' },
  )
  expect(readResource(FORM, { ...form, contentType: 'application/json' })).toEqual(AMBIGUOUS)
})

test('a key without a list may touch everything', () => {
  for (const kind of KINDS) {
    expect(resourceAllowed('A', undefined, kind)).toBe(true)
    expect(resourceAllowed(undefined, [], kind)).toBe(true)
  }
})

test('a key with a list may touch what is on it, letter for letter', () => {
  for (const kind of KINDS) {
    expect(resourceAllowed('A', ['B', 'A'], kind)).toBe(true)
    for (const other of ['a', 'A ', 'AB', ''])
      expect(resourceAllowed(other, ['A'], kind)).toBe(false)
  }
})

test('what says nothing is let through where it adds no risk', () => {
  const allowed = KINDS.filter((kind) => resourceAllowed(undefined, ['A'], kind))
  expect(allowed).toEqual(['read', 'cancel'])
})
