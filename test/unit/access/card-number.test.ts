import { array, assert, bigInt, constantFrom, integer, property, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasCard, isCardInForm, isCardInJson } from '../../../src/access/card-number.ts'

const NOTHING = new Set<string>()

// Numbers that the card schemes publish for tests: no card has them.
const TEST_CARDS = [
  '4111111111111111',
  '4012888888881881',
  '4222222222222',
  '5555555555554444',
  '5105105105105100',
  '2223003122003222',
  '378282246310005',
  '371449635398431',
  '6011111111111117',
  '30569309025904',
  '38520000023237',
  '3530111333300000',
  '6200000000000005',
] as const

// @control pci/scope
test.each(TEST_CARDS)('%s is found, and with one digit changed it is not', (card) => {
  expect(hasCard(card)).toBe(true)
  for (let at = 0; at < card.length; at += 1)
    for (let add = 1; add < 10; add += 1) {
      const digit = (Number(card[at]) + add) % 10
      expect(hasCard(`${card.slice(0, at)}${digit}${card.slice(at + 1)}`)).toBe(false)
    }
})

test.each([
  '4111 1111 1111 1111',
  '4111-1111-1111-1111',
  '3782 822463 10005',
  '3056-930902-5904',
  'card:4111111111111111.',
  'x_4111111111111111',
  '(4111111111111111)',
  '4111.1111.1111.1111',
  '4111/1111/1111/1111',
  '4111_1111_1111_1111',
  '3782.822463.10005',
])('found as it is written: %s', (text) => {
  expect(hasCard(text)).toBe(true)
})

test.each([
  ['a no-break space', '\u{A0}'],
  ['a narrow no-break space', '\u{202F}'],
  ['a thin space', '\u{2009}'],
  ['a tab', '\t'],
  ['a line break', '\n'],
  ['a hyphen', '\u{2010}'],
  ['an en dash', '\u{2013}'],
  ['an em dash', '\u{2014}'],
  ['a minus sign', '\u{2212}'],
  ['a full-width hyphen', '\u{FF0D}'],
  ['a space of no width', '\u{200B}'],
  ['a soft hyphen', '\u{AD}'],
])('found with %s between its groups', (_what, sign) => {
  expect(hasCard(['4111', '1111', '1111', '1111'].join(sign))).toBe(true)
  expect(hasCard(['3782', '822463', '10005'].join(sign))).toBe(true)
})

test.each([
  ['a time in nanoseconds', '1795406552000000000'],
  ['decimals of a price', '0.4111111111111111'],
  ['a quantity with decimals', '4111111111111111.5'],
  ['the end of a longer number', '94111111111111111'],
  ['the beginning of a longer number', '41111111111111119'],
  ['a word in hexadecimal', 'a4111111111111111f'],
  ['groups that no card has', '41-11-11-11-11-11-11-11'],
  ['two signs between the groups', '4111-1111 1111-1111'],
  ['a list of four numbers', '[4111,1111,1111,1111]'],
  ['a number of no issuer', '1111111111111117'],
  ['a length that the issuer does not give', '41111111111116'],
])('not found: %s', (_what, text) => {
  expect(hasCard(text)).toBe(false)
})

/** Written anew from the definition: digits of the rest, then the one that makes the sum end in 0. */
function checkDigit(rest: string): string {
  const sum = rest
    .split('')
    .toReversed()
    .reduce((total, digit, at) => {
      const value = at % 2 === 0 ? Number(digit) * 2 : Number(digit)
      return total + Math.floor(value / 10) + (value % 10)
    }, 0)
  return String((10 - (sum % 10)) % 10)
}

test('every number of an issuer with its check digit is found, wherever it stands', () => {
  const issuers = constantFrom('4', '51', '55', '2221', '2720', '6011', '649', '3528', '62')
  assert(
    property(
      issuers,
      bigInt(0n, 10n ** 15n - 1n),
      constantFrom('', ' ', '"', ',', '_'),
      (issuer, rest, beside) => {
        const digits = `${issuer}${String(rest).padStart(15, '0')}`.slice(0, 15)
        expect(hasCard(`${beside}${digits}${checkDigit(digits)}${beside}`)).toBe(true)
      },
    ),
  )
})

test('of random numbers no more than one in ten of an issuer is taken for a card', () => {
  const counts = { of: 0, found: 0 }
  assert(
    property(
      array(tuple(integer({ min: 0, max: 99_999_999 }), integer({ min: 0, max: 9_999_999 })), {
        minLength: 50,
        maxLength: 50,
      }),
      (pairs) => {
        for (const [high, low] of pairs) {
          counts.of += 1
          const digits = `4${String(high).padStart(8, '0')}${String(low).padStart(7, '0')}`
          if (hasCard(digits)) counts.found += 1
        }
      },
    ),
    { seed: 7 },
  )
  expect(counts.found / counts.of).toBeLessThan(0.15)
})

describe('in a JSON text', () => {
  const except = new Set(['orderId'])

  test.each([
    '{"clientOrderId":"4111111111111111"}',
    '{"note":"paid with 4111 1111 1111 1111, thanks"}',
    '{"amount":4111111111111111}',
    '["4111111111111111"]',
    '{"4111111111111111":1}',
    String.raw`{"note":"\u0034111111111111111"}`,
    String.raw`{"note":"4111\u002d1111\u002d1111\u002d1111"}`,
    String.raw`{"note":"4111\u002D1111\u002D1111\u002D1111"}`,
    String.raw`{"note":"4111\u00201111\u00201111\u00201111"}`,
    String.raw`{"note":"4111\u20131111\u20131111\u20131111"}`,
    String.raw`{"note":"4111\/1111\/1111\/1111"}`,
    String.raw`{"note":"4111\t1111\t1111\t1111"}`,
    String.raw`{"note":"first\n4111111111111111"}`,
    String.raw`{"note":"\"4111111111111111\""}`,
    String.raw`{"note":"\"orderId\":\"4111111111111111"}`,
    String.raw`{"note":"\u0022orderId\u0022:\u00224111111111111111"}`,
    String.raw`{"my\"orderId":"4111111111111111"}`,
    String.raw`{"my\u0022orderId":"4111111111111111"}`,
    '{"orderId":["4111111111111111"]}',
    '{"orderId":"1","note":"4111111111111111"}',
    '{"orderId":"4111111111111111","note":"4111111111111111"}',
    '4111111111111111',
    'not JSON 4111111111111111',
  ])('refused: %s', (text) => {
    expect(isCardInJson(text, except)).toBe(true)
  })

  test.each([
    '{"orderId":"4111111111111111"}',
    '{"orderId": 4111111111111111 ,"price":"1"}',
    '{"orders":[{"orderId":"no 4111111111111111"}]}',
    String.raw`{"order\u0049d":"4111111111111111"}`,
    String.raw`{"orderId":"4111\u002d1111\u002d1111\u002d1111"}`,
    String.raw`{"orderId":"a \"quoted\" 4111111111111111"}`,
  ])('let through, for its name is left out: %s', (text) => {
    expect(isCardInJson(text, except)).toBe(false)
    expect(isCardInJson(text, NOTHING)).toBe(true)
  })

  test('an escaped backslash is no beginning of an escape', () => {
    expect(isCardInJson(String.raw`{"note":"4111\\u002d1111\\u002d1111"}`, NOTHING)).toBe(false)
  })
})

test('in a form', () => {
  expect(isCardInForm('a=1&b=4111+1111+1111+1111', NOTHING)).toBe(true)
  expect(isCardInForm('a=%34111111111111111', NOTHING)).toBe(true)
  expect(isCardInForm('a=4111%2D1111%2d1111%2D1111', NOTHING)).toBe(true)
  expect(isCardInForm('a=4111%201111%201111%201111', NOTHING)).toBe(true)
  expect(isCardInForm('a=4111%C2%A01111%C2%A01111%C2%A01111', NOTHING)).toBe(true)
  expect(isCardInForm(String.raw`a=["4111\u002d1111\u002d1111\u002d1111"]`, NOTHING)).toBe(true)
  expect(isCardInForm('4111111111111111=a', new Set(['a']))).toBe(true)
  expect(isCardInForm('a=4111111111111111&b=2', new Set(['a']))).toBe(false)
  expect(isCardInForm('timestamp=1795406552000&recvWindow=5000', NOTHING)).toBe(false)
})
