/** What a sink's word on a batch means for each of its events: there, given up, or still to be sent. */
import { BATCH_EVENTS, DEAD_IN_A_ROW } from './outbox.ts'
import type { Judgement, Outgoing, Trouble } from './sinks/sink.ts'

export interface Settled {
  /** How many events from the front need nothing more. */
  readonly settled: number
  /** How many of them the sink has. */
  readonly delivered: number
  /** Uids of those that it will never take. */
  readonly dead: readonly string[]
  /** Events given up one after the other, up to the last of them. */
  readonly deadInARow: number
  /** How many events the next batch may have. */
  readonly size: number
  /** Why nothing more is to be sent now. */
  readonly stop: Trouble | undefined
}

/** @param deadInARow events given up one after the other before this batch. */
export function settle(judged: Judgement, part: readonly Outgoing[], deadInARow: number): Settled {
  const { length } = part
  const nothing = { settled: 0, delivered: 0, dead: [], deadInARow }
  switch (judged.outcome) {
    case 'done':
      return {
        ...nothing,
        settled: length,
        delivered: length,
        deadInARow: 0,
        // What comes after the event that was in the way is most likely good again.
        size: Math.min(BATCH_EVENTS, length * 2),
        stop: undefined,
      }
    case 'split':
      if (length > 1) return { ...nothing, size: Math.ceil(length / 2), stop: undefined }
      return oneByOne(part, new Set([0]), deadInARow, judged.why)
    case 'some': {
      const until = Math.min(length, ...judged.again)
      const all = oneByOne(part.slice(0, until), new Set(judged.refused), deadInARow, judged.why)
      return until < length ? { ...all, stop: judged.why } : all
    }
    case 'retry':
      break
  }
  return { ...nothing, size: length, stop: judged.why }
}

/** Events of which some are refused; stops where too many in a row were given up. */
function oneByOne(
  part: readonly Outgoing[],
  refused: ReadonlySet<number>,
  deadInARow: number,
  why: Trouble,
): Settled {
  const dead: string[] = []
  let row = deadInARow
  for (const [index, { uid }] of part.entries()) {
    if (refused.has(index)) {
      row += 1
      dead.push(uid)
      if (row >= DEAD_IN_A_ROW) return settledUpTo(index + 1, dead, row, why)
    } else row = 0
  }
  return settledUpTo(part.length, dead, row, undefined)
}

function settledUpTo(
  settled: number,
  dead: readonly string[],
  deadInARow: number,
  stop: Trouble | undefined,
): Settled {
  const size = dead.length === settled ? 1 : BATCH_EVENTS
  return { settled, delivered: settled - dead.length, dead, deadInARow, size, stop }
}
