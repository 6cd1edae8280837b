/**
 * Orders beside what became of their calls. The two parts of an order reach the log by different ways, minutes apart
 * when one of them is down: so all wait on a shelf until every record has passed, and none is taken for lost too early.
 */
import {
  readRecord,
  type AuditRecord,
  type OrderEventRecord,
  type OutcomeRecord,
} from '../audit/record.ts'
import type { Fields, OrderEventCode } from '../risk/order-event.ts'
import type { Entry, Ports, Row, Shelf } from './report.ts'
import { instant } from './text.ts'

/** One order of the period with all that is recorded of it. */
export interface JoinedOrder {
  readonly index: number
  readonly event: OrderEventCode
  readonly fields: Fields
  /** `undefined` of an order that was turned away before its account saw it. */
  readonly record: OrderEventRecord | undefined
  /** How its call ended, where that is in the log. */
  readonly outcome: OutcomeRecord | undefined
  /** Whether the log says that no outcome ever came. */
  readonly isLost: boolean
}

const ORDERS = 'orders'
const CALLS = 'calls'

type Answered = NonNullable<NonNullable<OutcomeRecord['origin']>['orders']>[number]

export class OrderJoin {
  readonly #shelf: Shelf

  constructor({ shelf }: Ports) {
    this.#shelf = shelf
  }

  take({ index, record, within }: Entry): void {
    if (record.type === 'order_event') this.#order(index, record, within)
    else if (record.type === 'outcome') this.#outcome(index, record, within)
    else if (record.type === 'unknown') this.#shelf.put(`lost:${record.requestId}`, '')
  }

  #order(index: number, record: OrderEventRecord, within: boolean): void {
    if (record.requestId !== undefined) this.#shelf.put(`order:${record.requestId}`, '')
    if (within) this.#shelf.add(ORDERS, shelved(index, record))
  }

  #outcome(index: number, record: OutcomeRecord, within: boolean): void {
    const { kind, requestId, decision, refusedOrders = [] } = record
    if (kind === undefined || kind === 'read') return
    this.#shelf.put(`outcome:${requestId}`, shelved(index, record))
    if (!within) return
    if (refusedOrders.length > 0) this.#shelf.add(ORDERS, shelved(index, record))
    if (kind === 'order' && decision === 'forwarded') this.#shelf.add(CALLS, requestId)
  }

  /** In the order of the log. */
  *orders(): Generator<JoinedOrder> {
    for (const text of this.#shelf.list(ORDERS)) {
      const { index, record } = unshelved(text)
      if (record.type === 'order_event') yield this.#joined(index, record)
      if (record.type !== 'outcome') continue
      for (const { event, fields } of record.refusedOrders ?? [])
        yield { index, event, fields, record: undefined, outcome: record, isLost: false }
    }
  }

  #joined(index: number, record: OrderEventRecord): JoinedOrder {
    const { event, fields, requestId = '' } = record
    const text = this.#shelf.get(`outcome:${requestId}`)
    const outcome = text === undefined ? undefined : unshelved(text).record
    const isLost = this.#shelf.get(`lost:${requestId}`) !== undefined
    const known = outcome?.type === 'outcome' ? outcome : undefined
    return { index, event, fields, record, outcome: known, isLost }
  }

  /** Calls for orders that went to the broker and of whose orders there is no event. */
  *withoutOrder(): Generator<Row> {
    for (const requestId of this.#shelf.list(CALLS)) {
      if (this.#shelf.get(`order:${requestId}`) !== undefined) continue
      const text = this.#shelf.get(`outcome:${requestId}`)
      const { index, record } = unshelved(text ?? '{}')
      if (record.type !== 'outcome') continue
      const { atMs, account, keyId, route, status } = record
      yield { leaf: index, at: instant(atMs), requestId, account, keyId, route, status }
    }
  }
}

/** What the origin said of this order: by the client's id or the order's own, or alone. */
export function answeredOf({ fields, outcome }: JoinedOrder): Answered | undefined {
  const orders = outcome?.origin?.orders ?? []
  const [client] = fields.clientOrderId ?? []
  const [own] = fields.orderId ?? fields.targetOrderId ?? []
  const named = orders.find(
    ({ orderId, clientOrderId }) =>
      (client !== undefined && clientOrderId === client) || (own !== undefined && orderId === own),
  )
  if (named !== undefined) return named
  const [only, ...others] = orders
  const isUnnamed = only?.clientOrderId === undefined || client === undefined
  return others.length === 0 && isUnnamed ? only : undefined
}

function shelved(index: number, record: AuditRecord): string {
  return JSON.stringify({ index, record })
}

function unshelved(text: string): { readonly index: number; readonly record: AuditRecord } {
  const { index, record }: { index: unknown; record: unknown } = JSON.parse(text)
  const read = readRecord(record)
  if (typeof index !== 'number' || read === undefined)
    throw new Error('Cannot read again what was put on the shelf')
  return { index, record: read }
}
