/** What an attacker, or bad luck, sends to a shard of the audit log. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readRecord, type OutcomeRecord } from '../../src/audit/record.ts'
import { START } from './support.ts'

let start = START + 900 * 365 * 86_400_000

beforeEach(() => {
  start += 10 * 365 * 86_400_000
  vi.useFakeTimers({ toFake: ['Date'], now: start })
})

afterEach(() => {
  vi.useRealTimers()
})

const at = (name: string) => env.AUDIT_LOG.getByName(name)

function outcome(keyId: string, sequence: number): OutcomeRecord {
  const requestId = `attack-${keyId}-${sequence}`
  return {
    v: 1,
    type: 'outcome',
    uid: `${requestId}:outcome`,
    atMs: Date.now(),
    requestId,
    sequence,
    keyId,
    user: 'ann',
    kind: 'read',
    decision: 'forwarded',
    status: 200,
    durationMs: 1,
  }
}

async function logged(name: string) {
  vi.setSystemTime(Date.now() + 5_000)
  await at(name).sweep()
  const texts = []
  for (let after = 0; ;) {
    const page = await at(name).read(after)
    texts.push(...page.records.filter((text) => text !== ''))
    after = page.next
    if (!page.more) return texts.map((text) => JSON.parse(text))
  }
}

test('a report whose answer was lost is taken once, also when its place was used again meanwhile', async () => {
  const [name, keyId] = ['shard-0', 'key_lost_answer']
  const first = [crypto.randomUUID(), JSON.stringify([outcome(keyId, 1)])] as const
  await at(name).report(...first)
  for (let i = 2; i < 302; i += 1) {
    await at(name).report(crypto.randomUUID(), JSON.stringify([outcome(keyId, i)]))
    if (i % 100 === 0) await logged(name)
  }
  await at(name).report(...first)
  const own = (await logged(name)).filter((record) => record.keyId === keyId)
  expect(own.filter(({ sequence }) => sequence === 1)).toHaveLength(1)
})

test('many large changes of a key at once find room', async () => {
  const [name, keyId] = ['shard-1', 'key_large']
  const symbols = Array.from({ length: 1_000 }, (_, i) => `SYMBOL-${i}-OF-A-VENUE`)
  const changes = Array.from({ length: 60 }, (_, i) => ({
    version: i + 1,
    atMs: start,
    key: JSON.stringify({ keyId, user: 'ann', status: 'active', symbols, n: i }),
    detail: JSON.stringify({ user: 'officer', reason: 'why', before: { symbols } }),
  }))
  const shipment = { admissions: [], gaps: [], changes, upTo: 0, sequence: 0, version: 60 }
  expect(await at(name).append(keyId, shipment)).toBe('taken')
  const own = (await logged(name)).filter(({ subject }) => subject?.id === keyId)
  expect(own).toHaveLength(60)
  for (const record of own) {
    expect(readRecord(record)).toEqual(record)
    expect(JSON.parse(record.after).symbols).toHaveLength(1_000)
  }
  // It is the owner's data, whoever changed it.
  expect(await at(name).shred('officer')).toEqual({ shredded: 0 })
  expect(await at(name).shred('ann')).toEqual({ shredded: 1 })
})

test('what waits when a person is shredded goes with them, and nothing of it stays in the shard', async () => {
  const [name, keyId] = ['shard-3', 'key_pending']
  const record = { ...outcome(keyId, 1), user: 'zed' }
  await at(name).report(crypto.randomUUID(), JSON.stringify([record]))
  expect(await at(name).shred('zed')).toEqual({ shredded: 1 })
  expect((await logged(name)).filter(({ user }) => user === 'zed')).toEqual([])
  const left = await runInDurableObject(at(name), (_object, { storage }) =>
    storage.sql.exec("SELECT count(*) AS n FROM slot WHERE records LIKE '%zed%'").one(),
  )
  expect(left).toEqual({ n: 0 })
})
