/** Which orders the gateway saw, and which control looked at how many of them. */
import type { AuditRecord, OrderEventRecord } from '../../audit/record.ts'
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'
import { Tally } from '../tally.ts'

const EVENTS = 'order-events'
const CONTROLS = 'controls'

export const coverage: Part = {
  tables: [
    {
      id: EVENTS,
      title: 'Orders by what happened and how it was decided',
      about: 'Events as RTS 24 names them: new, replaced, cancelled, or told by the broker.',
      columns: [
        { id: 'event', title: 'event' },
        { id: 'decision', title: 'decision' },
        { id: 'events', title: 'events', kind: 'number' },
      ],
    },
    {
      id: CONTROLS,
      title: 'What looked at how many orders',
      about:
        'New and replaced orders that name the limits, or the price, that they were judged by. An order that was ' +
        'refused at the edge never came to an account’s limits.',
      columns: [
        { id: 'control', title: 'control' },
        { id: 'judged', title: 'orders judged', kind: 'number' },
        { id: 'notJudged', title: 'accepted without', kind: 'number' },
        { id: 'refused', title: 'refused by it', kind: 'number' },
      ],
    },
  ],
  begin: (ports) => new Coverage(ports),
}

const JUDGES = {
  'limits of the account': 'limitsRevision',
  'limits of the firm': 'firmRevision',
  'reference price': 'referencePrice',
} as const satisfies Record<string, keyof OrderEventRecord>

class Coverage implements Fold {
  readonly #ports: Ports
  readonly #events = new Tally()
  readonly #judged = new Tally()
  readonly #without = new Tally()
  readonly #refused = new Tally()
  #orders = 0
  #atEdge = 0
  #forwarded = 0

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ record, within }: Entry): void {
    if (!within) return
    if (record.type === 'order_event') this.#order(record)
    if (record.type === 'outcome') this.#outcome(record)
  }

  #order(record: OrderEventRecord): void {
    const { event, decision, code } = record
    this.#events.add(`${event} ${decision}`)
    if (decision === 'reported') return
    if (decision === 'refused') this.#refused.add(code ?? 'without a code')
    if (event !== 'NEWO' && event !== 'REME') return
    this.#orders += 1
    for (const [name, member] of Object.entries(JUDGES)) {
      if (record[member] !== undefined) this.#judged.add(name)
      else if (decision === 'accepted') this.#without.add(name)
    }
  }

  #outcome({ kind, decision, refusedOrders = [] }: AuditRecord & { readonly type: 'outcome' }) {
    if (kind === 'order' && decision === 'forwarded') this.#forwarded += 1
    this.#atEdge += refusedOrders.length
    for (const { event } of refusedOrders) this.#events.add(`${event} refused at the edge`)
  }

  end(): Section {
    const { emit } = this.#ports
    for (const [name, events] of this.#events.byName) {
      const [event = '', ...decision] = name.split(' ')
      emit(EVENTS, { event, decision: decision.join(' '), events })
    }
    for (const control of Object.keys(JUDGES))
      emit(CONTROLS, {
        control,
        judged: this.#judged.of(control),
        notJudged: this.#without.of(control),
      })
    for (const [control, refused] of this.#refused.entries) emit(CONTROLS, { control, refused })
    emit(CONTROLS, { control: 'refused before an account’s limits', refused: this.#atEdge })
    return {
      id: 'coverage',
      title: 'Coverage: which control saw how many orders',
      about:
        'Counted from the order record: one event for each order that was made, changed, cancelled or refused. How ' +
        'often a rule let an order pass is not recorded; how many orders were judged by which limits is. A call counts ' +
        'as forwarded once its end is recorded, an answer or that none came in time; what was admitted and has no end ' +
        'yet is among the unknown outcomes.',
      figures: [
        figure('events', 'order events', this.#events.sum),
        figure('orders', 'new and replaced orders', this.#orders),
        figure('refused', 'orders refused by limits', this.#refused.sum),
        figure('refused-at-edge', 'orders refused before that', this.#atEdge),
        figure('forwarded-calls', 'order calls forwarded whose end is recorded', this.#forwarded),
      ],
      charts: [],
      tables: [EVENTS, CONTROLS],
    }
  }
}
