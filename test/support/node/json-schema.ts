/** As much of JSON Schema as the API document uses: what it does not know it refuses, so that nothing passes unread. */

export interface Schema {
  readonly [keyword: string]: unknown
}

/** What is wrong with a value, each with its place. A member that no schema names is wrong, too: it would be undocumented. */
export function problemsOf(value: unknown, schema: Schema, place = ''): readonly string[] {
  const anyOf = schemasIn(schema['anyOf'])
  if (anyOf.length > 0) {
    const tried = anyOf.map((one) => problemsOf(value, one, place))
    return tried.some((problems) => problems.length === 0) ? [] : tried.flat()
  }
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    const judge = KEYWORDS[keyword]
    if (judge === undefined)
      return [`${place}: the schema says ${keyword}, which is not known here`]
    return judge(value, wanted, place, schema)
  })
}

type Judge = (value: unknown, wanted: unknown, place: string, schema: Schema) => readonly string[]

const KEYWORDS: Readonly<Record<string, Judge>> = {
  type: (value, wanted, place) =>
    unless(typesOf(value).includes(String(wanted)), place, `is no ${String(wanted)}`),
  const: (value, wanted, place) => unless(value === wanted, place, `is not ${String(wanted)}`),
  enum: (value, wanted, place) =>
    unless(listOf(wanted).includes(value), place, 'is not in the list'),
  pattern: (value, wanted, place) =>
    unless(
      new RegExp(String(wanted), 'u').test(String(value)),
      place,
      `is not like ${String(wanted)}`,
    ),
  minLength: (value, wanted, place) =>
    unless(String(value).length >= Number(wanted), place, 'is too short'),
  maxLength: (value, wanted, place) =>
    unless(String(value).length <= Number(wanted), place, 'is too long'),
  format: (value, wanted, place) => {
    const good = wanted === 'date-time' && !Number.isNaN(Date.parse(String(value)))
    return unless(good && /T.*Z$/.test(String(value)), place, `is no ${String(wanted)}`)
  },
  required: (value, wanted, place) =>
    listOf(wanted).flatMap((name) =>
      unless(
        isRecord(value) && Object.hasOwn(value, String(name)),
        place,
        `has no ${String(name)}`,
      ),
    ),
  properties: (value, wanted, place) => {
    if (!isRecord(value) || !isRecord(wanted)) return []
    return Object.entries(value).flatMap(([name, member]) => {
      const schema = wanted[name]
      const at = `${place}/${name}`
      return isRecord(schema) ? problemsOf(member, schema, at) : [`${at}: is not documented`]
    })
  },
  items: (value, wanted, place) =>
    isRecord(wanted)
      ? listOf(value).flatMap((item, i) => problemsOf(item, wanted, `${place}/${i}`))
      : [],
  // With `properties`, above; without, it says what every member of a map is.
  additionalProperties: (value, wanted, place, { properties }) =>
    properties === undefined && isRecord(value) && isRecord(wanted)
      ? Object.entries(value).flatMap(([name, one]) => problemsOf(one, wanted, `${place}/${name}`))
      : [],
  propertyNames: (value, wanted, place) =>
    isRecord(value) && isRecord(wanted)
      ? Object.keys(value).flatMap((name) => problemsOf(name, wanted, `${place} (${name})`))
      : [],
  // What stands for what is not sent.
  default: () => [],
}

function unless(good: boolean, place: string, problem: string): readonly string[] {
  return good ? [] : [`${place}: ${problem}`]
}

function typesOf(value: unknown): readonly string[] {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['array']
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value]
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function schemasIn(value: unknown): readonly Schema[] {
  return listOf(value).filter(isRecord)
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every schema of an object that is in a schema. */
export function objectsIn(schema: unknown): readonly Schema[] {
  if (Array.isArray(schema)) return schema.flatMap(objectsIn)
  if (!isRecord(schema)) return []
  const inside = Object.values(schema).flatMap(objectsIn)
  return schema['type'] === 'object' ? [schema, ...inside] : inside
}
