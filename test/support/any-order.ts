/** Random orders in the neutral form: all that there can be, and what each dialect can say. */
import { decimalText, type Decimal } from '../../src/lib/decimal.ts'
import {
  ORDER_TYPES,
  SIDES,
  VALIDITIES,
  type Cancel,
  type Intent,
  type NewOrder,
  type OrderTarget,
} from '../../src/risk/order.ts'
import type { Random } from './random.ts'

/** An amount of one to 18 places; most have few, some are as long as any may be. */
function anyDecimal(chance: Random): Decimal {
  const whole = BigInt(chance.below(chance.pick([1, 10, 1_000, 1_000_000_000])))
  const long = chance.chance(0.1) ? 9_999_999_999n * 1_000_000_000n : 0n
  const places = chance.pick([0, 2, 8, 18])
  const fraction = BigInt(chance.below(2 ** 31)) % 10n ** BigInt(places)
  const value = (whole + long) * 10n ** 18n + fraction * 10n ** BigInt(18 - places)
  return value === 0n ? 10n ** BigInt(18 - places) : value
}

/** How somebody writes it: now and then with zeros at its end, as many as there is room for. */
export function written(value: Decimal, chance: Random): string {
  const text = decimalText(value)
  if (chance.chance(0.7)) return text
  const places = text.split('.')[1]?.length ?? 0
  const zeros = '0'.repeat(chance.below(19 - places))
  return text.includes('.') || zeros === '' ? text + zeros : `${text}.${zeros}`
}

const ID_CHARACTERS = Array.from({ length: 94 }, (_, i) => String.fromCodePoint(0x21 + i))

function anyId(chance: Random): string {
  return Array.from({ length: 1 + chance.below(40) }, () => chance.pick(ID_CHARACTERS)).join('')
}

export function maybe<T>(chance: Random, value: () => T): T | undefined {
  return chance.chance(0.5) ? value() : undefined
}

export function anyOrder(chance: Random): NewOrder {
  const type = chance.pick(ORDER_TYPES)
  const validity = chance.pick(VALIDITIES)
  const amount = anyDecimal(chance)
  const byQuantity = chance.chance(0.8)
  const isLimit = type === 'limit' || type === 'stop_limit'
  return {
    action: 'new',
    symbol: chance.pick(['BTC-USD', 'ETH-USD', 'AAPL']),
    side: chance.pick(SIDES),
    type,
    quantity: byQuantity ? amount : undefined,
    quoteQuantity: byQuantity ? undefined : amount,
    price: isLimit ? anyDecimal(chance) : undefined,
    stopPrice: type.startsWith('stop') ? anyDecimal(chance) : undefined,
    validity,
    validUntilMs: validity === 'gtd' ? 1 + chance.below(2 ** 41) : undefined,
    displayQuantity: byQuantity ? maybe(chance, () => amount / 2n + 1n) : undefined,
    postOnly: chance.chance(0.3),
    reduceOnly: chance.chance(0.3),
    clientOrderId: maybe(chance, () => anyId(chance)),
    algorithm: maybe(chance, () => anyId(chance)),
    decisionMaker: maybe(chance, () => anyId(chance)),
  }
}

/** What the demo's broker knows: limit and market orders by quantity, until they are cancelled or at once. */
function demoOrder(chance: Random): NewOrder {
  const type = chance.pick(['limit', 'market'] as const)
  return {
    ...anyOrder(chance),
    type,
    quantity: anyDecimal(chance),
    quoteQuantity: undefined,
    price: type === 'limit' ? anyDecimal(chance) : undefined,
    stopPrice: undefined,
    validity: chance.pick(['gtc', 'ioc', 'fok']),
    validUntilMs: undefined,
    displayQuantity: undefined,
    postOnly: false,
    reduceOnly: false,
  }
}

/** Of the characters that a path's segment may have. */
function anyTarget(chance: Random): OrderTarget {
  return { by: 'id', value: `ord_${chance.below(2 ** 31)}~${chance.below(10)}` }
}

/** An order, a change, a cancel or a cancel of all, as the demo's broker takes them. */
export function demoIntent(chance: Random): Intent {
  const action = chance.pick(['new', 'new', 'new', 'replace', 'cancel', 'cancel_all'] as const)
  if (action === 'new') return demoOrder(chance)
  if (action === 'cancel_all') return { action, symbol: undefined }
  const target = anyTarget(chance)
  if (action === 'cancel') return { action, target, symbol: undefined }
  return {
    action,
    target,
    quantity: maybe(chance, () => anyDecimal(chance)),
    price: maybe(chance, () => anyDecimal(chance)),
    stopPrice: undefined,
    clientOrderId: undefined,
  }
}

/** What Binance's clients can say: nothing about who decided, and until when only by what becomes of the rest. */
export function binanceOrder(chance: Random): NewOrder {
  const order = anyOrder(chance)
  const { type, quantity, quoteQuantity } = order
  const byQuote = type === 'market' && quantity === undefined
  const amount = quantity ?? quoteQuantity
  return {
    ...order,
    symbol: chance.pick(['BTC-USD', 'ETH-USD']),
    quantity: byQuote ? undefined : amount,
    quoteQuantity: byQuote ? amount : undefined,
    validity: chance.pick(['gtc', 'ioc', 'fok']),
    validUntilMs: undefined,
    postOnly: type === 'limit' && order.postOnly,
    reduceOnly: false,
    decisionMaker: undefined,
  }
}

export function binanceCancel(chance: Random): Cancel {
  const target: OrderTarget = chance.chance(0.5)
    ? { by: 'id', value: String(1 + chance.below(2 ** 31)) }
    : { by: 'client', value: anyId(chance) }
  return { action: 'cancel', target, symbol: chance.pick(['BTC-USD', 'ETH-USD']) }
}
