/** The second step: which operation of the policy this is. What nothing names is refused. */
import { compileRoutes, type RouteTable } from '../access/routes.ts'
import type { GatewayPolicy } from '../access/policy.ts'
import type { OwnOperation } from '../admin/operation.ts'
import { OWN } from '../admin/table.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Received, Routed } from './stages.ts'

const problems: string[] = []
const OWN_ROUTES: RouteTable<OwnOperation> = compileRoutes(
  OWN.map(({ operation }) => ({ route: operation.route, place: operation.id, target: operation })),
  problems,
)
if (problems.length > 0) throw new Error(problems.join('; '))

export function route(received: Received, policy: GatewayPolicy): Result<Routed, Refusal> {
  const { method, path } = received.head
  const found = policy.routes.match(method, path)
  if (found !== undefined)
    return ok({ ...received, ...found.target, route: found.route, own: undefined })
  const own = OWN_ROUTES.match(method, path)
  if (own === undefined) return refuse('unknown_operation')
  return ok({
    ...received,
    operation: own.target,
    route: own.route,
    own: own.target,
    venue: undefined,
  })
}
