import { assert, jsonValue, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeUtf8Strict,
  isPointer,
  parseStrict,
  pointer,
  pointerSteps,
} from '../../../src/lib/json.ts'
import { utf8 } from '../../../src/lib/bytes.ts'

const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

test('reads what JSON.parse reads, where there is one way to', () => {
  assert(
    property(jsonValue({ maxDepth: 8 }), (value) => {
      const text = JSON.stringify(value)
      const parsed = parseStrict(text)
      if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(text))
      else expect(text).toMatch(/__proto__|\\ud[89a-f]/)
    }),
  )
})

test.each([
  ['{"a":1,"a":1}', 'a member name twice'],
  ['{"a":1,"\\u0061":2}', 'a member name twice'],
  ['{"\\u0061":1,"b":{"c":2},"a" \n:2}', 'a member name twice'],
  ['{"":1,"":2}', 'a member name twice'],
  ['[[{"x":[{"b":"{","c":1,"b":2}]}]]', 'a member name twice'],
  ['{"a\\"":1,"a\\u0022":2}', 'a member name twice'],
  ['{"\\\\":1,"\\\\":2}', 'a member name twice'],
  ['{"constructor":1,"constructor":2}', 'a member name twice'],
  ['{"a":{"__proto__":1}}', 'the member name __proto__'],
  ['{"__pr\\u006fto__":1}', 'the member name __proto__'],
  ['"\\ud800"', 'half a character'],
  ['["\\udc00\\ud800"]', 'half a character'],
  ['{"\\ud800":1}', 'half a character'],
  [deep(33), 'nested too deeply'],
  [`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 'nested too deeply'],
  ['', 'not JSON'],
  ['{"a":1,}', 'not JSON'],
  ['"\t"', 'not JSON'],
  ['\ufeff1', 'not JSON'],
])('refuses %s: %s', (text, error) => {
  expect(parseStrict(text)).toEqual({ ok: false, error })
})

test.each([
  '{"a":{"a":1},"b":{"a":2}}',
  '[{"a":1},{"a":2}]',
  '{"a":"a","b":["a","a"]}',
  '{"a":":","b":"\\":","c":1}',
  '{"a":1,"A":2}',
  '"__proto__"',
  '["\\ud83d\\ude00","😀","\\\\"]',
  ' [ ] ',
  deep(32),
])('accepts %s', (text) => {
  expect(parseStrict(text)).toEqual({ ok: true, value: JSON.parse(text) })
})

test('half a character is refused as it is, too', () => {
  expect(parseStrict('"\ud800"')).toEqual({ ok: false, error: 'half a character' })
})

test('takes time in proportion to the text, and no more stack', () => {
  const names = Array.from({ length: 50_000 }, (_, i) => `"${i}":"\\\\\\""`)
  expect(parseStrict(`{${names.join(',')}}`).ok).toBe(true)
  expect(parseStrict(deep(400_000)).ok).toBe(false)
  expect(parseStrict(`{"a":"${'\\"'.repeat(400_000)}"}`).ok).toBe(true)
})

/** RFC 6901 section 5. */
const RFC6901 = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
  '~1': 9,
}

test.each<[string, unknown]>([
  ['', RFC6901],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/c%d', 2],
  ['/e^f', 3],
  ['/g|h', 4],
  ['/i\\j', 5],
  ['/k"l', 6],
  ['/ ', 7],
  ['/m~0n', 8],
  ['/~01', 9],
  ['/foo/00', undefined],
  ['/foo/-', undefined],
  ['/foo/2', undefined],
  ['/foo/length', undefined],
  ['/foo/0/0', undefined],
  ['/constructor', undefined],
  ['/foo/map', undefined],
  ['/a/b', undefined],
  ['foo', undefined],
  ['/a~2b', undefined],
])('the pointer "%s" names %o', (path, value) => {
  expect(pointer(RFC6901, path)).toEqual(value)
})

test('goes through nothing that holds no members', () => {
  for (const value of [null, undefined, 1, 'text', true]) {
    expect(pointer(value, '')).toBe(value)
    expect(pointer(value, '/0')).toBeUndefined()
    expect(pointer(value, '/length')).toBeUndefined()
  }
})

test('a pointer begins with a slash and escapes only ~ and /', () => {
  for (const path of ['', '/', '/a', '//', '/~0~1']) expect(isPointer(path), path).toBe(true)
  for (const path of ['a', '#/a', '/~', '/~2', ' /a', '/a~'])
    expect(isPointer(path), path).toBe(false)
  expect(pointerSteps('/a~1b/~01/')).toEqual(['a/b', '~1', ''])
})

test('UTF-8 is read as it is or not at all', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      if (text.isWellFormed() && !text.startsWith('\ufeff'))
        expect(decodeUtf8Strict(utf8(text))).toBe(text)
    }),
  )
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf, 0x31], [0xc3]])
    expect(decodeUtf8Strict(Uint8Array.from(bytes))).toBeUndefined()
})
