/** The object that orders the audit log: real, in workerd, with its row and its bucket. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { meterState } from '../../demo/metered/object.ts'
import { counters } from '../../demo/metered/tally.ts'
import { logBucket } from '../../durable-objects/log-bucket.ts'
import { ROUND_MS } from '../../durable-objects/log-sequencer.ts'
import { openCheckpoint } from '../../src/audit/checkpoint.ts'
import { loadEdge } from '../../src/audit/edge.ts'
import { readLogKeys } from '../../src/audit/log-key.ts'
import { readEntries } from '../../src/audit/log-objects.ts'
import { parseVkey } from '../../src/audit/note.ts'
import { must } from '../support/tlog.ts'

const START = 1_800_000_000_000

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  // The bucket is one for all tests of this file, and each of them has a log of its own.
  const { objects } = await env.AUDIT.list()
  await env.AUDIT.delete(objects.map(({ key }) => key))
})

afterEach(() => {
  vi.useRealTimers()
})

let count = 0

/** A log that nobody has written to, reached through a fresh stub each time. */
function newLog() {
  count += 1
  const name = `log-${count}`
  return () => env.LOG_SEQUENCER.getByName(name)
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

function batch(number: number, leaves = 3) {
  return {
    number,
    leaves: Array.from({ length: leaves }, (_, i) => `{"batch":${number},"leaf":${i}}`),
  }
}

/** The published log, verified by the key of its log: its leaves in order. */
async function readLog(): Promise<string[]> {
  const { read, readCheckpoint } = logBucket(env.AUDIT)
  const keys = must(await readLogKeys(env.AUDIT_LOG_KEYS, env.AUDIT_ORIGIN))
  const { note } = must(await readCheckpoint())
  const opened = await openCheckpoint(
    note,
    keys.vkeys.map((vkey) => must(parseVkey(vkey))),
  )
  if (!opened.ok) throw new Error(opened.error)
  const { checkpoint } = opened.value
  await loadEdge(checkpoint, read)
  const entries = await readEntries(0, Math.min(256, checkpoint.size), read)
  return entries
    .map((entry) => new TextDecoder().decode(entry))
    .filter((leaf) => !leaf.includes('"round"'))
}

async function rowOf(log: ReturnType<typeof newLog>) {
  return runInDurableObject(log(), (_object, { storage }) =>
    storage.sql.exec('SELECT * FROM log').toArray(),
  )
}

const leavesOf = (...batches: readonly { leaves: readonly string[] }[]) =>
  batches.flatMap(({ leaves }) => leaves)

test('I11: what is handed over is in the published log when it is answered', async () => {
  const log = newLog()
  expect(await log().checkpoint()).toBeUndefined()
  expect(await log().add(0, [batch(1), batch(2)])).toEqual({ size: 7, taken: 2 })
  expect(await readLog()).toEqual(leavesOf(batch(1), batch(2)))
  expect(await log().checkpoint()).toContain(`${env.AUDIT_ORIGIN}\n7\n`)
  expect(await log().status()).toMatchObject({ size: 7, lastRoundMs: START, pending: 0 })
})

test('what was handed over before is not taken again, also after a restart', async () => {
  const log = newLog()
  await log().add(0, [batch(1)])
  expect(await log().add(0, [batch(1)])).toEqual({ size: 4, taken: 1 })
  await evictDurableObject(log())
  expect(await log().add(0, [batch(1)])).toEqual({ size: 4, taken: 1 })
  pass(ROUND_MS)
  expect(await log().add(0, [batch(1), batch(2)])).toEqual({ size: 8, taken: 2 })
  expect(await readLog()).toEqual(leavesOf(batch(1), batch(2)))
})

test('goes on after restarts, over the border of a tile', async () => {
  const log = newLog()
  for (let number = 1; number <= 4; number += 1) {
    expect(await log().add(3, [batch(number, 90)])).toEqual({ size: 91 * number, taken: number })
    await evictDurableObject(log())
    pass(ROUND_MS)
  }
  const names = (await env.AUDIT.list()).objects.map(({ key }) => key)
  expect(names).toContain('log/tile/entries/000')
  expect(names).toContain('log/tile/0/001.p/108')
  expect(names).toContain('log/tile/1/000.p/1')
  expect(await readLog()).toHaveLength(256 - 3)
})

test('I10: each round writes one row, and none of them an alarm', async () => {
  const log = newLog()
  await log().add(0, [batch(1)])
  await runInDurableObject(log(), (_object, state) => meterState('log', state))
  for (const number of [2, 3, 4]) {
    pass(ROUND_MS)
    await log().add(0, [batch(number, 200)])
    await log().add(0, [batch(number, 200)])
    await log().status()
  }
  expect(counters().rowsWritten['log']).toBe(3)
  expect(counters().alarms?.['log']).toBeUndefined()
})

test('the largest round fits into its row', async () => {
  const log = newLog()
  const large = (number: number) => ({ number, leaves: Array<string>(16).fill('x'.repeat(62_000)) })
  const both = log().add(0, [large(1)])
  expect(await both).toEqual({ size: 17, taken: 1 })
  pass(ROUND_MS)
  expect(
    await log().add(0, [{ number: 2, leaves: Array<string>(19_000).fill('{"leaf":"x"}') }]),
  ).toMatchObject({ taken: 2 })
  const half = (number: number) => ({ number, leaves: Array<string>(12).fill('x'.repeat(62_000)) })
  pass(ROUND_MS)
  expect(await log().add(0, [half(3), half(4)])).toMatchObject({ taken: 4 })
  const [row] = await rowOf(log)
  expect(row?.['staged_entries']).toHaveProperty('byteLength', expect.any(Number))
})

test('rounds are as far apart as they must be, and one has what all shards handed over meanwhile', async () => {
  const log = newLog()
  await log().add(0, [batch(1)])
  const before = performance.now()
  const answers = await Promise.all(
    [0, 1, 5].map(async (shard) => log().add(shard, [batch(1), batch(2)])),
  )
  expect(performance.now() - before).toBeGreaterThan(ROUND_MS - 500)
  expect(answers).toEqual([0, 1, 5].map(() => ({ size: 20, taken: 2 })))
  pass(2 * ROUND_MS)
  const afterPause = performance.now()
  await log().add(0, [batch(3)])
  expect(performance.now() - afterPause).toBeLessThan(ROUND_MS - 500)
}, 20_000)

describe('refuses by name', () => {
  test('a gap, and what can never be taken; the shard goes on where it was', async () => {
    const log = newLog()
    expect(await log().add(0, [batch(2)])).toEqual({
      refused: 'gap',
      detail: 'Batch 2 of shard 0 came, and 1 is next',
    })
    expect(await log().add(0, [{ number: 1, leaves: ['x'.repeat(65_536)] }])).toMatchObject({
      refused: 'malformed',
    })
    expect(await log().add(0, [batch(1)])).toEqual({ size: 4, taken: 1 })
  })

  test('I11: everything, once its own state was rolled back', async () => {
    const log = newLog()
    await log().add(0, [batch(1)])
    const older = await rowOf(log)
    for (const number of [2, 3]) {
      pass(ROUND_MS)
      await log().add(0, [batch(number)])
    }
    const published = await log().checkpoint()
    await runInDurableObject(log(), (_object, { storage }) => {
      const values = Object.values(must(older[0]))
      storage.sql.exec(`REPLACE INTO log VALUES (${values.map(() => '?').join()})`, ...values)
    })
    await evictDurableObject(log())
    const refused = {
      refused: 'rollback',
      detail: 'Size 12 is published, and this state knows of 4',
    }
    expect(await log().add(0, [batch(2)])).toEqual(refused)
    expect(await log().add(0, [batch(2)])).toEqual(refused)
    expect(await log().status()).toMatchObject({ refusal: { code: 'rollback' } })
    expect(await log().checkpoint()).toBe(published)
  })

  test('I11: everything, once the bucket was rolled back', async () => {
    const log = newLog()
    await log().add(0, [batch(1)])
    pass(ROUND_MS)
    await log().add(0, [batch(2)])
    await env.AUDIT.delete('log/checkpoint')
    await evictDurableObject(log())
    expect(await log().add(0, [batch(3)])).toMatchObject({ refused: 'bucket_rollback' })
    expect(await log().checkpoint()).toBeUndefined()
  })

  test('I11: another log that finds this bucket taken', async () => {
    await newLog()().add(0, [batch(1)])
    expect(await newLog()().add(0, [batch(1)])).toMatchObject({ refused: 'rollback' })
  })

  test('I11: an object of its name that is there with other octets, and overwrites it not', async () => {
    const log = newLog()
    await env.AUDIT.put('log/tile/0/000.p/4', 'other')
    expect(await log().add(0, [batch(1)])).toEqual({
      refused: 'conflict',
      detail: 'tile/0/000.p/4 has other octets',
    })
    expect(await (await env.AUDIT.get('log/tile/0/000.p/4'))?.text()).toBe('other')
    expect(await log().checkpoint()).toBeUndefined()
  })
})

test('I11: a promise that a crash left behind is kept: the same entries, the same root', async () => {
  const log = newLog()
  await log().add(0, [batch(1)])
  const older = await contents()
  pass(ROUND_MS)
  await log().add(0, [batch(2)])
  const newer = await contents()
  // As if it had stopped right after its row was written.
  await env.AUDIT.delete([...newer.keys()])
  for (const [name, bytes] of older) await env.AUDIT.put(name, bytes)
  await evictDurableObject(log())
  pass(60 * ROUND_MS)
  expect(await log().add(0, [{ number: 2, leaves: ['{"other":true}'] }])).toEqual({
    size: 8,
    taken: 2,
  })
  expect(await contents()).toEqual(newer)
})

async function contents(): Promise<Map<string, Uint8Array>> {
  const { objects } = await env.AUDIT.list()
  const read = objects.map(async ({ key }) => {
    const object = must((await env.AUDIT.get(key)) ?? undefined)
    return [key, new Uint8Array(await object.arrayBuffer())] as const
  })
  return new Map(await Promise.all(read))
}
