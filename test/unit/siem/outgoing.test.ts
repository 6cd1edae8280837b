import { expect, test } from 'vitest'
import { utf8 } from '../../../src/lib/bytes.ts'
import { BATCH_BYTES } from '../../../src/siem/outbox.ts'
import { partOf } from '../../../src/siem/outgoing.ts'
import { SINK_TYPES } from '../../../src/siem/sinks/sink.ts'
import { SINKS } from '../../../src/siem/sinks/table.ts'
import { OUTCOME, PRODUCT } from '../../support/records.ts'
import { recordText, sinkOf } from '../../support/sinks.ts'

/** Records whose events are as large as they can be, in different ways. */
const LARGE = ['€'.repeat(60), '\u0001'.repeat(96), '"'.repeat(96), 'x'.repeat(96)].map((text) =>
  JSON.stringify({ ...OUTCOME, account: text, reason: text, operation: text, dialect: text }),
)

test.each(SINK_TYPES)('%s: a batch is at most a megabyte, however large its events', (type) => {
  for (const record of LARGE) {
    const events = partOf(
      Array.from({ length: 800 }, () => record),
      800,
      PRODUCT,
    )
    const batch = { events, range: '', log: PRODUCT.log, nowMs: 0 }
    const size = utf8(SINKS[type].encode(batch, sinkOf(type)).body).length
    expect(size).toBeLessThanOrEqual(BATCH_BYTES)
    expect(size).toBeGreaterThan(BATCH_BYTES * 0.6)
  }
})

test('takes no more than it is asked for, and stops before what it cannot read', () => {
  const records = [0, 1, 2, 3].map((index) => recordText(index))
  expect(partOf(records, 2, PRODUCT).map(({ uid }) => uid)).toEqual([
    'request-0:outcome',
    'request-1:outcome',
  ])
  for (const odd of ['', 'null', '{"type":"outcome"}', '[]'])
    expect(partOf([records[0] ?? '', odd, records[1] ?? ''], 9, PRODUCT)).toHaveLength(1)
})
