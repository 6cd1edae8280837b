/** JSON in the one spelling that everybody arrives at: the JSON Canonicalization Scheme (RFC 8785). */

import { isObject } from './json.ts'

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

/**
 * Whether a text is the canonical one of the value that was parsed from it. A verifier asks it of millions of texts, so
 * the platform's own writer is asked first: it differs from the scheme in the order of names and in half characters alone.
 */
export function isCanonical(text: string, value: unknown): boolean {
  if (!text.includes(HALF) && JSON.stringify(value) === text && isSorted(value)) return true
  try {
    return canonical(value) === text
  } catch {
    return false
  }
}

/** How the escape of half a character begins. */
const HALF = String.raw`\ud`

function isSorted(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => isSorted(item))
  if (!isObject(value)) return true
  let before: string | undefined
  for (const name of Object.keys(value)) {
    if ((before !== undefined && before >= name) || !isSorted(value[name])) return false
    before = name
  }
  return true
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
