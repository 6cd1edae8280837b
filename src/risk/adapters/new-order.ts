/** What an order of each type must say and must not say, whatever dialect it is written in. */
import type { Decimal } from '../../lib/decimal.ts'
import type { NewOrder, OrderType } from '../order.ts'
import type { SymbolOf } from './adapter.ts'
import type { FieldReader, Read } from './fields.ts'
import type { NewMapping } from './mapping-schema.ts'

/** Where the parts of a new order stand. */
export type NewFields = Omit<
  NewMapping,
  'action' | 'items' | 'mostItems' | 'ignored' | 'ignoredAround' | 'answer'
>

/** The prices that an order of a type has. What is one too many could be read as another type. */
const PRICES: Readonly<
  Record<OrderType, { readonly price: boolean; readonly stopPrice: boolean }>
> = {
  limit: { price: true, stopPrice: false },
  market: { price: false, stopPrice: false },
  stop: { price: false, stopPrice: true },
  stop_limit: { price: true, stopPrice: true },
}

/** The order, or `undefined` where something is wrong with it: then that was noted. */
export function readNewOrder(
  fields: NewFields,
  reader: FieldReader,
  symbolOf: SymbolOf,
): NewOrder | undefined {
  const draft = {
    symbol: reader.required(fields.symbol, reader.symbol(fields.symbol, symbolOf)),
    side: reader.required(fields.side, reader.choice(fields.side)),
    type: reader.required(fields.type, reader.choice(fields.type)),
    quantity: reader.amount(fields.quantity),
    quoteQuantity: reader.amount(fields.quoteQuantity),
    price: reader.amount(fields.price),
    stopPrice: reader.amount(fields.stopPrice),
    validity: reader.required(fields.validity, reader.choice(fields.validity)),
    validUntilMs: reader.moment(fields.validUntil),
    displayQuantity: reader.amount(fields.displayQuantity),
    postOnly: reader.flag(fields.postOnly),
    reduceOnly: reader.flag(fields.reduceOnly),
    clientOrderId: reader.id(fields.clientOrderId),
    algorithm: reader.id(fields.algorithm),
    decisionMaker: reader.id(fields.decisionMaker),
  }
  const whole = [
    pricesFit(draft.type, draft, fields, reader),
    amountsFit(draft, fields, reader),
    validityFits(draft, fields, reader),
  ].every(Boolean)
  return whole && isRead(draft) ? { action: 'new', ...draft } : undefined
}

type Draft = { readonly [Field in keyof Omit<NewOrder, 'action'>]: Read<NewOrder[Field]> }

/** Whether nothing that was there could not be read. */
function isRead<T extends object>(draft: T): draft is { [F in keyof T]: Exclude<T[F], null> } {
  return !Object.values(draft).includes(null)
}

function pricesFit(
  type: Read<OrderType>,
  draft: Pick<Draft, 'price' | 'stopPrice'>,
  fields: NewFields,
  reader: FieldReader,
): boolean {
  if (type === undefined || type === null) return false
  const problems = (['price', 'stopPrice'] as const).flatMap((name) => {
    const there = draft[name] !== undefined
    if (there === PRICES[type][name]) return []
    return reader.wrong(
      fields[name],
      there
        ? 'must not be there for an order of this type'
        : 'is required for an order of this type',
    )
  })
  return problems.length === 0
}

function amountsFit(draft: Draft, fields: NewFields, reader: FieldReader): boolean {
  const { quantity, quoteQuantity, displayQuantity } = draft
  const problems: null[] = []
  if (quantity === undefined && quoteQuantity === undefined)
    problems.push(reader.missing(fields.quantity ?? fields.quoteQuantity))
  if (quantity !== undefined && quoteQuantity !== undefined)
    problems.push(reader.wrong(fields.quoteQuantity, 'must not be there beside a quantity'))
  if (displayQuantity !== undefined && exceeds(displayQuantity, quantity))
    problems.push(reader.wrong(fields.displayQuantity, 'must not be more than the quantity'))
  return problems.length === 0
}

/** Whether more is to be shown than there is; of an order by its value nobody can tell. */
function exceeds(shown: Read<Decimal>, whole: Read<Decimal>): boolean {
  return typeof shown === 'bigint' && (whole === undefined || (whole !== null && shown > whole))
}

function validityFits(draft: Draft, fields: NewFields, reader: FieldReader): boolean {
  const { validity, validUntilMs } = draft
  if (validity === null || validity === undefined) return false
  const there = validUntilMs !== undefined
  if (there === (validity === 'gtd')) return true
  if (there) reader.wrong(fields.validUntil, 'must not be there for an order of this validity')
  else reader.missing(fields.validUntil)
  return false
}
