/**
 * What an object that was restored from an older state may believe: nothing that it cannot know. It is sealed
 * before it serves: what was signed until now must be signed again, numbers begin anew, and what the audit log
 * has is taken from there. Reads of the lost time are known to nobody: their limits count them no more.
 */
import { budgetsOf, type CountedLimit } from '../access/limit.ts'
import type { Known } from '../audit/shipment.ts'
import { HOST_CLOCKS_MS } from './decide.ts'
import type { StoredWindow } from './budgets.ts'
import { KEY_STATUSES, readKey, type Key, type KeyStatus } from './key.ts'
import { NUMBERS_BLOCK, type Gap, type StoredLease } from './lease.ts'

/** How far ahead of our clock a signed time can be accepted, in milliseconds. */
const LEAD_MS = 2_000

/**
 * @param limits those in force, for what was spent of them since.
 * @param epoch how often the key is known to have been restored, this time included.
 */
export function seal(
  lease: StoredLease,
  known: Known,
  limits: readonly CountedLimit[],
  epoch: number,
  nowMs: number,
): { readonly lease: StoredLease; readonly gap: Gap } {
  const highest = Math.max(lease.reservedSequence, known.highestSequence)
  const sequence = Math.max(Math.floor(highest / NUMBERS_BLOCK) + 1, epoch) * NUMBERS_BLOCK
  const untilMs = nowMs + LEAD_MS + HOST_CLOCKS_MS
  return {
    gap: {
      first: Math.max(lease.sequence, known.highestSequence) + 1,
      last: sequence,
      atMs: nowMs,
    },
    lease: {
      ...lease,
      // Like after a crash: short windows are closed once, and nothing is reserved at first.
      open: true,
      sequence,
      reservedSequence: sequence,
      readMarkMs: Math.max(lease.readMarkMs, untilMs),
      fenceMs: Math.max(lease.fenceMs, untilMs),
      floorMs: Math.max(lease.floorMs, untilMs),
      epoch: Math.max(lease.epoch, epoch),
      windows: spentSince(lease.windows, known, limits),
    },
  }
}

/**
 * The key as it is after a restore: as the audit log last knew it, unless it has changed here since; of two states
 * of one version the stricter status. It counts as one more change, so that no older one stands beside it.
 */
export function restoredKey(
  stored: Key,
  storedVersion: number,
  { lastChange, revoked }: Known,
): { readonly key: Key; readonly version: number } {
  const logged = lastChange === undefined ? stored : readKey(lastChange.key)
  const loggedVersion = lastChange?.version ?? 0
  const key =
    loggedVersion > storedVersion
      ? logged
      : loggedVersion === storedVersion
        ? { ...logged, status: stricter(logged.status, stored.status) }
        : stored
  return {
    key: revoked ? { ...key, status: 'revoked' } : key,
    version: Math.max(storedVersion, loggedVersion) + 1,
  }
}

function stricter(a: KeyStatus, b: KeyStatus): KeyStatus {
  return KEY_STATUSES.indexOf(a) >= KEY_STATUSES.indexOf(b) ? a : b
}

/** Counts what was spent since as reserved: it is then taken for spent now. */
function spentSince(
  windows: readonly StoredWindow[],
  { spent }: Known,
  limits: readonly CountedLimit[],
): readonly StoredWindow[] {
  const budgets = budgetsOf(limits)
  const others = windows.filter(({ id }) => !budgets.some((budget) => budget.id === id))
  const counted = budgets.map(({ id, name, kinds }) => {
    const before = windows.find((window) => window.id === id)
    const own = spent.filter(({ kind }) => kinds.some((bound) => bound === kind))
    const reserved = own.reduce((sum, { units }) => sum + units, before?.reserved ?? 0)
    return { id, name, reserved, slots: before?.slots ?? [] }
  })
  return [...counted, ...others]
}
