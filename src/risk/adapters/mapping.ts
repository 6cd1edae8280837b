/**
 * Orders in JSON, read as the policy maps them. Every member of the body and every parameter of the query is either read or
 * named by the policy as meaningless to risk; any other refuses the request, for nobody here knows what the broker does
 * with it.
 */
import type { ExactJson } from '../../lib/json-exact.ts'
import { ok, type Result } from '../../lib/result.ts'
import type { Answered, Intent, Misread } from '../order.ts'
import type { OrderAdapter, OrderRequest, SymbolOf } from './adapter.ts'
import { readAllCancelled, readAnswers } from './answer.ts'
import { FieldReader, type Source } from './fields.ts'
import { readIntent } from './intent.ts'
import type { Mapping } from './mapping-schema.ts'
import { readBody, readItems, readMembers, shapeOf, type Members, type Shape } from './members.ts'
import { Misreads } from './misreads.ts'
import { readParameters } from './parameters.ts'
import { parameterName, placesOf, routePart } from './places.ts'

/** The adapter of a mapping in which `mappingProblems` found nothing. */
export function compileMapping(mapping: Mapping): OrderAdapter {
  return new MappedOrders(mapping)
}

/** One order of a request: the whole body, or one item of it. */
interface Item {
  /** The pointer to it. */
  readonly at: string
  readonly members: Members
}

class MappedOrders implements OrderAdapter {
  readonly #mapping: Mapping
  readonly #item: Shape
  readonly #around: Shape
  readonly #parameters: ReadonlySet<string>

  constructor(mapping: Mapping) {
    const places = placesOf(mapping).map(({ at }) => at)
    const around = mapping.action === 'cancel_all' ? [] : mapping.ignoredAround
    this.#mapping = mapping
    this.#item = shapeOf(places, mapping.ignored)
    this.#around = shapeOf([itemsOf(mapping) ?? ''], around)
    this.#parameters = new Set(
      [...places, ...mapping.ignored].flatMap((at) => parameterName(at) ?? []),
    )
  }

  read(request: OrderRequest, symbolOf: SymbolOf): Result<readonly Intent[], readonly Misread[]> {
    const misreads = new Misreads()
    const query = readParameters([request.query ?? ''], this.#parameters, misreads)
    if (request.params === undefined) misreads.add('', 'the path must be plain')
    const params = new Map(Object.entries(request.params ?? {}))
    const body = readBody(request, misreads)
    const items = body === undefined ? [] : this.#items(body, misreads)
    const intents = items.flatMap((item) => {
      const reader = new FieldReader(sourceOf(item, query, params), misreads)
      return readIntent(this.#mapping, reader, symbolOf) ?? []
    })
    // Each item is an intent: one that was lost on the way would be forwarded unjudged.
    const whole = items.length > 0 && intents.length === items.length
    return whole && misreads.list.length === 0 ? ok(intents) : { ok: false, error: misreads.list }
  }

  readAnswer(status: number, body: Uint8Array, intents: readonly Intent[]): readonly Answered[] {
    return this.#mapping.action === 'cancel_all'
      ? readAllCancelled(this.#mapping.answer, status, body, intents)
      : readAnswers(this.#mapping.answer, status, body, intents)
  }

  #items(body: ExactJson, misreads: Misreads): readonly Item[] {
    const mapping = this.#mapping
    const path = itemsOf(mapping)
    if (path === undefined || mapping.action === 'cancel_all')
      return this.#itemAt('', body, misreads)
    const around =
      path === '' ? new Map([['', body]]) : readMembers(body, this.#around, '', misreads)
    if (around === undefined) return []
    return readItems(around.get(path), mapping.mostItems, path, misreads).flatMap((item, i) =>
      this.#itemAt(`${path}/${i}`, item, misreads),
    )
  }

  #itemAt(at: string, value: ExactJson, misreads: Misreads): readonly Item[] {
    const members = readMembers(value, this.#item, at, misreads)
    return members === undefined ? [] : [{ at, members }]
  }
}

function itemsOf(mapping: Mapping): string | undefined {
  return mapping.action === 'cancel_all' ? undefined : mapping.items
}

function sourceOf(
  { at: item, members }: Item,
  query: ReadonlyMap<string, string>,
  params: ReadonlyMap<string, string>,
): Source {
  return {
    find(at) {
      const parameter = parameterName(at)
      const part = routePart(at)
      if (parameter !== undefined) return query.get(parameter)
      return part === undefined ? members.get(at) : params.get(part)
    },
    nameOf: (at) => parameterName(at) ?? routePart(at) ?? item + at,
  }
}
