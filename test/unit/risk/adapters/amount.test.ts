import { assert, bigInt, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decimalText } from '../../../../src/lib/decimal.ts'
import { isSafeNumber, readAmount } from '../../../../src/risk/adapters/amount.ts'

const POSITIVE = 'must be more than zero'
const LONG = 'must have at most 20 digits before the point and 18 after it'
const NEEDLESS = 'must not begin with a needless zero'
const OTHER = 'must be a decimal number such as 0.01'

test.each([
  ['1', 10n ** 18n],
  ['0.01', 10n ** 16n],
  ['0.000000000000000001', 1n],
  ['1.000000000000000000', 10n ** 18n],
  ['99999999999999999999', 99_999_999_999_999_999_999n * 10n ** 18n],
])('%s is an amount', (text, value) => {
  expect(readAmount(text)).toEqual({ ok: true, value })
})

test.each([
  ['0', POSITIVE],
  ['-0', POSITIVE],
  ['0.000', POSITIVE],
  ['-1', POSITIVE],
  ['-0.5', POSITIVE],
  ['1e2', 'must not have an exponent'],
  ['1E2', 'must not have an exponent'],
  ['-1e-2', 'must not have an exponent'],
  ['1.5e+2', 'must not have an exponent'],
  ['0e1', 'must not have an exponent'],
  ['+1', 'must not begin with a plus sign'],
  ['01', NEEDLESS],
  ['00', NEEDLESS],
  ['-01', NEEDLESS],
  ['00.5', NEEDLESS],
  ['0x10', 'must be a decimal number'],
  ['-0X10', 'must be a decimal number'],
  ['NaN', OTHER],
  ['Infinity', OTHER],
  ['-Infinity', OTHER],
  ['1,000', OTHER],
  ['1_000', OTHER],
  ['1.', OTHER],
  ['.5', OTHER],
  ['1.2.3', OTHER],
  ['--1', OTHER],
  ['−1', OTHER],
  ['٣', OTHER],
  ['１', OTHER],
  ['1\u0660', OTHER],
  ['१२', OTHER],
  ['1\u0000', OTHER],
  ['0b1', OTHER],
  ['1n', OTHER],
  ['½', OTHER],
  ['', 'must not be empty'],
  [' ', 'must not be empty'],
  [' 1', 'must not begin or end with a space'],
  ['1 ', 'must not begin or end with a space'],
  ['1\n', 'must not begin or end with a space'],
  ['\u00a01', 'must not begin or end with a space'],
  ['1.0000000000000000001', LONG],
  ['100000000000000000000', LONG],
  ['9'.repeat(10_000), LONG],
  [`0.${'1'.repeat(10_000)}`, LONG],
])('%s is none', (text, error) => {
  expect(readAmount(text)).toEqual({ ok: false, error })
})

test('every amount is read as it is written, and nothing that is read is another', () => {
  assert(
    property(bigInt({ min: 1n, max: 10n ** 38n - 1n }), (value) => {
      expect(readAmount(decimalText(value))).toEqual({ ok: true, value })
    }),
  )
  assert(
    property(string({ unit: 'binary' }), (text) => {
      const read = readAmount(text)
      if (read.ok) expect(Number(text)).toBeGreaterThan(0)
    }),
  )
})

describe('a JSON number that every reader keeps', () => {
  test.each(['1', '0.01', '123456789012345', '0.000000123456789012345', '-5', '-0', '1.50'])(
    '%s',
    (text) => {
      expect(isSafeNumber(text)).toBe(true)
    },
  )
  test.each(['1e2', '1E0', '1234567890123456', '9007199254740993', '0.1234567890123456'])(
    'not %s',
    (text) => {
      expect(isSafeNumber(text)).toBe(false)
    },
  )
  test('is the same after a double has held it', () => {
    assert(
      property(bigInt({ min: 1n, max: 10n ** 15n - 1n }), (units) => {
        const text = `${units}`
        expect(isSafeNumber(text)).toBe(true)
        expect(Number(`0.${text.padStart(15, '0')}`).toFixed(15)).toBe(
          `0.${text.padStart(15, '0')}`,
        )
      }),
    )
  })
})
