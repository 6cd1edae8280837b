/**
 * What a broker's answer says of each order. Only what is certain is said: what is read wrongly as rejected is an order
 * that rests at the broker and that nobody counts any more.
 */
import { readDecimal, type Decimal } from '../../lib/decimal.ts'
import {
  exactPointer,
  isItems,
  isMembers,
  JsonNumber,
  parseExact,
  type ExactJson,
} from '../../lib/json-exact.ts'
import { decodeUtf8Strict } from '../../lib/json.ts'
import type { Answered, Intent } from '../order.ts'
import type { AnswerFields, AnswerToAllFields } from './mapping-schema.ts'

/** As many as an account may ever have open; a longer list is not read. */
const MOST_CANCELLED = 10_000
const UNKNOWN: Answered = { status: 'unknown' }
const REJECTED: Answered = { status: 'rejected' }

/** One for each intent, in their order. */
export function readAnswers(
  fields: AnswerFields,
  status: number,
  body: Uint8Array,
  intents: readonly Intent[],
): readonly Answered[] {
  if (fields.rejects.includes(status)) return intents.map(() => REJECTED)
  if (!isSuccess(status)) return intents.map(() => UNKNOWN)
  const value = readJson(body)
  if (fields.items === undefined) return intents.map((intent) => readOne(fields, value, intent))
  const items = value === undefined ? undefined : exactPointer(value, fields.items)
  // Which answer is whose can be told by their order alone: where some are missing, by nothing.
  if (!isItems(items) || items.length !== intents.length) return intents.map(() => UNKNOWN)
  return intents.map((intent, i) => readOne(fields, items[i], intent))
}

/** A cancel of all is one intent, and has one answer with the ids of what it cancelled. */
export function readAllCancelled(
  fields: AnswerToAllFields,
  status: number,
  body: Uint8Array,
  intents: readonly Intent[],
): readonly Answered[] {
  return intents.map(() => {
    if (fields.rejects.includes(status)) return REJECTED
    if (!isSuccess(status)) return UNKNOWN
    if (fields.cancelled === undefined) return fields.status === undefined ? UNKNOWN : CANCELLED
    const value = readJson(body)
    const list = value === undefined ? undefined : exactPointer(value, fields.cancelled)
    if (!isItems(list) || list.length > MOST_CANCELLED) return UNKNOWN
    const ids = list.map((item) => readId(exactPointer(item, fields.orderId ?? '')))
    const cancelled = ids.filter((id) => typeof id === 'string')
    return cancelled.length === ids.length ? { ...CANCELLED, cancelled } : UNKNOWN
  })
}

const CANCELLED: Answered = { status: 'cancelled' }

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299
}

/** The JSON of an answer, as strictly as that of a request: what is there twice says nothing. */
export function readJson(body: Uint8Array): ExactJson | undefined {
  const text = decodeUtf8Strict(body)
  const parsed = text === undefined ? undefined : parseExact(text)
  return parsed?.ok === true ? parsed.value : undefined
}

/** What the answer says of one order. Its ids are kept where the rest is not certain: by them it can be looked up. */
export function readOne(
  fields: Omit<AnswerFields, 'items' | 'rejects'>,
  value: ExactJson | undefined,
  intent: Intent,
): Answered {
  const at = (path: string | undefined) =>
    path === undefined || !isMembers(value) ? undefined : exactPointer(value, path)
  const orderId = readId(at(fields.orderId))
  const clientOrderId = readId(at(fields.clientOrderId))
  const filled = readFilled(at(fields.filled))
  const read = {
    orderId: orderId ?? undefined,
    clientOrderId: clientOrderId ?? undefined,
    status: 'always' in fields.status ? fields.status.always : statusOf(fields.status, value),
  }
  const reads = fields.orderId ?? fields.clientOrderId ?? fields.filled
  const certain =
    (reads === undefined || isMembers(value)) &&
    orderId !== null &&
    clientOrderId !== null &&
    filled !== null
  return certain && isAbout(intent, read) ? { ...read, filled } : { ...read, status: 'unknown' }
}

function statusOf(
  { at, values }: Extract<AnswerFields['status'], { readonly at: string }>,
  value: ExactJson | undefined,
): Answered['status'] {
  const found = value === undefined ? undefined : exactPointer(value, at)
  const text = found instanceof JsonNumber ? found.text : found
  if (typeof text !== 'string' || !Object.hasOwn(values, text)) return 'unknown'
  return values[text] ?? 'unknown'
}

/** Whether an answer that names an order names the one that was asked for. */
function isAbout(intent: Intent, { orderId, clientOrderId }: Answered): boolean {
  if (intent.action === 'cancel') {
    const named = intent.target.by === 'id' ? orderId : clientOrderId
    return named === undefined || named === intent.target.value
  }
  const sent = intent.action === 'cancel_all' ? undefined : intent.clientOrderId
  return sent === undefined || clientOrderId === undefined || clientOrderId === sent
}

/** An id, `undefined` where there is none and `null` where it cannot be one. Numbers are ids by their text. */
function readId(value: ExactJson | undefined): string | null | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const text = value instanceof JsonNumber ? value.text : value
  if (typeof text !== 'string' || !/^[!-~]{1,128}$/.test(text)) return null
  return value instanceof JsonNumber && !/^(?:0|[1-9][0-9]*)$/.test(text) ? null : text
}

function readFilled(value: ExactJson | undefined): Decimal | null | undefined {
  if (value === undefined || value === null) return undefined
  const text = value instanceof JsonNumber ? value.text : value
  const filled = typeof text === 'string' ? readDecimal(text) : undefined
  return filled === undefined || filled < 0n ? null : filled
}
