/** What the gateway saw of an order that bears on its execution: when it came, at which price, and how long each way took. */
import type { OutcomeRecord } from '../audit/record.ts'
import { Durations } from './durations.ts'
import { knownOf, receiptMs, recordRow } from './order-fields.ts'
import { OrderJoin, type JoinedOrder } from './order-join.ts'
import {
  figure,
  type Column,
  type Entry,
  type Fold,
  type Part,
  type Ports,
  type Row,
  type Section,
} from './report.ts'
import { rounded } from './text.ts'

const ORDERS = 'execution-evidence'
const LATENCIES = 'latencies'

/** The client's instructions, by their fields. */
const INSTRUCTIONS = [
  'symbol',
  'buySell',
  'orderType',
  'initialQuantity',
  'quoteQuantity',
  'limitPrice',
  'stopPrice',
  'validityPeriod',
  'passiveOnly',
] as const

/** Of what is recorded of an order: what bears on its execution. */
const RECORDED: readonly Column[] = [
  { id: 'leaf', title: 'leaf', kind: 'number' },
  { id: 'edgeReceipt', title: 'arrived', kind: 'instant' },
  { id: 'account', title: 'account', kind: 'code' },
  { id: 'decision', title: 'decision' },
  { id: 'code', title: 'refused by', kind: 'code' },
  { id: 'referencePrice', title: 'reference price on arrival', kind: 'number' },
  { id: 'referenceAgeMs', title: 'its age, ms', kind: 'number' },
  { id: 'sentToOrigin', title: 't1 sent', kind: 'instant', apart: true },
  { id: 'originReceipt', title: 't2 received there', kind: 'instant', apart: true },
  { id: 'originSent', title: 't3 sent there', kind: 'instant', apart: true },
  { id: 'answered', title: 't4 answered', kind: 'instant', apart: true },
  { id: 'clockLowMs', title: 'clocks differ by at least, ms', kind: 'number', apart: true },
  { id: 'clockHighMs', title: 'at most, ms', kind: 'number', apart: true },
  { id: 'originOrderId', title: 'order id of the origin', kind: 'code', apart: true },
  { id: 'originStatus', title: 'answer' },
  { id: 'originFilled', title: 'filled, says the answer', kind: 'number' },
  { id: 'requestId', title: 'request', kind: 'code', apart: true },
]

/** Durations by one clock alone: nothing has to be known of how the clocks differ. */
const DURATIONS = {
  gatewayMs: 'in the gateway before it was sent',
  roundTripMs: 'from sending to the answer (t4 − t1)',
  originMs: 'at the origin (t3 − t2)',
  wayMs: 'on the way, there and back',
} as const
type Duration = keyof typeof DURATIONS

const NAMES = Object.keys(DURATIONS).filter((name): name is Duration =>
  Object.hasOwn(DURATIONS, name),
)

export const executionEvidence: Part = {
  tables: [
    {
      id: ORDERS,
      title: 'Orders',
      about: 'New and replaced orders. Fields are as the client or the gateway told them.',
      columns: [
        ...RECORDED,
        ...INSTRUCTIONS.map((id) => ({ id, title: id, kind: 'code' }) as const),
        ...NAMES.map((id) => ({ id, title: `${DURATIONS[id]}, ms`, kind: 'number' }) as const),
      ],
    },
    {
      id: LATENCIES,
      title: 'How long it took',
      about: 'In whole milliseconds, of the orders of which it is recorded.',
      columns: [
        { id: 'what', title: 'time' },
        { id: 'orders', title: 'orders', kind: 'number' },
        { id: 'median', title: 'median', kind: 'number' },
        { id: 'p95', title: '95 in 100', kind: 'number' },
        { id: 'p99', title: '99 in 100', kind: 'number' },
        { id: 'most', title: 'longest', kind: 'number' },
      ],
    },
  ],
  begin: (ports) => new Evidence(ports),
}

class Evidence implements Fold {
  readonly #ports: Ports
  readonly #join: OrderJoin
  readonly #durations = new Map(NAMES.map((name) => [name, new Durations()]))
  #orders = 0
  #priced = 0
  #answered = 0

  constructor(ports: Ports) {
    this.#ports = ports
    this.#join = new OrderJoin(ports)
  }

  take(entry: Entry): void {
    this.#join.take(entry)
  }

  #order(order: JoinedOrder): void {
    this.#orders += 1
    const times = timesOf(receiptMs(order), order.outcome?.origin)
    for (const name of NAMES) {
      const ms = times[name]
      if (ms !== undefined) this.#durations.get(name)?.add(ms)
    }
    const recorded = recordRow(order)
    if (order.record?.referencePrice !== undefined) this.#priced += 1
    if (order.outcome?.origin !== undefined) this.#answered += 1
    const cells = RECORDED.map(({ id }): readonly [string, Row[string]] => [id, recorded[id]])
    const fields = INSTRUCTIONS.map((name) => [name, knownOf(name, order)[0]] as const)
    const spans = NAMES.map((name) => [name, rounded(times[name])] as const)
    this.#ports.emit(ORDERS, Object.fromEntries([...cells, ...fields, ...spans]))
  }

  end(): Section {
    for (const order of this.#join.orders())
      if (order.event === 'NEWO' || order.event === 'REME') this.#order(order)
    for (const [name, durations] of this.#durations) {
      const [median, p95, p99, most] = [0.5, 0.95, 0.99, 1].map((share) =>
        durations.quantile(share),
      )
      const [what, orders] = [DURATIONS[name], durations.count]
      this.#ports.emit(LATENCIES, { what, orders, median, p95, p99, most })
    }
    return {
      id: 'execution',
      title: 'Evidence for the review of execution quality',
      about:
        'What a review of execution quality can rest on, as far as it is visible at the edge. Where, when and at which ' +
        'price an order was executed is known at the venue and the broker, and not here.',
      figures: [
        figure('orders', 'new and replaced orders', this.#orders),
        figure('priced', 'with a reference price on arrival', this.#priced),
        figure('answered', 'with the origin’s answer', this.#answered),
      ],
      charts: [],
      tables: [LATENCIES, ORDERS],
    }
  }
}

/** What can be said by one clock alone, of what was recorded. */
function timesOf(
  receivedAtMs: number | undefined,
  origin: OutcomeRecord['origin'],
): Readonly<Partial<Record<Duration, number>>> {
  if (origin === undefined) return {}
  const { sentAtMs, answeredAtMs, receivedThereMs, sentThereMs } = origin
  const before = receivedAtMs === undefined ? {} : { gatewayMs: sentAtMs - receivedAtMs }
  if (answeredAtMs === undefined) return before
  const roundTripMs = answeredAtMs - sentAtMs
  if (receivedThereMs === undefined || sentThereMs === undefined) return { ...before, roundTripMs }
  const originMs = sentThereMs - receivedThereMs
  return { ...before, roundTripMs, originMs, wayMs: roundTripMs - originMs }
}
