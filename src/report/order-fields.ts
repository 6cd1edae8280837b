/**
 * The fields of an order, each with who knows it: as its event says, else from the members of the same records. What
 * neither says is unknown, and stays so.
 */
import { ORDER_FIELDS, OWN_FIELDS, type OrderField, type OwnField } from '../risk/order-event.ts'
import { answeredOf, type JoinedOrder } from './order-join.ts'
import { UNKNOWN, type Column, type Row } from './report.ts'
import { day, instant, rounded } from './text.ts'

/** A value and its source: `gateway`, `client`, `origin`, or `unknown` for both. */
export type Known = readonly [value: string, source: string]

const NOBODY: Known = [UNKNOWN, UNKNOWN]

/** A field as its event has it, or as the records around it do. */
export function knownOf(name: OrderField | OwnField, order: JoinedOrder): Known {
  return order.fields[name] ?? besides(name, order) ?? NOBODY
}

function besides(name: OrderField | OwnField, order: JoinedOrder): Known | undefined {
  const receivedAtMs = receiptMs(order)
  if (name === 'dateTime') return byGateway(instant(receivedAtMs))
  if (name === 'dateOfReceipt')
    return byGateway(receivedAtMs === undefined ? undefined : day(receivedAtMs))
  if (name === 'sequenceNumber') return byGateway(order.record?.number.toString())
  if (name === 'event')
    return [order.event, order.record?.decision === 'reported' ? 'origin' : 'gateway']
  if (name === 'orderId') {
    const id = answeredOf(order)?.orderId
    return id === undefined ? undefined : [id, 'origin']
  }
  return undefined
}

/** When the order was at the edge. */
export function receiptMs({ record, outcome }: JoinedOrder): number | undefined {
  return record?.receivedAtMs ?? outcome?.receivedAtMs
}

function byGateway(value: string | undefined): Known | undefined {
  return value === undefined ? undefined : [value, 'gateway']
}

const FIELDS: readonly (OrderField | OwnField)[] = [
  ...Object.keys(ORDER_FIELDS).filter((name): name is OrderField =>
    Object.hasOwn(ORDER_FIELDS, name),
  ),
  ...OWN_FIELDS,
]

/** Fields that a page has room for. */
const ON_PAGE: readonly string[] = [
  'symbol',
  'buySell',
  'orderType',
  'initialQuantity',
  'limitPrice',
  'clientOrderId',
]

/** Two columns for each field: its value, and who knows it. */
export const FIELD_COLUMNS: readonly Column[] = FIELDS.flatMap((name): Column[] => {
  const number = Object.entries(ORDER_FIELDS).find(([field]) => field === name)?.[1]
  const title = number === undefined ? name : `${number} ${name}`
  const source = { id: `${name}Source`, title: `source of ${title}`, apart: true } as const
  return ON_PAGE.includes(name)
    ? [{ id: name, title, kind: 'code' }, source]
    : [{ id: name, title, kind: 'code', apart: true }, source]
})

export function fieldsRow(order: JoinedOrder): Row {
  return Object.fromEntries(
    FIELDS.flatMap((name) => {
      const [value, source] = knownOf(name, order)
      return [
        [name, value],
        [`${name}Source`, source],
      ]
    }),
  )
}

/** What is recorded of an order beside its fields: who, how it was decided, both clocks, and what the origin said. */
export const RECORD_COLUMNS: readonly Column[] = [
  { id: 'leaf', title: 'leaf', kind: 'number' },
  { id: 'edgeReceipt', title: 'received at the edge', kind: 'instant' },
  { id: 'originReceipt', title: 'received by the origin', kind: 'instant' },
  { id: 'clockLowMs', title: 'clocks differ by at least, ms', kind: 'number' },
  { id: 'clockHighMs', title: 'at most, ms', kind: 'number' },
  { id: 'clockSamples', title: 'samples of the bound', kind: 'number', apart: true },
  { id: 'sentToOrigin', title: 'sent to the origin', kind: 'instant', apart: true },
  { id: 'originSent', title: 'answered by the origin, its clock', kind: 'instant', apart: true },
  { id: 'answered', title: 'answer received', kind: 'instant', apart: true },
  { id: 'account', title: 'account', kind: 'code' },
  { id: 'accountNumber', title: 'number in the account', kind: 'number', apart: true },
  { id: 'keyId', title: 'key', kind: 'code', apart: true },
  { id: 'user', title: 'user', kind: 'code', apart: true },
  { id: 'requestId', title: 'request', kind: 'code', apart: true },
  { id: 'eventCode', title: 'event' },
  { id: 'decision', title: 'decision' },
  { id: 'code', title: 'refused by', kind: 'code' },
  { id: 'scope', title: 'limit of', kind: 'code', apart: true },
  { id: 'limit', title: 'limit', kind: 'number', apart: true },
  { id: 'actual', title: 'would have been', kind: 'number', apart: true },
  { id: 'override', title: 'override', kind: 'code', apart: true },
  { id: 'callEnded', title: 'call ended', apart: true },
  { id: 'httpStatus', title: 'HTTP status', kind: 'number', apart: true },
  { id: 'originOrderId', title: 'order id of the origin', kind: 'code' },
  { id: 'originStatus', title: 'status at the origin' },
  { id: 'originFilled', title: 'filled, says the origin', kind: 'number', apart: true },
  { id: 'bodyHash', title: 'SHA-256 of the body', kind: 'code', apart: true },
  { id: 'requestHash', title: 'SHA-256 of what was signed', kind: 'code', apart: true },
  { id: 'orderHash', title: 'SHA-256 of the order', kind: 'code', apart: true },
  { id: 'referencePrice', title: 'reference price', kind: 'number', apart: true },
  { id: 'referenceAgeMs', title: 'its age, ms', kind: 'number', apart: true },
  { id: 'limitsRevision', title: 'revision of the account’s limits', kind: 'number', apart: true },
  { id: 'firmRevision', title: 'revision of the firm’s limits', kind: 'number', apart: true },
  { id: 'worker', title: 'worker version', kind: 'code', apart: true },
  { id: 'policy', title: 'policy', kind: 'code', apart: true },
]

/** What an order that passed has none of, and what one that never left cannot have: empty, for it is known. */
const NONE = ''

export function recordRow(order: JoinedOrder): Row {
  const { index, record, outcome } = order
  const of = record ?? outcome
  const { number, bodyHash, orderHash } = record ?? {}
  const { referencePrice, referenceAgeMs, limitsRevision, firmRevision } = record ?? {}
  return {
    leaf: index,
    account: of?.account,
    accountNumber: number,
    keyId: of?.keyId,
    user: of?.user,
    requestId: of?.requestId,
    eventCode: order.event,
    decision: record?.decision ?? 'refused',
    override: record?.override ?? NONE,
    ...refusalRow(order),
    bodyHash,
    orderHash,
    requestHash: of?.requestHash,
    referencePrice,
    referenceAgeMs,
    limitsRevision,
    firmRevision,
    worker: of?.worker,
    policy: of?.policy,
    edgeReceipt: instant(receiptMs(order)),
    ...originRow(order),
  }
}

function refusalRow({ record, outcome }: JoinedOrder): Row {
  if (record === undefined) return { code: outcome?.code, scope: NONE, limit: NONE, actual: NONE }
  const { decision, code, scope, limit, actual } = record
  if (decision === 'refused') return { code, scope, limit, actual }
  return { code: NONE, scope: NONE, limit: NONE, actual: NONE }
}

/** Of what an order's way to the origin shows. */
const ON_THE_WAY = [
  'sentToOrigin',
  'originReceipt',
  'originSent',
  'answered',
  'clockLowMs',
  'clockHighMs',
  'clockSamples',
  'originOrderId',
  'originStatus',
  'originFilled',
] as const

function originRow(order: JoinedOrder): Row {
  const { outcome, isLost, record } = order
  if ((record?.decision ?? 'refused') === 'refused')
    return {
      ...Object.fromEntries(ON_THE_WAY.map((id) => [id, NONE])),
      callEnded: outcome?.decision,
      httpStatus: outcome?.status,
    }
  const { sentAtMs, answeredAtMs, receivedThereMs, sentThereMs, clock } = outcome?.origin ?? {}
  const answered = answeredOf(order)
  const isUnknown = isLost || outcome?.outcome === UNKNOWN
  return {
    sentToOrigin: instant(sentAtMs),
    originReceipt: instant(receivedThereMs),
    originSent: instant(sentThereMs),
    answered: instant(answeredAtMs),
    clockLowMs: rounded(clock?.lowMs),
    clockHighMs: rounded(clock?.highMs),
    clockSamples: clock?.samples,
    callEnded: isUnknown ? UNKNOWN : outcome?.decision,
    httpStatus: outcome?.status,
    originOrderId: answered?.orderId,
    originStatus: answered?.status,
    originFilled: answered?.filled,
  }
}
