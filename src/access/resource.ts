/**
 * Which symbol or account a request is about, read where the policy says. The origin reads it again with a program
 * of its own, so whatever two programs could read in two ways is not read at all.
 */
import { isFormType, isJsonType } from '../lib/http.ts'
import { ok, type Result } from '../lib/result.ts'
import {
  decodeUtf8Strict,
  isObject,
  member,
  parseStrict,
  pointer,
  pointerSteps,
} from '../lib/json.ts'
import type { Kind } from './kind.ts'
import type { ResourcePlace } from './resource-place.ts'

const MAX_CHARACTERS = 64

/** What of a request a resource is read from. */
export interface ResourceSource {
  readonly body: Uint8Array
  /** What follows the first `?`, as sent. */
  readonly query: string | undefined
  /** What `routeParameters` answered: nothing is read from a path that it could not read. */
  readonly params: Readonly<Record<string, string>> | undefined
  /** The Content-Type header as sent, where there is one. */
  readonly contentType?: string | undefined
}

/** More than one value, or none that every reader would agree on. */
type Reading = Result<string | undefined, 'ambiguous'>
const AMBIGUOUS = { ok: false, error: 'ambiguous' } as const

/** The one value at a place, `undefined` where there is none, or that there is no telling. */
export function readResource(where: ResourcePlace, source: ResourceSource): Reading {
  if ('pointer' in where) return readPointer(where.pointer, source)
  if ('path' in where) return readPath(where.path, source.params)
  if ('query' in where) return readPairs(where.query, [source.query ?? ''])
  const body = readBody(source, isFormType)
  return body === undefined ? AMBIGUOUS : readPairs(where.form, [source.query ?? '', body])
}

/**
 * Whether a key that may touch `allowed` alone may make this request; where nothing is listed it may touch
 * everything. Without a value a read shows and a cancel ends what the key's owner has, which adds no risk: a cancel
 * of everything must work in an emergency. Anything else must say what it is about.
 */
export function resourceAllowed(
  value: string | undefined,
  allowed: readonly string[] | undefined,
  kind: Kind,
): boolean {
  if (allowed === undefined || allowed.length === 0) return true
  return value === undefined ? kind === 'read' || kind === 'cancel' : allowed.includes(value)
}

/** The body's text; empty where there is none. */
function readBody(
  { body, contentType }: ResourceSource,
  isType: (contentType: string) => boolean,
): string | undefined {
  if (body.length === 0) return ''
  if (contentType !== undefined && !isType(contentType)) return undefined
  return decodeUtf8Strict(body)
}

function readPointer(path: string, source: ResourceSource): Reading {
  const text = readBody(source, isJsonType)
  if (text === '') return ok(undefined)
  const parsed = text === undefined ? undefined : parseStrict(text)
  if (parsed?.ok !== true || hasLookalike(parsed.value, path)) return AMBIGUOUS
  const value = pointer(parsed.value, path)
  return judge(value === undefined ? [] : [value])
}

/** Some readers, Go's among them, take a member whatever its case: then `Symbol` is `symbol`, and the last one counts. */
function hasLookalike(document: unknown, path: string): boolean {
  let at = document
  for (const step of pointerSteps(path)) {
    if (isObject(at) && Object.keys(at).some((name) => name !== step && fold(name) === fold(step)))
      return true
    at = member(at, step)
  }
  return false
}

/** Upper case first: it is what makes an `s` of the long one. */
function fold(name: string): string {
  return name.toUpperCase().toLowerCase()
}

function readPath(name: string, params: ResourceSource['params']): Reading {
  if (params === undefined) return AMBIGUOUS
  return judge(Object.hasOwn(params, name) ? [params[name]] : [])
}

function readPairs(name: string, texts: readonly string[]): Reading {
  const values: string[] = []
  for (const part of texts.flatMap((text) => text.split('&'))) {
    const [written = '', ...rest] = part.split('=')
    const decoded = decode(written)
    if (decoded === undefined) return AMBIGUOUS
    // `symbol[]=x` is a list to some readers, and `Symbol` is `symbol` to others.
    if (fold(decoded.replace(/\[.*$/s, '').trim()) !== fold(name)) {
      // To some, `;` ends a pair.
      if (part.includes(';')) return AMBIGUOUS
      continue
    }
    const value = decode(rest.join('='))
    if (decoded !== name || value === undefined) return AMBIGUOUS
    values.push(value)
  }
  return judge(values)
}

/** Decoded once. A `+` is a space to form readers and itself to others; a `;` ends a pair to some. */
function decode(text: string): string | undefined {
  if (/[+;]/.test(text)) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function judge(values: readonly unknown[]): Reading {
  const [value, ...more] = values
  if (values.length === 0) return ok(undefined)
  return more.length === 0 &&
    typeof value === 'string' &&
    value !== '' &&
    value.length <= MAX_CHARACTERS
    ? ok(value)
    : AMBIGUOUS
}
