import { expect, test } from 'vitest'
import { deltas, savedByRepeats, savedByWords } from '../../../src/credential/predictable.ts'

/** Every sequence of a length over the values. */
function* sequences(length: number, values: readonly number[]): Generator<readonly number[]> {
  if (length === 0) yield []
  else for (const rest of sequences(length - 1, values)) for (const v of values) yield [...rest, v]
}

/** Over all sequences it is at most 1 exactly where the savings are those of a way of writing. */
function meanOfPowers(
  saved: (values: readonly number[]) => number,
  all: Iterable<readonly number[]>,
) {
  let sum = 0
  let count = 0
  for (const values of all) {
    sum += 2 ** saved(values)
    count += 1
  }
  return sum / count
}

const FOUR = [0, 1, 2, 3]
const BYTES = Array.from({ length: 256 }, (_, byte) => byte)
const DIGITS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', (c) =>
  c.charCodeAt(0),
)

test('random values save n bits with at most 2^-n: the savings are those of a way of writing', () => {
  expect(
    meanOfPowers((values) => savedByRepeats({ values, bits: 2 }), sequences(6, FOUR)),
  ).toBeLessThanOrEqual(1 + 1e-9)
  expect(
    meanOfPowers((values) => savedByWords(values, 6, 2), sequences(3, DIGITS)),
  ).toBeLessThanOrEqual(1 + 1e-9)
  expect(
    meanOfPowers((values) => savedByWords(values, 8, 66), sequences(2, BYTES)),
  ).toBeLessThanOrEqual(1 + 1e-9)
})

test('the steps of random values are random: no two sequences from one value have the same', () => {
  const steps = [...sequences(4, FOUR)]
    .filter(([first]) => first === 0)
    .map((values) => deltas({ values, bits: 2 }).values.join(' '))
  expect(new Set(steps).size).toBe(64)
  expect(deltas({ values: [3, 0, 2], bits: 2 }).values).toEqual([1, 2])
})

test('what people choose saves much', () => {
  const phrase = Array.from('this-is-the-secret-of-the-whole-company-', (c) => c.charCodeAt(0))
  expect(savedByWords(phrase, 6, 2)).toBeGreaterThan(50)
  const turns = Array.from({ length: 32 }, (_, i) => i % 4)
  expect(savedByWords(turns, 8, 66)).toBeGreaterThan(100)
  expect(savedByRepeats({ values: turns, bits: 8 })).toBeGreaterThan(100)
})
