/**
 * What people change about a key, one form for each. Pure: the key's object supplies key and clock and stores the
 * outcome. An edit that would let the key do more than it can is refused unless whoever makes it may widen.
 */
import { networkWithin } from '../access/address.ts'
import type { Provenance } from '../audit/provenance.ts'
import {
  countedLimits,
  type CountedLimit,
  type Limit,
  type LimitOverride,
} from '../access/limit.ts'
import { withHold, type Hold } from '../control/hold.ts'
import type { Role } from '../access/role.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Key, KeyCredential, KeyStatus } from './key.ts'

export type Change =
  | { readonly type: 'status'; readonly status: KeyStatus }
  | { readonly type: 'permissions'; readonly permissions: readonly string[] }
  | { readonly type: 'addresses'; readonly addresses: readonly string[] }
  | { readonly type: 'limits'; readonly limits: readonly LimitOverride[] }
  | {
      readonly type: 'rotate'
      readonly credential: KeyCredential
      readonly overlapMs: number
      /** The credential that asks for it, where one does: only the newest may have a successor. */
      readonly by?: string
    }
  | { readonly type: 'end'; readonly credentialId: string }

export interface Edit {
  readonly change: Change
  /** Whether the key may come out of it able to do more. */
  readonly mayWiden: boolean
  /** The role that could, for the refusal. */
  readonly widener?: Role
  /** Whose key it has to be; anybody's where absent. */
  readonly ofUser?: string
  /** The revision that whoever edits has seen; absent where the edit does not depend on it. */
  readonly ifRevision?: number
  readonly provenance: Provenance
}

/** Live credentials that a key may have at once: the new, the old, and those of rotations that overlap. */
const MOST_CREDENTIALS = 5
/** Credentials that ended are listed for a while, in milliseconds. */
const LISTED_MS = 30 * 86_400_000

export function applyEdit(
  key: Key,
  edit: Edit,
  tierLimits: readonly Limit[],
  nowMs: number,
): Result<Key, Refusal> {
  const revision = key.revision ?? 0
  // Somebody else's key is no key of theirs: not even that it exists.
  if (edit.ofUser !== undefined && edit.ofUser !== key.user) return refuse('not_found')
  if (edit.ifRevision !== undefined && edit.ifRevision !== revision) {
    return refuse('precondition_failed', {
      detail: 'Somebody changed the key since you read it. Read it again and decide anew.',
    })
  }
  const changed = change(key, edit, tierLimits, nowMs)
  return changed.ok ? ok({ ...key, ...changed.value, revision: revision + 1 }) : changed
}

function change(
  key: Key,
  { change: wanted, ...edit }: Edit,
  tierLimits: readonly Limit[],
  nowMs: number,
): Result<Partial<Key>, Refusal> {
  if (key.status === 'revoked' && !(wanted.type === 'status' && wanted.status === 'revoked'))
    return refuse('conflict', { detail: 'The key is revoked for good. Make a new one.' })
  if (wanted.type === 'rotate') return rotate(key, wanted, nowMs)
  if (wanted.type === 'end') return endCredential(key, wanted.credentialId, nowMs)
  const { type: _type, ...members } = wanted
  const wider = isWider(key, wanted, tierLimits, nowMs)
  return wider && !edit.mayWiden ? widening(edit) : ok(members)
}

function isWider(
  key: Key,
  wanted: Exclude<Change, { readonly type: 'rotate' | 'end' }>,
  tierLimits: readonly Limit[],
  nowMs: number,
): boolean {
  if (wanted.type === 'permissions')
    return wanted.permissions.some((name) => !key.permissions.includes(name))
  if (wanted.type === 'addresses') return isWiderPlace(key.addresses, wanted.addresses)
  if (wanted.type === 'limits') return raises(key, wanted.limits, tierLimits, nowMs)
  // Who may set which status is for the right to say, not for how much it lets the key do.
  return false
}

function widening({ widener }: Pick<Edit, 'widener'>) {
  return refuse('role_missing', {
    detail: 'This would let the key do more than it can, now or later.',
    members: { required: widener === undefined ? [] : [widener] },
  })
}

function isWiderPlace(before: readonly string[], after: readonly string[]): boolean {
  if (before.length === 0) return false
  if (after.length === 0) return true
  return after.some((network) => !before.some((outer) => networkWithin(network, outer)))
}

/**
 * Whether something that a limit in force would refuse, none would any more: now, or from when one of them ends. Else
 * a limit could be lifted by setting it again with an end, and a raise that ends kept by setting it without one.
 */
export function raises(
  key: Key,
  limits: readonly LimitOverride[],
  tierLimits: readonly Limit[],
  nowMs: number,
): boolean {
  const ends = [...key.limits, ...limits].flatMap(({ untilMs }) =>
    untilMs !== undefined && untilMs > nowMs ? [untilMs] : [],
  )
  return [nowMs, ...ends].some((atMs) => raisesAt(key, limits, tierLimits, atMs))
}

function raisesAt(
  key: Key,
  limits: readonly LimitOverride[],
  tierLimits: readonly Limit[],
  atMs: number,
): boolean {
  const enforced = (own: readonly LimitOverride[]) =>
    countedLimits(tierLimits, own, atMs).filter((limit) => limit.enforced)
  const after = enforced(limits)
  return enforced(key.limits).some((limit) => !after.some((other) => holds(other, limit)))
}

function holds(other: CountedLimit, limit: CountedLimit): boolean {
  const { kinds } = limit
  return (
    other.windowSeconds === limit.windowSeconds &&
    other.limit <= limit.limit &&
    (kinds === undefined
      ? other.kinds === undefined
      : other.kinds === undefined || kinds.every((kind) => other.kinds?.includes(kind) === true))
  )
}

/** The new credential beside the old ones, which end when the overlap does, or when they would have before. */
function rotate(
  key: Key,
  { credential, overlapMs, by }: Extract<Change, { readonly type: 'rotate' }>,
  nowMs: number,
): Result<Partial<Key>, Refusal> {
  const { rotation } = credential
  if (rotation !== undefined && key.credentials.some((old) => old.rotation === rotation))
    return refuse('conflict', { detail: 'This rotation was carried out already.' })
  if (by !== undefined && by !== key.credentials.at(-1)?.id) {
    return refuse('conflict', {
      detail: 'This credential was replaced already. Rotate with the one that replaced it.',
    })
  }
  const endsAtMs = nowMs + overlapMs
  // What this very rotation ends is not in its way: whoever rotates in an emergency is never told to wait.
  const live = key.credentials.filter(
    (old) => Math.min(old.endsAtMs ?? Number.POSITIVE_INFINITY, endsAtMs) > nowMs,
  )
  if (live.length >= MOST_CREDENTIALS) {
    return refuse('conflict', {
      detail: `The key has ${live.length} credentials that have not ended. End one, or rotate without an overlap.`,
    })
  }
  const kept = key.credentials
    .filter((old) => (old.endsAtMs ?? nowMs) > nowMs - LISTED_MS)
    .map((old) => ({ ...old, endsAtMs: Math.min(old.endsAtMs ?? endsAtMs, endsAtMs) }))
  return ok({ credentials: [...kept, credential] })
}

/** Ends one credential now, whatever else goes on. */
function endCredential(key: Key, id: string, nowMs: number): Result<Partial<Key>, Refusal> {
  if (!key.credentials.some((credential) => credential.id === id)) return refuse('not_found')
  return ok({
    credentials: key.credentials.map((credential) =>
      credential.id === id
        ? { ...credential, endsAtMs: Math.min(credential.endsAtMs ?? nowMs, nowMs) }
        : credential,
    ),
  })
}

/** A person's object said something newer about them. */
export function standAs(key: Key, standing: NonNullable<Key['standing']>): Key | undefined {
  return standing.version > (key.standing?.version ?? 0) ? { ...key, standing } : undefined
}

/** A trip of the kill switch holds it, or was lifted; `undefined` where that changes nothing. */
export function heldKey(key: Key, hold: Hold, stands: boolean): Key | undefined {
  const before = key.holds ?? []
  if (before.some(({ id }) => id === hold.id) === stands) return undefined
  return { ...key, holds: withHold(before, hold, stands) }
}

/** What is kept beside a change: whose word it was, and what was there before. */
export function changeDetail(before: Key, after: Key, provenance: Provenance): object {
  const was = Object.entries(before).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(after, name)),
  )
  return { ...provenance, before: Object.fromEntries(was) }
}
