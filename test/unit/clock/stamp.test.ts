import { assert, bigInt, constantFrom, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CLOCK_UNITS, readStamp } from '../../../src/clock/stamp.ts'

test.each([
  ['1800000000000.123', 'ms', 1_800_000_000_000_123, 1],
  ['1800000000000', 'ms', 1_800_000_000_000_000, 1_000],
  ['1800000000', 's', 1_800_000_000_000_000, 1_000_000],
  ['1800000000.5', 's', 1_800_000_000_500_000, 100_000],
  ['1800000000000123', 'us', 1_800_000_000_000_123, 1],
  ['0', 'ms', 0, 1_000],
] as const)('%s %s may be its last digit less or more', (text, unit, atUs, digitUs) => {
  expect(readStamp(text, unit)).toEqual({
    atUs,
    earliestUs: atUs - digitUs,
    latestUs: atUs + digitUs,
  })
})

test('nanoseconds that no floating-point number holds are cut, not rounded, and widen the reading', () => {
  // As a number this is 1800000000000000000: 512 nanoseconds and more would be gone.
  expect(readStamp('1799999999999999999', 'ns')).toEqual({
    atUs: 1_799_999_999_999_999,
    earliestUs: 1_799_999_999_999_998,
    latestUs: 1_800_000_000_000_001,
  })
  expect(readStamp('123', 'ns')).toEqual({ atUs: 0, earliestUs: -1, latestUs: 2 })
})

test('whichever way it was rounded, what the clock showed is within the reading', () => {
  const UNIT_NS = { s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n, ns: 1n }
  const Ns = bigInt({ min: 0n, max: 4_000_000_000_000_000_000n })
  const Digits = integer({ min: 0, max: 9 })
  assert(
    property(Ns, constantFrom(...CLOCK_UNITS), Digits, bigInt(0n, 2n), (ns, unit, digits, up) => {
      // As many digits as the unit has nanoseconds to show, and further zeros.
      const scale = 10n ** BigInt(digits)
      const scaled = ns * scale
      const rounded = (scaled * 2n + UNIT_NS[unit] * up) / (UNIT_NS[unit] * 2n)
      const fraction = (rounded % scale).toString().padStart(digits, '0')
      const text = `${rounded / scale}${digits === 0 ? '' : `.${fraction}`}`
      const reading = readStamp(text, unit)
      expect(BigInt(reading?.earliestUs ?? Number.NaN) * 1_000n).toBeLessThanOrEqual(ns)
      expect(BigInt(reading?.latestUs ?? Number.NaN) * 1_000n).toBeGreaterThanOrEqual(ns)
    }),
    { numRuns: 2_000 },
  )
})

describe('what is no time', () => {
  test.each([
    [null],
    [''],
    [' 1800000000000'],
    ['1800000000000 '],
    ['+1800000000000'],
    ['-1'],
    ['1.8e12'],
    ['0x1'],
    ['1800000000000.'],
    ['.5'],
    ['01800000000000'],
    ['1,800'],
    // Twice, as the runtime joins them.
    ['1800000000000, 1800000000001'],
    ['١٨٠٠'],
    ['1800000000000.1234567890'],
    ['Fri, 15 Jan 2027 08:00:00 GMT'],
    ['NaN'],
    ['9'.repeat(20)],
  ])('%s is not read', (text) => {
    expect(readStamp(text, 'ms')).toBeUndefined()
  })

  test('is one in another unit: no microsecond of it could be told', () => {
    expect(readStamp('1800000000000', 's')).toBeUndefined()
    expect(readStamp('1800000000000123', 'ms')).toBeUndefined()
  })
})
