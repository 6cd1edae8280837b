/** Small rules about HTTP fields that more than one part of the gateway needs. */
import { parseDictionary, type Dictionary } from 'structured-headers'

/** What is asked of header fields, by lower-case name. */
export interface Fields extends Iterable<[name: string, value: string]> {
  get(name: string): string | null
  has(name: string): boolean
}

/** Header fields, read once: a runtime's own are looked up outside of JavaScript, and a request asks thirty times. */
export class ReadFields implements Fields {
  readonly #values: ReadonlyMap<string, string>

  constructor(fields: Iterable<[name: string, value: string]>) {
    this.#values = new Map(fields)
  }

  get(name: string): string | null {
    return this.#values.get(name) ?? null
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  [Symbol.iterator](): Iterator<[name: string, value: string]> {
    return this.#values.entries()
  }
}

/**
 * The value of a field that may be sent once, or `undefined` when it is absent or was repeated: the
 * runtime joins repeated fields with a comma, which no single-valued field of ours contains.
 */
export function single(headers: Fields, name: string): string | undefined {
  const value = headers.get(name)
  return value === null || value.includes(',') ? undefined : value
}

/** The authority of RFC 9421 section 2.2.3: lower case, without the scheme's default port. */
export function normalAuthority(authority: string, scheme: 'http' | 'https'): string {
  const defaultPort = scheme === 'https' ? ':443' : ':80'
  const lower = authority.toLowerCase()
  return lower.endsWith(defaultPort) ? lower.slice(0, -defaultPort.length) : lower
}

/** The members of a Dictionary (RFC 9651 section 3.2), or `undefined` when the field is absent or cannot be parsed. */
export function readDictionary(field: string | null): Dictionary | undefined {
  if (field === null) return undefined
  try {
    return parseDictionary(field)
  } catch {
    return undefined
  }
}

/** What a body must be called, if it is called anything: whoever goes by the name would read it in another way. */
const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json(?:[ \t]*;[ \t]*charset="?utf-8"?)?$/i
const FORM_TYPE = /^application\/x-www-form-urlencoded(?:[ \t]*;[ \t]*charset="?utf-8"?)?$/i

/** Whether a Content-Type says JSON in UTF-8, and nothing else. */
export function isJsonType(contentType: string): boolean {
  return JSON_TYPE.test(contentType.trim())
}

/** Whether a Content-Type says a form in UTF-8, and nothing else. */
export function isFormType(contentType: string): boolean {
  return FORM_TYPE.test(contentType.trim())
}
