/** One order, or one word about an order, by its mapping. */
import type { Intent, OrderTarget } from '../order.ts'
import type { SymbolOf } from './adapter.ts'
import type { FieldReader } from './fields.ts'
import type {
  CancelAllMapping,
  CancelMapping,
  Mapping,
  ReplaceMapping,
  TargetPlaces,
} from './mapping-schema.ts'
import { readNewOrder } from './new-order.ts'

/** What is wanted, or `undefined` where something is wrong with it: then that was noted. */
export function readIntent(
  mapping: Mapping,
  reader: FieldReader,
  symbolOf: SymbolOf,
): Intent | undefined {
  if (mapping.action === 'new') return readNewOrder(mapping, reader, symbolOf)
  if (mapping.action === 'replace') return readReplace(mapping, reader)
  if (mapping.action === 'cancel') return readCancel(mapping, reader, symbolOf)
  return readCancelAll(mapping, reader, symbolOf)
}

function readReplace(mapping: ReplaceMapping, reader: FieldReader): Intent | undefined {
  const target = readTarget(mapping.target, reader)
  const quantity = reader.amount(mapping.quantity)
  const price = reader.amount(mapping.price)
  const stopPrice = reader.amount(mapping.stopPrice)
  const clientOrderId = reader.id(mapping.clientOrderId)
  if (target === null || quantity === null || price === null) return undefined
  if (stopPrice === null || clientOrderId === null) return undefined
  return { action: 'replace', target, quantity, price, stopPrice, clientOrderId }
}

/** Whose order is cancelled is told by the target; a symbol only says more. */
function readCancel(
  { target: places, symbol: where }: CancelMapping,
  reader: FieldReader,
  symbolOf: SymbolOf,
): Intent | undefined {
  const target = readTarget(places, reader)
  const symbol = reader.symbol(where, symbolOf)
  return target === null || symbol === null ? undefined : { action: 'cancel', target, symbol }
}

function readCancelAll(
  mapping: CancelAllMapping,
  reader: FieldReader,
  symbolOf: SymbolOf,
): Intent | undefined {
  const symbol = reader.symbol(mapping.symbol, symbolOf)
  return symbol === null ? undefined : { action: 'cancel_all', symbol }
}

/** Two names could mean two orders, and which one the broker takes is not known here. */
export function readTarget({ id, client }: TargetPlaces, reader: FieldReader): OrderTarget | null {
  const byId = reader.id(id)
  const byClient = reader.id(client)
  if (byId === null || byClient === null) return null
  if (byId !== undefined && byClient !== undefined)
    return reader.wrong(client, 'must not be there beside the other id')
  if (byId !== undefined) return { by: 'id', value: byId }
  if (byClient !== undefined) return { by: 'client', value: byClient }
  return reader.missing(id ?? client)
}
