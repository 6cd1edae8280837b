/**
 * Audit records: what is kept of a call and of a change. Every member of every kind of record is listed here and filled
 * from facts that the gateway itself established; what is not listed is not kept (allow-list, never block-list).
 *
 * A call of a key has one number and up to three parts: `admission` (written by the key's object before anything
 * unsafe leaves), `outcome` (how it ended) and, where no outcome ever came, `unknown`.
 */
import * as v from 'valibot'
import { KINDS } from '../access/kind.ts'
import type { Admission, Key } from '../guard/key.ts'
import { canonical } from '../lib/jcs.ts'
import { member } from '../lib/json.ts'
import { exactly } from '../lib/shape.ts'
import { EVENTS, FieldsSchema } from '../risk/order-event.ts'

const Text = v.pipe(v.string(), v.maxLength(2_048))
/** A key with as many symbols and accounts as it may have, before and after a change. */
const Long = v.pipe(v.string(), v.maxLength(524_288))
const Whole = v.pipe(v.number(), v.safeInteger())
const Real = v.pipe(v.number(), v.finite())
const maybe = <S extends v.GenericSchema>(schema: S) => v.optional(schema)

/** What every record has. */
const COMMON = {
  v: v.literal(1),
  /** Names this record and no other, wherever a copy of it goes. */
  uid: Text,
  /** When it happened, by the clock of whoever wrote it, in milliseconds since 1970. */
  atMs: Whole,
}

/** Which worker judged, by which policy: a version's id, and the first half of the policy's SHA-256 in hexadecimal. */
const JUDGE = { worker: maybe(Text), policy: maybe(Text) }

/** Who called, what, from where. */
const CALL = {
  requestId: Text,
  sequence: maybe(Whole),
  keyId: maybe(Text),
  credentialId: maybe(Text),
  account: maybe(Text),
  user: maybe(Text),
  session: maybe(Text),
  operation: maybe(Text),
  /** As the policy writes it: what stood in the place of a parameter is not kept. */
  route: maybe(Text),
  kind: maybe(v.picklist(KINDS)),
  /** SHA-256 of what was signed, hexadecimal. */
  requestHash: maybe(Text),
  address: maybe(Text),
}

const AdmissionSchema = v.object({
  ...COMMON,
  ...JUDGE,
  ...CALL,
  type: v.literal('admission'),
  sequence: Whole,
  signedAtMs: Whole,
  /** Units of every limit that it spent. */
  weight: Whole,
})

/** What was asked of the market, of one order. */
const ORDER = {
  event: v.picklist(EVENTS),
  fields: FieldsSchema,
}

/**
 * How the origin answered what is unsafe: when it left here and the answer came, by our clock; when it came and left there,
 * by the origin's; and in which bounds these clocks differ, origin less gateway. All in milliseconds.
 */
const OriginSchema = v.object({
  sentAtMs: Whole,
  /** Absent where no answer came in time. */
  answeredAtMs: maybe(Whole),
  receivedThereMs: maybe(Real),
  sentThereMs: maybe(Real),
  /** SHA-256 of target and body as they were forwarded, hexadecimal: to be compared with the origin's own journal. */
  targetHash: maybe(Text),
  bodyHash: maybe(Text),
  clock: maybe(v.object({ lowMs: Real, highMs: Real, samples: Whole })),
  orders: maybe(
    v.array(
      v.object({
        orderId: maybe(Text),
        clientOrderId: maybe(Text),
        status: v.picklist(['open', 'filled', 'cancelled', 'rejected', 'unknown']),
        filled: maybe(Text),
      }),
    ),
  ),
})

const OutcomeSchema = v.object({
  ...COMMON,
  ...JUDGE,
  ...CALL,
  type: v.literal('outcome'),
  decision: v.picklist(['forwarded', 'answered', 'refused']),
  /** HTTP status of the answer. */
  status: Whole,
  /** The refusal's code, and a fixed phrase that says more. */
  code: maybe(Text),
  reason: maybe(Text),
  /** Whether what the origin did is not known. */
  outcome: maybe(v.literal('unknown')),
  /** Whether an admission of this call was written: then it has two parts. */
  admitted: maybe(v.boolean()),
  dialect: maybe(Text),
  country: maybe(Text),
  asn: maybe(Whole),
  colo: maybe(Text),
  tlsVersion: maybe(Text),
  durationMs: Whole,
  /** When its head was at the edge, by the isolate's clock as the handler began: of what is unsafe at the broker. */
  receivedAtMs: maybe(Whole),
  origin: maybe(OriginSchema),
  /** Orders that were turned away before an account's object saw them. */
  refusedOrders: maybe(v.array(v.object(ORDER))),
})

/**
 * One order that was made, changed, cancelled or refused, or what the origin told of one. Numbered without a gap in its
 * account; what a client asked for has its key's number too.
 */
const OrderEventSchema = v.object({
  ...COMMON,
  ...JUDGE,
  ...v.partial(v.object(CALL)).entries,
  ...ORDER,
  type: v.literal('order_event'),
  account: Text,
  number: Whole,
  decision: v.picklist(['accepted', 'refused', 'reported']),
  /** Of a refusal: its code, whose limit it was, what that was and what it would have become. */
  code: maybe(Text),
  scope: maybe(Text),
  limit: maybe(Text),
  actual: maybe(Text),
  /** Names the order and nothing else, for who overrides a refusal: SHA-256, hexadecimal. */
  orderHash: maybe(Text),
  /** The override by which it passed. */
  override: maybe(Text),
  /** When it was at the edge, by the isolate's clock. */
  receivedAtMs: maybe(Whole),
  /** SHA-256 of the body as received, hexadecimal. */
  bodyHash: maybe(Text),
  /** The same of the body as forwarded, where the proof that was in it was taken out. */
  sentBodyHash: maybe(Text),
  /** What it was valued at, and how old that was. */
  referencePrice: maybe(Text),
  referenceAgeMs: maybe(Whole),
  /** The limits that it was judged by: revisions of the account's and of the firm's. */
  limitsRevision: maybe(Whole),
  firmRevision: maybe(Whole),
})

/** No outcome came: what happened at the origin is not known, and nobody guesses. */
const UnknownSchema = v.object({
  ...COMMON,
  ...CALL,
  type: v.literal('unknown'),
  sequence: Whole,
})

/** Whose changes, or whose orders, are numbered. */
const Subject = v.object({
  type: v.picklist([
    'key',
    'user',
    'signing-keys',
    'audit',
    'account',
    'firm',
    'orders',
    'control',
  ]),
  id: Text,
})

/** Numbers of a key, or of changes, about which nothing is known: lost with an object's memory, or on the way here. */
const GapSchema = v.object({
  ...COMMON,
  type: v.literal('gap'),
  keyId: maybe(Text),
  /** Whose changes the numbers are of, where they are of changes. */
  subject: maybe(Subject),
  first: Whole,
  last: Whole,
  cause: v.picklist(['restart', 'not-received', 'unreadable']),
})

/** Something that people made or changed: what it was, what it became, by whose word and why. */
const ChangeSchema = v.object({
  ...COMMON,
  type: v.literal('change'),
  subject: Subject,
  /** How often the subject had changed, with this change. */
  version: Whole,
  what: Text,
  /** JSON, without anything secret. */
  before: maybe(Long),
  after: maybe(Long),
  user: maybe(Text),
  keyId: maybe(Text),
  session: maybe(Text),
  requestId: maybe(Text),
  reason: maybe(Text),
  approver: maybe(Text),
  ticket: maybe(Text),
})

/** A number that was given twice, by an object that was restored from an older state. */
const ForkSchema = v.object({
  ...COMMON,
  type: v.literal('fork'),
  keyId: maybe(Text),
  /** Whose numbers they are, where they are not a key's. */
  subject: maybe(Subject),
  of: v.picklist(['admission', 'change', 'order_event']),
  number: Whole,
  /** What came second, JSON. */
  body: Long,
})

/** Refusals and open calls of one network that were too many to be kept one by one, counted. */
const StrangersSchema = v.object({
  ...COMMON,
  type: v.literal('strangers'),
  /** The client's network in CIDR form, or `others`. */
  network: Text,
  country: maybe(Text),
  asn: maybe(Whole),
  fromMs: Whole,
  count: Whole,
  /** How many ended in which way: a refusal's code, or the status. */
  ends: v.record(Text, Whole),
})

const BY_TYPE = {
  admission: AdmissionSchema,
  outcome: OutcomeSchema,
  order_event: OrderEventSchema,
  unknown: UnknownSchema,
  gap: GapSchema,
  change: ChangeSchema,
  fork: ForkSchema,
  strangers: StrangersSchema,
} as const

export type AuditRecord = v.InferOutput<(typeof BY_TYPE)[keyof typeof BY_TYPE]>
export type RecordType = AuditRecord['type']
export type AdmissionRecord = Extract<AuditRecord, { type: 'admission' }>
export type OutcomeRecord = Extract<AuditRecord, { type: 'outcome' }>
export type OrderEventRecord = Extract<AuditRecord, { type: 'order_event' }>
export type ChangeRecord = Extract<AuditRecord, { type: 'change' }>
export type StrangersRecord = Extract<AuditRecord, { type: 'strangers' }>

/** The record as far as its members are listed above, or `undefined` where it is none. */
export function readRecord(value: unknown): AuditRecord | undefined {
  const type = member(value, 'type')
  if (!isRecordType(type)) return undefined
  const read = v.safeParse(BY_TYPE[type], value)
  return read.success ? read.output : undefined
}

const EXACTLY = {
  admission: exactly(AdmissionSchema),
  outcome: exactly(OutcomeSchema),
  order_event: exactly(OrderEventSchema),
  unknown: exactly(UnknownSchema),
  gap: exactly(GapSchema),
  change: exactly(ChangeSchema),
  fork: exactly(ForkSchema),
  strangers: exactly(StrangersSchema),
} as const satisfies Record<RecordType, unknown>

/** Whether a parsed value is a record and has no member that a record does not have. */
export function isRecord(value: unknown): value is AuditRecord {
  const type = member(value, 'type')
  return isRecordType(type) && EXACTLY[type](value)
}

export function isRecordType(type: unknown): type is RecordType {
  return typeof type === 'string' && Object.hasOwn(BY_TYPE, type)
}

/** The durable half of an unsafe call: written with the verdict, before the request leaves. */
export function admissionRecord(
  { keyId, account, user }: Pick<Key, 'keyId' | 'account' | 'user'>,
  ask: Admission,
  sequence: number,
  decidedAtMs: number,
): AdmissionRecord {
  const { requestId, credentialId, session, operation, route, kind, requestHash, address } = ask
  return {
    v: 1,
    type: 'admission',
    uid: `${requestId}:admission`,
    atMs: decidedAtMs,
    ...ask.judge,
    requestId,
    sequence,
    keyId,
    credentialId,
    account,
    user,
    session: session?.sid,
    operation,
    route,
    kind,
    requestHash,
    address,
    signedAtMs: ask.signedAtMs,
    weight: ask.weight,
  }
}

/** The text of a record: the one that is committed to, kept and exported (RFC 8785). */
export function recordText(record: AuditRecord): string {
  return canonical(record)
}
