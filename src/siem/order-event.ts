/**
 * Events of orders: API Activity, made by a client through the gateway or told by the origin. Of an order's fields a SIEM
 * gets those that say what it was; the record has them all.
 */
import type { OrderEventRecord } from '../audit/record.ts'
import type { OrderEventCode } from '../risk/order-event.ts'
import { actorOf, recordMembers, sourceOf } from './common.ts'
import {
  ACTION,
  CLASS,
  DISPOSITION,
  SEVERITY,
  STATUS,
  typed,
  type OcsfEvent,
  type Product,
} from './event.ts'
import { held, heldMaybe, MOST } from './fit.ts'

/** `activity_id` of API Activity: create, update, delete, other. */
const ACTIVITY: Readonly<Record<OrderEventCode, number>> = {
  NEWO: 1,
  REME: 3,
  CAME: 4,
  REMO: 99,
  TRIG: 99,
  CHMO: 99,
  CAMO: 99,
  EXPI: 99,
  PARF: 99,
  FILL: 99,
}

const DECIDED = {
  accepted: {
    status_id: STATUS.success,
    action_id: ACTION.allowed,
    disposition_id: DISPOSITION.approved,
  },
  refused: {
    status_id: STATUS.failure,
    action_id: ACTION.denied,
    disposition_id: DISPOSITION.rejected,
  },
  reported: {
    status_id: STATUS.other,
    action_id: ACTION.observed,
    disposition_id: DISPOSITION.logged,
  },
} as const

const SHOWN = [
  'symbol',
  'buySell',
  'orderType',
  'initialQuantity',
  'limitPrice',
  'orderId',
  'clientOrderId',
] as const

export function orderEventEvent(record: OrderEventRecord, product: Product): OcsfEvent {
  const { decision, event, code, operation, requestId, uid } = record
  const activity = ACTIVITY[event]
  return {
    ...typed(CLASS.apiActivity, activity),
    ...(activity === 99 ? { activity_name: event } : {}),
    ...recordMembers(record, product, { requestId, sequence: record.number }),
    ...DECIDED[decision],
    ...(decision === 'reported' ? { status: 'Reported' } : {}),
    severity_id: decision === 'refused' ? SEVERITY.medium : SEVERITY.informational,
    status_code: heldMaybe(code, MOST.name),
    is_alert: false,
    actor: actorOf(record),
    api: {
      operation: held(operation ?? 'origin', MOST.id),
      request: { uid: held(requestId ?? uid, MOST.id) },
    },
    message: `order ${event}: ${held(code ?? decision, MOST.name)}`,
    src_endpoint: sourceOf(record),
    unmapped: {
      order: Object.fromEntries(
        SHOWN.flatMap((name) => {
          const value = record.fields[name]?.[0]
          return value === undefined ? [] : [[name, held(value, 64)]]
        }),
      ),
      order_hash: heldMaybe(record.orderHash, MOST.id),
      risk_scope: heldMaybe(record.scope, 64),
      risk_limit: heldMaybe(record.limit, 64),
      risk_actual: heldMaybe(record.actual, 64),
      body_hash: heldMaybe(record.bodyHash, MOST.id),
    },
  }
}
