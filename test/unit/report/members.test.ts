import { assert, constantFrom, dictionary, integer, oneof, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { differences } from '../../../src/report/members.ts'

const Limits = dictionary(
  constantFrom('maxOrderValue', 'collar', 'symbols', 'x'),
  oneof(string({ maxLength: 3 }), integer({ min: -9, max: 9 }).map(String)),
)

test('what differs is told, what does not is not, and both ways round', () => {
  assert(
    property(Limits, Limits, (before, after) => {
      const [a, b] = [JSON.stringify(before), JSON.stringify(after)]
      const changed = differences(a, b)
      const names = Object.keys({ ...before, ...after }).filter(
        (name) => before[name] !== after[name],
      )
      expect(changed.map(({ member }) => member)).toEqual(
        names.toSorted((x, y) => (x < y ? -1 : 1)),
      )
      const back = { set: 'removed', removed: 'set', raised: 'lowered', lowered: 'raised' } as const
      const turned = changed.map(({ direction }) =>
        direction === 'changed' ? direction : back[direction],
      )
      expect(differences(b, a).map(({ direction }) => direction)).toEqual(turned)
      expect(differences(a, a)).toEqual([])
    }),
  )
})

test('numbers are compared as numbers, exactly, wherever they lie', () => {
  const change = (before: unknown, after: unknown) =>
    differences(JSON.stringify({ limits: { a: before } }), JSON.stringify({ limits: { a: after } }))
  expect(change('9', '10')).toEqual([
    { member: 'limits.a', before: '9', after: '10', direction: 'raised' },
  ])
  expect(change('0.3', '0.30000000000000004')[0]?.direction).toBe('raised')
  expect(change(10, 9)[0]?.direction).toBe('lowered')
  expect(change(['a'], ['a', 'b'])).toEqual([
    { member: 'limits.a', before: '["a"]', after: '["a","b"]', direction: 'changed' },
  ])
  expect(differences(undefined, '{"a":"1"}')[0]?.direction).toBe('set')
  expect(differences('not JSON', 'not JSON either')[0]).toMatchObject({
    member: '',
    before: 'not JSON',
  })
})
