/**
 * Tests and drills that have to be done again and again, and when they are due: from a file that the broker keeps. A date
 * that is not in it is not recorded; that something was never done does not follow.
 */
import * as v from 'valibot'
import { figure, NOT_RECORDED, type Report, type Row } from './report.ts'
import { Tally } from './tally.ts'

const REGISTER = 'register'

/** A day that the calendar has. */
const Day = v.pipe(v.string(), v.check(isDay, 'a day is written such as 2026-01-31'))
const Text = v.pipe(v.string(), v.minLength(1), v.maxLength(2_000))

const ItemSchema = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/, 'an id is made of a-z, 0-9 and "-"')),
  title: Text,
  rule: v.exactOptional(Text),
  everyMonths: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(120))),
  /** When it was last done; and when it is due, where that is not an interval later. */
  last: v.exactOptional(Day),
  due: v.exactOptional(Day),
  owner: v.exactOptional(Text),
  result: v.exactOptional(Text),
  evidence: v.exactOptional(Text),
})

export const RegisterSchema = v.strictObject({
  v: v.literal(1),
  items: v.pipe(
    v.array(ItemSchema),
    v.maxLength(1_000),
    v.check(
      (items) => new Set(items.map(({ id }) => id)).size === items.length,
      'two items have the same id',
    ),
  ),
})

export type RegisterItem = v.InferOutput<typeof ItemSchema>

export type Standing = 'overdue' | 'due' | typeof NOT_RECORDED

/** When it is due: as the register says, or an interval after it was last done. */
export function dueOf({ due, last, everyMonths }: RegisterItem): string | undefined {
  if (due !== undefined) return due
  return last === undefined || everyMonths === undefined
    ? undefined
    : monthsAfter(last, everyMonths)
}

/** @param today a day; what is due on it is not overdue yet. */
export function standingOf(item: RegisterItem, today: string): Standing {
  const due = dueOf(item)
  if (due === undefined) return NOT_RECORDED
  return due < today ? 'overdue' : 'due'
}

export function registerReport(items: readonly RegisterItem[], today: string): Report {
  return {
    title: 'Register of tests and drills',
    rule: 'RTS 6 (2017/589) Arts 9, 10, 14 and 18; SEC Rule 15c3-5(e); PCI DSS v4.0.1, 7.2.4, 11.3, 11.4 and 12.10.2',
    about: `What has to be done again and again, and when it is due, as of ${today}.`,
    isNot: 'Evidence that anything was done: that is what the register points to.',
    parts: [
      {
        tables: [
          {
            id: REGISTER,
            title: 'Tests and drills',
            about:
              'Dates are those of the register. Due: as it says, or an interval after the last.',
            columns: [
              { id: 'id', title: 'id', kind: 'code' },
              { id: 'title', title: 'what' },
              { id: 'rule', title: 'rule' },
              { id: 'everyMonths', title: 'every … months', kind: 'number' },
              { id: 'last', title: 'last done', kind: 'time' },
              { id: 'due', title: 'due', kind: 'time' },
              { id: 'standing', title: 'standing' },
              { id: 'owner', title: 'owner' },
              { id: 'result', title: 'result' },
              { id: 'evidence', title: 'evidence' },
            ],
          },
        ],
        begin: ({ emit }) => ({
          take: () => undefined,
          end: () => {
            const standings = new Tally()
            for (const item of items) {
              standings.add(standingOf(item, today))
              emit(REGISTER, rowOf(item, today))
            }
            return sectionOf(standings)
          },
        }),
      },
    ],
  }
}

function rowOf(item: RegisterItem, today: string): Row {
  const standing = standingOf(item, today)
  return {
    ...item,
    due: dueOf(item),
    standing: standing === NOT_RECORDED ? null : standing === 'overdue' ? 'OVERDUE' : standing,
  }
}

function sectionOf(standings: Tally) {
  return {
    id: REGISTER,
    title: 'What is due',
    about: 'Kept by hand in docs/controls/register.json.',
    figures: [
      figure('items', 'in the register', standings.sum),
      figure('overdue', 'overdue', standings.of('overdue')),
      figure('due', 'due later', standings.of('due')),
      figure('unknown', 'without a date', standings.of(NOT_RECORDED)),
    ],
    charts: [],
    tables: [REGISTER],
  }
}

/** The same day so many months later; the last of the month where it has no such day. */
function monthsAfter(day: string, months: number): string {
  const { year, month, date } = partsOf(day)
  const count = year * 12 + (month - 1) + months
  const [then, at] = [Math.floor(count / 12), (count % 12) + 1]
  const kept = Math.min(date, daysOf(then, at))
  return `${String(then).padStart(4, '0')}-${two(at)}-${two(kept)}`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}

function partsOf(day: string) {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  return { year, month, date }
}

export function isDay(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false
  const { year, month, date } = partsOf(text)
  return month >= 1 && month <= 12 && date >= 1 && date <= daysOf(year, month)
}

function daysOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}
