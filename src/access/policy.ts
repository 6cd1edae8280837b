/**
 * The policy: what the gateway lets through, written as code and checked as a whole. Anything that no
 * operation names is refused. Keys, users and accounts are data and live elsewhere.
 */
import * as v from 'valibot'
import { bindsOperation, DIALECT_IDS, type DialectId } from '../signature/dialect.ts'
import { DIALECTS } from '../signature/dialects.ts'
import { confusable, type SignedRoute } from './fence.ts'
import { isUnsafe, KINDS, type Kind } from './kind.ts'
import type { Limit } from './limit.ts'
import { headerProblems, limitProblems } from './policy-problems.ts'
import { compileRoutes, type RouteInput, type RouteTable } from './routes.ts'

/** The regions in which a Durable Object can be asked to live (Cloudflare's location hints). */
export const REGIONS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const
export type Region = (typeof REGIONS)[number]

/** The longest a window may be: a day is a sliding 86,400 s. */
const DAY_SECONDS = 86_400

const name = (what: string) =>
  v.pipe(
    v.string(),
    v.regex(
      /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/,
      `${what} must be lower case, such as order.write`,
    ),
  )
const whole = (min: number, max: number) =>
  v.pipe(
    v.number(`must be a whole number from ${min} to ${max}`),
    v.check(
      (n) => Number.isInteger(n) && n >= min && n <= max,
      `must be a whole number from ${min} to ${max}`,
    ),
  )
const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, `must be one of ${values.join(', ')}`)

const OperationSchema = v.strictObject({
  kind: oneOf(KINDS),
  /** For clients whose signature covers method and path. */
  routes: v.optional(v.array(v.string()), []),
  /** For a venue's own clients, and for nobody else: what their signature leaves open, the route must close. */
  venues: v.optional(v.record(oneOf(DIALECT_IDS), v.array(v.string())), {}),
  permission: v.optional(name('a permission')),
  weight: v.optional(whole(1, 1_000), 1),
  public: v.optional(v.boolean(), false),
})

const LimitSchema = v.strictObject({
  name: name('a limit'),
  limit: whole(1, 1_000_000_000),
  windowSeconds: whole(1, DAY_SECONDS),
  kinds: v.optional(v.pipe(v.array(oneOf(KINDS)), v.minLength(1, 'must name at least one kind'))),
})

const GatewaySchema = v.strictObject({
  origin: v.strictObject({
    region: oneOf(REGIONS),
    timeoutMs: v.optional(whole(100, 20_000), 10_000),
    forwardHeaders: v.optional(
      v.array(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, 'must be a lower-case header name'))),
      [],
    ),
  }),
  dialects: v.pipe(v.array(oneOf(DIALECT_IDS)), v.minLength(1, 'must allow at least one dialect')),
  operations: v.record(name('an operation'), OperationSchema),
  /** How many failed authentications within a minute lock: of a client's network, of one id from it. */
  lockout: v.optional(
    v.strictObject({
      network: v.optional(whole(5, 1_000), 60),
      credential: v.optional(whole(3, 1_000), 20),
    }),
    {},
  ),
  tiers: v.record(
    name('a tier'),
    v.strictObject({
      limits: v.pipe(v.array(LimitSchema), v.minLength(1, 'must set at least one limit')),
    }),
  ),
})

type OperationInput = Partial<v.InferOutput<typeof OperationSchema>>

/** What `gateway.config.ts` writes down. */
export type GatewayInput = v.InferInput<typeof GatewaySchema>

export interface Operation {
  readonly id: string
  readonly kind: Kind
  readonly permission: string
  /** Units of every limit of the tier that one call costs. */
  readonly weight: number
  /** Whether anyone may call it without a signature. Reads alone. */
  readonly public: boolean
}

/** What a route leads to. */
export interface Routable {
  readonly operation: Operation
  /** The one dialect that may use the route; `undefined` for those that sign method and path. */
  readonly venue: DialectId | undefined
}

export interface GatewayPolicy {
  readonly origin: {
    readonly region: Region
    /** How long the origin may take to begin its answer, in milliseconds. */
    readonly timeoutMs: number
    /** Request headers forwarded beside the standard ones, lower case. */
    readonly forwardHeaders: readonly string[]
  }
  readonly dialects: readonly DialectId[]
  /** The dialects in which a read's signature could be that of a write. */
  readonly fenced: ReadonlySet<DialectId>
  readonly operations: ReadonlyMap<string, Operation>
  readonly permissions: ReadonlySet<string>
  readonly routes: RouteTable<Routable>
  /** How many failed authentications within a minute lock a network, and one claimed id from it. */
  readonly lockout: { readonly network: number; readonly credential: number }
  readonly tiers: ReadonlyMap<string, { readonly limits: readonly Limit[] }>
}

/** The policy cannot be used. Lists every problem, so that one round of edits is enough. */
export class PolicyError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      `Cannot use the gateway policy:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    )
    this.name = 'PolicyError'
    this.problems = problems
  }
}

/**
 * Checks a policy and makes it ready for use.
 *
 * @throws {PolicyError} naming every problem at once, each with the place where it is.
 */
export function defineGateway(input: GatewayInput): GatewayPolicy {
  const parsed = v.safeParse(GatewaySchema, input)
  if (!parsed.success) throw new PolicyError(parsed.issues.map(describeIssue))
  const { origin, dialects, operations, lockout, tiers } = parsed.output

  const declared = new Map<string, Operation>(
    Object.entries(operations).map(
      ([id, { routes: _compiled, venues: _too, permission, ...rest }]) => [
        id,
        { id, ...rest, permission: permission ?? id },
      ],
    ),
  )
  const problems = [...declared.values()]
    .filter((operation) => operation.public && isUnsafe(operation.kind))
    .map(({ id }) => `operations.${id}.public: only a read may be called without a signature`)
  const claimed = [...declared.values()].flatMap((operation) =>
    routesOf(operation, operations[operation.id] ?? {}, problems),
  )
  const routes = compileRoutes(claimed, problems)
  for (const { route, place } of claimed) {
    if (/^\S+ \/(?:gw|\.well-known)(?:\/|$)/.test(route))
      problems.push(`${place}: "${route}" belongs to the gateway itself`)
  }
  problems.push(...headerProblems(origin.forwardHeaders))
  for (const [tier, { limits }] of Object.entries(tiers))
    problems.push(...limitProblems(tier, limits, declared))
  if (problems.length > 0) throw new PolicyError(problems)

  return {
    origin,
    dialects,
    fenced: new Set(
      dialects.filter((id) => confusable(DIALECTS[id].covers, reachable(id, routes))),
    ),
    operations: declared,
    permissions: new Set([...declared.values()].map((operation) => operation.permission)),
    routes,
    lockout,
    tiers: new Map(Object.entries(tiers)),
  }
}

/** Everything that an operation claims, each with the place where it is written. */
function routesOf(
  operation: Operation,
  { routes: plain = [], venues = {} }: Pick<OperationInput, 'routes' | 'venues'>,
  problems: string[],
): readonly RouteInput<Routable>[] {
  const own = DIALECT_IDS.map((venue) => [venue, venues[venue] ?? [], `venues.${venue}`] as const)
  const all = [[undefined, plain, 'routes'] as const, ...own]
  if (all.every(([, routes]) => routes.length === 0)) {
    problems.push(`operations.${operation.id}: must name at least one route`)
  }
  return all.flatMap(([venue, routes, member]) =>
    routes.map((route, index) => ({
      route,
      place: `operations.${operation.id}.${member}[${index}]`,
      target: { operation, venue },
    })),
  )
}

/** What any key may ask about itself: a read that every dialect reaches. */
const OWN_READ: SignedRoute = {
  kind: 'read',
  method: 'GET',
  segments: ['gw', 'v1', 'keys', 'self'],
}

/** The routes that a request in this dialect can be for. */
function reachable(id: DialectId, routes: RouteTable<Routable>): readonly SignedRoute[] {
  const own = routes.entries.filter(({ target }) =>
    target.venue === undefined ? bindsOperation(DIALECTS[id]) : target.venue === id,
  )
  return [
    OWN_READ,
    ...own.map(({ method, segments, target }) => ({
      kind: target.operation.kind,
      method,
      segments,
    })),
  ]
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const place = v.getDotPath(issue) ?? 'the policy'
  const missing = issue.received === 'undefined' && issue.kind === 'schema'
  const unknown = issue.type === 'strict_object' && issue.expected === 'never'
  if (unknown) return `${place}: is not a known setting`
  return `${place}: ${missing ? 'is missing' : issue.message}`
}
