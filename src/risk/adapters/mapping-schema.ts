/**
 * The form of an order mapping: where in a request of one route each part of an order stands. What has to fit together is
 * `mapping-problems.ts`'s.
 *
 * A place (`at`) is a JSON pointer into the body (`/symbol`; in a batch, into each of its items), a parameter of the
 * query (`?symbol`), or a part of the route (`{id}`).
 */
import * as v from 'valibot'
import { isObject, isPointer } from '../../lib/json.ts'
import { readPositive } from '../../lib/decimal.ts'
import { ORDER_TYPES, SIDES, VALIDITIES } from '../order.ts'
import { UNITS } from './moment.ts'

/** A route's `{id}`, or a parameter's `?id`. */
const NAMED = /^(?:\?[A-Za-z][A-Za-z0-9._-]{0,63}|\{[A-Za-z][A-Za-z0-9]*\})$/
const WHERE =
  'must be a JSON pointer such as /symbol, a query parameter such as ?symbol or a part of the route such as {id}'

const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, `must be one of ${values.join(', ')}`)
const some = <S extends v.GenericSchema>(what: S, name: string) =>
  v.pipe(
    v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(64)), what),
    v.check((table) => Object.keys(table).length > 0, `must name at least one ${name}`),
  )

const At = v.pipe(
  v.string(),
  v.check((text) => text !== '' && (isPointer(text) || NAMED.test(text)), WHERE),
)
const Pointer = v.pipe(
  v.string(),
  v.check((text) => isPointer(text), 'must be a JSON pointer such as /id, or empty for it all'),
)
/**
 * What a value in the body may be. A number is judged by its text, so that it is what any reader takes it for; a string
 * is what most brokers ask for, and the default.
 */
const Form = v.optional(oneOf(['string', 'number', 'either']), 'string')

/** A part that stands somewhere, or that is the same for every order of the route. */
function placedOr<P extends v.GenericSchema, C extends v.GenericSchema>(placed: P, constant: C) {
  // Not a union: that would say of any slip that it is neither.
  return v.lazy((input): P | C => (isObject(input) && 'always' in input ? constant : placed))
}

const Placed = v.strictObject({ at: At, json: Form })
const Text = placedOr(
  Placed,
  v.strictObject({ always: v.pipe(v.string(), v.regex(/^[!-~]{1,128}$/, 'must be an id')) }),
)
const Amount = placedOr(
  Placed,
  v.strictObject({
    always: v.pipe(
      v.string(),
      v.check((text) => readPositive(text) !== undefined, 'must be a decimal such as 0.01'),
    ),
  }),
)
/** What a client writes for each of the values that risk knows. */
const choice = <const T extends readonly string[]>(values: T) =>
  placedOr(
    v.strictObject({
      at: At,
      json: Form,
      values: some(oneOf(values), 'value'),
      /** What it means that nothing is there; without it, something must be. */
      absent: v.optional(oneOf(values)),
    }),
    v.strictObject({ always: oneOf(values) }),
  )
/** Without `values`: JSON's own true and false. */
const Flag = placedOr(
  v.strictObject({
    at: At,
    json: Form,
    values: v.optional(some(v.boolean(), 'value')),
    absent: v.optional(v.boolean(), false),
  }),
  v.strictObject({ always: v.boolean() }),
)
const Moment = v.strictObject({ at: At, json: Form, unit: oneOf(UNITS) })

/** The order that is meant: by the broker's id or by the client's, whichever is there. */
const Target = v.pipe(
  v.strictObject({ id: v.optional(Placed), client: v.optional(Placed) }),
  v.check(({ id, client }) => id !== undefined || client !== undefined, 'must name id or client'),
)

/** What an answer's status can say; that it says nothing is `unknown`, which no table may claim to know. */
const Status = placedOr(
  v.strictObject({
    at: Pointer,
    values: some(oneOf(['open', 'filled', 'cancelled', 'rejected']), 'status'),
  }),
  v.strictObject({ always: oneOf(['open', 'filled', 'cancelled']) }),
)

/**
 * Statuses by which a broker says for certain that it did nothing: it did not understand the request (400, 405, 413, 415,
 * 422), did not let it in (401, 403), or knows no such order or path (404). Not 409: what is there already may be this
 * very order, sent on twice by a proxy of the broker's. Never 408, 425 and 429, which other machines on the way say
 * too, nor any 5xx.
 */
const REJECTS = [400, 401, 403, 404, 405, 413, 415, 422]
const LEFT_OPEN = [408, 425, 429]
const Rejects = v.optional(
  v.array(
    v.pipe(
      v.number(),
      v.check(
        (status) => Number.isInteger(status) && status >= 400 && status <= 499,
        'must be a status from 400 to 499',
      ),
      v.check(
        (status) => !LEFT_OPEN.includes(status),
        'leaves open whether anything was done: it must stay unknown',
      ),
    ),
  ),
  REJECTS,
)

/** Where in the answer to stand what became of an order; in a batch, in each of its items. */
const Answer = v.strictObject({
  items: v.optional(Pointer),
  orderId: v.optional(Pointer),
  clientOrderId: v.optional(Pointer),
  status: Status,
  filled: v.optional(Pointer),
  rejects: Rejects,
})
/**
 * Where the answer to a cancel of all has the list of what was cancelled; `orderId` is into each of these, where they are
 * objects. A broker that answers without a list can only say that all are cancelled, by answering at all.
 */
const AnswerToAll = v.strictObject({
  cancelled: v.optional(Pointer),
  orderId: v.optional(Pointer),
  status: v.optional(v.strictObject({ always: v.literal('cancelled') })),
  rejects: Rejects,
})

/** Members and parameters that the policy says mean nothing to risk. Any other that nothing maps refuses the request. */
const Ignored = v.optional(v.array(At), [])
const BATCH = {
  /** Where the body has its orders; empty where the body itself is the list. */
  items: v.optional(Pointer),
  mostItems: v.optional(
    v.pipe(
      v.number(),
      v.check((n) => Number.isInteger(n) && n >= 1 && n <= 100, 'must be from 1 to 100'),
    ),
    20,
  ),
  /** Of each item, where there are items. */
  ignored: Ignored,
  /** Of the body around the items. */
  ignoredAround: Ignored,
  answer: Answer,
}

const NewSchema = v.strictObject({
  action: v.literal('new'),
  symbol: Text,
  side: choice(SIDES),
  type: choice(ORDER_TYPES),
  quantity: v.optional(Amount),
  quoteQuantity: v.optional(Amount),
  price: v.optional(Amount),
  stopPrice: v.optional(Amount),
  validity: choice(VALIDITIES),
  validUntil: v.optional(Moment),
  displayQuantity: v.optional(Amount),
  postOnly: v.optional(Flag),
  reduceOnly: v.optional(Flag),
  clientOrderId: v.optional(Text),
  algorithm: v.optional(Text),
  decisionMaker: v.optional(Text),
  ...BATCH,
})
/** The quantity is what is left to be traded afterwards. */
const ReplaceSchema = v.strictObject({
  action: v.literal('replace'),
  target: Target,
  quantity: v.optional(Amount),
  price: v.optional(Amount),
  stopPrice: v.optional(Amount),
  clientOrderId: v.optional(Text),
  ...BATCH,
})
const CancelSchema = v.strictObject({
  action: v.literal('cancel'),
  target: Target,
  symbol: v.optional(Text),
  ...BATCH,
})
const CancelAllSchema = v.strictObject({
  action: v.literal('cancel_all'),
  symbol: v.optional(Text),
  ignored: Ignored,
  answer: v.optional(AnswerToAll, {}),
})

export const MappingSchema = v.variant(
  'action',
  [NewSchema, ReplaceSchema, CancelSchema, CancelAllSchema],
  'must be one of new, replace, cancel, cancel_all',
)

export type Mapping = v.InferOutput<typeof MappingSchema>
export type NewMapping = v.InferOutput<typeof NewSchema>
export type ReplaceMapping = v.InferOutput<typeof ReplaceSchema>
export type CancelMapping = v.InferOutput<typeof CancelSchema>
export type CancelAllMapping = v.InferOutput<typeof CancelAllSchema>
export type TargetPlaces = v.InferOutput<typeof Target>
export type TextField = v.InferOutput<typeof Text>
export type AmountField = v.InferOutput<typeof Amount>
export type FlagField = v.InferOutput<typeof Flag>
export type MomentField = v.InferOutput<typeof Moment>
export type AnswerFields = v.InferOutput<typeof Answer>
export type AnswerToAllFields = v.InferOutput<typeof AnswerToAll>
/** A part with a table of values. */
export type ChoiceField<T extends string> =
  | {
      readonly at: string
      readonly json: 'string' | 'number' | 'either'
      readonly values: Readonly<Record<string, T>>
      readonly absent?: T | undefined
    }
  | { readonly always: T }
