/**
 * The order record: one event for each order that was made, changed, cancelled or refused, in the vocabulary of RTS 24
 * (Delegated Regulation (EU) 2017/580, Annex, Table 2). A field that nobody said is absent; none is ever filled in.
 */
import * as v from 'valibot'

/** The fields by name, with their numbers in RTS 24. */
export const ORDER_FIELDS = {
  submittingEntity: 1,
  directElectronicAccess: 2,
  clientIdentification: 3,
  investmentDecision: 4,
  executionWithinFirm: 5,
  nonExecutingBroker: 6,
  tradingCapacity: 7,
  liquidityProvision: 8,
  dateTime: 9,
  validityPeriod: 10,
  orderRestriction: 11,
  validityDateTime: 12,
  priorityTime: 13,
  prioritySize: 14,
  sequenceNumber: 15,
  segmentMic: 16,
  orderBook: 17,
  instrument: 18,
  dateOfReceipt: 19,
  orderId: 20,
  event: 21,
  orderType: 22,
  orderClassification: 23,
  limitPrice: 24,
  additionalLimitPrice: 25,
  stopPrice: 26,
  peggedLimitPrice: 27,
  transactionPrice: 28,
  priceCurrency: 29,
  leg2Currency: 30,
  priceNotation: 31,
  buySell: 32,
  orderStatus: 33,
  quantityNotation: 34,
  quantityCurrency: 35,
  initialQuantity: 36,
  remainingQuantity: 37,
  displayedQuantity: 38,
  tradedQuantity: 39,
  minAcceptableQuantity: 40,
  minExecutableSize: 41,
  minExecutableFirstOnly: 42,
  passiveOnly: 43,
  passiveAggressive: 44,
  selfExecutionPrevention: 45,
  strategyOrderId: 46,
  routingStrategy: 47,
  tvtic: 48,
  auctionPhase: 49,
  auctionPrice: 50,
  auctionVolume: 51,
} as const
export type OrderField = keyof typeof ORDER_FIELDS

/** Fields that RTS 24 does not have. */
export const OWN_FIELDS = ['clientOrderId', 'targetOrderId', 'symbol', 'quoteQuantity'] as const
export type OwnField = (typeof OWN_FIELDS)[number]

/** Who knows a field: we, the client who said it, or the broker. */
export const SOURCES = ['gateway', 'client', 'origin'] as const
export type Source = (typeof SOURCES)[number]

/**
 * What happened (field 21). New, replaced and cancelled by the member; rejected; and what the broker alone knows.
 */
export const EVENTS = [
  'NEWO',
  'REME',
  'CAME',
  'REMO',
  'TRIG',
  'CHMO',
  'CAMO',
  'EXPI',
  'PARF',
  'FILL',
] as const
export type OrderEventCode = (typeof EVENTS)[number]

const Value = v.pipe(v.string(), v.maxLength(256))
const FieldName = v.picklist([
  ...Object.keys(ORDER_FIELDS).filter((name): name is OrderField =>
    Object.hasOwn(ORDER_FIELDS, name),
  ),
  ...OWN_FIELDS,
])

/** The fields of an event: each with its value, and who knows it. */
export const FieldsSchema = v.record(FieldName, v.tuple([Value, v.picklist(SOURCES)]))
export type Fields = v.InferOutput<typeof FieldsSchema>
