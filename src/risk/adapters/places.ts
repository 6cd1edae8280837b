/** Which places a mapping reads. */
import { isObject } from '../../lib/json.ts'
import type { Mapping } from './mapping-schema.ts'

const NO_FIELDS: ReadonlySet<string> = new Set([
  'action',
  'items',
  'mostItems',
  'ignored',
  'ignoredAround',
  'answer',
])

export interface NamedPlace {
  /** The field, as the policy writes it. */
  readonly name: string
  readonly at: string
  readonly field: Readonly<Record<string, unknown>>
}

/** Every place that is read, with the field that is read there; two fields may share one. */
export function placesOf(mapping: Mapping): readonly NamedPlace[] {
  return Object.entries(mapping)
    .filter(([name]) => !NO_FIELDS.has(name))
    .flatMap(([name, field]) => placesIn(name, field))
}

/** The places in one field, or in several under their names. */
export function placesIn(name: string, field: unknown): readonly NamedPlace[] {
  if (!isObject(field)) return []
  const { at } = field
  if (typeof at === 'string') return [{ name, at, field }]
  return Object.entries(field).flatMap(([inner, part]) => placesIn(`${name}.${inner}`, part))
}

/** The name of a query parameter, of a place that is one. */
export function parameterName(at: string): string | undefined {
  return at.startsWith('?') ? at.slice(1) : undefined
}

/** The name of a part of the route, of a place that is one. */
export function routePart(at: string): string | undefined {
  return at.startsWith('{') ? at.slice(1, -1) : undefined
}
