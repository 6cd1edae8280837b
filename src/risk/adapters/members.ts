/** A body against the places that a mapping knows: whatever else is in it could mean something to the broker. */
import { isItems, isMembers, parseExact, type ExactJson } from '../../lib/json-exact.ts'
import { decodeUtf8Strict } from '../../lib/json.ts'
import { isJsonType } from '../../lib/http.ts'
import type { OrderRequest } from './adapter.ts'
import { pointerStep, shortName, type Misreads } from './misreads.ts'

/** Which members there may be, as pointers. */
export interface Shape {
  /** Whose values are read. */
  readonly read: ReadonlySet<string>
  /** Whose values mean nothing to risk, whatever is in them. */
  readonly ignored: ReadonlySet<string>
  /** Which hold others. */
  readonly branches: ReadonlySet<string>
}

export type Members = ReadonlyMap<string, ExactJson>

/** @param places of any kind: those in a body are the ones that begin with a slash. */
export function shapeOf(places: readonly string[], ignored: readonly string[]): Shape {
  const inBody = (at: string) => at.startsWith('/')
  const all = [...places, ...ignored].filter(inBody)
  return {
    read: new Set(places.filter(inBody)),
    ignored: new Set(ignored.filter(inBody)),
    branches: new Set(all.flatMap(prefixesOf)),
  }
}

/** The pointers to what a pointer goes through, without the whole and itself. */
function prefixesOf(pointer: string): readonly string[] {
  const steps = pointer.split('/')
  return steps.slice(2).map((_, i) => steps.slice(0, i + 2).join('/'))
}

/** The body's value, or `undefined` where that was noted. No body at all is an object without members. */
export function readBody(request: OrderRequest, misreads: Misreads): ExactJson | undefined {
  const { body, contentType, contentEncoding } = request
  if (body.length === 0) return new Map()
  if (contentEncoding !== undefined) return wrong('must not be encoded', misreads)
  // What no header names is what the policy says of this route: many programs send none. What names another type may be
  // read as that.
  if (contentType !== undefined && !isJsonType(contentType))
    return wrong('must be sent as application/json', misreads)
  const text = decodeUtf8Strict(body)
  if (text === undefined) return wrong('is not UTF-8, or begins with a byte order mark', misreads)
  const parsed = parseExact(text)
  if (parsed.ok) return parsed.value
  return wrong(`is not JSON that is read in one way alone: ${parsed.error}`, misreads)
}

function wrong(reason: string, misreads: Misreads): undefined {
  misreads.add('', reason)
}

/** What stands at the places of a shape, or `undefined` of what is no object; everything else is noted. */
export function readMembers(
  value: ExactJson,
  shape: Shape,
  at: string,
  misreads: Misreads,
): Members | undefined {
  const found = new Map<string, ExactJson>()
  const walk = (inner: ExactJson, path: string): void => {
    if (!isMembers(inner)) return misreads.add(at + path, 'must be an object')
    for (const [name, member] of inner) {
      const here = `${path}/${pointerStep(name)}`
      if (shape.read.has(here)) found.set(here, member)
      else if (shape.branches.has(here)) walk(member, here)
      else if (!shape.ignored.has(here))
        misreads.add(
          `${at}${path}/${pointerStep(shortName(name))}`,
          'is not a member that is known here',
        )
    }
  }
  walk(value, '')
  return isMembers(value) ? found : undefined
}

/** The items of a list that must have some, or none where that was noted. */
export function readItems(
  value: ExactJson | undefined,
  most: number,
  at: string,
  misreads: Misreads,
): readonly ExactJson[] {
  if (!isItems(value) || value.length === 0 || value.length > most) {
    misreads.add(at, `must be a list of 1 to ${most} orders`)
    return []
  }
  return value
}
