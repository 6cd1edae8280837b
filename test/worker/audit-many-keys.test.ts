/** Ten thousand active keys: no object of the audit log has to know all of them, and what is handed on is handed on at once. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { shardOf, SHARDS } from '../../src/audit/shipment.ts'
import type { OutcomeRecord } from '../../src/audit/record.ts'

const KEYS = 10_000

function outcome(keyId: string, i: number): OutcomeRecord {
  return {
    v: 1,
    type: 'outcome',
    uid: `r${i}:outcome`,
    atMs: Date.now(),
    requestId: `r${i}`,
    sequence: 1,
    keyId,
    user: `user-${i % 500}`,
    kind: 'read',
    decision: 'forwarded',
    status: 200,
    durationMs: 1,
  }
}

/** What a Worker sends of calls of all these keys, as it sends it: a message for each shard. */
function messages(): ReadonlyMap<string, readonly OutcomeRecord[]> {
  const byShard = new Map<string, OutcomeRecord[]>()
  for (let i = 0; i < KEYS; i += 1) {
    const keyId = `key_many_${i}`
    const shard = shardOf(keyId)
    byShard.set(shard, [...(byShard.get(shard) ?? []), outcome(keyId, i)])
  }
  return byShard
}

const count = (name: string, query: string) =>
  runInDurableObject(env.AUDIT_LOG.getByName(name), (_object, { storage }) =>
    Number(storage.sql.exec(query).one()['n']),
  )

test(
  'spread over the shards evenly; the sequencer hears from shards, not from keys',
  { timeout: 120_000 },
  async () => {
    const log = env.LOG_SEQUENCER.getByName('log')
    const before = (await log.status()).size
    const byShard = messages()
    expect([...byShard.keys()].toSorted()).toEqual([...SHARDS].toSorted())
    for (const [shard, records] of byShard) {
      expect(records.length / KEYS, shard).toBeLessThan(0.16)
      await env.AUDIT_LOG.getByName(shard).report(crypto.randomUUID(), JSON.stringify(records))
    }
    await Promise.all(SHARDS.map((name) => env.AUDIT_LOG.getByName(name).sweep()))
    const { size, pending } = await log.status()
    expect(pending).toBe(0)
    // Every call has its leaf; beside them a round has one of its own.
    expect(size - before).toBeGreaterThanOrEqual(KEYS)
    expect(size - before).toBeLessThan(KEYS + 20)
    // A shard keeps as many rows as it got messages, in parts of a thousand records; of keys it has none of their own.
    for (const name of SHARDS) {
      expect(await count(name, 'SELECT count(*) AS n FROM slot')).toBeLessThanOrEqual(2)
      expect(await count(name, 'SELECT count(*) AS n FROM progress')).toBe(0)
    }
    // The sequencer has one row, whoever calls.
    const rows = await runInDurableObject(log, (_object, { storage }) => {
      const tables = storage.sql
        .exec(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_%' ESCAPE '\\'",
        )
        .toArray()
      return tables.map(({ name }) =>
        Number(storage.sql.exec(`SELECT count(*) AS n FROM ${JSON.stringify(name)}`).one()['n']),
      )
    })
    expect(Math.max(...rows)).toBe(1)
  },
)
