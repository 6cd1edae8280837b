import { beforeAll, describe, expect, test } from 'vitest'
import type { LogKeys } from '../../../src/audit/log-key.ts'
import type { Sequencer } from '../../../src/audit/sequence.ts'
import { checkLog } from '../../support/log-check.ts'
import {
  Crash,
  logKeys,
  LogWorld,
  roundsUntil,
  Shard,
  START,
  WRITES,
} from '../../support/log-world.ts'
import { must } from '../../support/tlog.ts'
import { random } from '../../support/random.ts'

/** Hashing on workerd, with coverage counted, takes several times as long as on Node. */
const SLOW = { timeout: 60_000 }

let keys: LogKeys
beforeAll(async () => {
  keys = await logKeys(1)
})

/** A log of 250 leaves and a few, published, and two shards with more to ship: enough to fill a tile. */
async function nearlyFull() {
  const world = new LogWorld(keys)
  const shards = [new Shard(0), new Shard(1)] as const
  const log = world.start()
  shards[0].make(1, 100)
  await shards[0].ship(log, START)
  shards[1].make(3, 47)
  await shards[1].ship(log, START + 5_000)
  await checkLog(world, shards)
  expect(log.head.size).toBe(243)
  for (const shard of shards) shard.make(2, 10)
  return { world, shards, log }
}

/** Ships what all have, in one round. */
async function shipAll(log: Sequencer, shards: readonly Shard[], nowMs: number) {
  for (const shard of shards) log.offer(shard.number, shard.open())
  try {
    await roundsUntil(log, nowMs, () =>
      shards.every(({ number, made }) => log.covers(number, made)),
    )
  } finally {
    for (const shard of shards) shard.note(log)
  }
}

describe.each(WRITES)('when the write of a %s fails', (write) => {
  describe.each(['lost', 'kept'] as const)('and is %s', (fault) => {
    test.each(['a restart', 'the same object'] as const)('I11: %s goes on', async (how) => {
      const { world, shards, log } = await nearlyFull()
      const failed = world.failOnce(write, fault)
      await expect(shipAll(log, shards, START + 10_000)).rejects.toThrow(Crash)
      expect(failed()).toBe(true)
      await checkLog(world, shards)

      const next = how === 'a restart' ? world.start() : log
      await shipAll(next, shards, START + 15_000)
      await checkLog(world, shards)
      expect(shards.map(({ made, covered }) => made - covered)).toEqual([0, 0])

      for (const shard of shards) shard.make(1, 300)
      await shipAll(next, shards, START + 20_000)
      await checkLog(world, shards)
      await shipAll(world.start(), shards, START + 25_000)
      await checkLog(world, shards)
    })
  })
})

// @control mission/audit-log
test('I11: any failures, restarts and clocks leave a log that is whole', SLOW, async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const chance = random(seed)
    const world = new LogWorld(keys)
    world.fault = () => (chance.chance(0.12) ? chance.pick(['lost', 'kept']) : 'none')
    const shards = [0, 3, 12].map((number) => new Shard(number))
    let log = world.start()
    let nowMs = START
    for (let step = 0; step < 30; step += 1) {
      chance.pick(shards).make(chance.below(3), chance.pick([0, 1, 7, 120]))
      if (chance.chance(0.2)) log = world.start()
      nowMs += chance.below(9_000) - 2_000
      await shipAll(log, shards, nowMs).catch((error: unknown) =>
        expect(error).toBeInstanceOf(Crash),
      )
    }
    world.fault = () => 'none'
    await shipAll(world.start(), shards, nowMs)
    expect(shards.every(({ made, covered }) => made === covered)).toBe(true)
    await checkLog(world, shards)
  }
})

describe('a round', () => {
  test('writes exactly one row', async () => {
    const { world, shards, log } = await nearlyFull()
    expect(world.rowsWritten).toBe(2)
    await shipAll(log, shards, START)
    expect(world.rowsWritten).toBe(3)
    await shipAll(log, shards, START)
    await shipAll(world.start(), shards, START)
    expect(world.rowsWritten).toBe(3)
  })

  test('publishes one checkpoint at the most, also after a restart with a promise to keep', async () => {
    const { world, shards, log } = await nearlyFull()
    world.failOnce('checkpoint', 'lost')
    await expect(shipAll(log, shards.slice(0, 1), START)).rejects.toThrow(Crash)
    const next = world.start()
    for (const shard of shards) next.offer(shard.number, shard.open())
    await next.round(START)
    expect([world.published.length, next.covers(0, 3), next.covers(1, 5)]).toEqual([3, true, false])
    await next.round(START)
    expect([world.published.length, next.covers(1, 5)]).toEqual([4, true])
  })

  test('is not begun while one is under way', async () => {
    const { shards, log } = await nearlyFull()
    const first = shipAll(log, shards, START)
    await expect(log.round(START)).rejects.toThrow('one is under way')
    await first
  })

  test('takes no more than its row can hold, and the next one takes the rest', async () => {
    const world = new LogWorld(keys)
    const log = world.start()
    const large = (number: number) => ({ number, leaves: Array(15).fill('x'.repeat(60_000)) })
    expect(log.offer(0, [large(1), large(2)]).ok).toBe(true)
    await log.round(START)
    expect([log.covers(0, 1), log.covers(0, 2)]).toEqual([true, false])
    const staged = must(world.row?.staged)
    expect(staged.entries.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(1_500_000)
    await log.round(START)
    expect(log.covers(0, 2)).toBe(true)
    expect(log.pendingLeaves).toBe(0)
  })

  // @control 17a-4(f)(2)(iii)
  test('notes a clock that went back, and no round is earlier than the one before', async () => {
    const { world, shards, log } = await nearlyFull()
    await shipAll(log, shards, START - 60_000)
    await checkLog(world, shards)
    const leaf = new TextDecoder().decode(must(must(world.row?.staged).entries[0]))
    expect(JSON.parse(leaf)).toMatchObject({ at: START + 5_000, clockBackMs: 65_000 })
  })

  // @control 17a-4(f)(2)(iii)
  test('begins with what the log was, in the order of RFC 8785', async () => {
    const world = new LogWorld(keys)
    const log = world.start()
    for (const shard of [10, 2]) log.offer(shard, [{ number: 1, leaves: ['{}'] }])
    await log.round(START)
    const leaf = new TextDecoder().decode(must(must(world.row?.staged).entries[0]))
    expect(leaf).toBe(
      `{"at":${START},"keys":${JSON.stringify(keys.vkeys)},"root":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","shards":{"10":1,"2":1},"size":0,"type":"round","v":1}`,
    )
  })
})

describe('what is handed over', () => {
  test('again is not taken again, whether pending, staged, published or from before a restart', async () => {
    const { world, shards, log } = await nearlyFull()
    const again = (on: Sequencer) => {
      for (const shard of shards)
        expect(
          on.offer(
            shard.number,
            shard.sizes.map((size, i) => ({ number: i + 1, leaves: Array(size).fill('other') })),
          ).ok,
        ).toBe(true)
    }
    for (const shard of shards) log.offer(shard.number, shard.open())
    again(log)
    await shipAll(log, shards, START)
    again(log)
    await shipAll(log, shards, START)
    const next = world.start()
    again(next)
    await shipAll(next, shards, START)
    await checkLog(world, shards)
  })

  test('is refused where a batch is missing, and nothing of it is taken', async () => {
    const log = new LogWorld(keys).start()
    const batch = (number: number) => ({ number, leaves: ['{}'] })
    expect(log.offer(4, [batch(1), batch(3)])).toEqual({
      ok: false,
      error: { code: 'gap', detail: 'Batch 3 of shard 4 came, and 2 is next' },
    })
    expect(log.pendingLeaves).toBe(0)
    expect(log.offer(4, [batch(2)])).toMatchObject({ error: { code: 'gap' } })
    expect(log.offer(4, [batch(1), batch(2)]).ok).toBe(true)
    expect(log.offer(4, [batch(4)])).toMatchObject({ error: { code: 'gap' } })
  })

  test.each([
    ['a leaf that is too long', 0, [{ number: 1, leaves: ['x'.repeat(65_536)] }]],
    ['a leaf that is too long in UTF-8', 0, [{ number: 1, leaves: ['é'.repeat(32_768)] }]],
    ['half a character', 0, [{ number: 1, leaves: ['\ud800'] }]],
    ['a batch that is too large', 0, [{ number: 1, leaves: Array(17).fill('x'.repeat(60_000)) }]],
    ['too many leaves', 0, [{ number: 1, leaves: Array(20_001).fill('') }]],
    ['no number', 0, [{ number: 1.5, leaves: [] }]],
    ['no shard', -1, []],
    ['a shard beyond', 256, []],
  ])('is refused with %s', (_name, shard, batches) => {
    const log = new LogWorld(keys).start()
    expect(log.offer(shard, batches)).toMatchObject({ ok: false, error: { code: 'malformed' } })
    expect(log.pendingLeaves).toBe(0)
  })

  test('is bounded; what found room is taken, and the rest is taken later', async () => {
    const log = new LogWorld(keys).start()
    const batches = Array.from({ length: 25 }, (_, i) => ({
      number: i + 1,
      leaves: Array(1_000).fill('x'),
    }))
    const full = {
      ok: false,
      error: { code: 'full', detail: '20000 leaves wait; batch 21 must come later' },
    }
    expect(log.offer(0, batches)).toEqual(full)
    expect(log.offer(0, batches)).toEqual(full)
    expect(log.offer(1, [{ number: 1, leaves: ['x'] }])).toMatchObject({ ok: false })
    await log.round(START)
    expect(log.covers(0, 20)).toBe(true)
    expect(log.offer(0, batches).ok).toBe(true)
    await log.round(START)
    expect(log.covers(0, 25)).toBe(true)
  })

  test('is bounded in octets', () => {
    const log = new LogWorld(keys).start()
    const batch = (number: number) => ({ number, leaves: Array(16).fill('x'.repeat(60_000)) })
    const batches = Array.from({ length: 9 }, (_, i) => batch(i + 1))
    expect(log.offer(0, batches)).toMatchObject({ ok: false, error: { code: 'full' } })
    expect(log.pendingLeaves).toBe(8 * 16)
  })
})
