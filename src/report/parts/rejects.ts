/** Orders and calls that were refused: by rule, and over time. */
import type { OrderEventRecord, OutcomeRecord } from '../../audit/record.ts'
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'
import { Tally, Timed } from '../tally.ts'
import { DAY_MS, day, instant, stepOf } from '../text.ts'

const ORDERS = 'rejects'
const DAYS = 'rejects-by-day'
const CALLS = 'calls-refused'

export const rejects: Part = {
  tables: [
    {
      id: ORDERS,
      title: 'Refused orders by rule',
      about: 'The code of the refusal, and whose limit it was.',
      columns: [
        { id: 'code', title: 'rule', kind: 'code' },
        { id: 'scope', title: 'limit of', kind: 'code' },
        { id: 'orders', title: 'orders', kind: 'number' },
        { id: 'first', title: 'first', kind: 'time' },
        { id: 'last', title: 'last', kind: 'time' },
      ],
    },
    {
      id: DAYS,
      title: 'Refused orders by day and rule',
      about: 'Days of UTC.',
      columns: [
        { id: 'day', title: 'day', kind: 'time' },
        { id: 'code', title: 'rule', kind: 'code' },
        { id: 'orders', title: 'orders', kind: 'number' },
      ],
    },
    {
      id: CALLS,
      title: 'Refused calls that would have changed something, by code',
      about:
        'Calls of the kinds order, cancel, account and withdrawal; one call can hold several orders.',
      columns: [
        { id: 'code', title: 'code', kind: 'code' },
        { id: 'calls', title: 'calls', kind: 'number' },
        { id: 'first', title: 'first', kind: 'time' },
        { id: 'last', title: 'last', kind: 'time' },
      ],
    },
  ],
  begin: (ports) => new Rejects(ports),
}

/** Between the parts of a name: in no code. */
const AND = '\u0000'

class Rejects implements Fold {
  readonly #ports: Ports
  readonly #rules = new Timed()
  readonly #codes = new Tally()
  readonly #days = new Tally()
  readonly #steps = new Map<number, number>()
  readonly #calls = new Timed()
  #orders = 0
  #callsRefused = 0

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ record, within }: Entry): void {
    if (!within) return
    if (record.type === 'order_event' && record.decision === 'refused') this.#order(record)
    if (record.type === 'outcome' && record.decision === 'refused') this.#outcome(record)
  }

  #order({ code, scope, atMs }: OrderEventRecord): void {
    this.#refused(code ?? 'without a code', scope ?? '', atMs, 1)
  }

  #outcome({ kind, code, status, atMs, refusedOrders = [] }: OutcomeRecord): void {
    if (kind === undefined || kind === 'read') return
    const name = code ?? `status ${status}`
    this.#callsRefused += 1
    this.#calls.add(name, atMs)
    if (refusedOrders.length > 0) this.#refused(name, 'the edge', atMs, refusedOrders.length)
  }

  #refused(code: string, scope: string, atMs: number, orders: number): void {
    this.#orders += orders
    this.#codes.add(code, orders)
    this.#rules.add(`${code}${AND}${scope}`, atMs, orders)
    this.#days.add(`${day(atMs)}${AND}${code}`, orders)
    const step = stepOf(atMs, DAY_MS)
    this.#steps.set(step, (this.#steps.get(step) ?? 0) + orders)
  }

  end(): Section {
    const { emit } = this.#ports
    for (const { name, count, firstMs, lastMs } of this.#rules.entries) {
      const [code, scope] = name.split(AND)
      const of = scope === '' ? undefined : scope
      emit(ORDERS, {
        code,
        scope: of,
        orders: count,
        first: instant(firstMs),
        last: instant(lastMs),
      })
    }
    for (const [name, orders] of this.#days.byName) {
      const [on, code] = name.split(AND)
      emit(DAYS, { day: on, code, orders })
    }
    for (const { name, count, firstMs, lastMs } of this.#calls.entries)
      emit(CALLS, { code: name, calls: count, first: instant(firstMs), last: instant(lastMs) })
    const points = [...this.#steps].map(([atMs, value]) => ({ atMs, value }))
    return {
      id: 'rejects',
      title: 'Rejects by rule',
      about: 'What was refused before it could reach the market.',
      figures: [
        figure('orders', 'orders refused', this.#orders),
        figure('rules', 'rules that refused', this.#codes.size),
        figure('calls', 'calls refused', this.#callsRefused),
      ],
      charts: [
        {
          kind: 'steps',
          id: 'rejects-over-time',
          title: 'Refused orders a day',
          unit: 'orders',
          stepMs: DAY_MS,
          points: points.toSorted((a, b) => a.atMs - b.atMs),
        },
        {
          kind: 'bars',
          id: 'rejects-by-rule',
          title: 'Refused orders by rule',
          unit: 'orders',
          bars: this.#codes.entries,
        },
      ],
      tables: [ORDERS, DAYS, CALLS],
    }
  }
}
