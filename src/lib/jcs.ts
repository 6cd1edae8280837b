/** JSON in the one spelling that everybody arrives at: the JSON Canonicalization Scheme (RFC 8785). */

/**
 * The canonical text of a value made of objects, arrays, strings, finite numbers, booleans and null. Members that are
 * `undefined` are left out.
 *
 * @throws {TypeError} for what JSON cannot say: other types, numbers that are not finite, half a character.
 */
export function canonical(value: unknown): string {
  if (typeof value === 'string') return canonicalString(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item)).join(',')}]`
  if (typeof value === 'object') return canonicalObject(value)
  throw new TypeError(`Cannot write a ${typeof value} as canonical JSON`)
}

/** Printable ASCII without quotes and backslashes: most of what is written, and nothing in it is spelled otherwise. */
const PLAIN = /^[ !#-[\]-~]*$/

/** ECMAScript writes strings as the scheme wants them (section 3.2.2.2), but lets half a character pass as an escape. */
function canonicalString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new TypeError('Cannot write half a character as canonical JSON')
  return JSON.stringify(text)
}

/** Names in the order of their UTF-16 code units (section 3.2.3), which is how ECMAScript compares strings. */
function canonicalObject(value: object): string {
  const members: [string, unknown][] = Object.entries(value)
  members.sort(byName)
  // A verifier writes millions of these: one text that grows is twice as fast as a list that is joined.
  let text = ''
  for (const [name, member] of members) {
    if (member === undefined) continue
    text += `${text === '' ? '' : ','}${canonicalString(name)}:${canonical(member)}`
  }
  return `{${text}}`
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1
}
