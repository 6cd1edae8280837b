/** How the log is, and what of it somebody has to hear: a log that fails quietly fails longer. */
import type { WitnessStatus } from './witnesses.ts'

export interface LogStatus {
  /** Of the log as far as it is known to be published. */
  readonly size: number
  /** Base64. */
  readonly root: string
  /** When its last round was made. */
  readonly lastRoundMs: number
  /** Leaves that wait for a round. */
  readonly pending: number
  /** Since when a round is promised and not published; `undefined` when none is. */
  readonly unfinishedSinceMs: number | undefined
  /** What went wrong in the last round; `undefined` once one was good. */
  readonly trouble: string | undefined
  readonly refusal: { readonly code: string; readonly detail: string } | undefined
  readonly witnesses: readonly WitnessStatus[]
}

export interface LogFault {
  readonly code: string
  readonly detail: string
}

/** A receipt promises that its record is in the log after so long. */
const LATE_MS = 60_000

const MISSING_MS = 600_000

/** What is to be told of a log of this status. */
export function logFaults(status: LogStatus, nowMs: number): readonly LogFault[] {
  const { refusal, witnesses } = status
  // A log that has stopped makes no rounds: that they are late is no news.
  const round = refusal === undefined ? lateRound(status, nowMs) : [refusal]
  const missing = witnesses.filter(
    ({ missingSinceMs }) => missingSinceMs !== undefined && nowMs - missingSinceMs >= MISSING_MS,
  )
  const faults = missing.map(({ name, size, trouble }) => ({
    code: 'audit_witness_missing',
    detail: `${name} last cosigned ${size === undefined ? 'nothing' : `size ${size}`}: ${trouble?.code ?? ''}`,
  }))
  return [...round, ...faults]
}

function lateRound(
  { lastRoundMs, pending, trouble, unfinishedSinceMs }: LogStatus,
  nowMs: number,
): readonly LogFault[] {
  // What was promised before a crash is late whether or not this object has tried since.
  const isUnfinished = unfinishedSinceMs !== undefined && nowMs - unfinishedSinceMs > LATE_MS
  const isFailing = trouble !== undefined && pending > 0 && nowMs - lastRoundMs > LATE_MS
  if (!isUnfinished && !isFailing) return []
  const detail = trouble ?? 'a round was promised and never finished'
  return [{ code: 'audit_round_late', detail }]
}
