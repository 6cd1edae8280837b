/** The period that a report is asked for. */
import type { Period } from '../../report/report.ts'
import { readTime } from '../../lib/time.ts'
import { WrongUse } from '../wrong-use.ts'

/** @throws {WrongUse} when what was typed is no time, or nothing lies between the two. */
export function periodOf({
  from,
  to,
}: {
  readonly from?: string | undefined
  readonly to?: string | undefined
}): Period {
  const fromMs = timeOf(from, 'from')
  const toMs = timeOf(to, 'to')
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs)
    throw new WrongUse('--to is later than --from: the period ends before it')
  return { fromMs, toMs }
}

/** A day means its beginning in UTC, for `--to` too. */
function timeOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const atMs = readTime(text)
  if (atMs === undefined)
    throw new WrongUse(`--${name} is a time such as 2026-01-05 or 2026-01-05T08:00:00Z`)
  return atMs
}
