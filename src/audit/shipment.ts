/** What a key's object hands to the audit log, and which of the log's shards takes it. */
import type { Gap } from '../guard/lease.ts'

export interface ShippedAdmission {
  readonly replayId: string
  readonly attempt: string
  readonly requestHash: string
  readonly sequence: number
  readonly signedAtMs: number
  /** The admission record as it was written, JSON. */
  readonly record: string
}

export interface ShippedChange {
  /** How often the key had changed, with this change. */
  readonly version: number
  readonly atMs: number
  /** What the key became, JSON. */
  readonly key: string
  /** Who changed it, why, and what it was before, JSON; `undefined` where nobody is known to have. */
  readonly detail?: string | undefined
}

export interface Shipment {
  readonly admissions: readonly ShippedAdmission[]
  readonly gaps: readonly Gap[]
  readonly changes: readonly ShippedChange[]
  /** With this shipment the log has every admission up to this number. */
  readonly upTo: number
  /** The last number that the object has given, and how often its key has changed: by these it is known to be older. */
  readonly sequence: number
  readonly version: number
}

/** What the log knows of a key beyond what its object does. */
export interface Known {
  /** The last number that it knows of, in admissions and gaps. */
  readonly highestSequence: number
  /** Units spent by unsafe requests, by kind. */
  readonly spent: readonly { readonly kind: string; readonly units: number }[]
  /** The key as it last became. */
  readonly lastChange: ShippedChange | undefined
  /** Whether it ever became revoked: then it is. */
  readonly revoked: boolean
  /** The object to which it was last moved. */
  readonly movedTo: string | undefined
}

const COUNT = 8

/** The names of the log's shards. */
export const SHARDS: readonly string[] = Array.from({ length: COUNT }, (_, i) => `shard-${i}`)

/** The shard of a key, always the same: FNV-1a over the key's id. */
export function shardOf(keyId: string): string {
  let hash = 0x811c9dc5
  for (const letter of keyId) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return `shard-${(hash >>> 0) % COUNT}`
}
