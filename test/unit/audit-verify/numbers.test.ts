import { array, assert, constantFrom, integer, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Marks, Runs } from '../../../src/audit/verify/numbers.ts'

const ranges = array(
  record({ first: integer({ min: 1, max: 60 }), length: constantFrom(0, 0, 0, 1, 5, 20) }),
  { maxLength: 40 },
)

describe('runs of numbers', () => {
  test('hold what was added, in any order, and nothing else', () => {
    assert(
      property(
        ranges,
        integer({ min: 1, max: 90 }),
        integer({ min: 0, max: 9 }),
        (added, at, wide) => {
          const runs = new Runs()
          const model = new Set<number>()
          for (const { first, length } of added) {
            runs.add(first, first + length)
            for (let number = first; number <= first + length; number += 1) model.add(number)
          }
          expect(runs.has(at)).toBe(model.has(at))
          const between = Array.from({ length: wide + 1 }, (_, i) => at + i)
          expect(runs.overlaps(at, at + wide)).toBe(between.some((number) => model.has(number)))
          expect(runs.top).toBe(Math.max(0, ...model))
          const missing = Array.from({ length: at }, (_, i) => i + 1).filter((n) => !model.has(n))
          const holes = [...runs.holes(at)]
          const told = holes.flatMap(({ first, last }) =>
            Array.from({ length: last - first + 1 }, (_, i) => first + i),
          )
          expect(told).toEqual(missing)
          // Each hole is as wide as it can be.
          expect(holes.every(({ last }, i) => (holes[i + 1]?.first ?? Infinity) > last + 1)).toBe(
            true,
          )
        },
      ),
    )
  })

  test('reach as far as numbers go after a restore', () => {
    const runs = new Runs()
    runs.add(1, 7)
    runs.add(8, 2 ** 40 - 1)
    runs.add(2 ** 40)
    expect([...runs.holes(2 ** 40)]).toEqual([])
    expect(runs.has(2 ** 39)).toBe(true)
    expect([...runs.holes(2 ** 40 + 2)]).toEqual([{ first: 2 ** 40 + 1, last: 2 ** 40 + 2 }])
  })
})

describe('marks', () => {
  test('know what was added, and say whether it is new', () => {
    const far = integer({ min: 0, max: 40 }).map((n) => n * 977)
    assert(
      property(array(far, { maxLength: 40 }), far, (added, asked) => {
        const marks = new Marks()
        const model = new Set<number>()
        for (const number of added) {
          expect(marks.add(number)).toBe(!model.has(number))
          model.add(number)
        }
        expect(marks.has(asked)).toBe(model.has(asked))
      }),
    )
  })

  test('tell apart numbers beyond 32 bits', () => {
    const marks = new Marks()
    marks.add(2 ** 40 + 31)
    expect(marks.has(2 ** 40 + 31)).toBe(true)
    expect([marks.has(31), marks.has(2 ** 40 + 30), marks.has(2 ** 40)]).toEqual([
      false,
      false,
      false,
    ])
  })
})
