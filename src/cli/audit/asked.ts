/** Which part of the log was asked for: by leaves, or by the times of rounds. */
import { lastRoundMs, bundlesOf } from '../../audit/verify/entries.ts'
import { Findings } from '../../audit/verify/findings.ts'
import { textOf, type ReadExport } from '../../audit/verify/reading.ts'
import { readRound } from '../../audit/verify/round.ts'
import { readTime } from '../../lib/time.ts'
import { WrongUse } from '../wrong-use.ts'

export interface Leaves {
  readonly from: number
  readonly to: number
}

/** A leaf's index, or a time in milliseconds. */
type Bound = { readonly index: number } | { readonly atMs: number }

/** @throws {WrongUse} when the text is neither a number nor a time. */
export function boundOf(text: string | undefined, name: string): Bound | undefined {
  if (text === undefined) return undefined
  if (/^(?:0|[1-9][0-9]{0,14})$/.test(text)) return { index: Number(text) }
  const atMs = readTime(text)
  if (atMs === undefined)
    throw new WrongUse(`--${name} is the number of a leaf, or a time such as 2026-01-05T08:00:00Z`)
  return { atMs }
}

/**
 * The leaves that are meant. A time means the first round from then on, so that a round is never torn apart.
 *
 * @param source where the log's entries are.
 */
export async function leavesOf(
  source: ReadExport,
  size: number,
  from: Bound | undefined,
  to: Bound | undefined,
): Promise<Leaves> {
  const indexOf = async (bound: Bound) =>
    'index' in bound ? Math.min(bound.index, size) : firstRoundFrom(source, size, bound.atMs)
  const first = await indexOf(from ?? { index: 0 })
  const end = await indexOf(to ?? { index: size })
  return { from: first, to: Math.max(first, end) }
}

async function firstRoundFrom(source: ReadExport, size: number, atMs: number): Promise<number> {
  if (((await lastRoundMs(source, size)) ?? -Infinity) < atMs) return size
  let index = 0
  for await (const { entries } of bundlesOf(source, size, new Findings()))
    for (const entry of entries) {
      const round = readRound(textOf(entry) ?? '')
      if (round !== undefined && round.at >= atMs) return index
      index += 1
    }
  return size
}
