/** What can be wrong with an order mapping beyond its shape, in plain words and with its place. */
import type { ChoiceField, Mapping, NewMapping } from './mapping-schema.ts'
import { placesOf, routePart, type NamedPlace } from './places.ts'

/** Everything that would make the mapping read something else than it says, or nothing at all. */
export function mappingProblems(route: string, mapping: Mapping): readonly string[] {
  const places = placesOf(mapping)
  return [
    ...places.flatMap((place) => placeProblems(route, place)),
    ...ignoredProblems(mapping),
    ...overlapProblems(places, mapping.ignored),
    ...batchProblems(mapping, places),
    ...(mapping.action === 'new' ? newProblems(mapping) : []),
  ]
}

function placeProblems(route: string, { name, at, field }: NamedPlace): readonly string[] {
  const part = routePart(at)
  const inBody = at.startsWith('/')
  const path = route.slice(route.indexOf(' ') + 1).split('/')
  const problems: string[] = []
  if (part !== undefined && path.filter((segment) => segment === at).length !== 1)
    problems.push(`${name}.at: "${route}" must have ${at} once`)
  if (inBody && /^(?:GET|HEAD) /.test(route)) problems.push(`${name}.at: "${route}" has no body`)
  if (!inBody && field['json'] !== 'string')
    problems.push(`${name}.json: only what stands in the body is JSON`)
  // A flag alone has an `absent` and may have no table.
  if (!inBody && typeof field['absent'] === 'boolean' && field['values'] === undefined)
    problems.push(`${name}.values: is missing: only in the body there is true and false`)
  return problems
}

function ignoredProblems(mapping: Mapping): readonly string[] {
  const around = mapping.action === 'cancel_all' ? [] : mapping.ignoredAround
  return [
    ...mapping.ignored.flatMap((at, i) =>
      routePart(at) === undefined ? [] : [`ignored[${i}]: a part of the route is never too much`],
    ),
    ...around.flatMap((at, i) =>
      at.startsWith('/')
        ? []
        : [`ignoredAround[${i}]: must be a pointer; parameters stand in ignored`],
    ),
  ]
}

/** Places of which one would hide the other, or which some readers take for one. */
function overlapProblems(
  places: readonly NamedPlace[],
  ignored: readonly string[],
): readonly string[] {
  const read = [...new Set(places.map(({ at }) => at))]
  const all = [...read, ...ignored]
  return all.flatMap((at, i) =>
    all.slice(i + 1).flatMap((other) => {
      if (at === other) return [`"${at}" is ignored, and named once more`]
      if (other.startsWith(`${at}/`) || at.startsWith(`${other}/`))
        return [`"${at}" and "${other}": one is inside of the other`]
      return fold(at) === fold(other) ? [`"${at}" and "${other}": some readers tell no case`] : []
    }),
  )
}

/** Upper case first: it is what makes an `s` of the long one. */
function fold(text: string): string {
  return text.toUpperCase().toLowerCase()
}

function batchProblems(mapping: Mapping, places: readonly NamedPlace[]): readonly string[] {
  if (mapping.action === 'cancel_all') return []
  const { items, answer, ignoredAround } = mapping
  const problems: string[] = []
  if ((items === undefined) !== (answer.items === undefined))
    problems.push('answer.items: must be there if, and only if, the orders are items of a list')
  if (items === undefined || items === '') {
    if (ignoredAround.length > 0) problems.push('ignoredAround: there is nothing around the items')
  } else if (ignoredAround.some((at) => meets(at, items)))
    problems.push('ignoredAround: must not hold the items, or be inside of them')
  if (items !== undefined)
    problems.push(
      ...places
        .filter(({ name, at }) => name.startsWith('target.') && !at.startsWith('/'))
        .map(({ name }) => `${name}.at: every item would mean the same order`),
    )
  return problems
}

function meets(at: string, items: string): boolean {
  return at === items || at.startsWith(`${items}/`) || items.startsWith(`${at}/`)
}

/** Parts without which every order of a type that may be sent would be refused. */
function newProblems(mapping: NewMapping): readonly string[] {
  const types = valuesOf(mapping.type)
  const validities = valuesOf(mapping.validity)
  const needed = [
    ['price', types.some((type) => type === 'limit' || type === 'stop_limit')],
    ['stopPrice', types.some((type) => type === 'stop' || type === 'stop_limit')],
    ['validUntil', validities.includes('gtd')],
    ['quantity', mapping.quoteQuantity === undefined],
  ] as const
  return needed.flatMap(([name, isNeeded]) =>
    isNeeded && mapping[name] === undefined
      ? [`${name}: is missing: there are orders that must have it`]
      : [],
  )
}

function valuesOf<T extends string>(field: ChoiceField<T>): readonly T[] {
  if ('always' in field) return [field.always]
  const { values, absent } = field
  return [...Object.values(values), ...(absent === undefined ? [] : [absent])]
}
