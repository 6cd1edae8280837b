/**
 * The rules of an outbox: what it keeps of one sink, how much goes out at once, when to try again, what is given up. The
 * events themselves stay in the audit log; an outbox keeps how far it came.
 */
import type { Secret } from '../lib/secret.ts'
import type { SinkType, Trouble } from './sinks/sink.ts'

export const BATCH_EVENTS = 500
/** Before compression. */
export const BATCH_BYTES = 1_000_000
/** Requests to a sink in one run: then the alarm is set again, so that no run is long. */
export const REQUESTS_PER_RUN = 20
/** How long a sink may take to answer, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 10_000
/** A ring is answered this much later, so that what comes at once goes out together. */
export const RING_DELAY_MS = 1_000
/** Whoever reads the sink hears of us at least this often: silence is an alert. */
export const HEARTBEAT_MS = 60_000
/** Refused events that are remembered by name, the newest. */
export const DEAD_LETTERS = 1_000
/**
 * Events given up one after the other, with none accepted between: from here on it is the sink that is set up wrong and
 * not they. One more is given up each time that it is tried again, so that nothing is stuck for ever.
 */
export const DEAD_IN_A_ROW = 10

const FIRST_BACK_OFF_MS = 1_000
const MOST_BACK_OFF_MS = 60_000
/** A sink that asks for more is asked again all the same. */
const MOST_RETRY_AFTER_MS = 3_600_000

/** A sink as a policy names it: where it is and what opens it, a deployment sets. */
export interface SinkSpec {
  readonly id: string
  readonly type: SinkType
  /** Names of a variable and of a secret. */
  readonly url: string
  readonly token: string
}

/** A sink that a policy names and a deployment has set. */
export interface ActiveSink {
  readonly id: string
  readonly type: SinkType
  readonly url: URL
  readonly token: Secret
}

/** How far a shard of the audit log has been delivered. */
export interface Place {
  /** The last position of which everything up to it is settled, as the shard says it. */
  readonly after: number
  /** How many records after it are settled, too. */
  readonly skip: number
  /** When the first that is not happened, in milliseconds since 1970; `undefined` where none is known. */
  readonly waitingSinceMs: number | undefined
}

export const START: Place = { after: 0, skip: 0, waitingSinceMs: undefined }

export interface Counters {
  /** Failed tries since the last one that was not. */
  readonly attempt: number
  readonly nextTryMs: number
  readonly delivered: number
  readonly dead: number
  /** Events given up since the last one that was accepted. */
  readonly deadInARow: number
  readonly heartbeatMs: number
  readonly trouble: LastTrouble | undefined
}

export interface LastTrouble {
  readonly why: Trouble
  /** What the sink answered; 0 where it did not. */
  readonly status: number
  readonly atMs: number
}

export const FRESH: Counters = {
  attempt: 0,
  nextTryMs: 0,
  delivered: 0,
  dead: 0,
  deadInARow: 0,
  heartbeatMs: 0,
  trouble: undefined,
}

/** An event that the sink will never take. */
export interface DeadLetter {
  readonly uid: string
  readonly status: number
  readonly atMs: number
}

export interface Page {
  /** Canonical JSON texts of audit records; empty where a record can be read no more, which keeps its place. */
  readonly records: readonly string[]
  /** The append up to which they are all of it. */
  readonly next: number
  readonly more: boolean
}

/** When to try again after this many failures in a row: twice as long each time, half of it by chance. */
export function backOffMs(attempt: number, random: number): number {
  const longest = Math.min(MOST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.min(attempt, 16))
  return Math.max(FIRST_BACK_OFF_MS, Math.round(longest / 2 + (random * longest) / 2))
}

/** What `Retry-After` asks for (RFC 9110 section 10.2.3), in milliseconds, or 0. */
export function retryAfterMs(field: string | undefined): number {
  // Sinks send seconds. An HTTP date would need their clock to be ours.
  if (field === undefined || !/^\d{1,9}$/.test(field)) return 0
  return Math.min(MOST_RETRY_AFTER_MS, Number(field) * 1_000)
}

export function failed(
  counters: Counters,
  trouble: LastTrouble,
  wait: { readonly random: number; readonly askedMs: number },
): Counters {
  const attempt = counters.attempt + 1
  const waitMs = Math.max(backOffMs(attempt, wait.random), wait.askedMs)
  return { ...counters, attempt, nextTryMs: trouble.atMs + waitMs, trouble }
}

/** Whatever was wrong is over. */
export const WELL = { attempt: 0, nextTryMs: 0, trouble: undefined } as const

/** Events that the sink has, or will never take. */
export function settled(
  counters: Counters,
  { delivered, dead, deadInARow }: Pick<Counters, 'delivered' | 'dead' | 'deadInARow'>,
): Counters {
  return {
    ...counters,
    ...(delivered > 0 ? WELL : {}),
    delivered: counters.delivered + delivered,
    dead: counters.dead + dead,
    deadInARow,
  }
}
