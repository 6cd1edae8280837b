/** Events against the schemas that OCSF publishes for 1.8.0, with the profiles that the gateway names. */
import fs from 'node:fs'
import { assert, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KINDS } from '../../src/access/kind.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { REFUSALS } from '../../src/refusal.ts'
import type { OcsfEvent } from '../../src/siem/event.ts'
import { ocsfEvent, ocsfFault, ocsfSignal } from '../../src/siem/ocsf.ts'
import { AnyRecord, AnySignal } from '../support/any-record.ts'
import { OCSF_SCHEMAS, problemsOf, type ClassUid } from '../support/node/ocsf-schemas.ts'
import { CHANGES, OUTCOME, PRODUCT, RECORDS, SIGNALS, TURNED_AWAY } from '../support/records.ts'

/** As it goes over the wire: what is `undefined` is not there. */
function wire(event: OcsfEvent): Record<string, unknown> {
  return JSON.parse(JSON.stringify(event))
}

function expectValid(event: OcsfEvent): void {
  const sent = wire(event)
  expect(problemsOf(sent, event.class_uid), JSON.stringify(sent)).toEqual([])
}

/** One of each class. */
function samples(): readonly OcsfEvent[] {
  const events = [...RECORDS, ...CHANGES].map((record) => ocsfEvent(record, PRODUCT))
  const found = SIGNALS.flatMap((signal) => ocsfSignal(signal, PRODUCT))
  return [...new Map([...events, ...found].map((event) => [event.class_uid, event])).values()]
}

// CI has the schemas, and fails without them; a stranger's clone skips it, visibly.
describe.skipIf(!fs.existsSync(OCSF_SCHEMAS) && process.env['CI'] === undefined)(
  'OCSF 1.8.0',
  () => {
    test('every call, of every kind, with every ending, is what its class says', () => {
      const ends = [
        ...Object.entries(REFUSALS).map(([code, { status }]) => ({
          decision: 'refused' as const,
          code,
          status,
        })),
        ...[200, 302, 404, 503].map((status) => ({ decision: 'forwarded' as const, status })),
        { decision: 'answered' as const, status: 200 },
      ]
      const calls = [
        OUTCOME,
        TURNED_AWAY,
        ...['create', 'refresh', 'end'].map((what) => ({
          ...OUTCOME,
          operation: `gateway.sessions.${what}`,
        })),
      ]
      let count = 0
      for (const call of calls) {
        for (const end of ends) {
          for (const kind of [...KINDS, undefined]) {
            expectValid(ocsfEvent({ ...call, ...end, kind }, PRODUCT))
            count += 1
          }
        }
      }
      expect(count).toBe(5 * (Object.keys(REFUSALS).length + 5) * (KINDS.length + 1))
    })

    test('every other record and every change', () => {
      const known = RECORDS.flatMap((record): AuditRecord[] =>
        'kind' in record ? [...KINDS, undefined].map((kind) => ({ ...record, kind })) : [record],
      )
      for (const record of [...known, ...CHANGES]) {
        expectValid(ocsfEvent(record, PRODUCT))
        expectValid(ocsfEvent(record, { ...PRODUCT, tenant: 'broker-a' }))
      }
    })

    test('every finding', () => {
      for (const signal of SIGNALS)
        for (const event of ocsfSignal(signal, PRODUCT)) expectValid(event)
      for (const where of ['audit', 'gateway'] as const)
        expectValid(
          ocsfFault({ uid: 'f', atMs: 0, where, code: 'TypeError', detail: 'x' }, PRODUCT),
        )
    })

    test('whatever a record or a signal holds', () => {
      assert(
        property(AnyRecord, (record) => expectValid(ocsfEvent(record, PRODUCT))),
        { numRuns: 2_000 },
      )
      assert(
        property(AnySignal, (signal) => {
          for (const event of ocsfSignal(signal, PRODUCT)) expectValid(event)
        }),
        { numRuns: 500 },
      )
    })

    test('all six classes are told, each with the number that class and activity make', () => {
      const classes = samples().map(({ class_uid }) => class_uid)
      expect(classes.toSorted((a, b) => a - b)).toEqual([2004, 2005, 3002, 3003, 3004, 6003])
      for (const { class_uid, activity_id, type_uid, category_uid } of samples()) {
        expect(type_uid).toBe(class_uid * 100 + activity_id)
        expect(category_uid).toBe(Math.floor(class_uid / 1000))
      }
    })
  },
)

describe.skipIf(!fs.existsSync(OCSF_SCHEMAS) && process.env['CI'] === undefined)(
  'the schemas refuse',
  () => {
    const REQUIRED = {
      2004: ['finding_info', 'metadata', 'severity_id', 'time', 'activity_id', 'type_uid'],
      2005: ['finding_info_list', 'status_id', 'assignee_group', 'metadata', 'time'],
      3002: ['user', 'service', 'metadata', 'severity_id', 'time', 'activity_id'],
      3003: ['user', 'privileges', 'metadata', 'severity_id', 'time', 'category_uid'],
      3004: ['entity', 'metadata', 'severity_id', 'time', 'class_uid'],
      6003: ['actor', 'api', 'src_endpoint', 'metadata', 'severity_id', 'time', 'type_uid'],
    } as const satisfies Record<ClassUid, readonly string[]>

    test('an event without a member that its class must have', () => {
      for (const event of samples()) {
        for (const member of REQUIRED[event.class_uid]) {
          const { [member]: _removed, ...rest } = wire(event)
          expect(problemsOf(rest, event.class_uid), `${event.class_uid} ${member}`).not.toEqual([])
        }
      }
    })

    test('a value that is none of those listed, and a member that nobody defined', () => {
      for (const event of samples()) {
        for (const wrong of [
          { severity_id: 7 },
          { action_id: 5 },
          { disposition_id: 28 },
          { activity_id: 50 },
          { type_uid: event.type_uid + 50 },
          { class_uid: 9_999 },
          { time: 'yesterday' },
          { time_dt: 'yesterday' },
          { keyId: 'key_1' },
        ]) {
          const name = `${event.class_uid} ${JSON.stringify(wrong)}`
          expect(problemsOf({ ...wire(event), ...wrong }, event.class_uid), name).not.toEqual([])
        }
      }
    })

    test('an Authorize Session with privileges and a group, an actor who is nobody', () => {
      for (const event of samples()) {
        if (event.class_uid === 3003)
          expect(problemsOf({ ...wire(event), group: { name: 'a' } }, 3003)).not.toEqual([])
        if (event.class_uid === 6003)
          expect(problemsOf({ ...wire(event), actor: {} }, 6003)).not.toEqual([])
      }
    })
  },
)
