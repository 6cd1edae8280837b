/** Moments as clients write them, in whole milliseconds since 1970. */

export const UNITS = ['ms', 's', 'rfc3339'] as const
export type MomentUnit = (typeof UNITS)[number]

const DAY_MS = 86_400_000
const TEXT =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z$/
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/** What a text says in that unit, or `undefined`. RFC 3339 in UTC alone, and without leap seconds. */
export function readMoment(text: string, unit: MomentUnit): number | undefined {
  if (unit === 'rfc3339') return readText(text)
  if (!/^[1-9][0-9]{0,12}$/.test(text)) return undefined
  const ms = Number(text) * (unit === 's' ? 1_000 : 1)
  return Number.isSafeInteger(ms) ? ms : undefined
}

function readText(text: string): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] =
    TEXT.exec(text)?.slice(1, 7).map(Number) ?? []
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = (MONTH_DAYS[month - 1] ?? 0) + (leap && month === 2 ? 1 : 0)
  if (year < 1970 || day < 1 || day > days || hour > 23 || minute > 59 || second > 59)
    return undefined
  const sinceMidnightMs = ((hour * 60 + minute) * 60 + second) * 1_000
  const fraction = TEXT.exec(text)?.[7] ?? ''
  // What is finer than a millisecond is cut: the order ends no later than it says.
  const fractionMs = Number(fraction.slice(0, 3).padEnd(3, '0'))
  return daysSince1970(year, month, day, leap) * DAY_MS + sinceMidnightMs + fractionMs
}

function daysSince1970(year: number, month: number, day: number, leap: boolean): number {
  const before = year - 1
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  /** Days of the common calendar before 1970, by the same rule: 1969/4 - 1969/100 + 1969/400. */
  const leapDaysTo1970 = 477
  const months = MONTH_DAYS.slice(0, month - 1).reduce<number>((sum, days) => sum + days, 0)
  return (
    (year - 1970) * 365 + leapDays - leapDaysTo1970 + months + (leap && month > 2 ? 1 : 0) + day - 1
  )
}
