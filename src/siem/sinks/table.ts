/** Every kind of sink, one row each. */
import { datadog } from './datadog.ts'
import { elasticBulk } from './elastic-bulk.ts'
import { https } from './https.ts'
import type { Sink, SinkType } from './sink.ts'
import { splunkHec } from './splunk-hec.ts'

export const SINKS = {
  'splunk-hec': splunkHec,
  datadog,
  'elastic-bulk': elasticBulk,
  https,
} as const satisfies Record<SinkType, Sink>
