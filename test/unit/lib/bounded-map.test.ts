import { array, assert, constantFrom, property } from 'fast-check'
import { expect, test } from 'vitest'
import { BoundedMap } from '../../../src/lib/bounded-map.ts'

test('never holds more than its capacity, and always the newest', () => {
  assert(
    property(array(constantFrom('a', 'b', 'c', 'd', 'e')), (keys) => {
      const map = new BoundedMap<string>(3)
      for (const key of keys) {
        map.set(key, key)
        expect(map.size).toBeLessThanOrEqual(3)
        expect(map.get(key)).toBe(key)
      }
    }),
  )
})

test('what is read stays, what is unused for longest goes', () => {
  const map = new BoundedMap<number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.get('a')
  map.set('c', 3)
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3])
})

test('refuses a capacity that is not a whole number above 0', () => {
  for (const capacity of [0, -1, 1.5]) expect(() => new BoundedMap(capacity)).toThrow(RangeError)
})
