/** The real object of a source of failures, in workerd: its storage, its clock, its eviction, its end. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SourceKind } from '../../src/guard/source.ts'
import policy from '../../gateway.config.ts'
import { START } from './support.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
})

afterEach(() => {
  vi.useRealTimers()
})

const { network: N, credential: C } = policy.lockout

let made = 0

/** The object of a new source; each call asks through a fresh stub, as the gateway does. */
function newSource(kind: SourceKind = 'net') {
  made += 1
  const name = `${kind}:source-${made}`
  const stub = () => env.SOURCE_GUARD.getByName(name)
  return {
    stub,
    async fail(member: string, count = 1, ageMs = 0) {
      return await stub().report({ kind, ageMs, failures: [{ member, count, cleared: false }] })
    },
    clear: (member: string) =>
      stub().report({ kind, ageMs: 0, failures: [{ member, count: 0, cleared: true }] }),
    evict: () => evictDurableObject(stub()),
    tables: () =>
      runInDurableObject(stub(), (_object, state) =>
        state.storage.sql
          .exec(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
          )
          .toArray(),
      ),
    members: () =>
      runInDurableObject(stub(), (_object, state) =>
        state.storage.sql.exec("SELECT member FROM strikes WHERE member <> ''").toArray(),
      ),
  }
}

describe('a lock', () => {
  test('is known to whoever reports next, and survives an eviction', async () => {
    const source = newSource()
    expect((await source.fail('a', N - 1)).own).toEqual({ level: 0, lockedForMs: 0 })
    expect((await source.fail('b')).own).toEqual({ level: 1, lockedForMs: 30_000 })
    vi.setSystemTime(START + 10_000)
    await source.evict()
    expect((await source.fail('c')).own).toEqual({ level: 1, lockedForMs: 20_000 })
    vi.setSystemTime(START + 30_000)
    await source.evict()
    expect((await source.fail('c')).own).toEqual({ level: 1, lockedForMs: 0 })
    expect((await source.fail('d', N - 1)).own).toEqual({ level: 2, lockedForMs: 60_000 })
  })

  test('of one claimed id too; who proves to be it clears it, evicted or not', async () => {
    const source = newSource()
    await source.fail('a', C)
    await source.evict()
    const [member] = (await source.fail('a', 1)).members
    expect(member).toEqual({ member: 'a', level: 1, lockedForMs: 30_000 })
    await source.clear('a')
    await source.evict()
    expect((await source.fail('a', 1)).members).toEqual([{ member: 'a', level: 0, lockedForMs: 0 }])
  })

  test('begins when the failures were, not when they were told', async () => {
    const source = newSource()
    expect((await source.fail('a', N, 900)).own.lockedForMs).toBe(29_100)
  })

  test('counts failures that were far apart, across evictions', async () => {
    const source = newSource()
    for (let i = 0; i < C - 1; i += 1) {
      vi.setSystemTime(START + i * 3_000)
      expect((await source.fail('a')).members[0]?.lockedForMs).toBe(0)
      await source.evict()
    }
    vi.setSystemTime(START + (C - 1) * 3_000)
    expect((await source.fail('a')).members[0]?.lockedForMs).toBe(30_000)
  })
})

describe('what is noticed', () => {
  // @control mission/intrusion-alerts pci/11.5 soc2/CC7.2
  test('many ids from one network, one a minute: once in ten minutes', async () => {
    const source = newSource()
    const rules: string[] = []
    for (let i = 0; i < 15; i += 1) {
      vi.setSystemTime(START + i * 50_000)
      const { sightings } = await source.fail(`id-${i}`)
      rules.push(...sightings.map(({ rule }) => `${i} ${rule}`))
      await source.evict()
    }
    expect(rules).toEqual(['9 many_ids_one_network'])
  })

  test('a network is locked: once in ten minutes, with how often and how long', async () => {
    const source = newSource()
    const { sightings } = await source.fail('a', N)
    expect(sightings).toEqual([
      { rule: 'network_locked', features: { level: 1, lockedSeconds: 30, failures: N } },
    ])
    vi.setSystemTime(START + 30_000)
    expect((await source.fail('a', N)).sightings).toEqual([])
  })

  test('one id from many networks: then nobody needs to report it for the rest of the period', async () => {
    const source = newSource('id')
    for (let i = 0; i < 9; i += 1) {
      expect(await source.fail(`net-${i}`)).toMatchObject({ sightings: [], quietForMs: 0 })
    }
    expect(await source.fail('net-9')).toMatchObject({
      sightings: [{ rule: 'one_id_many_networks', features: { networks: 10, failures: 10 } }],
      quietForMs: 600_000,
    })
  })
})

test('memory and storage are bounded, and nobody escapes the network’s count', async () => {
  const source = newSource('asn')
  for (let i = 0; i < 20; i += 1) {
    const failures = Array.from({ length: 16 }, (_, j) => ({
      member: `id-${i}-${j}`,
      count: 1,
      cleared: false,
    }))
    await source.stub().report({ kind: 'asn', ageMs: 0, failures })
  }
  expect(await source.members()).toHaveLength(256)
  await source.evict()
  const network = newSource()
  for (let i = 0; i < N - 1; i += 1) await network.fail(`id-${i}`)
  expect((await network.fail('the last')).own.lockedForMs).toBe(30_000)
})

describe('what no longer matters', () => {
  test('is forgotten altogether, and the object begins anew', async () => {
    const source = newSource()
    await source.fail('a', N)
    expect(await source.tables()).not.toEqual([])
    vi.setSystemTime(START + 30_000 + 600_000)
    expect(await runDurableObjectAlarm(source.stub())).toBe(true)
    expect(await source.tables()).toEqual([])
    expect(await runDurableObjectAlarm(source.stub())).toBe(false)
    expect((await source.fail('a', N - 1)).own).toEqual({ level: 0, lockedForMs: 0 })
    expect(await runDurableObjectAlarm(source.stub())).toBe(true)
  })

  test('and is not while it does', async () => {
    const source = newSource()
    await source.fail('a', N)
    vi.setSystemTime(START + 629_000)
    await source.evict()
    expect(await runDurableObjectAlarm(source.stub())).toBe(true)
    expect((await source.fail('a', N)).own.lockedForMs).toBe(60_000)
  })
})

test('if nothing can be written nothing is said, and nothing was counted', async () => {
  const source = newSource()
  await source.fail('a', 1)
  await runInDurableObject(source.stub(), (_object, state) => {
    state.storage.sql.exec(
      `CREATE TRIGGER full BEFORE INSERT ON strikes BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
    )
  })
  await expect(source.fail('a', N - 1)).rejects.toThrow('disk full')
  await runInDurableObject(
    source.stub(),
    (_object, state) => void state.storage.sql.exec('DROP TRIGGER full'),
  )
  expect((await source.fail('b', N - 2)).own.lockedForMs).toBe(0)
  expect((await source.fail('b', 1)).own.lockedForMs).toBe(30_000)
})
