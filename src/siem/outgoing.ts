/** Records of the audit log as events that go out, as many as one request may hold. */
import { readRecord } from '../audit/record.ts'
import { utf8 } from '../lib/bytes.ts'
import type { OcsfEvent, Product } from './event.ts'
import { fit, type Fitted } from './fit.ts'
import { ocsfFitted } from './ocsf.ts'
import { BATCH_BYTES } from './outbox.ts'
import { readJson } from './sinks/answer.ts'
import type { Outgoing } from './sinks/sink.ts'

/** What a sink writes around an event, beside its uid and its message: the log's origin, a time, names. */
const FRAME_BYTES = 320

function outgoing({ event, text }: Fitted): Outgoing {
  return { uid: event.metadata.uid, atMs: event.time, message: event.message ?? '', text }
}

export function outgoingEvent(event: OcsfEvent): Outgoing {
  return outgoing(fit(event))
}

/** The event of a record's text, or `undefined` of a text that this version cannot read. */
export function outgoingRecord(text: string, product: Product): Outgoing | undefined {
  const record = readRecord(readJson(text))
  return record && outgoing(ocsfFitted(record, product))
}

/**
 * The events of the first records, up to `most`, to the octets that one request may have, or to a text that cannot be
 * read. None of a first text that cannot.
 */
export function partOf(
  records: readonly string[],
  most: number,
  product: Product,
): readonly Outgoing[] {
  const part: Outgoing[] = []
  let left = BATCH_BYTES
  for (const record of records.slice(0, most)) {
    const event = outgoingRecord(record, product)
    if (event === undefined) break
    left -= bytesOf(event)
    if (left < 0 && part.length > 0) break
    part.push(event)
  }
  return part
}

function bytesOf({ uid, message, text }: Outgoing): number {
  return utf8(text + JSON.stringify([uid, uid, message])).length + FRAME_BYTES
}
