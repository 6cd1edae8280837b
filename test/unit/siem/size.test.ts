/** One line for each event, of at most 2,048 octets. */
import { assert, property } from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from '../../../src/lib/bytes.ts'
import { MAX_EVENT_BYTES } from '../../../src/siem/fit.ts'
import { ocsfEvent, ocsfFitted, ocsfLine, ocsfSignal } from '../../../src/siem/ocsf.ts'
import { AnyRecord, AnySignal } from '../../support/any-record.ts'
import { CHANGES, OUTCOME, PRODUCT, RECORDS } from '../../support/records.ts'

const RUNS = { numRuns: 1_000 }

function bytesOf(text: string): number {
  return utf8(text).length
}

// @control mission/siem
test('every event is at most 2,048 octets, whatever its record holds', () => {
  assert(
    property(AnyRecord, (record) => {
      const { event, text } = ocsfFitted(record, PRODUCT)
      expect(bytesOf(text)).toBeLessThanOrEqual(MAX_EVENT_BYTES)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(event)))
    }),
    RUNS,
  )
})

test('so is every finding', () => {
  assert(
    property(AnySignal, (signal) => {
      for (const event of ocsfSignal(signal, PRODUCT))
        expect(bytesOf(JSON.stringify(event))).toBeLessThanOrEqual(MAX_EVENT_BYTES)
    }),
    RUNS,
  )
})

test('usual ones go in whole', () => {
  for (const record of [...RECORDS, ...CHANGES]) {
    const event = ocsfEvent(record, PRODUCT)
    expect(event.unmapped?.['cut'], record.uid).toBeUndefined()
    expect(ocsfLine(record, PRODUCT), record.uid).not.toContain('…')
  }
})

test('what does not fit is cut visibly, and who, what, whence and how it ended stay', () => {
  const long = '€'.repeat(2_048)
  const record = { ...OUTCOME, account: long, reason: long, requestHash: long, dialect: long }
  const event = ocsfEvent(record, PRODUCT)
  expect(event).toMatchObject({
    metadata: { uid: OUTCOME.uid, is_truncated: true },
    unmapped: { cut: true },
    actor: { user: { uid: 'usr_1', account: { uid: expect.stringMatching(/€…$/) } } },
    api: { operation: 'order.write' },
    src_endpoint: { ip: '192.0.2.7' },
    status_code: '201',
    action_id: 1,
  })
})

test('two records never share a uid, however long and alike theirs are', () => {
  const [a, b] = ['a', 'b'].map((end) =>
    ocsfEvent({ ...OUTCOME, uid: `${'x'.repeat(2_000)}${end}` }, PRODUCT),
  )
  expect(a?.metadata.uid).not.toBe(b?.metadata.uid)
  expect(a?.metadata.uid.length).toBeLessThan(100)
})
