/** A shard of the audit log, from what it is sent to what is in the log: real, in workerd, with its bucket. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test, vi } from 'vitest'
import { readLeaf } from '../../src/audit/leaf.ts'
import { readRecord } from '../../src/audit/record.ts'
import { shardOf } from '../../src/audit/shipment.ts'
import { at, clocked, flush, logged, numbers, outcome, sweep } from './audit-support.ts'
import { newGuard, order } from './support.ts'

const clock = clocked()

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
  // @control pci/10.7
  test('is recorded as a gap after a minute, and not before', { timeout: 20_000 }, async () => {
    const [name, keyId] = ['shard-2', 'key_gap']
    await at(name).report(flush(), JSON.stringify([outcome(keyId, 1), outcome(keyId, 4)]))
    vi.setSystemTime(clock.start + 54_000)
    await sweep(name)
    expect(await numbers(name, keyId, 'gap')).toEqual([])
    await evictDurableObject(at(name))
    vi.setSystemTime(clock.start + 55_000)
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
    vi.setSystemTime(clock.start + 60_000)
    await sweep(name)
    const gap = (await logged(name)).find((record) => record?.type === 'gap')
    expect(gap).toMatchObject({ subject, first: 2, last: 2, cause: 'not-received' })
    expect(gap).not.toHaveProperty('keyId')
  })

  // @control mifid/unknown-outcome
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
    vi.setSystemTime(clock.start + 65_000)
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

  // @control mifid/16-retention 17a-4/retention
  test('of a person who is shredded open no more; a hold keeps them', async () => {
    const [name, keyId] = ['shard-4', 'key_shred']
    const of = (user: string, n: number) => outcome(keyId, n, { user })
    await at(name).report(flush(), JSON.stringify([of('eve', 1), of('bob', 2)]))
    await sweep(name)
    await at(name).hold({
      id: 'h1',
      subject: 'eve',
      reason: 'a case',
      by: 'officer',
      atMs: clock.start,
    })
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

  // @control mifid/16-retention 17a-4/retention pci/10.5
  test('open no more when the time of their class is over, and stay shut', async () => {
    const [name, keyId] = ['shard-5', 'key_old']
    await at(name).report(flush(), JSON.stringify([outcome(keyId, 1)]))
    await sweep(name)
    vi.setSystemTime(clock.start + 2_550 * 86_400_000)
    await sweep(name)
    expect((await opened(name)).shut).toEqual([])
    vi.setSystemTime(clock.start + 2_600 * 86_400_000)
    await sweep(name)
    // What is left says what went.
    const said = (await opened(name)).open.map((text) => readRecord(JSON.parse(text)))
    expect(said).toMatchObject([
      { type: 'change', what: 'audit.expired', after: expect.stringContaining('"keys":1') },
    ])
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
