/** What a change changed, whatever its subject is made of: the members of its JSON by their path, before and after. */
import { readDecimal } from '../lib/decimal.ts'
import { canonical } from '../lib/jcs.ts'
import { byText } from './tally.ts'

/** How a member changed; a number that grew or shrank is told so. */
export type Direction = 'set' | 'removed' | 'raised' | 'lowered' | 'changed'

export interface Difference {
  readonly member: string
  readonly before: string | undefined
  readonly after: string | undefined
  readonly direction: Direction
}

/** Deeper than anything that is recorded; what lies deeper is one text. */
const DEEPEST = 6

/** Every member of a JSON text by its path, each as a text. What is no JSON is one member without a name. */
export function membersOf(json: string | undefined): ReadonlyMap<string, string> {
  const members = new Map<string, string>()
  if (json !== undefined) collect(members, '', parsed(json), 0)
  return members
}

function collect(members: Map<string, string>, path: string, value: unknown, depth: number): void {
  if (value === undefined) return
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < DEEPEST) {
    for (const [name, member] of Object.entries(value))
      collect(members, path === '' ? name : `${path}.${name}`, member, depth + 1)
    return
  }
  members.set(path, typeof value === 'string' ? value : textOf(value))
}

/** JSON can say what its canonical form cannot: then as it came. */
function textOf(value: unknown): string {
  try {
    return canonical(value)
  } catch {
    return JSON.stringify(value)
  }
}

export function differences(
  before: string | undefined,
  after: string | undefined,
): readonly Difference[] {
  const [old, now] = [membersOf(before), membersOf(after)]
  const names = [...new Set([...old.keys(), ...now.keys()])].toSorted(byText)
  return names.flatMap((member) => {
    const [was, is] = [old.get(member), now.get(member)]
    if (was === is) return []
    return [{ member, before: was, after: is, direction: directionOf(was, is) }]
  })
}

function directionOf(was: string | undefined, is: string | undefined): Direction {
  if (was === undefined) return 'set'
  if (is === undefined) return 'removed'
  const [less, more] = [readDecimal(was), readDecimal(is)]
  if (less === undefined || more === undefined || less === more) return 'changed'
  return more > less ? 'raised' : 'lowered'
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
