/** Populations of calls, counted by a name: too many to be listed, and each of them a leaf that can be looked up. */
import type { AuditRecord, StrangersRecord } from '../../audit/record.ts'
import { figure, type Entry, type Fold, type Part, type Ports } from '../report.ts'
import { Span, Tally, Timed } from '../tally.ts'
import { instant } from '../text.ts'

type Counted = readonly [name: string, count: number]

export interface Counting {
  readonly id: string
  readonly title: string
  readonly about: string
  /** What the names are of: one, and several. */
  readonly of: readonly [one: string, several: string]
  /** Under which names a record counts, and how often; none where it is not of the population. */
  readonly names: (record: AuditRecord) => readonly Counted[]
}

export function countedCalls(counting: Counting): Part {
  const { id, title, of } = counting
  return {
    tables: [
      {
        id,
        title,
        about: 'Counted over the whole period; each call is in the log by its own record.',
        columns: [
          { id: 'name', title: of[0], kind: 'code' },
          { id: 'count', title: 'calls', kind: 'number' },
          { id: 'first', title: 'first', kind: 'time' },
          { id: 'last', title: 'last', kind: 'time' },
        ],
      },
    ],
    begin: (ports) => foldOf(ports, counting),
  }
}

function foldOf({ emit }: Ports, { id, title, about, of, names }: Counting): Fold {
  const counts = new Timed()
  const leaves = new Span()
  const total = new Tally()
  return {
    take({ index, record, within }: Entry) {
      if (!within) return
      for (const [name, count] of names(record)) {
        counts.add(name, record.atMs, count)
        total.add('calls', count)
        leaves.take(index)
      }
    },
    end() {
      const { entries } = counts
      for (const { name, count, firstMs, lastMs } of entries)
        emit(id, { name, count, first: instant(firstMs), last: instant(lastMs) })
      return {
        id,
        title,
        about,
        figures: [
          figure('calls', 'calls', total.sum),
          figure('names', `different ${of[1]}`, entries.length),
          figure('first-leaf', 'first leaf', leaves.firstMs),
          figure('last-leaf', 'last leaf', leaves.lastMs),
        ],
        charts: [],
        tables: [id],
      }
    },
  }
}

export function once(name: string | undefined): readonly Counted[] {
  return name === undefined ? [] : [[name, 1]]
}

/** Refusals for want of a proof of who calls, or of a right: by code. Strangers too many to record count, too. */
export function deniedBy(codes: ReadonlySet<string>): (record: AuditRecord) => readonly Counted[] {
  return (record) => {
    if (record.type === 'strangers') return endsOf(record, codes)
    if (record.type !== 'outcome' || record.decision !== 'refused') return []
    const { code } = record
    return code !== undefined && codes.has(code) ? [[code, 1]] : []
  }
}

function endsOf({ ends }: StrangersRecord, codes: ReadonlySet<string>): readonly Counted[] {
  return Object.entries(ends).filter(([code]) => codes.has(code))
}

/** Of what this log holds nothing: said, so that nobody takes silence for an answer. */
export function notRecorded(
  id: string,
  title: string,
  about: string,
  figures: Readonly<Record<string, string>>,
): Part {
  const section = {
    id,
    title,
    about,
    figures: Object.entries(figures).map(([name, text]) => figure(name, text, null)),
    charts: [],
    tables: [],
  }
  return { tables: [], begin: () => ({ take: () => undefined, end: () => section }) }
}
