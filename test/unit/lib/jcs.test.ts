import {
  anything,
  assert,
  constantFrom,
  json,
  jsonValue,
  oneof,
  property,
  string,
} from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical, isCanonical } from '../../../src/lib/jcs.ts'
import { parsed } from '../../../src/lib/json.ts'

test('the example of RFC 8785 section 3.2.2 and 3.2.3', () => {
  const value: unknown = JSON.parse(
    String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
      "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
  )
  expect(canonical(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('names are sorted by their UTF-16 code units (RFC 8785 section 3.2.3)', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
  const value = Object.fromEntries(names.map((name, i) => [name, i]))
  expect(Object.values(JSON.parse(canonical(value)))).toHaveLength(7)
  expect(canonical(value)).toBe(
    '{"\\r":1,"1":3,"\u0080":5,"\u00f6":6,"\u20ac":0,"\ud83d\ude00":4,"\ufb33":2}',
  )
})

test('numbers as names are sorted as texts', () => {
  expect(canonical({ 99: 1, 200: 2, 9: 3 })).toBe('{"200":2,"9":3,"99":1}')
})

test('what JSON holds is read back as it was, and written again alike', () => {
  assert(
    property(anything({ withNullPrototype: false }), (value) => {
      let text: string
      try {
        text = canonical(value)
      } catch {
        return
      }
      expect(canonical(JSON.parse(text))).toBe(text)
    }),
  )
})

// Named by words: half a character in a test's name is no text that a runner can send.
test.each([
  ['undefined', undefined],
  ['what is no number', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['a big integer', 1n],
  ['half a character', '\ud800'],
  ['a function', () => 1],
])('refuses %s', (_what, value) => {
  expect(() => canonical([value])).toThrow(TypeError)
})

test('members that are undefined are left out', () => {
  expect(canonical({ a: undefined, b: 1 })).toBe('{"b":1}')
})

describe('whether a text is canonical', () => {
  const texts = string({
    unit: constantFrom('"', '\\', 'u', 'd', '8', '0', 'a', ':', '{', '}', ',', '1', 'é'),
  })

  test('is what writing its value anew says', () => {
    assert(
      property(oneof(json(), texts), (text) => {
        const value = parsed(text)
        if (value === undefined) return
        expect(isCanonical(text, value)).toBe(spelled(value) === text)
      }),
    )
  })

  test('also of what was written so', () => {
    assert(
      property(jsonValue(), (value) => {
        const text = canonical(value)
        expect(isCanonical(text, JSON.parse(text))).toBe(true)
      }),
    )
  })

  test.each([
    ['names out of order', '{"b":1,"a":2}'],
    ['numbers as names in the order of numbers', '{"9":1,"10":2}'],
    ['a name twice', '{"a":1,"a":1}'],
    ['white space', '{"a": 1}'],
    ['a number with an exponent', '1e2'],
    ['nothing with a sign', '-0'],
    ['half a character', String.raw`"\ud800"`],
    ['an escape that is not needed', String.raw`"\u0061"`],
    ['names out of order, deep', '[{"a":[{"b":1,"a":2}]}]'],
  ])('refuses %s', (_what, text) => {
    expect(isCanonical(text, JSON.parse(text))).toBe(false)
  })

  test('takes numbers as names in the order of texts', () => {
    const text = '{"10":2,"9":1}'
    expect(isCanonical(text, JSON.parse(text))).toBe(true)
  })
})

function spelled(value: unknown): string | undefined {
  try {
    return canonical(value)
  } catch {
    return undefined
  }
}
