/** The line of an outbox to the shards of the audit log. */
import policy from '../gateway.config.ts'
import type { Page } from '../src/siem/outbox.ts'
import { within } from '../src/within.ts'

/** How long a shard may take, in milliseconds. */
const SHARD_TIMEOUT_MS = 10_000

/** @throws when the shard does not answer. */
export function readShard(shards: Env['AUDIT_LOG'], shard: string, after: number): Promise<Page> {
  // A fresh stub for each call: one that has seen its object reset stays broken.
  const stub = shards.getByName(shard, { locationHint: policy.origin.region })
  return within(SHARD_TIMEOUT_MS, stub.read(after))
}
