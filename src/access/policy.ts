/**
 * The policy: what the gateway lets through, written as code and checked as a whole. Anything that no
 * operation names is refused. Keys, users and accounts are data and live elsewhere.
 */
import * as v from 'valibot'
import { DIALECT_IDS, type DialectId } from '../signature/dialect.ts'
import { DIALECTS } from '../signature/dialects.ts'
import { confusable } from './fence.ts'
import { isUnsafe, KINDS, type Kind } from './kind.ts'
import { compileRoutes, type RouteTable } from './routes.ts'

/** The regions in which a Durable Object can be asked to live (Cloudflare's location hints). */
const REGIONS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const
export type Region = (typeof REGIONS)[number]

/** The longest a window may be: a day is a sliding 86,400 s. */
const DAY_SECONDS = 86_400

/** Headers by which a client could speak in another's name: credentials, the edge's, the gateway's, the connection's. */
const NEVER_FORWARDED =
  /^(?:authorization|cookie|dpop|signature|signature-input|host|content-length|x-request-id|traceparent|tracestate|client-cert.*|portcullis-.*|pc-.*|cf-.*|x-forwarded.*|forwarded|via|x-real-ip|true-client-ip|connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|expect)$/

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
  routes: v.pipe(v.array(v.string()), v.minLength(1, 'must name at least one route')),
  permission: v.optional(name('a permission')),
  weight: v.optional(whole(1, 1_000), 1),
  public: v.optional(v.boolean(), false),
})

const LimitSchema = v.strictObject({
  name: name('a limit'),
  limit: whole(1, 1_000_000_000),
  windowSeconds: whole(1, DAY_SECONDS),
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
  tiers: v.record(
    name('a tier'),
    v.strictObject({
      limits: v.pipe(v.array(LimitSchema), v.minLength(1, 'must set at least one limit')),
    }),
  ),
})

/** What `gateway.config.ts` writes down. */
export type GatewayInput = v.InferInput<typeof GatewaySchema>

/** One limit: at most `limit` units in any `windowSeconds`. */
export type Limit = v.InferOutput<typeof LimitSchema>

export interface Operation {
  readonly id: string
  readonly kind: Kind
  readonly permission: string
  /** Units of every limit of the tier that one call costs. */
  readonly weight: number
  /** Whether anyone may call it without a signature. Reads alone. */
  readonly public: boolean
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
  readonly routes: RouteTable<Operation>
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
  const { origin, dialects, operations, tiers } = parsed.output

  const declared = new Map<string, Operation>(
    Object.entries(operations).map(([id, { routes: _compiled, permission, ...rest }]) => [
      id,
      { id, ...rest, permission: permission ?? id },
    ]),
  )
  const problems = [...declared.values()]
    .filter((operation) => operation.public && isUnsafe(operation.kind))
    .map(({ id }) => `operations.${id}.public: only a read may be called without a signature`)
  const claimed = [...declared.values()].flatMap((operation) =>
    (operations[operation.id]?.routes ?? []).map((route, index) => ({
      route,
      place: `operations.${operation.id}.routes[${index}]`,
      target: operation,
    })),
  )
  const routes = compileRoutes(claimed, problems)
  for (const { route, place } of claimed) {
    if (/^\S+ \/(?:gw|\.well-known)(?:\/|$)/.test(route))
      problems.push(`${place}: "${route}" belongs to the gateway itself`)
  }
  for (const [index, header] of origin.forwardHeaders.entries()) {
    if (NEVER_FORWARDED.test(header)) {
      problems.push(
        `origin.forwardHeaders[${index}]: "${header}" may not be forwarded from a client`,
      )
    }
  }
  for (const [tier, { limits }] of Object.entries(tiers))
    problems.push(...limitProblems(tier, limits, declared))
  if (problems.length > 0) throw new PolicyError(problems)

  return {
    origin,
    dialects,
    fenced: new Set(
      dialects.filter((id) => confusable(DIALECTS[id].covers, routes.entries.map(signedRoute))),
    ),
    operations: declared,
    permissions: new Set([...declared.values()].map((operation) => operation.permission)),
    routes,
    tiers: new Map(Object.entries(tiers)),
  }
}

function signedRoute({ method, segments, target }: RouteTable<Operation>['entries'][number]) {
  return { kind: target.kind, method, segments }
}

function limitProblems(
  tier: string,
  limits: readonly Limit[],
  operations: ReadonlyMap<string, Operation>,
): readonly string[] {
  const heaviest = Math.max(0, ...[...operations.values()].map((operation) => operation.weight))
  return limits.flatMap((limit, index) => {
    const place = `tiers.${tier}.limits[${index}]`
    const problems: string[] = []
    if (limit.name === 'gateway')
      problems.push(`${place}.name: "gateway" is reserved for the gateway's own calls`)
    if (limits.findIndex((other) => other.name === limit.name) !== index) {
      problems.push(
        `${place}.name: "${limit.name}" is already the name of another limit of this tier`,
      )
    }
    if (limit.limit < heaviest) {
      problems.push(
        `${place}.limit: ${limit.limit} units can never admit an operation of weight ${heaviest}`,
      )
    }
    return problems
  })
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const place = v.getDotPath(issue) ?? 'the policy'
  const missing = issue.received === 'undefined' && issue.kind === 'schema'
  const unknown = issue.type === 'strict_object' && issue.expected === 'never'
  if (unknown) return `${place}: is not a known setting`
  return `${place}: ${missing ? 'is missing' : issue.message}`
}
