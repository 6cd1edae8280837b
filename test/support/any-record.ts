/** Audit records and signals with members as long and as odd as their schema lets them be. */
import {
  boolean,
  constant,
  constantFrom,
  dictionary,
  double,
  integer,
  oneof,
  option,
  record,
  string,
  tuple,
  type Arbitrary,
} from 'fast-check'
import { KINDS } from '../../src/access/kind.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { EVENTS } from '../../src/risk/order-event.ts'
import { signalOf, type Signal } from '../../src/control/signal.ts'
import { REFUSALS } from '../../src/refusal.ts'

/** Texts that are as long as a record may hold them, and cost as much as a text can. */
const Odd: Arbitrary<string> = oneof(
  string({ maxLength: 40 }),
  string({ unit: 'binary', maxLength: 2_048 }),
  constantFrom('\u0000', '"', '\\', '€', '💶', '\ud800', 'a').map((unit) =>
    unit.repeat(2_048 / unit.length),
  ),
)
const Json = oneof(
  Odd,
  constantFrom('permissions', 'roles', 'status', 'limits', 'x').map((name) =>
    JSON.stringify({ [name]: Array.from({ length: 100 }, () => '€"'.repeat(32)) }),
  ),
)
const Whole = integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
const Real = double({ noNaN: true, noDefaultInfinity: true })
const maybe = <T>(arbitrary: Arbitrary<T>) => option(arbitrary, { nil: undefined })
const Code = oneof(constantFrom(...Object.keys(REFUSALS)), Odd)

const common = { v: constant(1 as const), uid: Odd, atMs: Whole }
const call = {
  requestId: Odd,
  sequence: Whole,
  keyId: maybe(Odd),
  credentialId: maybe(Odd),
  account: maybe(Odd),
  user: maybe(Odd),
  session: maybe(Odd),
  operation: maybe(oneof(Odd, constantFrom('gateway.sessions.create', 'gateway.sessions.refresh'))),
  route: maybe(
    oneof(
      Odd,
      Odd.map((path) => `POST /gw/${path}`),
    ),
  ),
  kind: maybe(constantFrom(...KINDS)),
  requestHash: maybe(Odd),
  address: maybe(
    oneof(
      Odd,
      constantFrom('192.0.2.7', '2001:db8::7', '::', '1::2::3', '1:2:3:4::5:6:7:8', '1.2.3.256'),
    ),
  ),
}
const judge = { worker: maybe(Odd), policy: maybe(Odd) }
const place = { country: maybe(Odd), asn: maybe(Whole) }

export const AnyRecord: Arbitrary<AuditRecord> = oneof(
  record({
    ...common,
    ...judge,
    ...call,
    ...place,
    type: constant('outcome' as const),
    decision: constantFrom('forwarded' as const, 'answered' as const, 'refused' as const),
    status: Whole,
    code: maybe(Code),
    reason: maybe(Odd),
    outcome: maybe(constant('unknown' as const)),
    admitted: maybe(boolean()),
    dialect: maybe(Odd),
    colo: maybe(Odd),
    tlsVersion: maybe(Odd),
    durationMs: Whole,
    receivedAtMs: maybe(Whole),
    origin: maybe(
      record({
        sentAtMs: Whole,
        answeredAtMs: maybe(Whole),
        receivedThereMs: maybe(Real),
        sentThereMs: maybe(Real),
        targetHash: maybe(Odd),
        bodyHash: maybe(Odd),
        clock: maybe(record({ lowMs: Real, highMs: Real, samples: Whole })),
      }),
    ),
  }),
  record({
    ...common,
    ...judge,
    ...call,
    type: constant('admission' as const),
    signedAtMs: Whole,
    weight: Whole,
  }),
  record({ ...common, ...call, type: constant('unknown' as const) }),
  record({
    ...common,
    type: constant('gap' as const),
    keyId: Odd,
    first: Whole,
    last: Whole,
    cause: constantFrom('restart' as const, 'not-received' as const),
  }),
  record({
    ...common,
    type: constant('change' as const),
    subject: record({
      type: constantFrom(
        'key' as const,
        'user' as const,
        'signing-keys' as const,
        'audit' as const,
        'account' as const,
        'firm' as const,
      ),
      id: Odd,
    }),
    version: Whole,
    what: oneof(Odd, constantFrom('user.roles', 'session.begun', 'totp.reset', 'revoked')),
    before: maybe(Json),
    after: maybe(Json),
    user: maybe(Odd),
    keyId: maybe(Odd),
    session: maybe(Odd),
    requestId: maybe(Odd),
    reason: maybe(Odd),
    approver: maybe(Odd),
    ticket: maybe(Odd),
  }),
  record({
    ...common,
    ...judge,
    ...call,
    type: constant('order_event' as const),
    account: Odd,
    number: Whole,
    event: constantFrom(...EVENTS),
    decision: constantFrom('accepted' as const, 'refused' as const, 'reported' as const),
    fields: constantFrom('client' as const, 'origin' as const).chain((source) =>
      record({
        symbol: tuple(Odd, constant(source)),
        buySell: tuple(Odd, constant(source)),
        initialQuantity: tuple(Odd, constant(source)),
        clientOrderId: tuple(Odd, constant(source)),
      }),
    ),
    code: maybe(Code),
    scope: maybe(Odd),
    limit: maybe(Odd),
    actual: maybe(Odd),
    orderHash: maybe(Odd),
    bodyHash: maybe(Odd),
    sentBodyHash: maybe(Odd),
  }),
  record({
    ...common,
    type: constant('fork' as const),
    keyId: Odd,
    of: constantFrom('admission' as const, 'change' as const),
    number: Whole,
    body: Json,
  }),
  record({
    ...common,
    ...place,
    type: constant('strangers' as const),
    network: Odd,
    fromMs: Whole,
    count: Whole,
    ends: dictionary(oneof(Code, Odd), Whole, { maxKeys: 40 }),
  }),
)

export const AnySignal: Arbitrary<Signal> = record({
  rule: constantFrom('canary_used' as const, 'network_locked' as const, 'clock_far_apart' as const),
  subject: record({
    type: constantFrom('network' as const, 'credential' as const, 'clock' as const),
    id: Odd,
  }),
  features: record({
    ids: Whole,
    failures: Whole,
    network: Odd,
    asn: Whole,
    country: Odd,
    keyId: Odd,
    endsAt: Odd,
    lowMs: Real,
    highMs: Real,
    samples: Whole,
    apartMs: Whole,
    requestId: Odd,
  }),
  at: oneof(Odd, constant('2027-01-15T08:00:00.000Z')),
}).map(({ rule, subject, features, at }) => signalOf(rule, subject, features, at))
