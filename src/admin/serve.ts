/**
 * Carries out the gateway's own calls: whose word it is, whether the role allows it, how fresh the second factor is,
 * and only then what is asked for.
 */
import { networkOf } from '../access/address.ts'
import type { GatewayPolicy } from '../access/policy.ts'
import { reachOf, RIGHTS, type Role } from '../access/role.ts'
import { judgeStepUp } from '../access/step-up.ts'
import { routeParameters } from '../access/routes.ts'
import type { Admitted } from '../gateway/stages.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Actor, Answer, Call, OwnPorts } from './call.ts'
import type { OwnOperation } from './operation.ts'
import { ETAG, readHeaders, readQuery } from './parameters.ts'
import { OWN } from './table.ts'

const BY_ID = new Map(OWN.map((one) => [one.operation.id, one]))

export async function serveOwn(
  admitted: Admitted,
  ports: OwnPorts,
): Promise<Result<Answer, Refusal>> {
  const own = BY_ID.get(admitted.operation.id)
  if (own === undefined) return refuse('unknown_operation')
  const actor = await actorOf(admitted, own.operation, ports)
  if (!actor.ok) return actor
  const ifRevision = readIfMatch(admitted, own.operation)
  if (!ifRevision.ok) return ifRevision
  const { headers, query: takes } = own.operation
  const given = readHeaders(headers, admitted.head.headers)
  if (!given.ok) return given
  const query = takes === undefined ? ok({}) : readQuery(takes, admitted.head.query)
  if (!query.ok) return query
  const params = routeParameters(admitted.route, admitted.head.path)
  if (params === undefined) return refuse('not_found')
  const call: Call = {
    actor: actor.value,
    requestId: admitted.requestId,
    head: admitted.head,
    params,
    query: query.value,
    given: given.value,
    bodyBytes: admitted.bodyBytes,
    network: networkOf(admitted.place.address),
    ifRevision: ifRevision.value,
    ports,
  }
  return own.run(call)
}

async function actorOf(
  { grant, verdict, credential, attempt, session }: Admitted,
  { right, kind, fresh }: OwnOperation,
  ports: OwnPorts,
): Promise<Result<Actor, Refusal>> {
  const credentialId = credential.id
  const common = { grant, verdict, credentialId, attempt, session }
  const alone = right === undefined
  if (alone && (session === undefined || !fresh)) return ok({ ...common, roles: [], reach: 'own' })
  if (session === undefined) return refuse('unauthorized', { reason: 'only for a session' })
  const roles = await ports.user(grant.user).authorize(session.sid, session.version)
  if (roles === undefined) return refuse('unauthorized', { reason: 'the session has ended' })
  const required: readonly Role[] = alone ? roles : RIGHTS[right]
  const reach = alone ? 'own' : reachOf(right, roles)
  if (reach === undefined) {
    const detail = `This needs one of the roles ${required.join(', ')}.`
    return refuse('role_missing', { detail, members: { required } })
  }
  const granting = roles.filter((role) => required.includes(role))
  // What is one's own takes no role: then whatever one is counts.
  const allowing = granting.length > 0 ? granting : roles
  const shown = { sessionMs: session.authTimeMs, personMs: undefined, otp: false }
  const demand = { maxAgeSeconds: freshness(ports.policy, allowing, kind === 'read') }
  const met = judgeStepUp(demand, shown, ports.nowMs())
  return met.ok ? ok({ ...common, roles, reach }) : met
}

/** How old the second factor may be: what the strictest of these roles demands. Who has none of them has none. */
function freshness(
  { roles: all }: GatewayPolicy,
  allowing: readonly Role[],
  reads: boolean,
): number {
  const demands = allowing.flatMap((role) => all.get(role)?.secondFactor ?? [])
  if (demands.length === 0) return 0
  return Math.min(
    ...demands.map(({ readSeconds, writeSeconds }) => (reads ? readSeconds : writeSeconds)),
  )
}

function readIfMatch(
  { head }: Admitted,
  { conditional }: OwnOperation,
): Result<number | undefined, Refusal> {
  const text = head.headers.get('if-match')
  if (text === null) {
    return conditional
      ? refuse('precondition_required', {
          detail: 'Read it first, and send its ETag in If-Match: so nobody’s change is lost.',
        })
      : ok(undefined)
  }
  const revision = ETAG.exec(text)?.[1]
  return revision === undefined
    ? refuse('precondition_failed', { detail: 'If-Match is not an ETag of ours.' })
    : ok(Number(revision))
}
