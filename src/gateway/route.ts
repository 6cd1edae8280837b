/** The second step: which operation of the policy this is. What nothing names is refused. */
import { compileRoutes, type RouteTable } from '../access/routes.ts'
import type { GatewayPolicy, Operation } from '../access/policy.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Received, Routed } from './stages.ts'

/** The gateway's own signed calls. They need no permission: each concerns the caller's own key, and reads. */
const OWN_OPERATIONS: RouteTable<Operation> = compileRoutes(
  [
    {
      route: 'GET /gw/v1/keys/self',
      place: 'gateway',
      target: { id: 'gateway.keys.self', kind: 'read', permission: '', weight: 1, public: false },
    },
  ],
  [],
)

export function route(received: Received, policy: GatewayPolicy): Result<Routed, Refusal> {
  const { method, path } = received.head
  const own = OWN_OPERATIONS.match(method, path)
  if (own !== undefined) {
    return ok({
      ...received,
      operation: own.target,
      route: own.route,
      target: 'gateway',
      venue: undefined,
    })
  }
  const found = policy.routes.match(method, path)
  if (found === undefined) return refuse('unknown_operation')
  return ok({ ...received, ...found.target, route: found.route, target: 'origin' })
}
