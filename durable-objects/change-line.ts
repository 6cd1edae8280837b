/** How what people changed reaches the audit log from the object where they changed it. */
import * as v from 'valibot'
import policy from '../gateway.config.ts'
import type { Standing } from '../src/audit/claims.ts'
import { changesOf } from '../src/audit/leaf.ts'
import { byWhom, ProvenanceSchema } from '../src/audit/provenance.ts'
import type { ChangeRecord } from '../src/audit/record.ts'
import { shardOf } from '../src/audit/shipment.ts'
import { sha256, toHex, utf8 } from '../src/lib/bytes.ts'
import { within } from '../src/within.ts'
import { number, text } from './rows.ts'

/** How long the audit log may take to answer, in milliseconds. */
const TIMEOUT_MS = 5_000

const StoredProvenance = v.pipe(v.string(), v.parseJson(), ProvenanceSchema)

/** The record of a change as a row holds it: `at_ms`, `before`, `after` and `provenance`. */
export function changeRecord(
  subject: ChangeRecord['subject'],
  version: number,
  what: string,
  row: Record<string, SqlStorageValue>,
): ChangeRecord {
  const { before, after, provenance } = row
  const read = v.safeParse(StoredProvenance, provenance)
  return {
    v: 1,
    type: 'change',
    uid: `${subject.id}:change:${version}`,
    atMs: number(row['at_ms']),
    subject,
    version,
    what,
    ...(typeof before === 'string' ? { before: text(before) } : {}),
    ...(typeof after === 'string' ? { after: text(after) } : {}),
    ...(read.success ? byWhom(read.output) : {}),
  }
}

/**
 * Hands changes of an object that may come back from an older state to the log; of none it is only asked. Answers how far the
 * log has them, or `undefined` where it did not answer.
 */
export async function shipWatched(
  shards: Env['AUDIT_LOG'],
  { type, id }: ChangeRecord['subject'],
  records: string,
): Promise<Standing | undefined> {
  const shard = shards.getByName(shardOf(id), { locationHint: policy.origin.region })
  // What another state of the object said under the same numbers is another flush.
  const flush = `${type}:${id}:${toHex(await sha256(utf8(records)))}`
  const asked = shard.ship(flush, changesOf({ type, id }), records)
  return within(TIMEOUT_MS, asked).catch(() => undefined)
}

/** Hands changes of one subject to the log. Answers whether it has them now; they may come twice. */
export async function shipChanges(
  shards: Env['AUDIT_LOG'],
  changes: readonly ChangeRecord[],
): Promise<boolean> {
  const last = changes.at(-1)
  if (last === undefined) return true
  const { id } = last.subject
  const shard = shards.getByName(shardOf(id), { locationHint: policy.origin.region })
  const flush = `${id}:${last.version}`
  return within(TIMEOUT_MS, shard.report(flush, JSON.stringify(changes))).then(
    () => true,
    () => false,
  )
}
