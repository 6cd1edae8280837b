/** The keys that sign sessions: which there are, and turning them by command. */
import * as v from 'valibot'
import { ok } from '../lib/result.ts'
import type { SigningKeyRow } from '../session/signing-keys.ts'
import { own, ownWithBody, provenanceOf, type Own } from './call.ts'
import { isoOf, Line, Text, Time } from './fields.ts'

const KeysShape = v.object({
  items: v.array(v.object({ kid: Text, state: Text, createdAt: Time, since: Time })),
})

function shown(keys: readonly SigningKeyRow[]) {
  return {
    items: keys.map(({ kid, state, createdAtMs, sinceMs }) => ({
      kid,
      state,
      createdAt: isoOf(createdAtMs),
      since: isoOf(sinceMs),
    })),
  }
}

export const SIGNING: readonly Own[] = [
  own(
    {
      id: 'gateway.signing-keys.list',
      route: 'GET /gw/v1/admin/signing-keys',
      summary: 'The keys that sign sessions',
      by: 'session',
      right: 'signing-keys.read',
      gives: KeysShape,
    },
    async ({ ports }) => ok({ body: shown(await ports.signingKeys.published()) }),
  ),
  ownWithBody(
    {
      id: 'gateway.signing-keys.rotate',
      route: 'POST /gw/v1/admin/signing-keys/rotate',
      summary: 'Let the next key sign; a compromised one verifies nothing any more',
      by: 'session',
      right: 'signing-keys.rotate',
      takes: v.strictObject({ compromised: v.optional(v.boolean(), false), reason: Line }),
      gives: KeysShape,
    },
    async (call, { compromised, reason }) => {
      const by = provenanceOf(call, reason)
      const turned = await call.ports.signingKeys.rotate(compromised, by)
      return turned.ok ? ok({ body: shown(turned.value) }) : turned
    },
  ),
]
