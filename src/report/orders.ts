/** The order record, order by order: in the fields of RTS 24, or in the list of Annex IV of Delegated Regulation 2017/565. */
import type { OrderField, OwnField } from '../risk/order-event.ts'
import {
  FIELD_COLUMNS,
  fieldsRow,
  knownOf,
  RECORD_COLUMNS,
  recordRow,
  type Known,
} from './order-fields.ts'
import { answeredOf, OrderJoin, type JoinedOrder } from './order-join.ts'
import {
  figure,
  UNKNOWN,
  type Column,
  type Entry,
  type Fold,
  type Part,
  type Ports,
  type Row,
  type Section,
  type Table,
} from './report.ts'
import { Tally } from './tally.ts'
import { DAY_MS, stepOf } from './text.ts'

const WITHOUT: Table = {
  id: 'calls-without-order',
  title: 'Calls for orders without an order event',
  about: 'Forwarded to the broker, with no record of the order that was in them.',
  columns: [
    { id: 'leaf', title: 'leaf', kind: 'number' },
    { id: 'at', title: 'when', kind: 'time' },
    { id: 'requestId', title: 'request', kind: 'code' },
    { id: 'account', title: 'account', kind: 'code' },
    { id: 'keyId', title: 'key', kind: 'code' },
    { id: 'route', title: 'route' },
    { id: 'status', title: 'status', kind: 'number' },
  ],
}

export interface Extract {
  readonly table: Table
  readonly title: string
  readonly about: string
  readonly rowOf: (order: JoinedOrder) => Row
}

export function orderExtract(extract: Extract): Part {
  return {
    tables: [extract.table, WITHOUT],
    begin: (ports) => new OrderRecord(ports, extract),
  }
}

const SOURCES = ['gateway', 'client', 'origin', UNKNOWN] as const

class OrderRecord implements Fold {
  readonly #ports: Ports
  readonly #extract: Extract
  readonly #join: OrderJoin
  readonly #decisions = new Tally()
  readonly #sources = new Tally()
  readonly #steps = new Map<number, number>()
  #orders = 0
  #bothTimes = 0
  #bounded = 0
  #unhashed = 0
  #unended = 0
  #answered = 0

  constructor(ports: Ports, extract: Extract) {
    this.#ports = ports
    this.#extract = extract
    this.#join = new OrderJoin(ports)
  }

  take(entry: Entry): void {
    this.#join.take(entry)
  }

  #count(order: JoinedOrder): void {
    const { record, outcome } = order
    this.#orders += 1
    this.#decisions.add(record?.decision ?? 'refused at the edge')
    const atMs = record?.atMs ?? outcome?.atMs
    if (atMs !== undefined) {
      const step = stepOf(atMs, DAY_MS)
      this.#steps.set(step, (this.#steps.get(step) ?? 0) + 1)
    }
    if (record?.decision === 'reported') return
    if (record?.bodyHash === undefined) this.#unhashed += 1
    if (answeredOf(order) !== undefined) this.#answered += 1
    const origin = outcome?.origin
    if (origin?.clock !== undefined) this.#bounded += 1
    if (origin?.receivedThereMs !== undefined && record?.receivedAtMs !== undefined)
      this.#bothTimes += 1
    if (outcome === undefined && !order.isLost) this.#unended += 1
  }

  end(): Section {
    const { table, title, about, rowOf } = this.#extract
    for (const order of this.#join.orders()) {
      this.#count(order)
      const row = rowOf(order)
      for (const [name, cell] of Object.entries(row))
        if (name.endsWith('Source') && typeof cell === 'string') this.#sources.add(cell)
      this.#ports.emit(table.id, row)
    }
    let without = 0
    for (const row of this.#join.withoutOrder()) {
      without += 1
      this.#ports.emit(WITHOUT.id, row)
    }
    const points = [...this.#steps].map(([atMs, value]) => ({ atMs, value }))
    return {
      id: 'orders',
      title,
      about,
      figures: this.#figures(without),
      charts: [
        {
          kind: 'steps',
          id: 'orders-over-time',
          title: 'Events of orders a day',
          unit: 'events',
          stepMs: DAY_MS,
          points: points.toSorted((a, b) => a.atMs - b.atMs),
        },
        {
          kind: 'bars',
          id: 'fields-by-source',
          title: 'Fields by who knows them',
          unit: 'fields',
          bars: SOURCES.map((source) => [source, this.#sources.of(source)] as const),
        },
      ],
      tables: [table.id, WITHOUT.id],
    }
  }

  #figures(without: number) {
    const refused = this.#decisions.of('refused') + this.#decisions.of('refused at the edge')
    return [
      figure('events', 'events of orders', this.#orders),
      figure('accepted', 'accepted', this.#decisions.of('accepted')),
      figure('refused', 'refused by the gateway', refused),
      figure('reported', 'reported by the broker', this.#decisions.of('reported')),
      figure('both-times', 'with both times of receipt', this.#bothTimes),
      figure('bounded', 'with a bound of the clocks', this.#bounded),
      figure('answered', 'of which the broker’s answer tells', this.#answered),
      figure('without-hash', 'without a hash of the body', this.#unhashed),
      figure('without-end', 'whose call has no end in the log', this.#unended),
      figure('calls-without-order', 'order calls without an order event', without),
    ]
  }
}

export const rts24 = orderExtract({
  title: 'The order record',
  about:
    'One row for each event of an order, refusals by the gateway among them, in the 51 fields of RTS 24 (Delegated ' +
    'Regulation (EU) 2017/580, Annex, Table 2). Each field stands beside who knows it; what nobody told is unknown.',
  table: {
    id: 'orders',
    title: 'Orders',
    about: 'Times are UTC: at the edge by the gateway’s clock, at the origin by the origin’s.',
    columns: [...RECORD_COLUMNS, ...FIELD_COLUMNS],
  },
  rowOf: (order) => ({ ...recordRow(order), ...fieldsRow(order) }),
})

/** Annex IV, section 1, of Delegated Regulation (EU) 2017/565: item, and the field that says it. */
const ANNEX_4 = {
  client: ['1 client, name and designation', 'clientIdentification'],
  actingPerson: ['2 person acting for the client', undefined],
  trader: ['3 trader', 'executionWithinFirm'],
  algorithm: ['4 algorithm', 'investmentDecision'],
  buySell: ['5 buy or sell', 'buySell'],
  instrument: ['6 instrument', 'instrument'],
  priceNotation: ['7 price notation', 'priceNotation'],
  price: ['8 price', 'limitPrice'],
  multiplier: ['9 price multiplier', undefined],
  currency1: ['10 currency 1', 'priceCurrency'],
  currency2: ['11 currency 2', 'leg2Currency'],
  quantity: ['12 initial quantity', 'initialQuantity'],
  quantityNotation: ['12 quantity notation', 'quantityNotation'],
  validity: ['13 validity period', 'validityPeriod'],
  type: ['14 type of order', 'orderType'],
  instructions: ['15 other instructions', 'orderRestriction'],
  receipt: ['16 date and exact time of receipt', 'dateTime'],
} as const satisfies Record<string, readonly [string, OrderField | OwnField | undefined]>

const NOBODY: Known = [UNKNOWN, UNKNOWN]

/** Who stands behind the key is what the gateway knows of a person who acts. */
function annexOf(
  name: string,
  field: OrderField | OwnField | undefined,
  order: JoinedOrder,
): Known {
  const user = order.record?.user ?? order.outcome?.user
  if (name === 'actingPerson') return user === undefined ? NOBODY : [user, 'gateway']
  return field === undefined ? NOBODY : knownOf(field, order)
}

const ANNEX_COLUMNS = Object.entries(ANNEX_4).flatMap(([id, [title]]): Column[] => [
  { id, title, kind: 'code' },
  { id: `${id}Source`, title: `source of ${title}`, apart: true },
])

/** What ties a row to the log, and the second time. */
const TIES: readonly string[] = [
  'leaf',
  'account',
  'eventCode',
  'decision',
  'code',
  'originReceipt',
  'clockLowMs',
  'clockHighMs',
  'originOrderId',
  'bodyHash',
  'requestId',
]

export const annex4 = orderExtract({
  title: 'Client orders, as Annex IV lists them',
  about:
    'The items of Delegated Regulation (EU) 2017/565, Annex IV, section 1, for each event of an order. The client is a ' +
    'reference; whom it stands for, the broker’s own records say.',
  table: {
    id: 'orders',
    title: 'Client orders',
    about: 'Each item stands beside who knows it.',
    columns: [
      ...RECORD_COLUMNS.filter(({ id }) => TIES.includes(id)),
      { id: 'symbol', title: 'symbol, as the gateway names it', kind: 'code' },
      ...ANNEX_COLUMNS,
    ],
  },
  rowOf(order) {
    const ties = Object.entries(recordRow(order)).filter(([id]) => TIES.includes(id))
    const items = Object.entries(ANNEX_4).flatMap(([id, [, field]]) => {
      const [value, source] = annexOf(id, field, order)
      return [
        [id, value],
        [`${id}Source`, source],
      ] as const
    })
    const [symbol] = order.fields.symbol ?? []
    return { ...Object.fromEntries([...ties, ...items]), symbol }
  },
})
