import { assert, constantFrom, date, integer, option, property, record } from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { dueOf, RegisterSchema, registerReport, standingOf } from '../../../src/report/register.ts'
import { figuresOf, folded } from '../../support/report-world.ts'

const Day = date({
  min: new Date('2001-01-01'),
  max: new Date('2090-12-31'),
  noInvalidDate: true,
}).map((at) => at.toISOString().slice(0, 10))
const Item = record({
  id: constantFrom('a-drill'),
  title: constantFrom('A drill'),
  last: option(Day, { nil: undefined }),
  due: option(Day, { nil: undefined }),
  everyMonths: option(integer({ min: 1, max: 36 }), { nil: undefined }),
}).map((item) => v.parse(RegisterSchema, JSON.parse(JSON.stringify({ v: 1, items: [item] }))).items)

test('what is due is the day that the register names, or an interval after the last, or not recorded', () => {
  assert(
    property(Item, Day, ([item], today) => {
      if (item === undefined) throw new Error('The test itself is wrong')
      const { last, due, everyMonths } = item
      const said = dueOf(item)
      if (due !== undefined) expect(said).toBe(due)
      else if (last === undefined || everyMonths === undefined) expect(said).toBeUndefined()
      else {
        // The calendar of the runtime, from the first of the month: it cannot spill over.
        const first = new Date(`${last.slice(0, 7)}-01T00:00:00Z`)
        first.setUTCMonth(first.getUTCMonth() + everyMonths)
        expect(said?.slice(0, 7)).toBe(first.toISOString().slice(0, 7))
        const sameDay = said?.slice(8) === last.slice(8)
        const next = new Date(`${said}T00:00:00Z`)
        next.setUTCDate(next.getUTCDate() + 1)
        expect(sameDay || next.getUTCDate() === 1, `${last} + ${everyMonths} is ${said}`).toBe(true)
      }
      const expected = said === undefined ? 'not recorded' : said < today ? 'overdue' : 'due'
      expect(standingOf(item, today)).toBe(expected)
    }),
  )
})

test('what is overdue is marked; what has no date has none', () => {
  const { items } = v.parse(RegisterSchema, {
    v: 1,
    items: [
      { id: 'a', title: 'Done too long ago', last: '2025-01-31', everyMonths: 13 },
      { id: 'b', title: 'Due today', due: '2026-11-23' },
      { id: 'c', title: 'Never written down', everyMonths: 12 },
    ],
  })
  const made = folded(registerReport(items, '2026-11-23').parts, [])
  expect(made.tables['register']).toMatchObject([
    { id: 'a', due: '2026-02-28', standing: 'OVERDUE' },
    { id: 'b', due: '2026-11-23', standing: 'due' },
    { id: 'c', due: undefined, standing: null },
  ])
  expect(figuresOf(made, 'register')).toEqual({ items: 3, overdue: 1, due: 1, unknown: 1 })
})

test.each([
  [{ id: 'a', title: 'x', last: '2026-02-29' }, 'a day is written such as'],
  [{ id: 'a', title: 'x', last: 'yesterday' }, 'a day is written such as'],
  [{ id: 'A drill', title: 'x' }, 'an id is made of'],
  [{ id: 'a', title: 'x', lastDone: '2026-01-01' }, 'lastDone'],
])('%j is no item', (item, said) => {
  const read = v.safeParse(RegisterSchema, { v: 1, items: [item] })
  expect(read.success).toBe(false)
  expect(read.issues?.map(({ message }) => message).join()).toContain(said)
})
