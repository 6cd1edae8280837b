/** How many messages came at once: what a stress test has to double. */
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'
import { Rates } from '../rates.ts'
import { day, instant } from '../text.ts'

const DAYS = 'messages-by-day'

export const peaks: Part = {
  tables: [
    {
      id: DAYS,
      title: 'Messages by day',
      about:
        'Orders, changes and cancels, whether accepted or refused; days, minutes and seconds of UTC.',
      columns: [
        { id: 'day', title: 'day', kind: 'time' },
        { id: 'messages', title: 'messages', kind: 'number' },
        { id: 'second', title: 'most in a second', kind: 'number' },
        { id: 'secondAt', title: 'when', kind: 'time' },
        { id: 'minute', title: 'most in a minute', kind: 'number' },
        { id: 'minuteAt', title: 'when', kind: 'time' },
      ],
    },
  ],
  begin: (ports) => new Peaks(ports),
}

/** RTS 6 Art 10: twice the highest number of messages in the last six months. */
const STRESS = 2

class Peaks implements Fold {
  readonly #ports: Ports
  readonly #rates = new Rates()
  #messages = 0
  #withAlgorithm = 0
  #withDecisionMaker = 0

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ record, within }: Entry): void {
    if (!within) return
    if (record.type === 'outcome')
      for (const { fields } of record.refusedOrders ?? [])
        this.#message(record.receivedAtMs ?? record.atMs, fields)
    if (record.type === 'order_event' && record.decision !== 'reported')
      this.#message(record.receivedAtMs ?? record.atMs, record.fields)
  }

  #message(atMs: number, fields: { investmentDecision?: unknown; executionWithinFirm?: unknown }) {
    this.#messages += 1
    this.#rates.add(atMs)
    if (fields.investmentDecision !== undefined) this.#withAlgorithm += 1
    if (fields.executionWithinFirm !== undefined) this.#withDecisionMaker += 1
  }

  end(): Section {
    const { busiestSecond: second, busiestMinute: minute, days } = this.#rates
    for (const one of days)
      this.#ports.emit(DAYS, {
        day: day(one.atMs),
        messages: one.count,
        second: one.second.count,
        secondAt: instant(one.second.atMs),
        minute: one.minute.count,
        minuteAt: instant(one.minute.atMs),
      })
    return {
      id: 'peaks',
      title: 'Messages at their peak',
      about:
        'RTS 6 Art 10 has a stress test run with twice the messages of the busiest time of the last six months. This ' +
        'counts those that came to the gateway in the period: what went another way is not in it.',
      figures: [
        figure('messages', 'messages', this.#messages),
        figure('second', 'most in a second', second?.count),
        figure('second-at', 'when', instant(second?.atMs)),
        figure('minute', 'most in a minute', minute?.count),
        figure('minute-at', 'when', instant(minute?.atMs)),
        figure('stress-second', 'twice that, in a second', second && STRESS * second.count),
        figure('stress-minute', 'twice that, in a minute', minute && STRESS * minute.count),
        figure('with-algorithm', 'messages that name who decided (field 4)', this.#withAlgorithm),
        figure(
          'with-execution',
          'messages that name who executes (field 5)',
          this.#withDecisionMaker,
        ),
        figure('days', 'days with messages', days.length),
      ],
      charts: [
        {
          kind: 'steps',
          id: 'peaks-over-time',
          title: 'Most messages in a second, by day',
          unit: 'messages',
          stepMs: 86_400_000,
          points: days.map(({ atMs, second: one }) => ({ atMs, value: one.count })),
        },
      ],
      tables: [DAYS],
    }
  }
}
