/** The third step: who says to be asking. Exactly one dialect may speak; nothing is proved yet. */
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { DIALECTS } from '../signature/dialects.ts'
import type { DialectId } from '../signature/dialect.ts'
import type { Claimed, Routed } from './stages.ts'

export function readClaim(routed: Routed, allowed: readonly DialectId[]): Result<Claimed, Refusal> {
  const { headers } = routed.head
  const speaking = Object.values(DIALECTS).filter((dialect) => dialect.speaks(headers))
  if (speaking.length > 1)
    return refuse('malformed_request', { reason: 'the request is signed in two ways at once' })
  const dialect = speaking.find(({ id }) => allowed.includes(id))
  if (dialect === undefined)
    return refuse('unauthorized', { reason: 'the request carries no signature' })
  const claim = dialect.claim(routed.head)
  return claim.ok ? ok({ ...routed, claim: claim.value }) : claim
}
