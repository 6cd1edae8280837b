import { assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { lackingObjects } from '../../../src/audit/copy-plan.ts'
import { tileName, tilesOf } from '../../../src/audit/tile.ts'

// @control 17a-4(f)(2)(v)
test('a copy that is brought up to date in steps has every object of the whole log', () => {
  const size = integer({ min: 1, max: 70_000 })
  assert(
    property(size, size, size, (a, b, c) => {
      const sizes = [a, b, c].toSorted((x, y) => x - y)
      const copied = new Set<string>()
      let from = 0
      for (const to of sizes) {
        for (const name of lackingObjects(from, to)) copied.add(name)
        expect(
          tilesOf(to)
            .map(tileName)
            .filter((name) => !copied.has(name)),
        ).toEqual([])
        from = to
      }
    }),
    { numRuns: 50 },
  )
})

test('nothing is copied where nothing is new but what is not full', () => {
  expect(lackingObjects(300, 300)).toEqual([
    'tile/entries/001.p/44',
    'tile/0/001.p/44',
    'tile/1/000.p/1',
  ])
  expect(lackingObjects(0, 0)).toEqual([])
})
