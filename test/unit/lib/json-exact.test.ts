import { assert, double, jsonValue, oneof, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  exactPointer,
  isItems,
  isMembers,
  JsonNumber,
  parseExact,
  type ExactJson,
} from '../../../src/lib/json-exact.ts'
import { parseStrict } from '../../../src/lib/json.ts'

/** The same value as `JSON.parse` would have made it. */
function plain(value: ExactJson): unknown {
  if (value instanceof JsonNumber) return Number(value.text)
  if (isItems(value)) return value.map(plain)
  if (isMembers(value))
    return Object.fromEntries([...value].map(([name, inner]) => [name, plain(inner)]))
  return value
}

function parsed(text: string): ExactJson {
  const result = parseExact(text)
  if (!result.ok) throw new Error(result.error)
  return result.value
}

describe('a number is its text', () => {
  test.each([
    '0',
    '-0',
    '1.0',
    '1e2',
    '1E+2',
    '-1.5e-3',
    '9007199254740993',
    '0.1000000000000000055511151231257827',
    `1${'0'.repeat(10_000)}`,
  ])('%s', (text) => {
    expect(parsed(text)).toEqual(new JsonNumber(text))
    expect(parsed(`{"a":[${text},"${text}"]}`)).toEqual(
      new Map([['a', [new JsonNumber(text), text]]]),
    )
  })

  test('and is told from any other number and from the string', () => {
    expect(parsed('1')).not.toEqual(parsed('1.0'))
    expect(parsed('1')).not.toEqual(parsed('"1"'))
    expect(parsed('"n1"')).toBe('n1')
    expect(parsed('"s1"')).toBe('s1')
  })
})

test('everything else is what JSON.parse makes of it', () => {
  assert(
    property(jsonValue({ maxDepth: 8 }), (value) => {
      const text = JSON.stringify(value)
      const exact = parseExact(text)
      const strict = parseStrict(text)
      if (exact.ok) expect(plain(exact.value)).toEqual(JSON.parse(text))
      expect(exact.ok ? undefined : exact.error).toBe(strict.ok ? undefined : strict.error)
    }),
  )
})

test('a text with numbers and quotes in its strings is not taken for another', () => {
  assert(
    property(oneof(string(), string({ unit: 'binary' })), double({ noNaN: true }), (text, n) => {
      if (!text.isWellFormed() || text === '__proto__' || !Number.isFinite(n)) return
      const written = JSON.stringify({ [text]: [text, n] })
      expect(parsed(written)).toEqual(new Map([[text, [text, new JsonNumber(JSON.stringify(n))]]]))
    }),
  )
})

test.each([
  ['{"a":1,"\\u0061":2}', 'a member name twice'],
  ['{"__proto__":1}', 'the member name __proto__'],
  ['"\\ud800"', 'half a character'],
  ['['.repeat(33) + ']'.repeat(33), 'nested too deeply'],
  ['01', 'not JSON'],
  ['+1', 'not JSON'],
  ['1.', 'not JSON'],
  ['.5', 'not JSON'],
  ['0x10', 'not JSON'],
  ['NaN', 'not JSON'],
  ['-Infinity', 'not JSON'],
  ['１', 'not JSON'],
  ['٣', 'not JSON'],
  ['1_000', 'not JSON'],
  ['', 'not JSON'],
])('refuses %s: %s', (text, error) => {
  expect(parseExact(text)).toEqual({ ok: false, error })
})

test('a pointer goes through members and items, and into nothing else', () => {
  const value = parsed('{"a":{"b":[{"c":"d"},"text",7]},"x/y":{"~":null},"":true}')
  expect(exactPointer(value, '')).toBe(value)
  expect(exactPointer(value, '/a/b/0/c')).toBe('d')
  expect(exactPointer(value, '/a/b/2')).toEqual(new JsonNumber('7'))
  expect(exactPointer(value, '/x~1y/~0')).toBe(null)
  expect(exactPointer(value, '/')).toBe(true)
  for (const path of [
    '/a/b/3',
    '/a/b/00',
    '/a/b/length',
    '/a/b/1/0',
    '/a/b/2/text',
    '/constructor',
    '/a/size',
  ])
    expect(exactPointer(value, path), path).toBeUndefined()
})

test('takes time in proportion to the text', () => {
  const items = Array.from({ length: 100_000 }, (_, i) => `{"${i}":-${i}.5e3,"\\"":"\\\\"}`)
  const value = parsed(`[${items.join(',')}]`)
  expect(isItems(value) && value.length).toBe(100_000)
  expect(exactPointer(value, '/99999/99999')).toEqual(new JsonNumber('-99999.5e3'))
})
