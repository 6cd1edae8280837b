/**
 * Audit records and signals as OCSF events: what the gateway prints on the console, one line each, and what is pushed to a
 * SIEM. Each is complete in itself, at most 2,048 octets, and carries the uid of what it was made from.
 */
import type { AuditRecord } from '../audit/record.ts'
import type { Signal } from '../control/signal.ts'
import { admissionEvent, outcomeEvent, unknownEvent } from './call.ts'
import { changeEvent } from './change.ts'
import type { OcsfEvent, Product } from './event.ts'
import { faultEvent, signalEvents, type Fault } from './finding.ts'
import { fit, type Fitted } from './fit.ts'
import { orderEventEvent } from './order-event.ts'
import { forkEvent, gapEvent, strangersEvent } from './log-events.ts'

/** The event of a record. */
export function ocsfEvent(record: AuditRecord, product: Product): OcsfEvent {
  return ocsfFitted(record, product).event
}

/** The event of a record as one line of JSON. */
export function ocsfLine(record: AuditRecord, product: Product): string {
  return ocsfFitted(record, product).text
}

/** The findings of a signal: one, and an incident beside it where it is critical. */
export function ocsfSignal(signal: Signal, product: Product): readonly OcsfEvent[] {
  return signalEvents(signal, product).map((event) => fit(event).event)
}

/** The event of a fault of the gateway or of its evidence. */
export function ocsfFault(fault: Fault, product: Product): OcsfEvent {
  return fit(faultEvent(fault, product)).event
}

/** The event and its line, made once. */
export function ocsfFitted(record: AuditRecord, product: Product): Fitted {
  return fit(eventOf(record, product))
}

function eventOf(record: AuditRecord, product: Product): OcsfEvent {
  switch (record.type) {
    case 'outcome':
      return outcomeEvent(record, product)
    case 'admission':
      return admissionEvent(record, product)
    case 'unknown':
      return unknownEvent(record, product)
    case 'gap':
      return gapEvent(record, product)
    case 'change':
      return changeEvent(record, product)
    case 'fork':
      return forkEvent(record, product)
    case 'order_event':
      return orderEventEvent(record, product)
    case 'strangers':
      break
  }
  return strangersEvent(record, product)
}
