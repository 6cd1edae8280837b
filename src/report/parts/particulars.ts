/** Whether records hold what an event has to say of itself: who, what, when, with which result, from where, of what. */
import type { OutcomeRecord } from '../../audit/record.ts'
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'
import { Tally } from '../tally.ts'

const PARTICULARS = 'particulars'

/** PCI DSS 10.2.2, and the member that says it. */
const MEMBERS: Readonly<Record<string, (record: OutcomeRecord) => boolean>> = {
  'user identification': ({ user, keyId }) => user !== undefined || keyId !== undefined,
  'type of event': ({ operation, route }) => operation !== undefined || route !== undefined,
  'date and time': () => true,
  'success or failure': () => true,
  'origination of event': ({ address }) => address !== undefined,
  'identity of what was affected': ({ route, account }) =>
    route !== undefined || account !== undefined,
}

export const particulars: Part = {
  tables: [
    {
      id: PARTICULARS,
      title: 'What the records of calls say',
      about:
        'Calls of strangers name nobody: who they are was never proved. Those of many are counted by network.',
      columns: [
        { id: 'particular', title: 'particular' },
        { id: 'recorded', title: 'calls with it', kind: 'number' },
        { id: 'missing', title: 'known callers without it', kind: 'number' },
        { id: 'strangers', title: 'strangers without it', kind: 'number' },
      ],
    },
  ],
  begin: (ports) => new Particulars(ports),
}

class Particulars implements Fold {
  readonly #ports: Ports
  readonly #recorded = new Tally()
  readonly #missing = new Tally()
  readonly #strangers = new Tally()
  #calls = 0
  #counted = 0

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ record, within }: Entry): void {
    if (!within) return
    if (record.type === 'strangers') this.#counted += record.count
    if (record.type !== 'outcome') return
    this.#calls += 1
    for (const [name, says] of Object.entries(MEMBERS)) {
      const isKnown = record.keyId !== undefined
      const counts = says(record) ? this.#recorded : isKnown ? this.#missing : this.#strangers
      counts.add(name)
    }
  }

  end(): Section {
    for (const particular of Object.keys(MEMBERS))
      this.#ports.emit(PARTICULARS, {
        particular,
        recorded: this.#recorded.of(particular),
        missing: this.#missing.of(particular),
        strangers: this.#strangers.of(particular),
      })
    return {
      id: 'particulars',
      title: '10.2.2: what each event says of itself',
      about: 'Counted over every recorded call.',
      figures: [
        figure('calls', 'calls recorded one by one', this.#calls),
        figure('strangers', 'calls of strangers that were counted', this.#counted),
        figure('missing', 'particulars missing of known callers', this.#missing.sum),
      ],
      charts: [],
      tables: [PARTICULARS],
    }
  }
}
