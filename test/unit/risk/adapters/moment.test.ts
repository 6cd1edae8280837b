import { assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { readMoment } from '../../../../src/risk/adapters/moment.ts'

/** The end of the year 9999. */
const LAST_MS = 253_402_300_799_999

test('a text is the moment that it says, whatever the calendar does there', () => {
  assert(
    property(integer({ min: 0, max: LAST_MS }), (ms) => {
      expect(readMoment(new Date(ms).toISOString(), 'rfc3339')).toBe(ms)
    }),
    { numRuns: 5_000 },
  )
})

test.each([
  '1970-01-01T00:00:00Z',
  '2000-02-29T23:59:59Z',
  '2024-02-29T00:00:00Z',
  '2400-02-29T12:00:00Z',
  '2100-12-31T23:59:59Z',
  '2027-03-01T00:00:00Z',
])('%s', (text) => {
  expect(readMoment(text, 'rfc3339')).toBe(Date.parse(text))
})

test('what is finer than a millisecond is cut', () => {
  expect(readMoment('2027-01-15T08:00:00.000999999Z', 'rfc3339')).toBe(1_800_000_000_000)
  expect(readMoment('2027-01-15T08:00:00.5Z', 'rfc3339')).toBe(1_800_000_000_500)
})

test('units', () => {
  expect(readMoment('1800000000000', 'ms')).toBe(1_800_000_000_000)
  expect(readMoment('1800000000', 's')).toBe(1_800_000_000_000)
})

test.each([
  '',
  '2027-01-15',
  '2027-01-15T08:00:00',
  '2027-01-15T08:00:00+01:00',
  '2027-01-15t08:00:00z',
  '2027-02-29T00:00:00Z',
  '2100-02-29T00:00:00Z',
  '2027-04-31T00:00:00Z',
  '2027-13-01T00:00:00Z',
  '2027-00-01T00:00:00Z',
  '2027-01-00T00:00:00Z',
  '2027-01-15T24:00:00Z',
  '2027-01-15T08:60:00Z',
  '2027-01-15T08:00:60Z',
  '2027-01-15T08:00:00.Z',
  '1969-12-31T23:59:59Z',
  '0000-00-00T00:00:00Z',
  '1800000000000',
  '٢٠٢٧-01-15T08:00:00Z',
])('"%s" is no moment', (text) => {
  expect(readMoment(text, 'rfc3339')).toBeUndefined()
})

test.each(['', '0', '-1', '1.5', '1e9', '01', '18000000000000', ' 1', '2027-01-15T08:00:00Z'])(
  '"%s" is no number of units',
  (text) => {
    expect(readMoment(text, 'ms')).toBeUndefined()
    expect(readMoment(text, 's')).toBeUndefined()
  },
)
