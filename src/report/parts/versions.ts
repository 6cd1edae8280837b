/** Which program judged by which policy, and when: what was in force, as each record says it. */
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'
import { Timed } from '../tally.ts'
import { instant } from '../text.ts'

const VERSIONS = 'versions'
const AND = '\u0000'

export const versions: Part = {
  tables: [
    {
      id: VERSIONS,
      title: 'Programs and policies that judged',
      about: 'The version of the deployed worker, and the first half of the SHA-256 of its policy.',
      columns: [
        { id: 'worker', title: 'worker', kind: 'code' },
        { id: 'policy', title: 'policy', kind: 'code' },
        { id: 'first', title: 'first call', kind: 'time' },
        { id: 'last', title: 'last call', kind: 'time' },
        { id: 'calls', title: 'calls', kind: 'number' },
        { id: 'commit', title: 'commit' },
        { id: 'approval', title: 'approval' },
      ],
    },
  ],
  begin: (ports) => new Versions(ports),
}

class Versions implements Fold {
  readonly #ports: Ports
  readonly #pairs = new Timed()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ record, within }: Entry): void {
    if (!within || record.type !== 'outcome') return
    this.#pairs.add(`${record.worker ?? ''}${AND}${record.policy ?? ''}`, record.atMs)
  }

  end(): Section {
    const pairs = this.#pairs.entries.map((entry) => {
      const [worker = '', policy = ''] = entry.name.split(AND)
      return { ...entry, worker: worker || undefined, policy: policy || undefined }
    })
    for (const { worker, policy, count, firstMs, lastMs } of pairs)
      this.#ports.emit(VERSIONS, {
        worker,
        policy,
        calls: count,
        first: instant(firstMs),
        last: instant(lastMs),
      })
    const different = (member: 'worker' | 'policy') =>
      new Set(pairs.flatMap((pair) => pair[member] ?? [])).size
    return {
      id: 'versions',
      title: 'CC6.8, CC8.1: deployed programs and policies',
      about:
        'The population of deploys as the log shows it. Which commit a version was built of, and who approved it, the ' +
        'log does not hold: bring the deployment’s own records.',
      figures: [
        figure('workers', 'worker versions', different('worker')),
        figure('policies', 'policies', different('policy')),
        figure('commits', 'commits', null),
        figure('approvals', 'approvals', null),
      ],
      charts: [],
      tables: [VERSIONS],
    }
  }
}
