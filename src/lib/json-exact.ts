/**
 * JSON whose numbers stay as they are written. A double holds another number than `9007199254740993` says, and `1e2` may
 * be read or not: whoever judges an amount needs its text.
 */
import { endOfString, isObject, parseStrict, pointerSteps, type JsonProblem } from './json.ts'
import { ok, type Result } from './result.ts'

/** A number of a JSON text, as its text. */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Objects are maps: nothing is in them that is not in the text. */
export type ExactJson =
  | string
  | boolean
  | null
  | JsonNumber
  | readonly ExactJson[]
  | ReadonlyMap<string, ExactJson>

/** The value of a JSON text, or why two readers could differ about it; as strict as `parseStrict`. */
export function parseExact(text: string): Result<ExactJson, JsonProblem> {
  const strict = parseStrict(text)
  return strict.ok ? ok(unmark(JSON.parse(mark(text)))) : strict
}

export function isMembers(value: ExactJson | undefined): value is ReadonlyMap<string, ExactJson> {
  return value instanceof Map
}

export function isItems(value: ExactJson | undefined): value is readonly ExactJson[] {
  return Array.isArray(value)
}

/** What a JSON pointer (RFC 6901) names in an exact value, or `undefined` where there is no such thing. */
export function exactPointer(value: ExactJson, path: string): ExactJson | undefined {
  let at: ExactJson | undefined = value
  for (const step of pointerSteps(path)) {
    if (isMembers(at)) at = at.get(step)
    else at = isItems(at) && /^(?:0|[1-9][0-9]{0,8})$/.test(step) ? at[Number(step)] : undefined
  }
  return at
}

/**
 * The text with each number as a string that begins with `n`, and each string begun with `s`. So one parser reads both
 * texts, and the second reading can differ from the first in nothing but numbers. Only for what is known to be JSON:
 * there a digit or a minus outside of strings begins a number.
 */
function mark(text: string): string {
  const token = /"|-?[0-9][0-9.eE+-]*/g
  const parts: string[] = []
  let done = 0
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [written] = found
    parts.push(text.slice(done, found.index), written === '"' ? '"s' : `"n${written}"`)
    done = found.index + written.length
    if (written === '"') token.lastIndex = endOfString(text, found.index)
  }
  return parts.join('') + text.slice(done)
}

/** No deeper than `parseStrict` lets a text be. */
function unmark(value: unknown): ExactJson {
  if (typeof value === 'string')
    return value.startsWith('n') ? new JsonNumber(value.slice(1)) : value.slice(1)
  if (Array.isArray(value)) return value.map((item) => unmark(item))
  if (isObject(value))
    return new Map(Object.entries(value).map(([name, inner]) => [name.slice(1), unmark(inner)]))
  return typeof value === 'boolean' ? value : null
}
