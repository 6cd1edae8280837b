/** What is recorded of an order that was judged: fields that the client said or that we know, and nothing else. */
import type { Judge } from '../guard/key.ts'
import { decimalText, type Decimal } from '../lib/decimal.ts'
import { rfc3339 } from '../lib/time.ts'
import type { OrderEventRecord } from '../audit/record.ts'
import type { Fields, OrderEventCode, Source } from './order-event.ts'
import type { Answered, Intent, NewOrder, Validity } from './order.ts'

/** What RTS 24 calls an order's validity (field 10). */
const VALIDITY: Readonly<Record<Validity, string>> = {
  day: 'GDAY',
  gtc: 'GTCA',
  gtd: 'GTDT',
  ioc: 'IOCA',
  fok: 'FOKI',
}

const EVENT: Readonly<Record<Intent['action'], OrderEventCode>> = {
  new: 'NEWO',
  replace: 'REME',
  cancel: 'CAME',
  cancel_all: 'CAME',
}

/** What the policy knows of an instrument. */
export interface InstrumentFacts {
  readonly currency?: string | undefined
  readonly isin?: string | undefined
  readonly mic?: string | undefined
}

type Said = [keyof Fields, string | undefined, Source]

function fieldsFrom(said: readonly Said[]): Fields {
  const fields: Fields = {}
  for (const [name, value, source] of said)
    if (value !== undefined) fields[name] = [value.slice(0, 256), source]
  return fields
}

function amount(value: Decimal | undefined): string | undefined {
  return value === undefined ? undefined : decimalText(value)
}

function saidOfOrder(order: NewOrder): readonly Said[] {
  const { type, side, price, stopPrice, quantity, quoteQuantity } = order
  return [
    ['symbol', order.symbol, 'client'],
    ['buySell', side === 'buy' ? 'BUYI' : 'SELL', 'client'],
    ['orderType', type, 'client'],
    [
      'orderClassification',
      type === 'limit' ? 'LMTO' : type === 'market' ? undefined : 'STOP',
      'client',
    ],
    ['limitPrice', amount(price), 'client'],
    ['stopPrice', amount(stopPrice), 'client'],
    ['initialQuantity', amount(quantity), 'client'],
    ['quantityNotation', quantity === undefined ? undefined : 'UNIT', 'gateway'],
    ['quoteQuantity', amount(quoteQuantity), 'client'],
    ['displayedQuantity', amount(order.displayQuantity), 'client'],
    ['passiveOnly', order.postOnly ? 'true' : undefined, 'client'],
    ['validityPeriod', VALIDITY[order.validity], 'client'],
    [
      'validityDateTime',
      order.validUntilMs === undefined ? undefined : rfc3339(order.validUntilMs),
      'client',
    ],
    ['clientOrderId', order.clientOrderId, 'client'],
    ['investmentDecision', order.decisionMaker, 'client'],
    ['executionWithinFirm', order.algorithm, 'client'],
  ]
}

function saidOf(
  intent: Intent,
  order: NewOrder | undefined,
  known: string | undefined,
): readonly Said[] {
  const target: readonly Said[] =
    'target' in intent
      ? [
          [
            'targetOrderId',
            intent.target.by === 'client' ? intent.target.value : undefined,
            'client',
          ],
          ['orderId', intent.target.by === 'id' ? intent.target.value : undefined, 'client'],
        ]
      : []
  if (intent.action === 'new' || (intent.action === 'replace' && order !== undefined))
    return [...saidOfOrder(order ?? (intent.action === 'new' ? intent : NOTHING)), ...target]
  if (intent.action === 'replace')
    return [
      ['limitPrice', amount(intent.price), 'client'],
      ['stopPrice', amount(intent.stopPrice), 'client'],
      ['remainingQuantity', amount(intent.quantity), 'client'],
      ...target,
    ]
  // Whoever names another symbol than the order's is not believed.
  return (known ?? intent.symbol) === intent.symbol
    ? [['symbol', intent.symbol, 'client'], ...target]
    : [['symbol', known, 'gateway'], ...target]
}

const NOTHING: NewOrder = {
  action: 'new',
  symbol: '',
  side: 'buy',
  type: 'limit',
  validity: 'gtc',
  postOnly: false,
  reduceOnly: false,
}

/**
 * The fields of what a client asked for. `order` is what a change makes of the order, `symbol` that of the order that a cancel
 * names, where it is known.
 */
export function fieldsOf(
  intent: Intent,
  order: NewOrder | undefined,
  { currency, isin, mic }: InstrumentFacts,
  atMs: number,
  symbol?: string,
): Fields {
  return fieldsFrom([
    ...saidOf(intent, order, symbol),
    ['event', EVENT[intent.action], 'gateway'],
    ['dateTime', rfc3339(atMs), 'gateway'],
    ['dateOfReceipt', rfc3339(atMs)?.slice(0, 10), 'gateway'],
    ['priceCurrency', currency, 'gateway'],
    ['instrument', isin, 'gateway'],
    ['segmentMic', mic, 'gateway'],
  ])
}

export function eventOf({ action }: Intent): OrderEventCode {
  return EVENT[action]
}

/** What every event of one request says alike. */
export interface EventCall extends Judge {
  readonly requestId: string
  readonly sequence: number
  readonly keyId: string
  readonly credentialId: string
  readonly account: string
  readonly user: string
  readonly session?: string | undefined
  readonly operation: string
  readonly route: string
  readonly kind: OrderEventRecord['kind']
  readonly requestHash: string
  readonly address?: string | undefined
  readonly receivedAtMs: number
  readonly bodyHash: string
  /** Of the body as forwarded, where that is another. */
  readonly sentBodyHash?: string | undefined
}

/** What an event says that is its own. */
export type EventOwn = Pick<
  OrderEventRecord,
  | 'number'
  | 'decision'
  | 'event'
  | 'fields'
  | 'code'
  | 'scope'
  | 'limit'
  | 'actual'
  | 'orderHash'
  | 'override'
  | 'referencePrice'
  | 'referenceAgeMs'
  | 'limitsRevision'
  | 'firmRevision'
>

export function orderEvent(call: EventCall, own: EventOwn, atMs: number): OrderEventRecord {
  return {
    v: 1,
    type: 'order_event',
    uid: `${call.account}:order:${own.number}`,
    atMs,
    ...call,
    ...own,
  }
}

const TOLD = {
  open: 'PARF',
  filled: 'FILL',
  cancelled: 'CAMO',
  rejected: 'REMO',
} as const satisfies Partial<Record<Answered['status'], OrderEventCode>>

/** What the broker told of an order, outside of any request. */
export function toldEvent(
  account: string,
  number: number,
  told: Omit<Answered, 'status'> & {
    readonly status: keyof typeof TOLD
    readonly symbol?: string | undefined
    readonly price?: Decimal | undefined
  },
  by: Pick<EventCall, 'requestId' | 'keyId' | 'user'>,
  atMs: number,
): OrderEventRecord {
  const event = TOLD[told.status]
  const fields = fieldsFrom([
    ['orderId', told.orderId, 'origin'],
    ['clientOrderId', told.clientOrderId, 'origin'],
    ['symbol', told.symbol, 'origin'],
    ['event', event, 'origin'],
    ['tradedQuantity', amount(told.filled), 'origin'],
    ['transactionPrice', amount(told.price), 'origin'],
    ['dateTime', rfc3339(atMs), 'gateway'],
  ])
  const uid = `${account}:order:${number}`
  const common = { v: 1, type: 'order_event', uid, atMs } as const
  return { ...common, account, number, event, fields, decision: 'reported', ...by }
}
