/** Where in a request a policy says that its symbol or its account stands, and what can be wrong with saying so. */
import * as v from 'valibot'
import { isPointer } from '../lib/json.ts'

/** Plain, so that there is one way to write it. */
const plainName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9._-]{0,63}$/, 'must be a plain name, such as symbol'),
)

/** One place: in the JSON body, in the query, in the path, or in a form (the body's or the query). */
export const ResourceSchema = v.union(
  [
    v.strictObject({ pointer: v.string() }),
    v.strictObject({ query: plainName }),
    v.strictObject({ path: plainName }),
    v.strictObject({ form: plainName }),
  ],
  'must be one of { pointer }, { query }, { path } and { form }, with a plain name such as symbol',
)

export type ResourcePlace = v.InferOutput<typeof ResourceSchema>

/** What of an operation says where its resources stand. */
export interface ResourceOperation {
  readonly routes?: readonly string[] | undefined
  readonly venues?: Readonly<Record<string, readonly string[] | undefined>> | undefined
  readonly symbol?: ResourcePlace | undefined
  readonly account?: ResourcePlace | undefined
}

/** Places at which some route of the operation can have nothing: the restriction would refuse or pass everything. */
export function resourceProblems(id: string, operation: ResourceOperation): readonly string[] {
  const { routes = [], venues = {} } = operation
  const all = [...routes, ...Object.values(venues).flatMap((own) => own ?? [])]
  return (['symbol', 'account'] as const).flatMap((what) => {
    const where = operation[what]
    return where === undefined
      ? []
      : placeProblems(where, all).map((problem) => `operations.${id}.${what}.${problem}`)
  })
}

function placeProblems(where: ResourcePlace, routes: readonly string[]): readonly string[] {
  if ('path' in where) {
    return routes
      .filter((route) => route.split('/').filter((part) => part === `{${where.path}}`).length !== 1)
      .map((route) => `path: "${route}" must have {${where.path}} once`)
  }
  if (!('pointer' in where)) return []
  if (!isPointer(where.pointer))
    return [`pointer: "${where.pointer}" is not a JSON pointer, such as /symbol (RFC 6901)`]
  return routes
    .filter((route) => /^(?:GET|HEAD) /.test(route))
    .map((route) => `pointer: "${route}" has no body`)
}
