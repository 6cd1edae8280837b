/** The outbox's own sign of life, once a minute: who reads the sink knows by its absence that nothing arrives any more. */
import { originOf, PRODUCT_NAME, named } from './common.ts'
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
import { held, MOST } from './fit.ts'
import type { Counters, Place } from './outbox.ts'

export function heartbeatEvent(
  sink: string,
  counters: Counters,
  places: ReadonlyMap<string, Place>,
  nowMs: number,
  product: Product,
): OcsfEvent {
  const { delivered, dead } = counters
  const lag_seconds = lagSeconds(places, nowMs)
  return {
    ...typed(CLASS.apiActivity, 2),
    ...originOf(
      { uid: `heartbeat:${held(sink, 40)}:${nowMs}`, atMs: nowMs, code: 'heartbeat' },
      product,
    ),
    severity_id: SEVERITY.informational,
    status_id: STATUS.success,
    action_id: ACTION.observed,
    disposition_id: DISPOSITION.logged,
    is_alert: false,
    message: `heartbeat: ${delivered} delivered, ${dead} given up, ${lag_seconds} s behind`,
    actor: { app_name: PRODUCT_NAME },
    api: { operation: 'siem.heartbeat' },
    src_endpoint: named('unknown'),
    unmapped: { sink: held(sink, MOST.name), delivered, dead, lag_seconds },
  }
}

/** How long the record that has waited longest has been waiting, in whole seconds. */
export function lagSeconds(places: ReadonlyMap<string, Place>, nowMs: number): number {
  const waits = [...places.values()].map(({ waitingSinceMs }) => nowMs - (waitingSinceMs ?? nowMs))
  return Math.ceil(Math.max(0, ...waits) / 1_000)
}
