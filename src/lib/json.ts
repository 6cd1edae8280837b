/**
 * JSON that two readers can only understand one way. `JSON.parse` keeps the last of two members with one name;
 * others keep the first. What the gateway judged and what the origin then does must not come apart there.
 */
import { ok, type Result } from './result.ts'

/** Why a text is refused: fixed phrases that hold nothing of the text. */
export type JsonProblem =
  | 'not JSON'
  | 'a member name twice'
  | 'the member name __proto__'
  | 'half a character'
  | 'nested too deeply'

/** Far more than an order needs, and less than any reader's stack. */
const MAX_DEPTH = 32

/**
 * The value of a JSON text (RFC 8259), or why two readers could differ about it. I-JSON (RFC 7493) asks for the same,
 * but for numbers: these are not judged, and a double may hold less than the text says.
 */
export function parseStrict(text: string): Result<unknown, JsonProblem> {
  const value = parsed(text)
  if (value === undefined) return { ok: false, error: 'not JSON' }
  const problem = scan(text)
  return problem === undefined ? ok(value) : { ok: false, error: problem }
}

/** The value of a JSON text, or `undefined` where it is none. Two readers may differ about it. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads the brackets and strings of a text that is known to be JSON; nothing else can be ambiguous. */
function scan(text: string): JsonProblem | undefined {
  /** The names seen in each open object; an array's stays empty. */
  const open: Set<string>[] = []
  const token = /["[\]{}]/g
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [char] = found
    if (char === '{' || char === '[') {
      if (open.push(new Set()) > MAX_DEPTH) return 'nested too deeply'
    } else if (char !== '"') open.pop()
    else {
      const end = endOfString(text, found.index)
      const problem = judgeString(text, found.index, end, open.at(-1))
      if (problem !== undefined) return problem
      token.lastIndex = end
    }
  }
  return undefined
}

/** Where the string that begins at `start` of a JSON text is over: after its closing quote. */
export function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

const COLON_NEXT = /[ \t\n\r]*:/y

function judgeString(
  text: string,
  start: number,
  end: number,
  names: Set<string> | undefined,
): JsonProblem | undefined {
  const written = text.slice(start, end)
  const string: unknown = written.includes('\\') ? JSON.parse(written) : written.slice(1, -1)
  // Readers put a replacement character for it, or refuse the text.
  if (typeof string !== 'string' || !string.isWellFormed()) return 'half a character'
  COLON_NEXT.lastIndex = end
  if (!COLON_NEXT.test(text)) return undefined
  // Copied with an assignment it sets the prototype instead of a member.
  if (string === '__proto__') return 'the member name __proto__'
  if (names?.has(string)) return 'a member name twice'
  names?.add(string)
  return undefined
}

/** Whether the text is a JSON pointer (RFC 6901 section 3). */
export function isPointer(text: string): boolean {
  return /^(?:\/(?:[^~/]|~[01])*)*$/.test(text)
}

/** The names and indexes that a pointer goes through, from the whole value inwards; none for what is no pointer. */
export function pointerSteps(path: string): readonly string[] {
  if (!isPointer(path)) return []
  // In this order: `~01` is `~1` (RFC 6901 section 4).
  return path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** What a JSON pointer (RFC 6901) names in a parsed value, or `undefined` where there is no such thing. */
export function pointer(value: unknown, path: string): unknown {
  if (!isPointer(path)) return undefined
  let at = value
  for (const step of pointerSteps(path)) at = member(at, step)
  return at
}

/** What is at a name or an index: own members alone, so `constructor` is not in everything. */
export function member(value: unknown, name: string): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value
    return /^(?:0|[1-9][0-9]{0,8})$/.test(name) ? items[Number(name)] : undefined
  }
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** Whether a parsed value is an object: neither `null` nor an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text of UTF-8 octets, or `undefined` where they are not; also where a byte order mark stands first, which only some skip. */
export function decodeUtf8Strict(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.startsWith('\uFEFF') ? undefined : text
  } catch {
    return undefined
  }
}
