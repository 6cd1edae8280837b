/** A rotation that may be repeated: it is carried out once, and its secret is shown once. */
import type { Key, KeyCredential } from '../guard/key.ts'
import { ok, type Result } from '../lib/result.ts'
import type { Refusal } from '../refusal.ts'
import type { Answer, Call } from './call.ts'
import { isoOf } from './fields.ts'
import { reservationOf } from './reservation.ts'
import { newId } from './users.ts'

/** What the same rotation of the same key is known by; `undefined` where it need not be known again. */
export async function rotationOf(
  call: Call,
  keyId: string,
): Promise<Result<string | undefined, Refusal>> {
  const reservation = await reservationOf(call, keyId)
  if (reservation === undefined) return ok(undefined)
  return call.ports.directory.reserve(newId('rot'), reservation)
}

/** What is told of a rotation that was carried out before. */
export function rotatedBefore(
  key: Key,
  rotation: string | undefined,
): Result<Answer, Refusal> | undefined {
  if (rotation === undefined) return undefined
  const made = key.credentials.find((credential) => credential.rotation === rotation)
  if (made === undefined) return undefined
  const body = { credential: { id: made.id }, previousEndsAt: previousEnd(key, made) }
  return ok({ body, revision: key.revision ?? 0 })
}

/** The same, where another call was faster. */
export async function rotatedMeanwhile(call: Call, keyId: string, rotation: string | undefined) {
  const view = rotation === undefined ? undefined : await call.ports.describeKey(keyId)
  return view && rotatedBefore(view.key, rotation)
}

/** When the last of the credentials ends that were there before this one. */
export function previousEnd({ credentials }: Key, made: KeyCredential): string {
  const before = credentials.slice(
    0,
    credentials.findIndex(({ id }) => id === made.id),
  )
  const madeMs = made.createdAtMs ?? 0
  return isoOf(Math.max(madeMs, ...before.map((old) => old.endsAtMs ?? madeMs)))
}
