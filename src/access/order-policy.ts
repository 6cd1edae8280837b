/**
 * How the policy says that orders are read: an adapter for each route that makes, changes or cancels one. A policy that names
 * instruments has pre-trade risk, and then no such route may be without; one that names none has no pre-trade risk.
 */
import * as v from 'valibot'
import { isObject } from '../lib/json.ts'
import type { OrderAdapter } from '../risk/adapters/adapter.ts'
import { ADAPTER_IDS, CODED, type AdapterId } from '../risk/adapters/coded.ts'
import { mappingProblems } from '../risk/adapters/mapping-problems.ts'
import { MappingSchema, type Mapping } from '../risk/adapters/mapping-schema.ts'
import { compileMapping } from '../risk/adapters/mapping.ts'
import {
  compileInstruments,
  compileNames,
  type Instrument,
  type VenueSymbols,
  type WrittenInstruments,
} from './instrument.ts'
import type { Kind } from './kind.ts'

const CodedSchema = v.strictObject({
  adapter: v.picklist(ADAPTER_IDS, `must be one of ${ADAPTER_IDS.join(', ')}`),
})

/** By route: a mapping, or the name of an adapter that is code. */
export const OrdersSchema = v.record(
  v.string(),
  // Not a union: that would say of any slip that it is neither.
  v.lazy((input): typeof CodedSchema | typeof MappingSchema =>
    isObject(input) && 'adapter' in input ? CodedSchema : MappingSchema,
  ),
)

/** What of an operation says how its orders are read. */
export interface OrderOperation {
  readonly kind: Kind
  readonly routes: readonly string[]
  readonly venues: Readonly<Record<string, readonly string[] | undefined>>
  readonly order?: v.InferOutput<typeof OrdersSchema> | undefined
}

/** What of a policy is about orders. All of it is empty where there is no pre-trade risk. */
export interface OrderPolicy {
  /** By route, as the policy writes it. */
  readonly orders: ReadonlyMap<string, OrderAdapter>
  /** By symbol. */
  readonly instruments: ReadonlyMap<string, Instrument>
  readonly symbolOf: VenueSymbols
}

/** Adds to `problems` whatever would let an order pass unread, or be read as something else. */
export function compileOrders(
  operations: Readonly<Record<string, OrderOperation>>,
  instruments: WrittenInstruments | undefined,
  problems: string[],
): OrderPolicy {
  return {
    orders: compileAdapters(operations, instruments !== undefined, problems),
    instruments: compileInstruments(instruments ?? {}),
    symbolOf: compileNames(instruments ?? {}, problems),
  }
}

function compileAdapters(
  operations: Readonly<Record<string, OrderOperation>>,
  hasInstruments: boolean,
  problems: string[],
): ReadonlyMap<string, OrderAdapter> {
  const adapters = new Map<string, OrderAdapter>()
  for (const [id, operation] of Object.entries(operations)) {
    const place = `operations.${id}.order`
    const { order = {} } = operation
    if (hasInstruments)
      problems.push(...missingOf(operation).map((route) => `${place}: "${route}" has no adapter`))
    else if (operation.order !== undefined)
      problems.push(`${place}: an order is judged by its instrument, and there are no instruments`)
    for (const [route, written] of Object.entries(order)) {
      const found = problemsOf(route, written, operation)
      problems.push(...found.map((problem) => `${place}.${route}${problem}`))
      const adapter = found.length === 0 ? adapterOf(route, written) : undefined
      if (adapter !== undefined) adapters.set(route, adapter)
    }
  }
  return adapters
}

type Written = { readonly adapter: AdapterId } | Mapping

function isCoded(written: Written): written is { readonly adapter: AdapterId } {
  return 'adapter' in written
}

function adapterOf(route: string, written: Written): OrderAdapter | undefined {
  return isCoded(written) ? codedOf(written.adapter, route)?.adapter : compileMapping(written)
}

function codedOf(id: AdapterId, route: string) {
  return Object.hasOwn(CODED[id], route) ? CODED[id][route] : undefined
}

/** Routes by which something would reach the market unjudged. */
function missingOf({ kind, routes, venues, order = {} }: OrderOperation): readonly string[] {
  if (kind !== 'order' && kind !== 'cancel') return []
  const all = [...routes, ...Object.values(venues).flatMap((own) => own ?? [])]
  return all.filter((route) => !Object.hasOwn(order, route))
}

/** Each begins with a colon, or with the member that it is about. */
function problemsOf(
  route: string,
  written: Written,
  { kind, routes, venues }: OrderOperation,
): readonly string[] {
  if (!isCoded(written)) {
    const { action } = written
    const fits = kind === (action === 'new' || action === 'replace' ? 'order' : 'cancel')
    const all = [...routes, ...Object.values(venues).flatMap((own) => own ?? [])]
    return [
      ...(all.includes(route) ? [] : [': is no route of this operation']),
      ...(fits ? [] : [`.action: "${action}" is not what an operation of kind ${kind} does`]),
      ...mappingProblems(route, written).map((problem) => `.${problem}`),
    ]
  }
  const { adapter: id } = written
  const coded = codedOf(id, route)
  if (coded === undefined) return [`.adapter: ${id} reads ${Object.keys(CODED[id]).join(' and ')}`]
  return [
    ...(venues[id]?.includes(route) === true ? [] : [`: is no route of ${id} in this operation`]),
    ...(coded.kind === kind ? [] : [`.adapter: reads a route of kind ${coded.kind}`]),
  ]
}
