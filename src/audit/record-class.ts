/** Classes of records: how long each is kept, and with whose data it goes. */
import type { AuditRecord } from './record.ts'

/** How long a record is kept, and with whose data it goes: see `retention.ts`. */
export const RECORD_CLASSES = ['order', 'read', 'admin', 'stranger', 'log'] as const
export type RecordClass = (typeof RECORD_CLASSES)[number]

const CLASS_OF = {
  admission: 'order',
  order_event: 'order',
  unknown: 'order',
  change: 'admin',
  strangers: 'stranger',
  gap: 'log',
  fork: 'log',
} as const

export function classOfRecord(record: AuditRecord): RecordClass {
  if (record.type !== 'outcome') return CLASS_OF[record.type]
  // Without a number nobody proved who they are.
  if (record.sequence === undefined) return 'stranger'
  if (record.route?.includes(' /gw/') === true) return 'admin'
  return record.kind === undefined || record.kind === 'read' ? 'read' : 'order'
}
