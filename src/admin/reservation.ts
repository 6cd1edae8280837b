/** By what a repeated call is known as one. */
import { sha256, toHex, utf8 } from '../lib/bytes.ts'
import type { Call, Reservation } from './call.ts'

/** The caller's `Idempotency-Key`, as a digest of all of it, and what they ask for. `of` is what the path does not name. */
export async function reservationOf(call: Call, of = ''): Promise<Reservation | undefined> {
  const chosen = call.given['Idempotency-Key']
  if (chosen === undefined) return undefined
  const idempotencyKey = toHex(await sha256(utf8(chosen)))
  const fingerprint = toHex(await sha256(call.bodyBytes))
  const by = `${call.actor.grant.user} ${call.head.path} ${of}`
  return { by, idempotencyKey, fingerprint }
}
