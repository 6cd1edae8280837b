/** New keys and new credentials: whoever asked is told a secret once; nobody else, and never again. */
import * as v from 'valibot'
import policy from '../../gateway.config.ts'
import type { Key, KeyView } from '../guard/key.ts'
import { ok } from '../lib/result.ts'
import { refuse } from '../refusal.ts'
import { ALGORITHM_IDS } from '../signature/algorithm.ts'
import { DIALECT_IDS } from '../signature/dialect.ts'
import { provenanceOf, type Answered, type Call } from './call.ts'
import { Addresses, Id, Instant, isoOf, Line, msOf, Names, Permissions, Tier } from './fields.ts'
import { editOf, invalid } from './key-edit.ts'
import { newMaterial } from './material.ts'
import { reservationOf } from './reservation.ts'
import { previousEnd, rotatedBefore, rotatedMeanwhile, rotationOf } from './rotation.ts'
import { newId } from './users.ts'

/** The longest that an old credential may go on beside a new one, in seconds. */
const LONGEST_OVERLAP = 7 * 86_400
const DAY_MS = 86_400_000

const Material = {
  /** SPKI in PEM, or its DER in base64: the private half stays where it is. */
  publicKey: v.optional(v.pipe(v.string(), v.maxLength(4_096))),
  /** A secret of the customer's, as the dialect's clients write it. */
  secret: v.optional(v.pipe(v.string(), v.maxLength(1_024))),
}
/** What a rotation takes. */
export const Rotation = v.strictObject({
  overlapSeconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LONGEST_OVERLAP)),
  ...Material,
})

export const NewKey = v.strictObject({
  account: Id,
  user: Id,
  tier: Tier,
  dialect: v.picklist(DIALECT_IDS, `must be one of ${DIALECT_IDS.join(', ')}`),
  alg: v.optional(v.picklist(ALGORITHM_IDS, `must be one of ${ALGORITHM_IDS.join(', ')}`)),
  permissions: Permissions,
  addresses: v.optional(Addresses),
  symbols: v.optional(Names),
  accounts: v.optional(Names),
  certificate: v.optional(
    v.pipe(v.string(), v.regex(/^[0-9A-Fa-f]{64}$/, 'must be a SHA-256 thumbprint in hexadecimal')),
  ),
  expiresAt: v.optional(Instant),
  name: v.optional(Line),
  ...Material,
})

/** When a credential made now ends: the policy's age, or with its key. */
export function endOfCredential(nowMs: number, expiresAtMs: number | undefined): number {
  return Math.min(nowMs + policy.keys.maxAgeDays * DAY_MS, expiresAtMs ?? Infinity)
}

export async function createKey(call: Call, wanted: v.InferOutput<typeof NewKey>): Answered {
  const { ports } = call
  const nowMs = ports.nowMs()
  const expiresAtMs = wanted.expiresAt === undefined ? undefined : msOf(wanted.expiresAt)
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) return invalid('/expiresAt', 'has passed')
  if (!(await ports.directory.has('user', wanted.user))) return invalid('/user', 'is nobody')
  const material = await newMaterial(wanted, ports)
  if (!material.ok) return material

  const entry = {
    id: newId('key'),
    type: 'key',
    user: wanted.user,
    account: wanted.account,
  } as const
  const entered = await ports.directory.enter(entry, await reservationOf(call))
  if (!entered.ok) return entered
  const keyId = entered.value
  const before = await ports.describeKey(keyId)
  if (before !== undefined) return madeBefore(before.key)
  // It is listed by now: a trip of the account that comes later finds it.
  const holds = await ports.kill.holdsOf(wanted.account)
  const { dialect } = wanted
  const { algorithm, secret, shown } = material.value
  const record = await ports.issue({ keyId, dialect, algorithm }, secret)
  // The record first: a credential without a key can do nothing, a key without one could not be told from a loss.
  await ports.storeCredential(record)
  const endsAtMs = endOfCredential(nowMs, expiresAtMs)
  const key: Key = {
    keyId,
    account: wanted.account,
    user: wanted.user,
    tier: wanted.tier,
    status: 'active',
    permissions: wanted.permissions,
    addresses: wanted.addresses ?? [],
    credentials: [{ id: record.id, dialect, algorithm, createdAtMs: nowMs, endsAtMs }],
    limits: [],
    name: wanted.name,
    createdAtMs: nowMs,
    expiresAtMs,
    certificate: wanted.certificate?.toLowerCase(),
    symbols: wanted.symbols,
    holds: holds.length === 0 ? undefined : holds,
    accounts: wanted.accounts,
  }
  const added = await ports.user(wanted.user).addKey(key, provenanceOf(call, 'created'))
  if (!added.ok) return added
  if (!added.value.credentials.some(({ id }) => id === record.id)) return madeBefore(added.value)
  const credential = { id: record.id, algorithm, endsAt: isoOf(endsAtMs), ...shown }
  return ok({ body: { keyId, credential }, revision: 0 })
}

/** Made by the same call before, or a moment ago: the secret was shown then. */
function madeBefore({ keyId, credentials, revision = 0 }: Key) {
  return ok({ body: { keyId, credential: { id: credentials.at(-1)?.id ?? '' } }, revision })
}

/**
 * A new credential beside the old ones, which end when the overlap does.
 *
 * @param by the credential that asks for its own successor.
 */
export async function rotateKey(
  call: Call,
  view: KeyView,
  wanted: v.InferOutput<typeof Rotation>,
  by?: string,
): Answered {
  const { ports } = call
  const { key } = view
  const nowMs = ports.nowMs()
  const latest = key.credentials.findLast(({ dialect }) => dialect !== undefined)
  if (latest?.dialect === undefined)
    return refuse('conflict', { detail: 'The key has no credential to take the dialect from.' })
  const { dialect } = latest
  const asked = { ...wanted, dialect, alg: latest.algorithm }
  const material = await newMaterial(asked, ports)
  if (!material.ok) return material
  const rotation = await rotationOf(call, key.keyId)
  if (!rotation.ok) return rotation
  const done = rotatedBefore(key, rotation.value)
  if (done !== undefined) return done
  const { algorithm, secret, shown } = material.value
  const record = await ports.issue({ keyId: key.keyId, dialect, algorithm }, secret)
  await ports.storeCredential(record)
  const endsAtMs = endOfCredential(nowMs, key.expiresAtMs)
  const made = { id: record.id, dialect, algorithm, createdAtMs: nowMs, endsAtMs }
  const credential = { ...made, rotation: rotation.value }
  const overlapMs = wanted.overlapSeconds * 1_000
  const asking = by === undefined ? {} : { by }
  const change = { type: 'rotate', credential, overlapMs, ...asking } as const
  const edited = await ports.editKey(key.keyId, editOf(call, change, 'rotated'))
  if (!edited.ok) {
    await ports.dropCredential(record.id)
    return (await rotatedMeanwhile(call, key.keyId, rotation.value)) ?? edited
  }
  const previousEndsAt = previousEnd(edited.value.key, made)
  const told = { id: record.id, algorithm, endsAt: isoOf(endsAtMs), ...shown }
  return ok({
    body: { credential: told, previousEndsAt },
    revision: edited.value.key.revision ?? 0,
  })
}
