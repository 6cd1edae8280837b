/**
 * What an object that was restored from an older state may believe: nothing that it cannot know. It is sealed
 * before it serves: what was signed until now must be signed again, numbers begin anew, and what the audit log
 * has is taken from there. Reads of the lost time are known to nobody: their limits count them no more.
 */
import { budgetsOf, type Limit } from '../access/limit.ts'
import type { Known } from '../audit/shipment.ts'
import type { StoredWindow } from './budgets.ts'
import type { Gap, StoredLease } from './lease.ts'

/** How far ahead of our clock a signed time can be accepted, in milliseconds. */
const LEAD_MS = 2_000
/** Numbers go on at the next multiple of this: no key makes so many decisions between two restores. */
const BLOCK = 2 ** 40

/**
 * @param limits those in force, for what was spent of them since.
 * @param epoch how often the key is known to have been restored, this time included.
 */
export function seal(
  lease: StoredLease,
  known: Known,
  limits: readonly Limit[],
  epoch: number,
  nowMs: number,
): { readonly lease: StoredLease; readonly gap: Gap } {
  const highest = Math.max(lease.reservedSequence, known.highestSequence)
  const sequence = (Math.floor(highest / BLOCK) + 1) * BLOCK
  const untilMs = nowMs + LEAD_MS
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
      epoch,
      windows: spentSince(lease.windows, known, limits),
    },
  }
}

/** Counts what was spent since as reserved: it is then taken for spent now. */
function spentSince(
  windows: readonly StoredWindow[],
  { spent }: Known,
  limits: readonly Limit[],
): readonly StoredWindow[] {
  return budgetsOf(limits).map(({ id, name, kinds }) => {
    const before = windows.find((window) => window.id === id)
    const own = spent.filter(({ kind }) => kinds.some((bound) => bound === kind))
    const reserved = own.reduce((sum, { units }) => sum + units, before?.reserved ?? 0)
    return { id, name, reserved, slots: before?.slots ?? [] }
  })
}
