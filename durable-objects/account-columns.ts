/** What the columns of an account's tables hold, read back. */
import * as v from 'valibot'
import { AccountLimitsSchema } from '../src/risk/limits.ts'
import type { Latch, Override, Version } from '../src/risk/settings.ts'
import { number, text } from './rows.ts'

const StoredAccountLimits = v.pipe(v.string(), v.parseJson(), AccountLimitsSchema)

type Row = Record<string, SqlStorageValue>

export function versionOf(row: Row): Version {
  const untilMs = row['until_ms']
  return {
    revision: number(row['revision']),
    atMs: number(row['at_ms']),
    untilMs: typeof untilMs === 'number' ? untilMs : undefined,
    limits: v.parse(StoredAccountLimits, row['limits']),
  }
}

export function overrideOf(row: Row): Override {
  const maybe = (value: SqlStorageValue | undefined) =>
    typeof value === 'string' ? value : undefined
  return {
    id: text(row['id']),
    orderHash: text(row['order_hash']),
    untilMs: number(row['until_ms']),
    askedBy: text(row['asked_by']),
    approvedBy: maybe(row['approved_by']),
    usedBy: maybe(row['used_by']),
  }
}

export function latchOf(row: Row): Latch {
  const released = row['released_at_ms']
  return {
    id: text(row['id']),
    keyId: text(row['key_id']),
    symbol: text(row['symbol']),
    side: text(row['side']),
    atMs: number(row['at_ms']),
    releasedAtMs: typeof released === 'number' ? released : undefined,
  }
}
