/** What a request names that a key may be bound to: read where the policy says, and only there. */
import { readResource } from '../access/resource.ts'
import type { ResourcePlace } from '../access/resource-place.ts'
import { routeParameters } from '../access/routes.ts'
import type { Verified } from './stages.ts'

export interface NamedResources {
  readonly symbol: string | undefined
  readonly account: string | undefined
}

/** What two readers could take for two names stands for none: no key that is bound to names has it. */
const UNREADABLE = ''
const NOTHING: NamedResources = { symbol: undefined, account: undefined }

export function readResources(verified: Verified): NamedResources {
  const { symbol, account } = verified.operation
  if (symbol === undefined && account === undefined) return NOTHING
  return { symbol: readOne(symbol, verified), account: readOne(account, verified) }
}

function readOne(place: ResourcePlace | undefined, verified: Verified): string | undefined {
  if (place === undefined) return undefined
  const { head, route, bodyBytes, stripped } = verified
  const read = readResource(place, {
    body: stripped?.body ?? bodyBytes,
    query: head.query,
    params: routeParameters(route, head.path),
    contentType: head.headers.get('content-type') ?? undefined,
  })
  return read.ok ? read.value : UNREADABLE
}
