import { describe, expect, test } from 'vitest'
import { boundOf } from '../../../src/cli/audit/asked.ts'
import { questionOf } from '../../../src/cli/audit/query-filter.ts'
import { periodOf } from '../../../src/cli/report/period.ts'
import { readTime } from '../../../src/lib/time.ts'
import { WrongUse } from '../../../src/cli/wrong-use.ts'

test.each([
  ['2026-01-05', Date.UTC(2026, 0, 5)],
  ['2028-02-29', Date.UTC(2028, 1, 29)],
  ['2026-01-05T08:00Z', Date.UTC(2026, 0, 5, 8)],
  ['2026-01-05T08:00:01.5+02:00', Date.UTC(2026, 0, 5, 6, 0, 1, 500)],
  ['2026-03-01T00:30:00+01:00', Date.UTC(2026, 1, 28, 23, 30)],
])('%s is a time', (text, atMs) => {
  expect(readTime(text)).toBe(atMs)
})

describe.each([
  '2026-02-30',
  '2026-02-29',
  '2026-04-31T00:00:00Z',
  '2026-02-29T23:00:00-05:00',
  '2026-13-01',
  '2026-01-05T24:00:00Z',
  '2026-01-05T08:60:00Z',
  '2026-01-05T08:00:00',
  '2026-01-05 08:00',
  'yesterday',
  '',
])('%j is none', (text) => {
  test.each(['from', 'to'] as const)('of a report’s --%s', (name) => {
    expect(() => periodOf({ [name]: text })).toThrow(WrongUse)
  })
  test.each(['from', 'to'] as const)('of an export’s --%s', (name) => {
    expect(() => boundOf(text, name)).toThrow(WrongUse)
  })
  test.each(['from', 'to'] as const)('of a query’s --%s', (name) => {
    expect(() => questionOf({ [name]: text }, [])).toThrow(WrongUse)
  })
})
