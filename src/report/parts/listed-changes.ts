/** Changes of some kinds, listed as they are: several parts of reports are no more than that. */
import type { ChangeRecord } from '../../audit/record.ts'
import { CHANGE_COLUMNS, changeRow } from '../change-row.ts'
import { figure, type Entry, type Figure, type Fold, type Part, type Ports } from '../report.ts'
import { Tally } from '../tally.ts'

export interface Listing {
  readonly id: string
  readonly title: string
  readonly about: string
  readonly is: (record: ChangeRecord) => boolean
  /** Figures of what was counted by the word that a change is called. */
  readonly figures: (counts: Tally) => readonly Figure[]
}

export function listedChanges({ id, title, about, is, figures }: Listing): Part {
  return {
    tables: [{ id, title, about: 'As recorded when they were made.', columns: CHANGE_COLUMNS }],
    begin: (ports) => foldOf(ports, { id, title, about, is, figures }),
  }
}

function foldOf(ports: Ports, { id, title, about, is, figures }: Listing): Fold {
  const counts = new Tally()
  return {
    take({ index, record, within }: Entry) {
      if (!within || record.type !== 'change' || !is(record)) return
      counts.add(record.what)
      ports.emit(id, changeRow(index, record))
    },
    end: () => ({ id, title, about, figures: figures(counts), charts: [], tables: [id] }),
  }
}

/** What switches an account or the firm off and on again. */
export const latches = listedChanges({
  id: 'latches',
  title: 'Latches, releases and halts',
  about:
    'What switched an account or the firm off, by itself or by a person, and who released it. RTS 6 Art 15(3): it stays ' +
    'off until a designated person switches it on.',
  is: ({ what }) => what === 'risk.latched' || what === 'risk.released' || what === 'risk.halts',
  figures: (counts) => [
    figure('latched', 'latched', counts.of('risk.latched')),
    figure('released', 'released', counts.of('risk.released')),
    figure('halts', 'changes of the firm’s halts', counts.of('risk.halts')),
  ],
})

/** Drills and trips of the kill switch: a period without any is one of which nothing is recorded. */
export const kills = listedChanges({
  id: 'kills',
  title: 'Kill switch: trips and drills',
  about:
    'Records whose name begins with “kill.” or “drill.”. Where there are none, nothing was recorded: that is not a ' +
    'drill that went well.',
  is: ({ what }) => what.startsWith('kill.') || what.startsWith('drill.'),
  figures: (counts) => {
    const drills = counts.entries.filter(([what]) => what.includes('drill'))
    const count = drills.reduce((sum, [, one]) => sum + one, 0)
    return [
      figure('kills', 'trips and releases', counts.sum === count ? null : counts.sum - count),
      figure('drills', 'drills', count === 0 ? null : count),
    ]
  },
})
