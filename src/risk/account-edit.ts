/** What people change about an account's risk, and what each change takes. Every one is kept with who made it and why. */
import type { Provenance } from '../audit/provenance.ts'
import { ok, type Result } from '../lib/result.ts'
import { rfc3339 } from '../lib/time.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Account } from './account.ts'
import { LEG_STATUSES } from './entry.ts'
import type { AccountLimits, Limits } from './limits.ts'
import { loosened, loosenedAny } from './looser.ts'
import { confirmRestored, type RestoreEdit } from './restored.ts'
import {
  capsAt,
  OVERRIDE_MS,
  standingLimits,
  type Caps,
  type Latch,
  type Override,
  type Version,
} from './settings.ts'

export type AccountEdit =
  | {
      readonly type: 'limits'
      readonly limits: AccountLimits
      /** A raise ends then. */
      readonly untilMs: number | undefined
      readonly ifRevision: number
    }
  | {
      readonly type: 'caps'
      readonly limits: Limits
      /** Whether whoever asks has just shown a second factor: what loosens takes one. */
      readonly steppedUp: boolean
    }
  | { readonly type: 'override.ask'; readonly orderHash: string; readonly untilMs: number }
  | { readonly type: 'override.approve'; readonly id: string }
  | { readonly type: 'latch.release'; readonly id: string }
  /** A person looked at the broker's books: these orders of unknown outcome trade no more. */
  | { readonly type: 'reconcile'; readonly requestId: string; readonly outcome: 'never' | 'over' }
  | RestoreEdit

export interface EditStore {
  writeVersion(version: Version, by: Provenance): void
  writeCaps(caps: Caps): void
  writeOverride(override: Override): void
  latch(latch: Latch): void
  writeChange(
    what: string,
    atMs: number,
    states: { readonly before?: unknown; readonly after?: unknown },
    by: Provenance,
  ): void
}

interface Now {
  readonly nowMs: number
  /** Names what is made. */
  readonly id: string
  readonly loosenAfterMs: number
  /** The longest that a raise may last. */
  readonly maxRaiseMs: number
}

export function editAccount(
  account: Account,
  store: EditStore,
  edit: AccountEdit,
  by: Provenance,
  now: Now,
): Result<void, Refusal> {
  switch (edit.type) {
    case 'limits':
      return setLimits(account, store, edit, by, now)
    case 'caps':
      return setCaps(account, store, edit, by, now)
    case 'override.ask':
      return askOverride(account, store, edit, by, now)
    case 'override.approve':
      return approveOverride(account, store, edit.id, by, now)
    case 'latch.release':
      return releaseLatch(account, store, edit.id, by, now)
    case 'restore.confirm':
      return confirmRestored(account, store, edit, by, now.nowMs)
    case 'reconcile':
      break
  }
  return reconcile(account, store, edit, by, now)
}

type Edit<T extends AccountEdit['type']> = Extract<AccountEdit, { type: T }>

function setLimits(
  account: Account,
  store: EditStore,
  { limits, untilMs, ifRevision }: Edit<'limits'>,
  by: Provenance,
  { nowMs, maxRaiseMs }: Now,
): Result<void, Refusal> {
  const { revision } = account
  if (ifRevision !== revision) return refuse('precondition_failed')
  const raised = loosenedAny(standingLimits(account.versions, account.defaults, nowMs), limits)
  const allowed = judgeRaise(raised, by, untilMs, nowMs + maxRaiseMs)
  if (!allowed.ok) return allowed
  const version = { revision: revision + 1, atMs: nowMs, limits, untilMs }
  store.writeVersion(version, by)
  const before = account.limitsAt(nowMs)
  store.writeChange('risk.limits', nowMs, { before, after: { ...limits, untilMs, raised } }, by)
  account.versions = [...account.versions, version]
  return ok(undefined)
}

/** What a raise takes beside the one who makes it: somebody who approved it, a ticket, an end that is not too far off. */
export function judgeRaise(
  raised: readonly string[],
  { approver, ticket }: Provenance,
  untilMs: number | undefined,
  latestMs: number,
): Result<void, Refusal> {
  if (raised.length === 0) return ok(undefined)
  const reason = `is needed to raise ${raised.slice(0, 5).join(', ')}`
  const errors = Object.entries({ approver, ticket, expiresAt: untilMs }).flatMap(([name, given]) =>
    given === undefined ? [{ pointer: `/${name}`, reason }] : [],
  )
  if (untilMs !== undefined && untilMs > latestMs)
    errors.push({
      pointer: '/expiresAt',
      reason: `must not be after ${rfc3339(latestMs)}: a raise ends, and is approved again`,
    })
  if (errors.length === 0) return ok(undefined)
  return refuse('invalid_body', { detail: 'This raises a limit.', members: { errors } })
}

/** Each member that tightens holds at once; one that loosens waits as it was, and takes a second factor. */
function setCaps(
  account: Account,
  store: EditStore,
  { limits, steppedUp }: Edit<'caps'>,
  by: Provenance,
  { nowMs, loosenAfterMs }: Now,
): Result<void, Refusal> {
  const before = capsAt(account.caps, nowMs)
  const loosens = loosened(before, limits)
  if (loosens.length > 0 && !steppedUp)
    return refuse('step_up_required', { detail: `This loosens ${loosens.join(', ')}.` })
  const caps =
    loosens.length === 0
      ? { limits, next: undefined }
      : {
          limits: { ...limits, ...kept(before, loosens) },
          next: { limits, fromMs: nowMs + loosenAfterMs },
        }
  store.writeCaps(caps)
  store.writeChange('risk.caps', nowMs, { before: account.caps, after: caps }, by)
  account.caps = caps
  return ok(undefined)
}

function kept(before: Limits, members: readonly string[]): Limits {
  return Object.fromEntries(Object.entries(before).filter(([member]) => members.includes(member)))
}

function askOverride(
  account: Account,
  store: EditStore,
  { orderHash, untilMs }: Edit<'override.ask'>,
  by: Provenance,
  { nowMs, id }: Now,
): Result<void, Refusal> {
  if (untilMs <= nowMs || untilMs > nowMs + OVERRIDE_MS)
    return refuse('invalid_body', {
      members: { errors: [{ pointer: '/expiresAt', reason: 'must be within 15 minutes' }] },
    })
  const override = {
    id,
    orderHash,
    untilMs,
    askedBy: by.user,
    approvedBy: undefined,
    usedBy: undefined,
  }
  store.writeOverride(override)
  store.writeChange('risk.override.asked', nowMs, { after: override }, by)
  account.setOverride(override)
  return ok(undefined)
}

function approveOverride(
  account: Account,
  store: EditStore,
  id: string,
  by: Provenance,
  { nowMs }: Now,
): Result<void, Refusal> {
  const asked = account.overrides.find((one) => one.id === id)
  if (asked === undefined) return refuse('not_found')
  if (asked.askedBy === by.user)
    return refuse('role_missing', { detail: 'It takes somebody else to approve it.' })
  if (asked.approvedBy !== undefined || nowMs >= asked.untilMs)
    return refuse('conflict', { detail: 'It was approved before, or its time is over.' })
  const approved = { ...asked, approvedBy: by.user }
  store.writeOverride(approved)
  store.writeChange('risk.override.approved', nowMs, { before: asked, after: approved }, by)
  account.setOverride(approved)
  return ok(undefined)
}

function releaseLatch(
  account: Account,
  store: EditStore,
  id: string,
  by: Provenance,
  { nowMs }: Now,
): Result<void, Refusal> {
  const latch = account.latches.find((one) => one.id === id)
  if (latch === undefined) return refuse('not_found')
  if (latch.releasedAtMs !== undefined)
    return refuse('conflict', { detail: 'Somebody let it go on before.' })
  const released = { ...latch, releasedAtMs: nowMs }
  store.latch(released)
  store.writeChange('risk.released', nowMs, { before: latch, after: released }, by)
  account.setLatch(released)
  return ok(undefined)
}

/** What the broker never had counts for nothing; what it had and is over still counts in its day. */
function reconcile(
  account: Account,
  store: EditStore,
  { requestId, outcome }: Edit<'reconcile'>,
  by: Provenance,
  { nowMs }: Now,
): Result<void, Refusal> {
  const { ledger } = account
  const entry = [...ledger.book.standing].find((one) => one.requestId === requestId)
  if (entry === undefined)
    return refuse('not_found', { detail: 'No order of that request is open or unknown.' })
  const before = entry.legs.map(({ status }) => status)
  if (before.every((status) => status === LEG_STATUSES[0]))
    return refuse('conflict', { detail: 'It is on its way: look again in a minute.' })
  const status = outcome === 'never' ? 'rejected' : 'cancelled'
  ledger.close(entry, status, nowMs)
  ledger.flush()
  store.writeChange('risk.reconciled', nowMs, { before, after: { requestId, outcome } }, by)
  return ok(undefined)
}
