/**
 * The decision of a key's object, top to bottom in the order in which a caller can be turned away. Pure:
 * the object supplies state and clock and stores the outcome; nothing is spent by what is refused.
 */
import { addressAllowed } from '../access/address.ts'
import { isUnsafe } from '../access/kind.ts'
import { resourceAllowed } from '../access/resource.ts'
import { judgeStepUp } from '../access/step-up.ts'
import { forceOf } from '../control/hold.ts'
import { judgeLevel, moveOf } from '../control/level.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Admission, Grant, Key, SessionFacts } from './key.ts'
import type { SeenReads } from './seen.ts'
import { shortfall, type DecisionTime, type Spending } from './shortfall.ts'

/** An unsafe request that was admitted before, from its durable row. */
export interface Admitted {
  readonly attempt: string
  readonly requestHash: string
  readonly sequence: number
  readonly decidedAtMs: number
}

export interface GuardState {
  readonly key: Key
  readonly reads: SeenReads
  /** What this request spends. */
  readonly spendings: readonly Spending[]
  /** The floor: an unsafe request signed at or before it may have been admitted and forgotten. */
  readonly floorMs: number
  /** Unsafe requests whose records the audit log has not yet taken. */
  readonly unacknowledged: number
  /** Looks an admitted unsafe request up in its durable row. */
  admitted(replayId: string): Admitted | undefined
}

/** How far the clocks of two hosts of ours may differ, in milliseconds. */
export const HOST_CLOCKS_MS = 250
/** How many records may wait for the audit log. Cancels find a little more room, so that risk can be reduced. */
export const MOST_WAITING = 50_000
const MORE_FOR_CANCELS = 5_000

/** Admitted now, or admitted before under the same attempt. */
export interface Admit {
  readonly repeated: { readonly sequence: number; readonly decidedAtMs?: number } | undefined
  /** Whether a one-time password is still to be judged. */
  readonly otpDue: boolean
}

type Repeat = Pick<Admit, 'repeated'>

export function decide(
  state: GuardState,
  ask: Admission,
  time: DecisionTime,
): Result<Admit, Refusal> {
  const belongs = judgeCredential(state.key, ask, time.nowMs)
  if (!belongs.ok) return belongs

  const alive = judgeSession(state.key, ask)
  if (!alive.ok) return alive

  const permitted = judgePermission(state.key, ask)
  if (!permitted.ok) return permitted

  const held = judgeHolds(state.key, ask)
  if (!held.ok) return held

  const placed = judgePlace(state.key, ask)
  if (!placed.ok) return placed

  const steppedUp = judgeSecondFactor(state.key, ask, time.nowMs)
  if (!steppedUp.ok) return steppedUp
  const otpDue = steppedUp.value === 'otp-due'

  const fresh = judgeReplay(state, ask)
  if (!fresh.ok) return fresh
  const admit = { repeated: fresh.value.repeated, otpDue }
  if (admit.repeated !== undefined) return ok(admit)

  const recordable = judgeRecord(state, ask)
  if (!recordable.ok) return recordable

  const lacking = shortfall(state.spendings, ask.weight, time)
  return lacking === undefined ? ok(admit) : { ok: false, error: lacking }
}

/** What the caller may do: no more than the key, than the person's roles, and than the session. */
function effectivePermissions(
  { permissions, standing }: Key,
  session: SessionFacts | undefined,
): readonly string[] {
  if (standing === undefined && session === undefined) return permissions
  return permissions.filter(
    (permission) =>
      (standing === undefined || standing.permissions.includes(permission)) &&
      (session === undefined || session.permissions.includes(permission)),
  )
}

/** Who the caller is and on which terms they were admitted. */
export function grantOf(
  key: Key,
  ask: Admission,
  otpDue: boolean,
  lastUsedMs: number | undefined,
): Grant {
  const { keyId, account, user, tier } = key
  const permissions = effectivePermissions(key, ask.session)
  const credential = key.credentials.find(({ id }) => id === ask.credentialId)
  const credentialEndsAtMs = credential?.endsAtMs
  const force = key.holds === undefined ? undefined : forceOf(key.holds)
  return { keyId, account, user, tier, permissions, lastUsedMs, otpDue, credentialEndsAtMs, force }
}

function judgeCredential(key: Key, ask: Admission, nowMs: number): Result<void, Refusal> {
  const credential = key.credentials.find(({ id }) => id === ask.credentialId)
  if (key.status === 'revoked')
    return refuse('key_revoked', { detail: 'The key was revoked. Ask for a new one.' })
  const endsAtMs = Math.min(
    credential?.endsAtMs ?? Number.POSITIVE_INFINITY,
    key.expiresAtMs ?? Number.POSITIVE_INFINITY,
  )
  if (credential === undefined || nowMs >= endsAtMs) {
    return refuse('credential_expired', {
      detail: 'This credential has ended. Use the one that replaced it.',
    })
  }
  if (key.status === 'suspended')
    return refuse('key_suspended', { detail: 'The key is suspended. Ask your broker why.' })
  return ok(undefined)
}

/** A token is true for as long as it says; whether its session still is, only this tells. */
function judgeSession({ standing }: Key, { session }: Admission): Result<void, Refusal> {
  if (session === undefined) return ok(undefined)
  const lives =
    standing !== undefined &&
    session.version >= standing.sessionsFrom &&
    !standing.ended.some(({ sid }) => sid === session.sid)
  return lives
    ? ok(undefined)
    : refuse('unauthorized', {
        reason: 'the session has ended',
        detail: 'The session has ended. Refresh it, or begin a new one.',
      })
}

function judgePermission(key: Key, ask: Admission): Result<void, Refusal> {
  const { permission, kind } = ask
  if (permission !== undefined) {
    if (!effectivePermissions(key, ask.session).includes(permission)) {
      return refuse('permission_missing', {
        detail: `The key may not do this: it lacks the permission ${permission}.`,
        members: { required: [permission] },
      })
    }
    if (!resourceAllowed(ask.symbol, key.symbols, kind)) return missing('symbol', ask.symbol)
    if (!resourceAllowed(ask.account, key.accounts, kind)) return missing('account', ask.account)
  }
  return ok(undefined)
}

/** Whether an order reduces is not known here: that is for its account's object to say. The gateway's own calls go on. */
function judgeHolds({ holds = [] }: Key, { kind, permission }: Admission): Result<void, Refusal> {
  if (holds.length === 0 || permission === undefined) return ok(undefined)
  return judgeLevel(moveOf(kind, true), forceOf(holds))
}

function missing(what: 'symbol' | 'account', name: string | undefined) {
  return refuse('permission_missing', {
    reason: `another ${what} than the key is for`,
    detail: `The key is bound to certain ${what}s, and this request is ${name === undefined ? 'not for one of them' : `for ${name}`}.`,
    members: { required: [name === undefined ? what : `${what}:${name}`] },
  })
}

function judgePlace(key: Key, ask: Admission): Result<void, Refusal> {
  if (key.addresses.length > 0 && !addressAllowed(ask.address, key.addresses)) {
    return refuse('address_not_allowed', {
      detail: 'The key is bound to other addresses than this one.',
    })
  }
  if (key.certificate !== undefined && ask.certificate !== key.certificate) {
    return refuse('client_certificate_required', {
      detail: 'The key is bound to a client certificate: connect with that one.',
    })
  }
  return ok(undefined)
}

function judgeSecondFactor({ standing }: Key, ask: Admission, nowMs: number) {
  const shown = {
    sessionMs: ask.session?.authTimeMs,
    // Where a password could have been sent it has to be: whoever else has the secret must not use the person's session.
    personMs: ask.otp === 'impossible' ? standing?.steppedUpMs : undefined,
    otp: ask.otp === 'sent',
  }
  return judgeStepUp(ask.stepUp, shown, nowMs)
}

/**
 * Unsafe: once. A read with a nonce: once. A read without one: again and again, until an unsafe request has
 * burnt its id; and what was seen as a read never passes as anything else.
 */
function judgeReplay(state: GuardState, ask: Admission): Result<Repeat, Refusal> {
  const burnt = state.admitted(ask.replayId)
  const read = state.reads.get(ask.replayId)
  const before = burnt ?? read
  if (before?.attempt === ask.attempt && before.requestHash === ask.requestHash) {
    const { sequence } = before
    const decidedAtMs = burnt?.decidedAtMs
    return ok({ repeated: decidedAtMs === undefined ? { sequence } : { sequence, decidedAtMs } })
  }
  if (burnt !== undefined || (read !== undefined && ask.nonced)) {
    return refuse('replayed', {
      detail: 'This signed request was already used. Sign each request anew.',
    })
  }
  const unsafe = isUnsafe(ask.kind)
  if (read !== undefined && unsafe) return signAgain('seen as a read', 0)

  if (unsafe) return judgeForgotten(state, ask)
  const { readMs } = state.reads.forgotten
  return ask.nonced && ask.signedAtMs <= readMs
    ? signAgain('at or before the read mark', readMs - ask.signedAtMs)
    : ok({ repeated: undefined })
}

/** An unsafe request of which nothing is known any more, as itself or as a read, is not believed to be new. */
function judgeForgotten({ reads, floorMs }: GuardState, ask: Admission): Result<Repeat, Refusal> {
  if (ask.signedAtMs <= floorMs)
    return signAgain('at or before the floor', floorMs - ask.signedAtMs)
  const fenceMs = reads.forgotten.fenceMs + HOST_CLOCKS_MS
  if (ask.fenced && ask.signedAtMs <= fenceMs)
    return signAgain('behind the fence', fenceMs - ask.signedAtMs)
  return ok({ repeated: undefined })
}

/** What could not be recorded for long is not done: the object would run full. */
function judgeRecord({ unacknowledged }: GuardState, { kind }: Admission): Result<void, Refusal> {
  const most = MOST_WAITING + (kind === 'cancel' ? MORE_FOR_CANCELS : 0)
  if (!isUnsafe(kind) || unacknowledged < most) return ok(undefined)
  const detail = 'The request could not be recorded and was not forwarded. Sign it again later.'
  return refuse('audit_unavailable', { detail, retryAfterSeconds: 5 })
}

/** @param missingMs by how much a new signature must be later than this one, so that waiting as long is enough. */
function signAgain(reason: string, missingMs: number) {
  const retryAfterSeconds = Math.max(1, Math.ceil((missingMs + 1) / 1000))
  const detail = 'The gateway cannot tell whether this request was seen before. Sign it again.'
  return refuse('retry_fresh', { reason, detail, retryAfterSeconds })
}
