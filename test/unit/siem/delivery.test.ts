import { assert, asyncProperty, constantFrom, integer, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BATCH_BYTES, BATCH_EVENTS, REQUESTS_PER_RUN } from '../../../src/siem/outbox.ts'
import { SINK_TYPES } from '../../../src/siem/sinks/sink.ts'
import { Crash, OutboxWorld } from '../../support/outbox-world.ts'
import { ANSWERS, TOKEN } from '../../support/sinks.ts'

const HOUR_MS = 3_600_000

/** Each exactly as often as it was sent, and each sent. */
function expectAll(world: OutboxWorld): void {
  expect(world.mock.records().toSorted()).toEqual(world.uids().toSorted())
}

test.each(SINK_TYPES)('%s: everything that is in the log reaches the sink, once', async (type) => {
  const world = new OutboxWorld(type)
  world.write(3_000)
  await world.runUntil(world.nowMs + 10_000)
  expectAll(world)
  expect([...world.mock.taken.values()].every((times) => times === 1)).toBe(true)
  expect(world.counters).toMatchObject({ delivered: 3_000, dead: 0, attempt: 0 })
})

test('a batch has at most 500 events and a megabyte, a run 20 requests', async () => {
  const world = new OutboxWorld()
  world.write(20_000, 'shard-2')
  const againMs = await world.run()
  expect(world.mock.requests).toBe(REQUESTS_PER_RUN)
  expect(againMs).toBe(world.nowMs)
  expect(world.mock.mostEvents).toBeLessThanOrEqual(BATCH_EVENTS)
  expect(world.mock.largestBytes).toBeLessThanOrEqual(BATCH_BYTES)
  expect(world.mock.mostEvents).toBeGreaterThan(300)
})

test('nothing new costs a read of each shard, and neither a request nor a write', async () => {
  const world = new OutboxWorld()
  world.write(10)
  await world.run()
  const { requests } = world.mock
  const { notes } = world
  expect(await world.run()).toBe(world.nowMs + 60_000)
  expect([world.mock.requests, world.notes]).toEqual([requests, notes])
})

describe('a sink that is down', () => {
  test('for an hour, under load, loses nothing and is sent nothing that does not fit memory', async () => {
    const world = new OutboxWorld()
    const startMs = world.nowMs
    const isDown = () => world.nowMs - startMs < HOUR_MS
    world.mock.says = () => (isDown() ? ANSWERS.down : undefined)
    let requestsWhileDown = 0
    for (let second = 0; second < 3_900; second += 5) {
      world.write(20)
      await world.runUntil(startMs + second * 1_000)
      if (isDown()) requestsWhileDown = world.mock.requests
    }
    await world.runUntil(world.nowMs + 120_000)
    expect(world.made).toBe(15_600)
    expectAll(world)
    expect(world.dead).toEqual([])
    // One try at a time, at most a minute apart: some 80 in the hour.
    expect(requestsWhileDown).toBeGreaterThan(60)
    expect(requestsWhileDown).toBeLessThan(150)
    expect(world.mostRead).toBeLessThanOrEqual(BATCH_EVENTS)
    expect(world.mock.largestBytes).toBeLessThanOrEqual(BATCH_BYTES)
    expect(world.places.size).toBeLessThanOrEqual(8)
    expect(world.counters).toMatchObject({ delivered: 15_600, attempt: 0, trouble: undefined })
  })

  test('is tried again later each time, and left alone for as long as it asks', async () => {
    const world = new OutboxWorld()
    world.write(1)
    world.mock.says = () => ANSWERS.down
    const waits: number[] = []
    for (let i = 0; i < 8; i += 1) {
      const nextMs = await world.run()
      waits.push((nextMs - world.nowMs) / 1_000)
      // Too early is not tried at all.
      world.nowMs = nextMs - 1
      expect(await world.run()).toBe(nextMs)
      world.nowMs = nextMs
    }
    expect(waits).toEqual([1.5, 3, 6, 12, 24, 45, 45, 45])
    world.mock.says = () => ANSWERS.busy
    expect((await world.run()) - world.nowMs).toBe(90_000)
    expect(world.counters.trouble).toEqual({ why: 'throttled', status: 429, atMs: world.nowMs })
    expect(world.mock.requests).toBe(9)
  })

  test('that does not answer, or does so too late, has nothing for certain', async () => {
    for (const silence of ['timeout', 'unreachable'] as const) {
      const world = new OutboxWorld()
      world.write(5)
      world.mock.says = () => silence
      await world.run()
      expect(world.counters).toMatchObject({ delivered: 0, trouble: { why: silence, status: 0 } })
      world.mock.says = () => undefined
      await world.runUntil(world.nowMs + 120_000)
      expectAll(world)
    }
  })

  test('says since when the oldest event waits', async () => {
    const world = new OutboxWorld()
    await world.run()
    world.write(5, 'shard-1')
    const writtenMs = world.nowMs
    world.mock.says = () => ANSWERS.unauthorized
    world.nowMs += 5_000
    await world.run()
    expect(world.places.get('shard-1')).toEqual({ after: 0, skip: 0, waitingSinceMs: writtenMs })
  })
})

describe('an event that a sink will never take', () => {
  test.each(SINK_TYPES)('%s: is given up alone, whatever it stands between', async (type) => {
    const world = new OutboxWorld(type)
    world.write(900, 'shard-4')
    const poison = new Set(['request-0:outcome', 'request-417:outcome', 'request-899:outcome'])
    world.mock.says = (uids) => (uids.some((uid) => poison.has(uid)) ? ANSWERS.rejected : undefined)
    await world.runUntil(world.nowMs + 60_000)
    expect(world.dead.map(({ uid }) => uid)).toEqual([...poison])
    expect(world.dead.map(({ status }) => status)).toEqual([400, 400, 400])
    expect(new Set(world.mock.records())).toEqual(
      new Set(world.uids().filter((uid) => !poison.has(uid))),
    )
    expect(world.counters).toMatchObject({ delivered: 897, dead: 3 })
  })

  test('a batch that is too large goes in parts', async () => {
    const world = new OutboxWorld()
    world.write(700, 'shard-4')
    world.mock.says = (uids) => (uids.length > 33 ? ANSWERS.tooLarge : undefined)
    await world.runUntil(world.nowMs + 60_000)
    expectAll(world)
    expect(world.dead).toEqual([])
  })

  test('where every event is refused the sink is set up wrong: few are given up, and one a try', async () => {
    const world = new OutboxWorld('datadog')
    world.write(400, 'shard-4')
    world.mock.says = (uids) =>
      uids[0]?.startsWith('heart') === true ? undefined : ANSWERS.rejected
    await world.runUntil(world.nowMs + 600_000)
    expect(world.dead.length).toBeGreaterThanOrEqual(10)
    expect(world.dead.length).toBeLessThan(30)
    expect(world.counters.trouble?.why).toBe('rejected')
    world.mock.says = () => undefined
    await world.runUntil(world.nowMs + 120_000)
    expect(world.mock.records()).toHaveLength(400 - world.dead.length)
  })

  test('Elastic says of each event what became of it', async () => {
    const world = new OutboxWorld('elastic-bulk')
    world.write(6, 'shard-0')
    world.mock.says = (uids) => {
      if (uids.length < 2) return undefined
      const statuses = [201, 400, 201, 429, 201, 201].slice(-uids.length)
      const items = statuses.map((status) => ({ create: { status } }))
      return { ...ANSWERS.ok, body: JSON.stringify({ errors: true, items }) }
    }
    await world.run()
    // Up to the first that may pass.
    expect(world.places.get('shard-0')).toMatchObject({ after: 0, skip: 3 })
    expect(world.dead.map(({ uid }) => uid)).toEqual(['request-1:outcome'])
    world.mock.says = () => undefined
    await world.runUntil(world.nowMs + 10_000)
    expect(world.mock.records()).toEqual([3, 4, 5].map((n) => `request-${n}:outcome`))
  })

  test('a text that is no record is counted and named by its place', async () => {
    const world = new OutboxWorld()
    world.write(2, 'shard-0')
    world.log.get('shard-0')?.splice(1, 0, '{"v":9}', 'no JSON')
    await world.run()
    expect(world.mock.records()).toHaveLength(2)
    expect(world.dead.map(({ uid }) => uid)).toEqual(['shard-0:0+1', 'shard-0:0+2'])
    expect(world.places.get('shard-0')).toMatchObject({ after: 4, skip: 0 })
  })
})

describe('a shard that does not answer', () => {
  test('keeps no other from being delivered, and is asked again', async () => {
    const world = new OutboxWorld()
    world.write(80)
    world.unreadable.add('shard-3')
    const nextMs = await world.run()
    expect(world.mock.records()).toHaveLength(70)
    expect(world.counters.trouble?.why).toBe('log_unavailable')
    expect(nextMs - world.nowMs).toBeLessThan(3_000)
    world.unreadable.clear()
    await world.runUntil(world.nowMs + 10_000)
    expectAll(world)
  })
})

test('a crash anywhere, also between the answer and its note, loses nothing', async () => {
  const Chaos = record({
    every: integer({ min: 1, max: 9 }),
    type: constantFrom(...SINK_TYPES),
    poison: integer({ min: 0, max: 299 }),
  })
  await assert(
    asyncProperty(Chaos, async ({ every, type, poison }) => {
      const world = new OutboxWorld(type)
      world.write(300)
      const bad = `request-${poison}:outcome`
      world.mock.says = (uids) => (uids.includes(bad) ? ANSWERS.rejected : undefined)
      let notes = 0
      world.beforeNote = () => {
        notes += 1
        if (notes <= 60 && notes % every === 0) throw new Crash()
      }
      for (let i = 0; i < 200; i += 1) {
        world.nowMs += 60_000
        await world.run().catch((error: unknown) => expect(error).toBeInstanceOf(Crash))
      }
      // Some came twice, under one uid.
      expect(new Set(world.mock.records())).toEqual(
        new Set(world.uids().filter((uid) => uid !== bad)),
      )
      expect(new Set(world.dead.map(({ uid }) => uid))).toEqual(new Set([bad]))
    }),
    { numRuns: 40 },
  )
})

// @control pci/10.7
test('each minute there is a sign of life, which says how far behind it is', async () => {
  const world = new OutboxWorld()
  await world.runUntil(world.nowMs + 10 * 60_000)
  const beats = [...world.mock.taken.keys()]
  expect(beats).toHaveLength(11)
  expect(beats[0]).toBe('heartbeat:elastic-bulk:1800000000000')
  world.mock.says = () => ANSWERS.down
  await world.runUntil(world.nowMs + 10 * 60_000)
  expect([...world.mock.taken.keys()]).toHaveLength(11)
})

test('what is kept of a failure is a word: neither the answer nor the credential', async () => {
  const world = new OutboxWorld('splunk-hec')
  world.write(3)
  world.mock.says = () => ({ ...ANSWERS.rejected, body: `{"text":"${TOKEN} canary-body"}` })
  await world.run()
  const kept = JSON.stringify([world.counters, [...world.places], world.dead, world.sink])
  expect(kept).toContain('misconfigured')
  expect(kept).not.toMatch(/canary/)
})

test('records of a page that are destroyed while it goes out take none of the others with them', async () => {
  const world = new OutboxWorld('datadog')
  world.write(300, 'shard-1')
  const texts = world.log.get('shard-1') ?? []
  // The sink takes a half, then goes down; meanwhile somebody of the first half is shredded, and the last two.
  world.mock.says = (uids, request) =>
    request === 1 || uids.length <= 75 ? undefined : request > 4 ? ANSWERS.down : ANSWERS.tooLarge
  await world.run()
  const before = world.mock.records().length
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(300)
  for (const index of [0, 3, 4, 5, 250, 298, 299]) texts[index] = ''
  world.mock.says = () => undefined
  await world.runUntil(world.nowMs + 120_000)
  const taken = new Set(world.mock.records())
  const left = world.uids().filter((uid, index) => texts[index] !== '' && !taken.has(uid))
  expect(left).toEqual([])
  expect(world.counters.dead).toBe(0)
  expect(world.places.get('shard-1')).toMatchObject({ after: 300, skip: 0 })
})
