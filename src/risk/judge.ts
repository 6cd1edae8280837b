/**
 * The judgement of one request, top to bottom in the order in which an order can be turned away: whether it is known at
 * all, whether it was sent before, and then every control of every scope. Nothing is counted by what is refused; of a
 * batch all orders pass or none.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex, utf8 } from '../lib/bytes.ts'
import type { Decimal, Product } from '../lib/decimal.ts'
import { canonical } from '../lib/jcs.ts'
import { keyScope, symbolScope, ACCOUNT, type Book, type Standing } from './book.ts'
import type { Judged } from './control.ts'
import { heardOf } from './changed-day.ts'
import { changedOrder } from './changed-order.ts'
import { firstBreach } from './controls.ts'
import type { Leg } from './entry.ts'
import { cancelLeg, orderLeg } from './legs.ts'
import { limitsTotal, type AccountLimits, type Limits } from './limits.ts'
import type { Intent, NewOrder, Replace } from './order.ts'
import { unitsAtMost } from './positions.ts'
import type { RiskControl } from './refusals.ts'
import { SumsWith, type Add } from './sums.ts'
import { valuationOf, type Reference, type Terms } from './value.ts'

/** Orders of one account that may be open or unknown at once: an object has to hold them all. */
const MOST_STANDING = 50_000

/** The firm's limits as a Worker last heard them: for every order, and for those of some symbols. */
export interface FirmView {
  readonly revision: number
  readonly firm: Limits
  readonly symbols: Readonly<Record<string, Limits>>
}

/** What a request is judged by. */
export interface Scene {
  readonly book: Book
  readonly keyId: string
  readonly account: string
  readonly nowMs: number
  readonly limits: AccountLimits
  readonly caps: Limits
  readonly firm: FirmView
  /** How an instrument is valued; `undefined` for one that the policy does not have. */
  terms(symbol: string): Terms | undefined
  /** What the market last paid, if it is not too old. */
  reference(symbol: string): Reference | undefined
  /** Whether only cancels pass: its object came back from an older state. */
  readonly isSealed: boolean
  /** Whether an order that reduces passes without a price. */
  readonly reducesWithoutPrice: boolean
  /** Whether so many units of it, all together, only make a position smaller. */
  reduces(order: NewOrder, quantity: Decimal | undefined): boolean
  latched(symbol: string, side: string): boolean
  overridden(orderHash: string): boolean
}

/** Why it is refused: by which control, whose limit, what it was and what it would have become. */
export interface RiskRefusal {
  readonly control: RiskControl
  readonly scope: string
  readonly limit: string
  readonly actual: string
  /** Which of the request's orders. */
  readonly index: number
  readonly orderHash: string
}

export interface JudgedOrder {
  readonly leg: Leg
  readonly orderHash: string
  readonly reference: Reference | undefined
  readonly overridden: boolean
  /** Whether it only makes a position smaller, or takes an order away. */
  readonly reduces: boolean
}

export type Judgement =
  | { readonly passed: readonly JudgedOrder[] }
  | { readonly refused: RiskRefusal; readonly reference: Reference | undefined }

/** Names an order and nothing else: the same order asked for again has the same name. */
export function orderHashOf(account: string, intent: Intent): string {
  const amounts = Object.entries(intent).map(([name, value]): [string, unknown] => [
    name,
    typeof value === 'bigint' ? value.toString() : value,
  ])
  return toHex(sha256(utf8(canonical({ account, ...Object.fromEntries(amounts) }))))
}

export function judge(intents: readonly Intent[], scene: Scene): Judgement {
  const passed: JudgedOrder[] = []
  const standing = scene.book.standingCount
  for (const [index, intent] of intents.entries()) {
    const orderHash = orderHashOf(scene.account, intent)
    const judged = judgeOne(intent, orderHash, passed, standing, scene)
    if ('control' in judged)
      return { refused: { ...judged, index, orderHash }, reference: judged.reference }
    passed.push(judged)
  }
  return { passed }
}

/** Of the order that a request names, where that is known. */
export function symbolOf(intent: Intent | undefined, book: Pick<Book, 'find'>): string | undefined {
  return intent !== undefined && 'target' in intent
    ? book.find(intent.target)?.leg.order?.symbol
    : undefined
}

interface No {
  readonly control: RiskControl
  readonly scope: string
  readonly limit: string
  readonly actual: string
  readonly reference: Reference | undefined
}

function no(control: RiskControl, scope: string, limit: string, actual: string): No {
  return { control, scope, limit, actual, reference: undefined }
}

function judgeOne(
  intent: Intent,
  orderHash: string,
  before: readonly JudgedOrder[],
  standing: number,
  scene: Scene,
): JudgedOrder | No {
  // What takes risk away is counted and never refused.
  if (intent.action === 'cancel' || intent.action === 'cancel_all')
    return {
      leg: cancelLeg(intent, symbolOf(intent, scene.book)),
      orderHash,
      reference: undefined,
      overridden: false,
      reduces: true,
    }
  if (scene.isSealed)
    return no('restored', ACCOUNT, 'cancels, until a person confirms', 'restored to an older state')
  const { clientOrderId } = intent
  const sentBefore =
    clientOrderId !== undefined &&
    (scene.book.hasClientId(clientOrderId) ||
      before.some(({ leg }) => leg.clientOrderId === clientOrderId))
  if (sentBefore)
    return no('duplicate_client_order_id', ACCOUNT, 'an id that was not used', 'used before')
  if (standing + before.length >= MOST_STANDING)
    return no('max_open_orders', ACCOUNT, String(MOST_STANDING), 'more')
  if (intent.action === 'new') return judgeOrder(intent, undefined, orderHash, before, scene)
  const found = scene.book.find(intent.target)
  if (found?.leg.order === undefined || found.leg.status === 'closed')
    return no('unknown_order', ACCOUNT, 'an open order of this account', 'not known')
  // By whichever of its names.
  if (before.some(({ leg }) => leg.target && scene.book.find(leg.target)?.leg === found.leg))
    return no('unknown_order', ACCOUNT, 'one change of an order at a time', 'changed before')
  const changed = changedOrder(found.leg.order, found.leg, intent)
  return judgeOrder(changed, { standing: found, intent }, orderHash, before, scene)
}

/** Units of what was let through before in the same request, of its symbol and side: they may trade, too. */
function beside({ symbol, side }: NewOrder, before: readonly JudgedOrder[]): Decimal | undefined {
  let sum = 0n
  for (const { leg } of before) {
    if (leg.order?.symbol !== symbol || leg.order.side !== side) continue
    const units = unitsAtMost(leg)
    if (units === undefined) return undefined
    sum += units
  }
  return sum
}

interface Changing {
  readonly standing: Standing
  readonly intent: Replace
}

function judgeOrder(
  order: NewOrder,
  changing: Changing | undefined,
  orderHash: string,
  before: readonly JudgedOrder[],
  scene: Scene,
): JudgedOrder | No {
  const terms = scene.terms(order.symbol)
  if (terms === undefined)
    return no('symbol_not_allowed', 'firm', 'an instrument of the policy', 'none')
  const reference = scene.reference(order.symbol)
  const valuation = valuationOf(order, reference, terms)
  const quantity = valuation?.quantity ?? order.quantity
  const others = beside(order, before)
  const reduces = scene.reduces(
    order,
    quantity === undefined || others === undefined ? undefined : quantity + others,
  )
  const whole = valuation?.value ?? 0n
  const judged: Judged = {
    order,
    quantity,
    value: valuation?.value,
    mayBeMore: valuation?.isMost === false,
    firmLimitsValue: limitsTotal(scene.firm.firm),
    addsOpen: atLeastZero(whole - (changing?.standing.leg.open ?? 0n)),
    // What the order traded before a change is known when that is answered: until then both count.
    addsDaily: whole,
    addsOrders: changing === undefined ? 1 : 0,
    reference,
    reduces,
    withoutPrice: reduces && scene.reducesWithoutPrice,
    nowMs: scene.nowMs,
  }
  // One order was let through, once: not two of a batch that are alike.
  const overridden =
    scene.overridden(orderHash) &&
    !before.some((other) => other.overridden && other.orderHash === orderHash)
  const refused = refusalOf(judged, overridden, before, scene)
  if (refused !== undefined) return { ...refused, reference }
  const change = changing && {
    target: changing.intent.target,
    heardBefore: heardOf(changing.standing.leg),
  }
  const leg = orderLeg(judged, whole, change)
  return { leg, orderHash, reference, overridden, reduces }
}

/** Every scope that has limits, the widest first: whose they are, and what they are compared with. */
function* scopesOf({ symbol }: NewOrder, scene: Scene) {
  const { firm, limits, caps, keyId } = scene
  // What the firm comes to is reserved from its own object, not counted here.
  yield ['firm', withoutTotals(firm.firm), ACCOUNT] as const
  yield [`firm symbol ${symbol}`, withoutTotals(firm.symbols[symbol]), ACCOUNT] as const
  yield ['account', limits.account, ACCOUNT] as const
  yield ['customer', caps, ACCOUNT] as const
  yield [`key ${keyId}`, limits.keys[keyId], keyScope(keyId)] as const
  yield [`symbol ${symbol}`, limits.symbols[symbol], symbolScope(symbol)] as const
}

function withoutTotals(limits: Limits | undefined): Limits | undefined {
  if (limits === undefined) return undefined
  const { maxOpenValue: _open, maxDailyValue: _daily, ...alone } = limits
  return alone
}

function refusalOf(
  judged: Judged,
  overridden: boolean,
  before: readonly JudgedOrder[],
  scene: Scene,
): No | undefined {
  const { symbol, side } = judged.order
  if (judged.addsOrders === 1 && scene.latched(symbol, side))
    return no('repeated_execution', `key ${scene.keyId}`, 'until a person lets it go on', 'stopped')
  const adds = before.flatMap(({ leg }) => addOf(leg))
  const ofKey = scene.book.scope(keyScope(scene.keyId))
  for (const [scope, limits, name] of scopesOf(judged.order, scene)) {
    if (limits === undefined) continue
    const inScope =
      name === symbolScope(symbol) ? adds.filter((add) => add.order.symbol === symbol) : adds
    const sums = new SumsWith(scene.book.scope(name), ofKey, inScope)
    const refused = firstBreach(judged, limits, sums, overridden)
    if (refused !== undefined) return no(refused.control.id, scope, refused.limit, refused.actual)
  }
  return undefined
}

function addOf({ order, open, daily, counts }: Leg): readonly Add[] {
  return order === undefined ? [] : [{ order, open, daily, counts }]
}

function atLeastZero(value: Product): Product {
  return value > 0n ? value : 0n
}
