/**
 * The lease of a key's object: counts and numbers as they stood when it was written, and what may be handed out
 * before the next write. Whoever finds an open lease after a crash takes all of it for handed out.
 */
import type { AdmissionRecord } from '../audit/record.ts'
import type { Limit } from '../access/limit.ts'
import type { StoredWindow } from './budgets.ts'
import type { Admitted } from './decide.ts'
import type { Admission, CredentialsUsed, Key } from './key.ts'

/** An open lease is closed by an alarm this much later, in milliseconds; what comes more rarely needs none. */
export const LEASE_MS = 4_000
/** A lease whose alarm is late ends by itself after this, in milliseconds. */
export const LONGEST_LEASE_MS = 2 * LEASE_MS
/** Sequence numbers reserved at a time. */
export const RESERVED_NUMBERS = 1_000
/** After a restore numbers go on at the next multiple of this: no key makes so many decisions between two. */
export const NUMBERS_BLOCK = 2 ** 40
/** How far the fence is stored ahead of the reads that it covers, in milliseconds. */
export const FENCE_AHEAD_MS = 5_000
/**
 * How long an admitted unsafe request is remembered after its signed time, in milliseconds: the longest window
 * that any key may have, and what hosts' clocks may differ by.
 */
export const KEPT_MS = 65_000

export interface StoredLease {
  readonly open: boolean
  /** No decision after this rests on the lease, in milliseconds since 1970. */
  readonly untilMs: number
  /** The last number handed out when this was written. */
  readonly sequence: number
  /** The last number that may have been handed out since. */
  readonly reservedSequence: number
  /** The last decision. */
  readonly lastUsedMs: number | undefined
  /** The last decision that spent units, or 0. */
  readonly lastSpentMs: number
  /** The highest signed time of any read seen. */
  readonly readMarkMs: number
  /** The highest signed time of any read that may have been seen and could come back as a write. */
  readonly fenceMs: number
  /** The highest signed time of any unsafe request that was forgotten. */
  readonly floorMs: number
  /** The audit log has taken every record up to this number. */
  readonly acknowledged: number
  /** How often the object was restored from an older state. */
  readonly epoch: number
  readonly windows: readonly StoredWindow[]
  /** When each credential was last used. */
  readonly credentialsUsed: CredentialsUsed
}

/** Numbers that were reserved when memory was lost: given to a decision of which nothing is known here, or to none. */
export interface Gap {
  readonly first: number
  readonly last: number
  readonly atMs: number
}

/** What a key's object keeps. All of it is synchronous: nothing can come between a decision and its row. */
export interface GuardStore {
  /** Runs `change` as a whole or, if it throws, not at all. */
  transaction<T>(change: () => T): T
  readKey(): Key | undefined
  readLease(): StoredLease
  writeLease(lease: StoredLease): void
  /** Of the lease, this alone. */
  writeAcknowledged(upTo: number): void
  writeGap(gap: Gap): void
  admitted(replayId: string): Admitted | undefined
  writeAdmission(ask: Admission, record: AdmissionRecord): void
  /** How many records the audit log has not yet taken. */
  waiting(acknowledged: number): number
  /**
   * Forgets unsafe requests that the audit log has and that were signed at or before `signedMs`, and answers the
   * highest signed time among them.
   */
  prune(acknowledged: number, signedMs: number): number | undefined
  /** Wakes the object at `atMs`; a later call replaces an earlier one. */
  setAlarm(atMs: number): void
}

/** The limits of a tier, or `undefined` when the policy has none of that name. */
/** What the policy says of keys. */
export interface Terms {
  readonly tierLimits: (tier: string) => readonly Limit[] | undefined
  /** How many calls of the broker's feed a key of it may make in any second. */
  readonly feedPerSecond: number
}
