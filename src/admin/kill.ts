/** The kill switch: who stops what, and who lets it go on. */
import * as v from 'valibot'
import { LevelSchema, ScopeSchema, SCOPE_TYPES, type Scope } from '../control/trip.ts'
import { ok } from '../lib/result.ts'
import { own, ownWithBody, provenanceOf, type Answered, type Call, type Own } from './call.ts'
import { isoOf, Line, Reason, Text, Time } from './fields.ts'
import { invalid } from './key-edit.ts'

const ScopeShape = v.object({ type: v.picklist(SCOPE_TYPES), id: v.optional(Text) })

const TripShape = {
  id: Text,
  level: LevelSchema,
  scope: ScopeShape,
  drill: v.boolean(),
  at: Time,
  inForceBy: Time,
}

const KillBody = v.strictObject({
  level: LevelSchema,
  scope: ScopeSchema,
  reason: Line,
  /** Goes every way that a trip goes, and stops nothing. */
  drill: v.optional(v.boolean(), false),
})

async function trip(call: Call, body: v.InferOutput<typeof KillBody>): Answered {
  const unknown = await unknownScope(call, body.scope)
  if (unknown !== undefined) return invalid('/scope/id', unknown)
  const { reason, ...asked } = body
  const tripped = await call.ports.kill.trip({ ...asked, by: provenanceOf(call, reason) })
  if (!tripped.ok) return tripped
  const { atMs, inForceByMs, ...rest } = tripped.value
  return ok({ body: { ...rest, at: isoOf(atMs), inForceBy: isoOf(inForceByMs) } })
}

/** A name that nothing has would stop nothing, and look as if it did. */
async function unknownScope({ ports }: Call, scope: Scope): Promise<string | undefined> {
  const { policy, directory } = ports
  // Where the list cannot be read, stopping comes first.
  const isListed = (found: Promise<boolean>) => found.catch(() => true)
  switch (scope.type) {
    case 'operation':
      return policy.operations.has(scope.id) ? undefined : 'must be an operation of the policy'
    case 'symbol':
      return policy.instruments.has(scope.id) ? undefined : 'must be an instrument of the policy'
    case 'key': {
      const isKey = await isListed(directory.has('key', scope.id))
      return isKey ? undefined : 'must be a key: portcullis keys list names them'
    }
    case 'account': {
      const keys = directory.keysOf(scope.id, '', 1)
      return (await isListed(keys.then(({ length }) => length > 0)))
        ? undefined
        : 'must be an account that a key is of'
    }
    case 'global':
      break
  }
  return undefined
}

export const KILL: readonly Own[] = [
  ownWithBody(
    {
      id: 'gateway.kill',
      route: 'POST /gw/v1/admin/kill',
      summary: 'Stop a key, an account, an operation, a symbol or everything',
      by: 'session',
      right: 'kill.trip',
      status: 201,
      takes: KillBody,
      gives: v.object({ ...TripShape, inFlight: v.array(Text) }),
    },
    trip,
  ),
  own(
    {
      id: 'gateway.kill.list',
      route: 'GET /gw/v1/admin/kill',
      summary: 'What is stopped, since when and by whose word',
      by: 'session',
      right: 'kill.read',
      gives: v.object({
        items: v.array(
          v.object({ ...TripShape, by: Text, reason: Text, liftedBy: v.optional(Text) }),
        ),
      }),
    },
    async (call) => {
      const trips = await call.ports.kill.list()
      const items = trips.map(({ atMs, inForceByMs, ...rest }) => ({
        ...rest,
        at: isoOf(atMs),
        inForceBy: isoOf(inForceByMs),
      }))
      return ok({ body: { items } })
    },
  ),
  ownWithBody(
    {
      id: 'gateway.kill.lift',
      route: 'DELETE /gw/v1/admin/kill/{id}',
      summary: 'Let it go on; for everything a second person confirms (202 until then)',
      by: 'session',
      right: 'kill.lift',
      takes: Reason,
      gives: v.object({ id: Text, waiting: v.boolean() }),
    },
    async (call, { reason }) => {
      const lifted = await call.ports.kill.lift(call.params['id'] ?? '', provenanceOf(call, reason))
      if (!lifted.ok) return lifted
      return ok({ body: lifted.value, ...(lifted.value.waiting ? { status: 202 } : {}) })
    },
  ),
]
