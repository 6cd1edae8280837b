/**
 * An unsafe call of the broker as the log has it. Its parts reach the log by different ways, minutes apart: each waits on
 * the shelf by its request id, with what the comparison needs of it, until all have passed.
 */
import * as v from 'valibot'
import { isUnsafe } from '../../access/kind.ts'
import type { AuditRecord, OutcomeRecord } from '../../audit/record.ts'
import { EVENTS, FieldsSchema } from '../../risk/order-event.ts'
import { SAFE } from './journal-line.ts'

/** What is known of a call: whether it was at the origin, was not, may have been, or changes nothing there. */
const STANDINGS = ['answered', 'unknown', 'not sent', 'read'] as const

const Text = v.optional(v.string())
const PartSchema = v.object({
  index: v.number(),
  type: v.picklist(['admission', 'outcome', 'unknown', 'order_event']),
  standing: v.picklist(STANDINGS),
  atMs: v.number(),
  account: Text,
  route: Text,
  status: v.optional(v.number()),
  code: Text,
  targetHash: Text,
  bodyHash: Text,
  /** Of an order event. */
  number: v.optional(v.number()),
  event: v.optional(v.picklist(EVENTS)),
  fields: v.optional(FieldsSchema),
  /** Of an outcome: what the origin said of each order. */
  answers: v.optional(
    v.array(v.object({ orderId: Text, clientOrderId: Text, status: v.string(), filled: Text })),
  ),
})
type Part = v.InferOutput<typeof PartSchema>
const Shelved = v.pipe(v.string(), v.parseJson(), PartSchema)

export interface Call extends Pick<
  Part,
  | 'index'
  | 'atMs'
  | 'standing'
  | 'account'
  | 'route'
  | 'status'
  | 'code'
  | 'targetHash'
  | 'bodyHash'
> {
  readonly requestId: string
  readonly orders: readonly CallOrder[]
  readonly answers: NonNullable<Part['answers']>
}

export interface CallOrder {
  readonly event: NonNullable<Part['event']>
  readonly fields: NonNullable<Part['fields']>
}

/** What the gateway answers by itself. */
const OWN = ' /gw/'

/** A part of a call as it waits on the shelf; `undefined` of a record that is none, or of no call of the broker. */
export function partOf(
  index: number,
  record: AuditRecord,
): { readonly requestId: string; readonly text: string } | undefined {
  if (!('requestId' in record) || record.requestId === undefined) return undefined
  if (!('route' in record) || record.route === undefined || record.route.includes(OWN))
    return undefined
  const facts = factsOf(record)
  if (facts === undefined) return undefined
  const { requestId, atMs, account, route } = record
  return { requestId, text: JSON.stringify({ index, atMs, account, route, ...facts }) }
}

function factsOf(record: AuditRecord): Omit<Part, 'index' | 'atMs'> | undefined {
  const { type } = record
  if (type === 'admission' || type === 'unknown') return { type, standing: 'unknown' }
  if (type === 'outcome') return outcomeFacts(record)
  // What the broker told by itself is no request of anybody's.
  if (type !== 'order_event' || record.decision === 'reported') return undefined
  const { decision, number, event, fields, sentBodyHash, bodyHash } = record
  const standing = decision === 'accepted' ? 'unknown' : 'not sent'
  return { type, standing, number, event, fields, bodyHash: sentBodyHash ?? bodyHash }
}

function outcomeFacts(record: OutcomeRecord): Omit<Part, 'index' | 'atMs'> | undefined {
  const { type, kind, decision, status, code, origin, receivedAtMs, atMs } = record
  if (kind === undefined) return undefined
  const { targetHash, bodyHash, orders, sentAtMs } = origin ?? {}
  const at = { atMs: sentAtMs ?? receivedAtMs ?? atMs }
  if (!isUnsafe(kind)) return isSafe(record.route) ? undefined : { type, standing: 'read', ...at }
  const isUnknown = record.outcome === 'unknown'
  const isAnswered = decision === 'forwarded' && !isUnknown
  // Whatever was made of the answer: what has a time at which it left, did leave.
  const standing = isAnswered
    ? 'answered'
    : isUnknown || sentAtMs !== undefined
      ? 'unknown'
      : 'not sent'
  return { type, standing, status, code, targetHash, bodyHash, answers: orders, ...at }
}

/** A read by a method that says so: a journal's line of it is not looked for. */
function isSafe(route = ''): boolean {
  return SAFE.has(route.split(' ', 1)[0] ?? '')
}

/** A call of all its parts, of which there is one at least. */
export function callOf(requestId: string, texts: readonly string[]): Call | undefined {
  const parts = texts.map((text) => v.parse(Shelved, text))
  const [first] = parts
  if (first === undefined) return undefined
  const outcome = parts.find(({ type }) => type === 'outcome')
  const told = outcome ?? parts.find(({ standing }) => standing === 'unknown') ?? first
  const events = parts
    .filter(({ type }) => type === 'order_event')
    .toSorted((a, b) => (a.number ?? 0) - (b.number ?? 0))
  return {
    requestId,
    index: first.index,
    atMs: told.atMs,
    standing: told.standing,
    account: parts.find(({ account }) => account !== undefined)?.account,
    route: first.route,
    status: outcome?.status,
    code: outcome?.code,
    targetHash: outcome?.targetHash,
    // The outcome of an answer without the hash is older than this comparison: its event's may be of another body.
    bodyHash: outcome?.bodyHash ?? (told.standing === 'answered' ? undefined : events[0]?.bodyHash),
    orders: events.flatMap(({ event, fields }) =>
      event === undefined || fields === undefined ? [] : [{ event, fields }],
    ),
    answers: outcome?.answers ?? [],
  }
}
