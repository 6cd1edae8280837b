/**
 * Finds the one operation that a method and a path name. Segments are compared as they are on the wire:
 * a path that could be read in two ways is matched by nothing.
 */
import { pathsMeet } from './fence.ts'

/** A template's `{name}` stands for one segment of these characters; escapes such as `%2F` never match. */
const SEGMENT = /^[A-Za-z0-9._~:@!$&'()*+,;=-]+$/
const TEMPLATE = /^\{[A-Za-z][A-Za-z0-9]*\}$/
const ROUTE = /^([A-Z]+) (\/\S*)$/

export interface Pattern<T> {
  /** The route as the policy writes it, for logs: it holds nothing that a caller sent. */
  readonly route: string
  readonly method: string
  /** A literal segment, or `undefined` where the template has a name. */
  readonly segments: readonly (string | undefined)[]
  readonly target: T
}

export interface RouteTable<T> {
  readonly entries: readonly Pattern<T>[]
  match(method: string, path: string): { readonly route: string; readonly target: T } | undefined
}

export interface RouteInput<T> {
  readonly route: string
  /** Where the route stands in the policy, for messages. */
  readonly place: string
  readonly target: T
}

/** Builds the table, adding to `problems` whatever cannot be a route or would leave two answers. */
export function compileRoutes<T>(
  inputs: readonly RouteInput<T>[],
  problems: string[],
): RouteTable<T> {
  const patterns: Pattern<T>[] = []
  for (const input of inputs) {
    const pattern = parseRoute(input, problems)
    if (pattern === undefined) continue
    const rival = patterns.find((other) => overlaps(other, pattern))
    if (rival === undefined) patterns.push(pattern)
    else
      problems.push(
        `${input.place}: "${input.route}" answers the same requests as "${rival.route}"`,
      )
  }
  return new SegmentTable(patterns)
}

function parseRoute<T>(
  { route, place, target }: RouteInput<T>,
  problems: string[],
): Pattern<T> | undefined {
  const [, method, path] = ROUTE.exec(route) ?? []
  if (method === undefined || path === undefined) {
    problems.push(`${place}: "${route}" must read "METHOD /path", such as "GET /v1/orders/{id}"`)
    return undefined
  }
  const parts = path.slice(1).split('/')
  const odd = parts.find(
    (part) => !TEMPLATE.test(part) && (!SEGMENT.test(part) || part === '.' || part === '..'),
  )
  if (odd !== undefined) {
    problems.push(
      `${place}: "${route}" has the segment "${odd}", which is neither plain text nor {name}`,
    )
    return undefined
  }
  return {
    route,
    method,
    target,
    segments: parts.map((part) => (TEMPLATE.test(part) ? undefined : part)),
  }
}

/** Two routes overlap when one request could match both and neither is the literal special case. */
function overlaps<T>(a: Pattern<T>, b: Pattern<T>): boolean {
  return a.method === b.method && literals(a) === literals(b) && pathsMeet(a.segments, b.segments)
}

function literals(pattern: Pattern<unknown>): number {
  return pattern.segments.filter((segment) => segment !== undefined).length
}

class SegmentTable<T> implements RouteTable<T> {
  readonly entries: readonly Pattern<T>[]
  readonly #literal = new Map<string, Pattern<T>>()
  readonly #templated = new Map<string, Pattern<T>[]>()

  constructor(patterns: readonly Pattern<T>[]) {
    this.entries = patterns
    for (const pattern of patterns) {
      if (literals(pattern) === pattern.segments.length) this.#literal.set(pattern.route, pattern)
      else {
        const key = `${pattern.method} ${pattern.segments.length}`
        this.#templated.set(
          key,
          [...(this.#templated.get(key) ?? []), pattern].toSorted(
            (a, b) => literals(b) - literals(a),
          ),
        )
      }
    }
  }

  match(method: string, path: string): { readonly route: string; readonly target: T } | undefined {
    const literal = this.#literal.get(`${method} ${path}`)
    if (literal !== undefined) return literal
    const segments = path.slice(1).split('/')
    return this.#templated
      .get(`${method} ${segments.length}`)
      ?.find((pattern) =>
        pattern.segments.every((want, i) =>
          want === undefined ? SEGMENT.test(segments[i] ?? '') : want === segments[i],
        ),
      )
  }
}

/**
 * What stands in a path for each `{name}` of the route that matched it, or `undefined` where the path is not of
 * that route or the route has a name twice. As on the wire: a segment with an escape matches no template, so there is
 * nothing to decode.
 */
export function routeParameters(
  route: string,
  path: string,
): Readonly<Record<string, string>> | undefined {
  const template = route.slice(route.indexOf(' ') + 1).split('/')
  const segments = path.split('/')
  if (template.length !== segments.length) return undefined
  const parameters = new Map<string, string>()
  for (const [i, part] of template.entries()) {
    const segment = segments[i] ?? ''
    if (!TEMPLATE.test(part)) {
      if (part !== segment) return undefined
      continue
    }
    const name = part.slice(1, -1)
    if (!SEGMENT.test(segment) || parameters.has(name)) return undefined
    parameters.set(name, segment)
  }
  return Object.fromEntries(parameters)
}
