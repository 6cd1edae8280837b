/** Audit records and signals of every kind, as they usually are. */
import type { AuditRecord, ChangeRecord, OutcomeRecord } from '../../src/audit/record.ts'
import { SIGNAL_RULES, signalOf, type Signal, type SignalRuleId } from '../../src/control/signal.ts'
import type { Product } from '../../src/siem/event.ts'

export const PRODUCT: Product = {
  version: '0f1e2d3c-0000-4000-8000-000000000000',
  log: 'audit.gateway.example',
}

const AT_MS = 1_800_000_000_000
const REQUEST = 'ab'.repeat(16)

export const OUTCOME: OutcomeRecord = {
  v: 1,
  type: 'outcome',
  uid: `${REQUEST}:outcome`,
  atMs: AT_MS,
  worker: PRODUCT.version,
  policy: 'cd'.repeat(16),
  requestId: REQUEST,
  sequence: 4_711,
  keyId: 'key_1',
  credentialId: 'pc1_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  account: 'acct',
  user: 'usr_1',
  operation: 'order.write',
  route: 'POST /v1/orders',
  kind: 'order',
  requestHash: 'ef'.repeat(32),
  address: '192.0.2.7',
  decision: 'forwarded',
  status: 201,
  admitted: true,
  dialect: 'rfc9421',
  country: 'DE',
  asn: 64_500,
  colo: 'FRA',
  tlsVersion: 'TLSv1.3',
  durationMs: 12,
  receivedAtMs: AT_MS - 12,
  origin: {
    sentAtMs: AT_MS - 9,
    answeredAtMs: AT_MS,
    receivedThereMs: AT_MS - 5.125,
    sentThereMs: AT_MS - 4.875,
    clock: { lowMs: -14.893, highMs: 3.894, samples: 64 },
  },
}

/** A stranger's call that was turned away. */
export const TURNED_AWAY: OutcomeRecord = {
  v: 1,
  type: 'outcome',
  uid: `${REQUEST}:outcome`,
  atMs: AT_MS,
  requestId: REQUEST,
  decision: 'refused',
  status: 401,
  code: 'unauthorized',
  durationMs: 1,
}

export const CHANGE: ChangeRecord = {
  v: 1,
  type: 'change',
  uid: 'change:key:key_1:4',
  atMs: AT_MS,
  subject: { type: 'key', id: 'key_1' },
  version: 4,
  what: 'key.changed',
  user: 'usr_2',
  keyId: 'key_2',
  session: 'ses_2',
  requestId: REQUEST,
  reason: 'as agreed',
}

export function changeOf(
  subject: ChangeRecord['subject']['type'],
  what: string,
  more: Partial<ChangeRecord> = {},
): ChangeRecord {
  return { ...CHANGE, subject: { type: subject, id: `${subject}_1` }, what, ...more }
}

const { requestId, sequence, keyId, credentialId, account, user, operation, route } = OUTCOME
const CALL = { requestId, sequence: sequence ?? 1, keyId, credentialId, account, user, operation }

/** One of each type that is not a change. */
export const RECORDS: readonly AuditRecord[] = [
  OUTCOME,
  TURNED_AWAY,
  {
    v: 1,
    type: 'admission',
    uid: `${REQUEST}:admission`,
    atMs: AT_MS,
    ...CALL,
    route,
    kind: 'order',
    requestHash: 'ef'.repeat(32),
    address: '2001:db8::7',
    signedAtMs: AT_MS - 5,
    weight: 1,
  },
  { v: 1, type: 'unknown', uid: `${REQUEST}:unknown`, atMs: AT_MS, ...CALL, route, kind: 'order' },
  ...(['restart', 'not-received'] as const).map(
    (cause) =>
      ({
        v: 1,
        type: 'gap',
        uid: `gap:key_1:${cause}`,
        atMs: AT_MS,
        keyId: 'key_1',
        first: 7,
        last: 11,
        cause,
      }) as const,
  ),
  {
    v: 1,
    type: 'fork',
    uid: 'fork:key_1:8',
    atMs: AT_MS,
    keyId: 'key_1',
    of: 'admission',
    number: 8,
    body: '{}',
  },
  {
    v: 1,
    type: 'strangers',
    uid: 'strangers:1',
    atMs: AT_MS,
    network: '192.0.2.0/24',
    country: 'DE',
    asn: 64_500,
    fromMs: AT_MS - 60_000,
    count: 720,
    ends: { unauthorized: 700, unknown_operation: 19, '200': 1 },
  },
]

/** Every change that there is a word for, and some that there is none for. */
export const CHANGES: readonly ChangeRecord[] = [
  changeOf('user', 'user.created', { version: 1, after: '{"userId":"usr_1","roles":["owner"]}' }),
  changeOf('user', 'user.roles', { before: '["client"]', after: '["owner","risk"]' }),
  changeOf('user', 'user.roles', { before: '["client"]', after: '[]' }),
  changeOf('user', 'totp.confirmed'),
  changeOf('user', 'totp.reset'),
  changeOf('user', 'session.begun', { after: '{"sid":"ses_1"}' }),
  changeOf('user', 'session.ended', { after: '{"sid":"ses_1","why":"logout"}' }),
  changeOf('user', 'sessions.ended'),
  changeOf('user', 'key.added', { after: '{"keyId":"key_1"}' }),
  changeOf('user', 'restored'),
  changeOf('key', 'key.created', { version: 1, after: '{"status":"active","permissions":["a"]}' }),
  ...(['active', 'suspended', 'revoked'] as const).map((status) =>
    changeOf('key', 'key.changed', {
      before: `{"status":"${status === 'active' ? 'suspended' : 'active'}"}`,
      after: `{"status":"${status}","tier":"retail"}`,
    }),
  ),
  changeOf('key', 'key.changed', {
    before: '{"permissions":["order.read"]}',
    after: '{"permissions":["order.read","order.write"]}',
  }),
  changeOf('key', 'key.changed', {
    before: '{"limits":[]}',
    after: '{"limits":[{"name":"burst","limit":5,"windowSeconds":1}]}',
    approver: 'usr_9',
    ticket: 'T-1',
  }),
  changeOf('key', 'moved', { user: undefined, keyId: undefined }),
  changeOf('signing-keys', 'rotated', { before: '{"a":"current"}', after: '{"a":"retired"}' }),
  changeOf('audit', 'sinks', { after: 'not json' }),
]

function isRule(name: string): name is SignalRuleId {
  return name in SIGNAL_RULES
}

/** One of each rule. */
const CLOCK_FEATURES = { lowMs: 294.999, highMs: 304.001, samples: 3, windowSeconds: 8 } as const

export const SIGNALS: readonly Signal[] = Object.keys(SIGNAL_RULES)
  .filter(isRule)
  .map((rule) =>
    rule.startsWith('clock_')
      ? signalOf(rule, { type: 'clock', id: 'FRA' }, CLOCK_FEATURES, '2027-01-15T08:00:00.000Z')
      : signalOf(
          rule,
          { type: 'network', id: '192.0.2.0/24' },
          { ids: 20, windowSeconds: 60, asn: 64_500, country: 'DE' },
          '2027-01-15T08:00:00.000Z',
        ),
  )
