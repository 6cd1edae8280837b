import { array, assert, integer, property, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lockRules } from '../../../src/guard/lockout.ts'
import { OWN, Source, type SourceReply } from '../../../src/guard/source.ts'
import { LOCKS } from '../../support/locks.ts'
import { SourceWatch, type SourceName } from '../../../src/guard/source-watch.ts'

const NOW = 1_800_000_000_000
const NET = { kind: 'net', name: '192.0.2.0/24' } as const
const NOTHING: SourceReply = {
  own: { level: 0, lockedForMs: 0 },
  members: [],
  sightings: [],
  quietForMs: 0,
}

/** Fails and, if it is this request's turn, reports. */
function failAndReport(
  watch: SourceWatch,
  member: string,
  nowMs: number,
  source: SourceName = NET,
) {
  watch.fail(source, member, nowMs)
  const time = watch.reportTime(source, nowMs)
  return time?.inMs === 0 ? watch.take(source, nowMs) : undefined
}

test('the first failure is reported at once, further ones at most once a second, with their number', () => {
  const watch = new SourceWatch(LOCKS)
  expect(failAndReport(watch, 'a', NOW)).toEqual({
    kind: 'net',
    ageMs: 0,
    failures: [{ member: 'a', count: 1, cleared: false }],
  })
  for (const [member, atMs] of [
    ['a', 10],
    ['b', 20],
    ['a', 30],
  ] as const)
    watch.fail(NET, member, NOW + atMs)
  expect(watch.reportTime(NET, NOW + 40)).toEqual({ inMs: 960 })
  expect(watch.take(NET, NOW + 1_000)).toEqual({
    kind: 'net',
    ageMs: 970,
    failures: [
      { member: 'a', count: 2, cleared: false },
      { member: 'b', count: 1, cleared: false },
    ],
  })
  // Two requests may come to report the same: the second has nothing to say, and makes no call.
  expect(watch.take(NET, NOW + 5_000)).toBeUndefined()
  expect(watch.reportTime(NET, NOW + 5_000)).toBeUndefined()
})

test('one request takes a report on; when it is cut off another one does', () => {
  const watch = new SourceWatch(LOCKS)
  failAndReport(watch, 'a', NOW)
  watch.fail(NET, 'a', NOW + 100)
  expect(watch.reportTime(NET, NOW + 100)).toEqual({ inMs: 900 })
  watch.fail(NET, 'a', NOW + 200)
  expect(watch.reportTime(NET, NOW + 200)).toBeUndefined()
  expect(watch.reportTime(NET, NOW + 1_999)).toBeUndefined()
  expect(watch.reportTime(NET, NOW + 2_000)).toEqual({ inMs: 0 })
})

test('ten failures lock without anybody’s help, at the same instant everywhere', () => {
  const watch = new SourceWatch(LOCKS)
  const object = new Source('net', 256, LOCKS)
  for (let i = 0; i < 9; i += 1) {
    watch.fail(NET, `id-${i}`, NOW)
    expect(watch.lock(NET.name, 'other', NOW)).toBeUndefined()
  }
  watch.fail(NET, 'id-9', NOW)
  expect(watch.lock(NET.name, 'other', NOW)).toEqual({ limit: 'network', forMs: 30_000 })
  // The object hears of it a second later and by another clock, and yet ends the lock when we do.
  const { ageMs = 0, failures = [] } = watch.take(NET, NOW + 1_000) ?? {}
  const theirNowMs = 42_000
  for (const { member, count } of failures) object.fail(member, count, theirNowMs - ageMs)
  expect(object.lock(OWN, theirNowMs)).toEqual({ limit: 'network', forMs: 29_000 })
})

test('a lock found elsewhere is learnt', () => {
  const watch = new SourceWatch(LOCKS)
  failAndReport(watch, 'a', NOW)
  const members = [{ member: 'a', level: 2, lockedForMs: 50_000 }]
  watch.learn(NET, { ...NOTHING, members }, NOW)
  expect(watch.lock(NET.name, 'a', NOW)).toEqual({ limit: 'credential', forMs: 50_000 })
  expect(watch.lock(NET.name, 'b', NOW)).toBeUndefined()
  watch.learn(NET, { ...NOTHING, own: { level: 3, lockedForMs: 100_000 } }, NOW)
  expect(watch.lock(NET.name, 'b', NOW)).toEqual({ limit: 'network', forMs: 100_000 })
})

describe('calls are bounded', () => {
  test('to fifteen in any second, whatever arrives', () => {
    assert(
      property(
        array(tuple(integer({ min: 0, max: 20 }), integer({ min: 0, max: 3_000 })), {
          minLength: 80,
          maxLength: 400,
        }),
        (arrivals) => {
          const watch = new SourceWatch(LOCKS)
          const calls: number[] = []
          let nowMs = NOW
          for (const [gap, network] of arrivals) {
            nowMs += gap
            if (failAndReport(watch, 'a', nowMs, { ...NET, name: `net-${network}` })) {
              calls.push(nowMs)
            }
          }
          for (const [i, atMs] of calls.entries()) {
            const oneMore = calls[i + 15]
            if (oneMore !== undefined) expect(oneMore - atMs).toBeGreaterThanOrEqual(1_000)
          }
        },
      ),
    )
  })

  test('what could not be reported stays pending and decides here', () => {
    const watch = new SourceWatch(LOCKS)
    for (let i = 0; i < 15; i += 1) {
      expect(failAndReport(watch, 'a', NOW, { ...NET, name: `n-${i}` })).toBeDefined()
    }
    for (let i = 0; i < 10; i += 1) expect(failAndReport(watch, 'a', NOW)).toBeUndefined()
    expect(watch.lock(NET.name, 'b', NOW)).toMatchObject({ limit: 'network' })
    // So does what there is to notice: nobody else can be asked.
    expect(watch.sightings(NET, NOW)).toMatchObject([{ rule: 'network_locked' }])
    expect(watch.take(NET, NOW + 1_000)?.failures).toEqual([
      { member: 'a', count: 10, cleared: false },
    ])
  })

  test('and to five that only serve to notice something; neither takes the other’s', () => {
    const watch = new SourceWatch(LOCKS)
    const taken = (kind: 'id' | 'net') =>
      Array.from({ length: 30 }, (_, i) => {
        const source = { kind, name: `${kind}-${i}` }
        watch.fail(source, 'member', NOW)
        return watch.take(source, NOW)
      }).filter((report) => report !== undefined).length
    expect([taken('id'), taken('net'), taken('id')]).toEqual([5, 15, 0])
  })

  test('and who has nothing to learn is not asked', () => {
    const watch = new SourceWatch(LOCKS)
    const id = { kind: 'id', name: 'fp' } as const
    watch.fail(id, 'net', NOW)
    watch.take(id, NOW)
    watch.learn(id, { ...NOTHING, quietForMs: 600_000 }, NOW)
    watch.fail(id, 'net', NOW + 300_000)
    expect(watch.reportTime(id, NOW + 300_000)).toBeUndefined()
    expect(watch.reportTime(id, NOW + 600_000)).toEqual({ inMs: 0 })
  })
})

describe('memory is bounded', () => {
  test('per source: one report names sixteen members, and the network’s count stays right', () => {
    const watch = new SourceWatch(LOCKS)
    for (let i = 0; i < 200; i += 1) watch.fail(NET, `id-${i}`, NOW)
    const report = watch.take(NET, NOW)
    expect(report?.failures.length).toBe(17)
    expect(report?.failures.reduce((sum, { count }) => sum + count, 0)).toBe(200)
  })

  test('in all: the network that failed longest ago is forgotten first', () => {
    const watch = new SourceWatch(LOCKS)
    const fail = (name: string) => {
      for (let i = 0; i < 10; i += 1) watch.fail({ kind: 'net', name }, OWN, NOW)
    }
    fail('first')
    for (let i = 0; i < 1_535; i += 1) fail(`n-${i}`)
    expect(watch.lock('first', OWN, NOW)).toMatchObject({ limit: 'network' })
    fail('one more')
    fail('and one')
    expect(watch.lock('n-0', OWN, NOW)).toBeUndefined()
    expect(watch.lock('first', OWN, NOW)).toMatchObject({ limit: 'network' })
  })
})

test('memory: everything filled takes less than 16 MB', () => {
  const watch = new SourceWatch(lockRules({ network: 1_000, credential: 20 }))
  let nowMs = NOW
  for (const [kind, sources] of [
    ['net', 2_000],
    ['id', 500],
    ['asn', 200],
  ] as const) {
    for (let i = 0; i < sources; i += 1) {
      const source = { kind, name: `${kind}-${i}` }
      for (let round = 0; round < 19; round += 1) {
        nowMs += 3_000
        for (let j = 0; j < 8; j += 1) watch.fail(source, `m-${j}`, nowMs + j)
      }
      for (let j = 0; j < 80; j += 1) watch.fail(source, `m-${j % 8}-${j}`, nowMs)
    }
  }
  // The octets of each are said beside the capacities.
  const { sources, members, tallies, pending } = watch.held
  expect([sources, members]).toEqual([1_856, 1_856 * 9])
  expect(tallies).toBeLessThanOrEqual(1_536 * 9 * 20)
  expect(pending).toBeLessThanOrEqual(1_792 * 17 + 64 * 64)
  const most = 1_000 * sources + 350 * members + 8 * 1_536 * 9 * 20 + 150 * (1_792 * 17 + 64 * 64)
  expect(most).toBeLessThan(16 * 2 ** 20)
})

test('one report of a system names enough ids for it to be noticed', () => {
  const watch = new SourceWatch(LOCKS)
  const system = { kind: 'asn', name: '64500' } as const
  for (let i = 0; i < 60; i += 1) watch.fail(system, `id-${i}`, NOW)
  const object = new Source('asn', 256, LOCKS)
  for (const { member, count } of watch.take(system, NOW)?.failures ?? []) {
    object.fail(member, count, NOW)
  }
  expect(object.sightings(false, NOW)).toMatchObject([{ rule: 'many_ids_one_asn' }])
})

describe('whoever signs correctly', () => {
  test('is cleared here, and the network’s object is told', () => {
    const watch = new SourceWatch(LOCKS)
    for (let i = 0; i < 5; i += 1) watch.fail(NET, 'a', NOW)
    expect(watch.suspects(NET.name)).toBe(true)
    expect(watch.clear(NET.name, 'a')).toBe(true)
    expect(watch.lock(NET.name, 'a', NOW)).toBeUndefined()
    // What they had not told yet still is the network's.
    expect(watch.take(NET, NOW)?.failures).toEqual([
      { member: 'a', count: 0, cleared: true },
      { member: OWN, count: 5, cleared: false },
    ])
  })

  test('costs nothing where nothing is held against anybody', () => {
    const watch = new SourceWatch(LOCKS)
    expect(watch.suspects(NET.name)).toBe(false)
    watch.fail(NET, OWN, NOW)
    expect(watch.suspects(NET.name)).toBe(false)
    expect(watch.clear(NET.name, 'a')).toBe(false)
  })
})
