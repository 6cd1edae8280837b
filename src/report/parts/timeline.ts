/** Which days have records, and which have none: how much time a log covers, and where it is silent. */
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'
import { DAY_MS, day, stepOf } from '../text.ts'

const DAYS = 'days'

export const timeline: Part = {
  tables: [
    {
      id: DAYS,
      title: 'Records by day',
      about: 'Every day of UTC from the first record to the last, those without a record too.',
      columns: [
        { id: 'day', title: 'day', kind: 'time' },
        { id: 'records', title: 'records', kind: 'number' },
        { id: 'calls', title: 'calls', kind: 'number' },
        { id: 'failed', title: 'calls that failed (5xx)', kind: 'number' },
      ],
    },
  ],
  begin: (ports) => new Timeline(ports),
}

/** Of a longer time, which no log has unless a clock was wrong, only the days with records are listed. */
const MOST_DAYS = 3_660

interface Day {
  records: number
  calls: number
  failed: number
}

class Timeline implements Fold {
  readonly #ports: Ports
  readonly #days = new Map<number, Day>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ record, within }: Entry): void {
    if (!within) return
    const step = stepOf(record.atMs, DAY_MS)
    const one = this.#days.get(step) ?? { records: 0, calls: 0, failed: 0 }
    this.#days.set(step, one)
    one.records += 1
    if (record.type !== 'outcome') return
    one.calls += 1
    if (record.status >= 500) one.failed += 1
  }

  end(): Section {
    const known = [...this.#days].toSorted(([a], [b]) => a - b)
    const [first, last] = [known[0]?.[0], known.at(-1)?.[0]]
    let silent = 0
    if (first !== undefined && last !== undefined)
      for (const step of last - first > MOST_DAYS * DAY_MS
        ? this.#days.keys()
        : daysOf(first, last)) {
        const one = this.#days.get(step)
        if (one === undefined) silent += 1
        this.#ports.emit(DAYS, { day: day(step), ...(one ?? { records: 0, calls: 0, failed: 0 }) })
      }
    const sum = (member: keyof Day) => known.reduce((total, [, one]) => total + one[member], 0)
    const [calls, failed] = [sum('calls'), sum('failed')]
    return {
      id: 'timeline',
      title: 'Time that the records cover',
      about:
        'A day without a record is one on which nobody called, or on which nothing was recorded: the log cannot tell ' +
        'which. How long records are kept, the policy says.',
      figures: [
        figure('first', 'first day', first === undefined ? undefined : day(first)),
        figure('last', 'last day', last === undefined ? undefined : day(last)),
        figure('days', 'days with records', known.length),
        figure('silent', 'days without, in between', silent),
        figure('calls', 'calls', calls),
        figure('failed', 'calls that failed (5xx)', failed),
        figure(
          'share',
          'calls that did not fail, in 100',
          calls === 0 ? null : share(calls, failed),
        ),
      ],
      charts: [
        {
          kind: 'steps',
          id: 'records-over-time',
          title: 'Records a day',
          unit: 'records',
          stepMs: DAY_MS,
          points: known.map(([atMs, { records }]) => ({ atMs, value: records })),
        },
      ],
      tables: [DAYS],
    }
  }
}

function* daysOf(first: number, last: number): Generator<number> {
  for (let step = first; step <= last; step += DAY_MS) yield step
}

/** Rounded down: a failure must not vanish in a round hundred. */
function share(calls: number, failed: number): number {
  return Math.floor((100_000 * (calls - failed)) / calls) / 1_000
}
