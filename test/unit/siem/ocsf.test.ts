import { describe, expect, test } from 'vitest'
import { ocsfEvent, ocsfFault, ocsfSignal } from '../../../src/siem/ocsf.ts'
import {
  CHANGES,
  changeOf,
  OUTCOME,
  PRODUCT,
  RECORDS,
  SIGNALS,
  TURNED_AWAY,
} from '../../support/records.ts'

describe('calls', () => {
  test.each([
    ['read', 2],
    ['order', 1],
    ['cancel', 4],
    ['account', 3],
    ['withdrawal', 1],
  ] as const)('%s is activity %i of API Activity', (kind, activity) => {
    expect(ocsfEvent({ ...OUTCOME, kind }, PRODUCT)).toMatchObject({
      class_uid: 6003,
      category_uid: 6,
      activity_id: activity,
      type_uid: 600_300 + activity,
    })
  })

  test('one of the gateway’s own calls is what its method says', () => {
    for (const [method, activity] of [
      ['GET', 2],
      ['POST', 1],
      ['PUT', 3],
      ['DELETE', 4],
    ] as const) {
      const route = `${method} /gw/v1/admin/keys/{keyId}`
      const event = ocsfEvent({ ...OUTCOME, kind: 'account', route }, PRODUCT)
      expect(event.activity_id, method).toBe(activity)
      expect(event.dst_endpoint).toEqual({ svc_name: 'gateway' })
    }
  })

  // @control 2025/1155/16
  test('an order says by how much the clocks differ, and where it is stamped', () => {
    expect(ocsfEvent(OUTCOME, PRODUCT).unmapped?.['clock']).toEqual({
      lo_ms: -14.893,
      hi_ms: 3.894,
      n: 64,
      stamp_point: 'worker.fetch.entry',
    })
    expect(ocsfEvent(TURNED_AWAY, PRODUCT).unmapped?.['clock']).toBeUndefined()
  })

  test('carries who, what, when, from where, the decision and the reason', () => {
    const event = ocsfEvent(
      { ...OUTCOME, decision: 'refused', status: 429, code: 'rate_limited', reason: 'burst' },
      PRODUCT,
    )
    expect(event).toMatchObject({
      time: OUTCOME.atMs,
      time_dt: '2027-01-15T08:00:00.000Z',
      metadata: {
        uid: OUTCOME.uid,
        event_code: 'outcome',
        sequence: 4_711,
        correlation_uid: OUTCOME.requestId,
        log_name: PRODUCT.log,
        original_time: '2027-01-15T08:00:00.000Z',
        product: { name: 'Portcullis', version: OUTCOME.worker },
      },
      actor: {
        user: { uid: 'usr_1', credential_uid: OUTCOME.credentialId, account: { uid: 'acct' } },
        app_uid: 'key_1',
      },
      api: { operation: 'order.write' },
      http_request: { http_method: 'POST', url: { path: '/v1/orders' } },
      http_response: { code: 429, latency: 12 },
      src_endpoint: { ip: '192.0.2.7', autonomous_system: { number: 64_500 } },
      status_id: 2,
      status_code: 'rate_limited',
      status_detail: 'burst',
      action_id: 2,
      disposition_id: 2,
      policy: { uid: 'limits', version: OUTCOME.policy },
      unmapped: { request_hash: OUTCOME.requestHash, dialect: 'rfc9421', admitted: true },
    })
  })

  test('a stranger is named as one, and never by what they claimed', () => {
    expect(ocsfEvent(TURNED_AWAY, PRODUCT)).toMatchObject({
      actor: { user: { name: 'unauthenticated' } },
      api: { operation: 'unknown' },
      src_endpoint: { name: 'unknown' },
      disposition_id: 26,
    })
  })

  test('an address is one only in the spelling of one', () => {
    const sourceOf = (address: string) => ocsfEvent({ ...OUTCOME, address }, PRODUCT).src_endpoint
    for (const address of ['192.0.2.7', '2001:db8::7', '::', '::1', '1:2:3:4:5:6:7:8', 'fe80::'])
      expect(sourceOf(address)).toMatchObject({ ip: address })
    for (const text of ['192.0.2', '192.0.2.256', '192.0.2.7.', '1:2:3:4::5:6:7:8', '1::2::3', ':'])
      expect(sourceOf(text)).toMatchObject({ name: text })
  })

  test('an order of which nobody knows what became is grave', () => {
    const timeout = { decision: 'refused', status: 504, code: 'origin_timeout' } as const
    const event = ocsfEvent({ ...OUTCOME, ...timeout, outcome: 'unknown' }, PRODUCT)
    expect(event).toMatchObject({ severity_id: 4, unmapped: { outcome: 'unknown' } })
  })

  test('names the tenant where there is one', () => {
    expect(ocsfEvent(OUTCOME, { ...PRODUCT, tenant: 'broker-a' }).metadata.tenant_uid).toBe(
      'broker-a',
    )
  })

  test.each([
    ['gateway.sessions.create', 'POST /gw/v1/sessions', 1],
    ['gateway.sessions.refresh', 'POST /gw/v1/sessions/refresh', 5],
    ['gateway.sessions.end', 'DELETE /gw/v1/sessions/current', 2],
  ])('%s is Authentication', (operation, route, activity) => {
    const call = { ...OUTCOME, operation, route, kind: 'account', session: 'ses_1' } as const
    expect(ocsfEvent(call, PRODUCT)).toMatchObject({
      class_uid: 3002,
      type_uid: 300_200 + activity,
      user: { uid: 'usr_1' },
      service: { name: 'Portcullis' },
      session: { uid: 'ses_1' },
      unmapped: { operation },
    })
  })

  test('a time that no calendar has is left out, and nothing fails', () => {
    for (const atMs of [-1, 253_402_300_800_000, Number.MAX_SAFE_INTEGER]) {
      const event = ocsfEvent({ ...OUTCOME, atMs }, PRODUCT)
      expect([event.time, event.time_dt]).toEqual([atMs, undefined])
    }
  })
})

describe('what is not a call', () => {
  test('each record is of its class', () => {
    const classes = (records: readonly Parameters<typeof ocsfEvent>[0][]) =>
      records.map((record) => {
        const { type_uid } = ocsfEvent(record, PRODUCT)
        return `${record.type === 'change' ? record.what : record.type} ${type_uid}`
      })
    expect(classes([...RECORDS, ...CHANGES])).toEqual([
      'outcome 600301',
      'outcome 600300',
      'admission 600301',
      'unknown 600301',
      'gap 600300',
      'gap 600300',
      'fork 200501',
      'strangers 600300',
      'user.created 300401',
      'user.roles 300301',
      'user.roles 300301',
      'totp.confirmed 300299',
      'totp.reset 300403',
      'session.begun 300203',
      'session.ended 300202',
      'sessions.ended 300202',
      'key.added 300406',
      'restored 300499',
      'key.created 300401',
      'key.changed 300413',
      'key.changed 300412',
      'key.changed 300404',
      'key.changed 300301',
      'key.changed 300403',
      'moved 300403',
      'rotated 300403',
      'sinks 300403',
    ])
  })

  test('a change says who, why, and what was before and after', () => {
    const limits = CHANGES.find(({ ticket }) => ticket !== undefined)
    expect(limits && ocsfEvent(limits, PRODUCT)).toMatchObject({
      actor: { user: { uid: 'usr_2' }, session: { uid: 'ses_2' }, app_uid: 'key_2' },
      entity: { uid: 'key_1', type: 'API Key', data: { limits: [] } },
      entity_result: { data: { limits: [{ name: 'burst', limit: 5, windowSeconds: 1 }] } },
      comment: 'as agreed',
      unmapped: { approver: 'usr_9', ticket: 'T-1', changed: ['limits'] },
    })
  })

  test('who is made with rights is told with them, and a session that ended with why', () => {
    const owner = { version: 1, after: '{"userId":"usr_1","roles":["owner"]}' }
    const made = ocsfEvent(changeOf('user', 'user.created', owner), PRODUCT)
    expect(made).toMatchObject({ type_uid: 300_401, unmapped: { rights: ['owner'] } })
    const ended = changeOf('user', 'session.ended', { after: '{"sid":"ses_1","why":"logout"}' })
    expect(ocsfEvent(ended, PRODUCT).session).toEqual({
      uid: 'ses_1',
      expiration_reason: 'logout',
    })
  })

  test('rights that are taken away leave a list that says so', () => {
    const after = { before: '["client"]', after: '[]' }
    expect(ocsfEvent(changeOf('user', 'user.roles', after), PRODUCT).privileges).toEqual(['none'])
  })

  test('revoking a key takes access away', () => {
    const revoked = { before: '{"status":"active"}', after: '{"status":"revoked"}' }
    expect(ocsfEvent(changeOf('key', 'key.changed', revoked), PRODUCT)).toMatchObject({
      activity_id: 4,
      disposition_id: 24,
    })
  })

  test('a gap says how many numbers are missing', () => {
    const gaps = RECORDS.filter(({ type }) => type === 'gap').map((gap) => ocsfEvent(gap, PRODUCT))
    expect(gaps).toMatchObject([
      { count: 5, is_alert: false, unmapped: { first: 7, last: 11, cause: 'restart' } },
      { count: 5, is_alert: true, unmapped: { first: 7, last: 11, cause: 'not-received' } },
    ])
  })

  const FAILURES = { ids: 20, window_seconds: 60 }
  const CLOCK_EVIDENCE = {
    clock_lo_ms: 294.999,
    clock_hi_ms: 304.001,
    clock_samples: 3,
    window_seconds: 8,
  }

  // @control mission/intrusion-alerts soc2/CC7.2
  test('each signal is a finding, and a critical one an incident as well', () => {
    for (const signal of SIGNALS) {
      const events = ocsfSignal(signal, PRODUCT)
      expect(events.map(({ class_uid }) => class_uid)).toEqual(
        signal.severity === 'critical' ? [2004, 2005] : [2004],
      )
      expect(events[0]).toMatchObject({
        finding_info: { analytic: { uid: signal.rule } },
        evidences: [{ data: signal.rule.startsWith('clock_') ? CLOCK_EVIDENCE : FAILURES }],
      })
      const [attack] = events[0]?.finding_info?.attacks ?? []
      expect(attack?.technique.uid ?? 'none').toBe(signal.technique)
    }
  })

  // @control pci/10.7 mission/intrusion-alerts
  test('a fault of the evidence is an incident, one of the gateway a finding', () => {
    const fault = { uid: 'f1', atMs: OUTCOME.atMs, code: 'log_rollback' } as const
    expect(ocsfFault({ ...fault, where: 'audit' }, PRODUCT).class_uid).toBe(2005)
    expect(ocsfFault({ ...fault, where: 'gateway' }, PRODUCT).class_uid).toBe(2004)
  })
})
