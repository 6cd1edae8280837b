/** A shard of the audit log, from what it is sent to what is in the log: real, in workerd, with its bucket. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AuditRing } from '../../durable-objects/audit-ring.ts'
import { AUDIT_SCHEMA } from '../../durable-objects/audit-schema.ts'
import { Rows } from '../../durable-objects/rows.ts'
import { keep } from '../../src/audit/kept.ts'
import { readLeaf } from '../../src/audit/leaf.ts'
import { readRecord, type OutcomeRecord } from '../../src/audit/record.ts'
import { newGuard, order, START } from './support.ts'
import { shardOf } from '../../src/audit/shipment.ts'

/** When a test begins: later than all before it, for the log's clock never goes back. */
let start = START

beforeEach(() => {
  start += 10 * 365 * 86_400_000
  vi.useFakeTimers({ toFake: ['Date'], now: start })
})

afterEach(() => {
  vi.useRealTimers()
})

let count = 0

function outcome(
  keyId: string,
  sequence: number,
  change: Partial<OutcomeRecord> = {},
): OutcomeRecord {
  count += 1
  return {
    v: 1,
    type: 'outcome',
    uid: `r${count}:outcome`,
    atMs: Date.now(),
    requestId: `r${count}`,
    sequence,
    keyId,
    user: 'ann',
    kind: 'read',
    decision: 'forwarded',
    status: 200,
    durationMs: 1,
    ...change,
  }
}

const at = (name: string) => env.AUDIT_LOG.getByName(name)
const flush = () => crypto.randomUUID()

/** Hands on what waits. Rounds of the log are five seconds apart. */
function sweep(name: string) {
  vi.setSystemTime(Date.now() + 5_000)
  return at(name).sweep()
}

/** Everything that is in the log of a shard, read as those read it who may. */
async function logged(name: string) {
  const records = []
  for (let after = 0; ;) {
    const page = await at(name).read(after)
    // Of one whose key was destroyed, its place is left.
    const readable = page.records.filter((text) => text !== '')
    records.push(...readable.map((text) => readRecord(JSON.parse(text))))
    after = page.next
    if (!page.more) return records
  }
}

/** Of one key, the numbers of each type. */
async function numbers(name: string, keyId: string, type: string): Promise<readonly number[]> {
  const own = (await logged(name)).filter(
    (record) => record?.type === type && Reflect.get(record, 'keyId') === keyId,
  )
  return own.map((record) =>
    Number(Reflect.get(record ?? {}, 'sequence') ?? Reflect.get(record ?? {}, 'first')),
  )
}

test('what is in the log can be read in every life of the object, also where nothing came since', async () => {
  const [name, keyId] = ['shard-7', 'key_read_later']
  await at(name).report(flush(), JSON.stringify([outcome(keyId, 1)]))
  await sweep(name)
  expect(await numbers(name, keyId, 'outcome')).toEqual([1])
  await evictDurableObject(at(name))
  expect(await numbers(name, keyId, 'outcome')).toEqual([1])
})

describe('what a Worker reports', () => {
  test('is in the log once, though it comes twice', async () => {
    const [name, keyId] = ['shard-1', 'key_twice_reported']
    const message = [flush(), JSON.stringify([outcome(keyId, 1), outcome(keyId, 2)])] as const
    await at(name).report(...message)
    await at(name).report(...message)
    await sweep(name)
    expect(await numbers(name, keyId, 'outcome')).toEqual([1, 2])
  })

  test('is still there when the object lost its memory before it handed it on', async () => {
    const [name, keyId] = ['shard-1', 'key_evicted']
    await at(name).report(flush(), JSON.stringify([outcome(keyId, 1)]))
    await evictDurableObject(at(name))
    await at(name).report(flush(), JSON.stringify([outcome(keyId, 2)]))
    await sweep(name)
    expect(await numbers(name, keyId, 'outcome')).toEqual([1, 2])
  })

  test('is none of it kept that is not listed, and nothing that is no record', async () => {
    const name = 'shard-1'
    const canary = 'canary-in-a-record'
    const odd = { ...outcome('key_odd', 1), authorization: canary }
    await at(name).report(flush(), JSON.stringify([odd, { type: canary }, canary]))
    await at(name).report(flush(), canary)
    await sweep(name)
    expect(await numbers(name, 'key_odd', 'outcome')).toEqual([1])
    expect(JSON.stringify(await logged(name))).not.toContain(canary)
  })
})

describe('what stays away', () => {
  test('is recorded as a gap after a minute, and not before', { timeout: 20_000 }, async () => {
    const [name, keyId] = ['shard-2', 'key_gap']
    await at(name).report(flush(), JSON.stringify([outcome(keyId, 1), outcome(keyId, 4)]))
    vi.setSystemTime(start + 54_000)
    await sweep(name)
    expect(await numbers(name, keyId, 'gap')).toEqual([])
    await evictDurableObject(at(name))
    vi.setSystemTime(start + 55_000)
    await sweep(name)
    expect(await numbers(name, keyId, 'gap')).toEqual([2])
  })

  test('is recorded in the chain of changes, where a change is what stays away', async () => {
    const name = 'shard-3'
    const subject = { type: 'user', id: 'usr_lost' }
    const change = (version: number) => ({
      v: 1,
      type: 'change',
      uid: `c${version}`,
      atMs: Date.now(),
      subject,
      version,
      what: 'user.roles',
    })
    await at(name).report(flush(), JSON.stringify([change(1), change(3)]))
    vi.setSystemTime(start + 60_000)
    await sweep(name)
    const gap = (await logged(name)).find((record) => record?.type === 'gap')
    expect(gap).toMatchObject({ subject, first: 2, last: 2, cause: 'not-received' })
    expect(gap).not.toHaveProperty('keyId')
  })

  test('an order whose outcome never comes ends as unknown, and no sooner than it can have ended', async () => {
    const guard = await newGuard()
    const name = shardOf(guard.keyId)
    const { sequence } = await guard.ask(order())
    const ended = order()
    const { sequence: second } = await guard.ask(ended)
    const done = outcome(guard.keyId, second, { kind: 'order', admitted: true })
    await at(name).report(flush(), JSON.stringify([done]))
    await guard.pass(5_000)
    await sweep(name)
    expect(await numbers(name, guard.keyId, 'admission')).toEqual([sequence, second])
    expect(await numbers(name, guard.keyId, 'unknown')).toEqual([])
    vi.setSystemTime(start + 65_000)
    await sweep(name)
    expect(await numbers(name, guard.keyId, 'unknown')).toEqual([sequence])
    await sweep(name)
    expect(await numbers(name, guard.keyId, 'unknown')).toEqual([sequence])
  })
})

describe('records', () => {
  /** Opened records of a person in the bundles of a shard, and those that are shut. */
  async function opened(name: string) {
    const shut = []
    const open = []
    const listed = await env.AUDIT.list({ prefix: `records/${name.slice('shard-'.length)}/` })
    for (const { key } of listed.objects) {
      for (const one of await at(name).open(key.slice('records/'.length))) {
        expect(readLeaf(one.leaf)).toBeDefined()
        if (one.text === undefined) shut.push(one.leaf)
        else open.push(one.text)
      }
    }
    return { shut, open }
  }

  test('of a person who is shredded open no more; a hold keeps them', async () => {
    const [name, keyId] = ['shard-4', 'key_shred']
    const of = (user: string, n: number) => outcome(keyId, n, { user })
    await at(name).report(flush(), JSON.stringify([of('eve', 1), of('bob', 2)]))
    await sweep(name)
    await at(name).hold({ id: 'h1', subject: 'eve', reason: 'a case', by: 'officer', atMs: start })
    expect(await at(name).shred('eve')).toEqual({ shredded: 0, hold: 'h1' })
    expect((await opened(name)).shut).toEqual([])
    expect(await at(name).release('h1')).toBe(true)
    expect(await at(name).shred('eve')).toEqual({ shredded: 1 })
    const kept = await runInDurableObject(at(name), (_object, state) =>
      JSON.stringify(state.storage.sql.exec('SELECT * FROM slot').toArray()),
    )
    expect(kept).not.toContain('eve')
    await evictDurableObject(at(name))
    const { shut, open } = await opened(name)
    expect(shut).toHaveLength(1)
    expect(open.map((text) => JSON.parse(text).user)).toEqual(['bob'])
  })

  test('open no more when the time of their class is over, and stay shut', async () => {
    const [name, keyId] = ['shard-5', 'key_old']
    await at(name).report(flush(), JSON.stringify([outcome(keyId, 1)]))
    await sweep(name)
    vi.setSystemTime(start + 2_550 * 86_400_000)
    await sweep(name)
    expect((await opened(name)).shut).toEqual([])
    vi.setSystemTime(start + 2_600 * 86_400_000)
    await sweep(name)
    expect((await opened(name)).open).toEqual([])
  })

  test('in the bucket say nothing of whom they are', async () => {
    const [name, keyId] = ['shard-6', 'key_private']
    await at(name).report(
      flush(),
      JSON.stringify([outcome(keyId, 1, { user: 'mallory', address: '192.0.2.77' })]),
    )
    await sweep(name)
    const listed = await env.AUDIT.list({ prefix: 'records/6/' })
    expect(listed.objects.length).toBeGreaterThan(0)
    for (const { key } of listed.objects) {
      const text = await (await env.AUDIT.get(key))?.text()
      expect(text).not.toMatch(/mallory|192\.0\.2\.77|key_private/)
    }
  })
})

test('while the log does not take anything nothing is lost, and it goes into the log when it does', async () => {
  const [name, keyId] = ['shard-7', 'key_waits']
  const log = (binding: unknown) =>
    runInDurableObject(at(name), (object): unknown => {
      const bound: object = Reflect.get(object, 'env')
      const before: unknown = Reflect.get(bound, 'LOG_SEQUENCER')
      Reflect.set(bound, 'LOG_SEQUENCER', binding)
      return before
    })
  const bound = await log(undefined)
  for (let n = 1; n <= 300; n += 1)
    await at(name).report(flush(), JSON.stringify([outcome(keyId, n)]))
  expect(await sweep(name)).toMatchObject({ pending: true, sequenced: 0 })
  await log(bound)
  await evictDurableObject(at(name))
  expect(await sweep(name)).toMatchObject({ pending: false })
  expect(await numbers(name, keyId, 'outcome')).toEqual(
    Array.from({ length: 300 }, (_, i) => i + 1),
  )
})

test('no more waits for the log than there is room for; what was taken stays, and room comes back', async () => {
  await runInDurableObject(at('shard-full'), (_object, { storage }) => {
    const rows = new Rows(storage, AUDIT_SCHEMA)
    const ring = new AuditRing(rows, 3)
    const append = () => {
      ring.append([keep(outcome('key_full', 1))], new Set(), flush())
    }
    for (let i = 0; i < 3; i += 1) append()
    expect(append).toThrow('Cannot take more')
    expect(ring.waiting()).toHaveLength(3)
    ring.advance(1)
    append()
    expect(ring.waiting().map(({ number }) => number)).toEqual([2, 3, 4])
  })
})
