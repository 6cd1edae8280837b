/**
 * The policy: what the gateway lets through, written as code and checked as a whole. Anything that no
 * operation names is refused. Keys, users and accounts are data and live elsewhere.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import * as v from 'valibot'
import type { RecordClass } from '../audit/record-class.ts'
import type { ClockPolicy } from '../clock/clocks.ts'
import { toHex, utf8 } from '../lib/bytes.ts'
import { canonical } from '../lib/jcs.ts'
import type { SinkSpec } from '../siem/outbox.ts'
import { bindsOperation, DIALECT_IDS, type DialectId } from '../signature/dialect.ts'
import { DIALECTS } from '../signature/dialects.ts'
import { confusable, type SignedRoute } from './fence.ts'
import { isUnsafe, type Kind } from './kind.ts'
import type { Limit } from './limit.ts'
import { FEED_PERMISSION } from './permission.ts'
import { compileOrders, type OrderPolicy } from './order-policy.ts'
import { GatewaySchema, type OperationSchema, type Region } from './policy-schema.ts'
import { resourceProblems, type ResourcePlace } from './resource-place.ts'
import { riskProblems, type RiskPolicy } from './risk-policy.ts'
import { ROLES, type Role } from './role.ts'
import type { StepUp } from './step-up.ts'
import {
  clockProblems,
  headerProblems,
  limitProblems,
  reservedProblems,
  roleProblems,
  sinkProblems,
} from './policy-problems.ts'
import { compileRoutes, type RouteInput, type RouteTable } from './routes.ts'

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
  readonly stepUp?: StepUp | undefined
  /** Where a request names its symbol and its account, for keys that are bound to some. */
  readonly symbol?: ResourcePlace | undefined
  readonly account?: ResourcePlace | undefined
}

/** What people in a role may do at the broker, and how fresh their second factor has to be for the gateway's own. */
export interface RolePolicy {
  readonly permissions: readonly string[]
  readonly secondFactor: { readonly readSeconds: number; readonly writeSeconds: number }
}

/** What a route leads to. */
export interface Routable {
  readonly operation: Operation
  /** The one dialect that may use the route; `undefined` for those that sign method and path. */
  readonly venue: DialectId | undefined
}

export interface GatewayPolicy extends OrderPolicy {
  readonly origin: {
    readonly region: Region
    /** How long the origin may take to begin its answer, in milliseconds. */
    readonly timeoutMs: number
    /** Request headers forwarded beside the standard ones, lower case. */
    readonly forwardHeaders: readonly string[]
    /** How the origin stamps its answers, if it does. */
    readonly clock?: ClockPolicy | undefined
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
  /** Every role; one that the policy does not name may do nothing at the broker. */
  readonly roles: ReadonlyMap<Role, RolePolicy>
  readonly session: {
    readonly idleSeconds: number
    readonly maxSeconds: number
    readonly signingKeyDays: number
  }
  readonly keys: { readonly maxAgeDays: number; readonly warnDays: number }
  readonly evidence: { readonly retentionDays: Readonly<Record<RecordClass, number>> }
  /** Names whose values are not looked at for payment card numbers. */
  readonly cardNumbers: { readonly except: ReadonlySet<string> }
  readonly risk: RiskPolicy
  /** Names this policy in every record: the first half of the SHA-256 of its canonical text, hexadecimal. */
  readonly version: string
  readonly sinks: readonly SinkSpec[]
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
  const { origin, dialects, operations, lockout, tiers, session, keys, evidence, sinks } =
    parsed.output

  const declared = declaredOf(operations)
  const problems = [...declared.values()]
    .filter((operation) => operation.public && isUnsafe(operation.kind))
    .map(({ id }) => `operations.${id}.public: only a read may be called without a signature`)
  const claimed = [...declared.values()].flatMap((operation) =>
    routesOf(operation, operations[operation.id] ?? {}, problems),
  )
  for (const [id, operation] of Object.entries(operations))
    problems.push(...resourceProblems(id, operation))
  const routes = compileRoutes(claimed, problems)
  const orderPolicy = compileOrders(operations, parsed.output.instruments, problems)
  problems.push(...riskProblems(parsed.output.risk, orderPolicy.instruments))
  problems.push(...reservedProblems(claimed), ...headerProblems(origin.forwardHeaders))
  problems.push(...clockProblems(origin.clock))
  for (const [tier, { limits }] of Object.entries(tiers))
    problems.push(...limitProblems(tier, limits, declared))
  const permissions = new Set([...declared.values()].map((operation) => operation.permission))
  if (orderPolicy.instruments.size > 0) permissions.add(FEED_PERMISSION)
  problems.push(...roleProblems(parsed.output.roles, permissions), ...sinkProblems(sinks))
  if (problems.length > 0) throw new PolicyError(problems)

  return {
    origin,
    dialects,
    fenced: fencedOf(dialects, routes),
    operations: declared,
    permissions,
    routes,
    ...orderPolicy,
    lockout,
    tiers: new Map(Object.entries(tiers)),
    roles: new Map(ROLES.map((role) => [role, parsed.output.roles[role] ?? NO_ROLE])),
    session,
    keys,
    evidence,
    cardNumbers: { except: new Set(parsed.output.cardNumbers.except) },
    risk: parsed.output.risk,
    version: versionOf(parsed.output),
    sinks,
  }
}

function declaredOf(
  operations: v.InferOutput<typeof GatewaySchema>['operations'],
): ReadonlyMap<string, Operation> {
  return new Map(
    Object.entries(operations).map(
      ([id, { routes: _compiled, venues: _too, order: _read, permission, ...rest }]) => [
        id,
        { id, ...rest, permission: permission ?? id },
      ],
    ),
  )
}

/** The first half of the SHA-256 of what was written down, in its one spelling. */
function versionOf(written: unknown): string {
  return toHex(sha256(utf8(canonical(written)))).slice(0, 32)
}

/** What a role may do that the policy says nothing of. */
const NO_ROLE: RolePolicy = {
  permissions: [],
  secondFactor: { readSeconds: 3_600, writeSeconds: 300 },
}

/** What people of these roles may do at the broker. */
export function permissionsOf(
  { roles: all }: Pick<GatewayPolicy, 'roles'>,
  roles: readonly Role[],
): readonly string[] {
  return [...new Set(roles.flatMap((role) => all.get(role)?.permissions ?? []))]
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

function fencedOf(
  dialects: readonly DialectId[],
  routes: RouteTable<Routable>,
): ReadonlySet<DialectId> {
  return new Set(dialects.filter((id) => confusable(DIALECTS[id].covers, reachable(id, routes))))
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
