/** What the log itself says is missing, or was given twice. */
import type { AuditRecord } from '../../audit/record.ts'
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'
import { Tally } from '../tally.ts'
import { instant } from '../text.ts'

const GAPS = 'gaps'

export const gaps: Part = {
  tables: [
    {
      id: GAPS,
      title: 'Gaps, and numbers given twice',
      about: 'Of each: the numbers, and why.',
      columns: [
        { id: 'leaf', title: 'leaf', kind: 'number' },
        { id: 'at', title: 'when', kind: 'time' },
        { id: 'of', title: 'of', kind: 'code' },
        { id: 'first', title: 'from number', kind: 'number' },
        { id: 'last', title: 'to number', kind: 'number' },
        { id: 'cause', title: 'why' },
      ],
    },
  ],
  begin: (ports) => new Gaps(ports),
}

class Gaps implements Fold {
  readonly #ports: Ports
  readonly #causes = new Tally()
  #numbers = 0

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ index, record, within }: Entry): void {
    if (!within) return
    if (record.type === 'gap') {
      this.#numbers += record.last - record.first + 1
      const { first, last, cause } = record
      this.#note(index, record, { first, last, cause })
    }
    if (record.type === 'fork') {
      const { number } = record
      this.#note(index, record, { first: number, last: number, cause: 'given twice' })
    }
  }

  #note(
    index: number,
    record: AuditRecord & { readonly type: 'gap' | 'fork' },
    {
      first,
      last,
      cause,
    }: { readonly first: number; readonly last: number; readonly cause: string },
  ): void {
    this.#causes.add(cause)
    const { atMs, keyId, subject } = record
    const of = subject === undefined ? keyId && `key ${keyId}` : `${subject.type} ${subject.id}`
    this.#ports.emit(GAPS, { leaf: index, at: instant(atMs), of, first, last, cause })
  }

  end(): Section {
    return {
      id: 'gaps',
      title: 'What is not in the record',
      about:
        'Numbers of which nothing, or not everything, is known. A restart gives up numbers that were reserved; those of ' +
        'them that were used are in the log.',
      figures: [
        figure('restart', 'gaps of a restart', this.#causes.of('restart')),
        figure('not-received', 'gaps of what never arrived', this.#causes.of('not-received')),
        figure('unreadable', 'gaps of what could not be read', this.#causes.of('unreadable')),
        figure('numbers', 'numbers in gaps', this.#numbers),
        figure('twice', 'numbers given twice', this.#causes.of('given twice')),
      ],
      charts: [],
      tables: [GAPS],
    }
  }
}
