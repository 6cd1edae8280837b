/**
 * Orders as Binance's spot clients write them (binance-spot-api-docs, rest-api.md, "Trading endpoints"): parameters in the
 * query, in a form, or in both.
 *
 * The octets are those that the broker gets: the dialect has taken `signature` out of query and form, and that is what is
 * forwarded. The venue takes the query's value where a name is in both; others take the form's: so a name is there
 * once. What is understood is listed below. Any other parameter refuses the request, and on purpose:
 *
 * - `trailingDelta`, and `pegPriceType`, `pegOffsetType`, `pegOffsetValue`: a price that moves with the market is none that
 *   could be judged.
 * - `TAKE_PROFIT` and `TAKE_PROFIT_LIMIT` as `type`: they are triggered on the other side of the market than a stop, which
 *   the neutral form cannot say.
 * - `TRANSFER` as `selfTradePreventionMode`: it moves what would have traded to another account.
 * - `computeCommissionRates`: of the test of an order, which is another route.
 * - `isIsolated`, `sideEffectType`, `autoRepayAtCancel` (margin), `positionSide`, `reduceOnly`, `closePosition`,
 *   `activationPrice`, `callbackRate`, `workingType`, `priceMatch`, `goodTillDate` (futures): of other products.
 * - `signature`: it is never forwarded. Where it is still there, this is not what the broker gets.
 */
import { isFormType } from '../../lib/http.ts'
import { exactPointer, JsonNumber, type ExactJson } from '../../lib/json-exact.ts'
import { decodeUtf8Strict } from '../../lib/json.ts'
import { ok, type Result } from '../../lib/result.ts'
import type { Answered, Intent, Misread } from '../order.ts'
import type { OrderAdapter, OrderRequest } from './adapter.ts'
import { readJson, readOne } from './answer.ts'
import { FieldReader } from './fields.ts'
import { readTarget } from './intent.ts'
import type { AnswerFields } from './mapping-schema.ts'
import { Misreads } from './misreads.ts'
import { readNewOrder, type NewFields } from './new-order.ts'
import { readParameters } from './parameters.ts'
import { parameterName, placesIn } from './places.ts'

const from = (at: string) => ({ at, json: 'string' as const })

/**
 * What an order says. `timeInForce` may be left out where the venue has but one meaning for it, or refuses the order
 * itself: it calls market orders `GTC`. The strategy's id is the one word that its clients have for which algorithm it was.
 */
const NEW: NewFields = {
  symbol: from('?symbol'),
  side: { ...from('?side'), values: { BUY: 'buy', SELL: 'sell' } },
  type: {
    ...from('?type'),
    values: {
      LIMIT: 'limit',
      LIMIT_MAKER: 'limit',
      MARKET: 'market',
      STOP_LOSS: 'stop',
      STOP_LOSS_LIMIT: 'stop_limit',
    },
  },
  postOnly: {
    ...from('?type'),
    values: {
      LIMIT: false,
      LIMIT_MAKER: true,
      MARKET: false,
      STOP_LOSS: false,
      STOP_LOSS_LIMIT: false,
    },
    absent: false,
  },
  validity: {
    ...from('?timeInForce'),
    values: { GTC: 'gtc', IOC: 'ioc', FOK: 'fok' },
    absent: 'gtc',
  },
  quantity: from('?quantity'),
  quoteQuantity: from('?quoteOrderQty'),
  price: from('?price'),
  stopPrice: from('?stopPrice'),
  displayQuantity: from('?icebergQty'),
  clientOrderId: from('?newClientOrderId'),
  algorithm: from('?strategyId'),
}

const CANCEL = {
  symbol: from('?symbol'),
  target: { id: from('?orderId'), client: from('?origClientOrderId') },
}

/** What else may be said of an order without changing anything that is judged, and in which words. */
const BESIDE_NEW: Readonly<Record<string, RegExp>> = {
  // How much of an answer the client wants; after `ACK` nobody here knows what became of the order.
  newOrderRespType: /^(?:ACK|RESULT|FULL)$/,
  selfTradePreventionMode: /^(?:NONE|EXPIRE_TAKER|EXPIRE_MAKER|EXPIRE_BOTH|DECREMENT)$/,
  strategyType: /^[1-9][0-9]{6,9}$/,
}
const BESIDE_CANCEL: Readonly<Record<string, RegExp>> = {
  /** Names the cancel, not an order. */
  newClientOrderId: /^[!-~]{1,128}$/,
  cancelRestrictions: /^(?:ONLY_NEW|ONLY_PARTIALLY_FILLED)$/,
}
/** The dialect's, which has judged them. */
const OF_THE_SIGNATURE = ['timestamp', 'recvWindow']

const NEW_NAMES = namesOf(NEW, BESIDE_NEW)
const CANCEL_NAMES = namesOf(CANCEL, BESIDE_CANCEL)

function namesOf(fields: object, beside: object): ReadonlySet<string> {
  const read = placesIn('', fields).flatMap(({ at }) => parameterName(at) ?? [])
  return new Set([...read, ...Object.keys(beside), ...OF_THE_SIGNATURE])
}

const STATUS: AnswerFields['status'] = {
  at: '/status',
  values: {
    NEW: 'open',
    PENDING_NEW: 'open',
    PARTIALLY_FILLED: 'open',
    FILLED: 'filled',
    CANCELED: 'cancelled',
    REJECTED: 'rejected',
    // By the rules of its type, or because it would have met an order of the same account.
    EXPIRED: 'cancelled',
    EXPIRED_IN_MATCH: 'cancelled',
  },
}
const ANSWER_TO_NEW = {
  orderId: '/orderId',
  clientOrderId: '/clientOrderId',
  status: STATUS,
  filled: '/executedQty',
}
/** There `clientOrderId` names the cancel. */
const ANSWER_TO_CANCEL = { ...ANSWER_TO_NEW, clientOrderId: '/origClientOrderId' }

/** Errors after which nobody knows whether the order is there: unknown, disconnected, no or an odd answer from within. */
const LEAVE_OPEN: ReadonlySet<string> = new Set(['-1000', '-1001', '-1006', '-1007'])

/** `POST /api/v3/order`. */
export const binanceNew: OrderAdapter = {
  read: (request, symbolOf) =>
    readRequest(request, NEW_NAMES, BESIDE_NEW, (reader) => {
      const order = readNewOrder(NEW, reader, symbolOf)
      if (order?.quoteQuantity !== undefined && order.type !== 'market')
        reader.wrong(NEW.quoteQuantity, 'must not be there for an order of this type')
      return order
    }),
  readAnswer: (status, body, intents) => readAnswer(ANSWER_TO_NEW, status, body, intents),
}

/** `DELETE /api/v3/order`. */
export const binanceCancel: OrderAdapter = {
  read: (request, symbolOf) =>
    readRequest(request, CANCEL_NAMES, BESIDE_CANCEL, (reader) => {
      const symbol = reader.required(CANCEL.symbol, reader.symbol(CANCEL.symbol, symbolOf))
      const target = readTarget(CANCEL.target, reader)
      return symbol === null || target === null ? undefined : { action: 'cancel', target, symbol }
    }),
  readAnswer: (status, body, intents) => readAnswer(ANSWER_TO_CANCEL, status, body, intents),
}

function readRequest(
  request: OrderRequest,
  known: ReadonlySet<string>,
  beside: Readonly<Record<string, RegExp>>,
  read: (reader: FieldReader) => Intent | undefined,
): Result<readonly Intent[], readonly Misread[]> {
  const misreads = new Misreads()
  const values = readParameters([request.query ?? '', readForm(request, misreads)], known, misreads)
  for (const [name, allowed] of Object.entries(beside)) {
    if (!allowed.test(values.get(name) ?? '') && values.has(name))
      misreads.add(name, 'is not one of the values that are known here')
  }
  const nameOf = (at: string) => parameterName(at) ?? at
  const intent = read(new FieldReader({ find: (at) => values.get(nameOf(at)), nameOf }, misreads))
  return intent !== undefined && misreads.list.length === 0
    ? ok([intent])
    : { ok: false, error: misreads.list }
}

/** The text of the form; empty where there is none, or where that was noted. */
function readForm(request: OrderRequest, misreads: Misreads): string {
  const { method, body, contentType, contentEncoding } = request
  if (body.length === 0) return ''
  const text = decodeUtf8Strict(body)
  const reason = [
    // As the dialect does: an origin that looks for these in the query alone would miss them.
    method === 'POST' ? '' : 'must not be there',
    contentEncoding === undefined ? '' : 'must not be encoded',
    contentType !== undefined && isFormType(contentType)
      ? ''
      : 'must be sent as application/x-www-form-urlencoded',
    text === undefined ? 'is not UTF-8, or begins with a byte order mark' : '',
  ].find((problem) => problem !== '')
  if (reason === undefined) return text ?? ''
  misreads.add('', reason)
  return ''
}

function readAnswer(
  fields: typeof ANSWER_TO_NEW,
  status: number,
  body: Uint8Array,
  intents: readonly Intent[],
): readonly Answered[] {
  const value = readJson(body)
  return intents.map((intent) => {
    if (status >= 200 && status <= 299) return readOne(fields, value, intent)
    return { status: isRejected(status, value) ? 'rejected' : 'unknown' }
  })
}

/**
 * The venue says no with a status of 4xx and a code of its own. A page of some machine on the way has no code; nobody
 * knows after a 408; and a 409 says that a part was done.
 */
function isRejected(status: number, value: ExactJson | undefined): boolean {
  if (status < 400 || status > 499 || status === 408 || status === 409) return false
  const code = value === undefined ? undefined : exactPointer(value, '/code')
  return (
    code instanceof JsonNumber && /^-[1-9][0-9]{3}$/.test(code.text) && !LEAVE_OPEN.has(code.text)
  )
}
