/** What a call takes beside its path and its body: one row for each, by which it is both read and described. */
import * as v from 'valibot'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { Id } from './fields.ts'

/** Header fields that some calls read. What a call's row does not name, the call does not see. */
export const HEADERS = {
  'Idempotency-Key': {
    description:
      'Chosen by the caller. For 24 hours the same call under the same key makes nothing twice and shows no secret twice; with another body it is refused.',
    schema: v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(255),
      v.regex(/^[!-~]*$/, 'must be visible ASCII characters'),
    ),
  },
  DPoP: {
    description: 'A proof (RFC 9449) with the key to which the tokens are, or are to be, bound.',
    // Whether it is one is for the proof's own rules to say.
    schema: v.string(),
  },
} as const

/** A revision, in `If-Match` and in the `ETag` that it repeats. */
export const ETAG = /^"v(0|[1-9][0-9]{0,8})"$/

export type OwnHeader = keyof typeof HEADERS

export type Given = Readonly<Partial<Record<OwnHeader, string>>>

/** The header fields that a call's row names, as far as they were sent. */
export function readHeaders(
  names: readonly OwnHeader[],
  headers: Pick<Headers, 'get'>,
): Result<Given, Refusal> {
  const given: Partial<Record<OwnHeader, string>> = {}
  for (const name of names) {
    const value = headers.get(name.toLowerCase())
    if (value === null) continue
    if (!v.is(HEADERS[name].schema, value)) {
      const detail = `${name} is not what this takes; the API document says what that is.`
      return refuse('malformed_request', { reason: 'a header that is not what it takes', detail })
    }
    given[name] = value
  }
  return ok(given)
}

export type Query = v.StrictObjectSchema<
  Readonly<Record<string, v.OptionalSchema<v.GenericSchema<string>, undefined>>>,
  undefined
>

export const NO_QUERY: Query = v.strictObject({})
/** A page of a collection: it goes on after an id, where the page before ended. */
export const PageQuery = v.strictObject({ after: v.optional(Id) })
/** The same of one person's alone. */
export const OwnedPageQuery = v.strictObject({ user: v.optional(Id), after: v.optional(Id) })

/** The query by its schema: every problem at once, each under `/query/`. */
export function readQuery(
  schema: Query,
  text: string | undefined,
): Result<Readonly<Record<string, string | undefined>>, Refusal> {
  const pairs = [...new URLSearchParams(text)]
  const names = pairs.map(([name]) => name)
  const errors = [...new Set(names)].flatMap((name) => {
    const reason = problemOf(schema, name, pairs)
    const step = name.replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 64)
    return reason === undefined ? [] : [{ pointer: `/query/${step}`, reason }]
  })
  if (errors.length === 0) return ok(Object.fromEntries(pairs))
  return refuse('invalid_body', {
    detail: 'The query is not what this takes.',
    members: { errors },
  })
}

function problemOf(
  { entries }: Query,
  name: string,
  pairs: readonly (readonly [string, string])[],
): string | undefined {
  const parameter = Object.hasOwn(entries, name) ? entries[name] : undefined
  if (parameter === undefined) return 'is not a parameter of this'
  const values = pairs.flatMap(([other, value]) => (other === name ? [value] : []))
  if (values.length > 1) return 'is there twice'
  return v.safeParse(parameter, values[0]).issues?.[0].message
}
