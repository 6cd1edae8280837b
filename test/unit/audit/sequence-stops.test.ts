/** What the log must never sign: each of these would contradict what it has signed, or could. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { LogKeys } from '../../../src/audit/log-key.ts'
import { signatureLine } from '../../../src/audit/note.ts'
import { checkLog, headsOf } from '../../support/log-check.ts'
import {
  Crash,
  fiveRounds,
  logKeys,
  LogWorld,
  Shard,
  START,
  stopped,
} from '../../support/log-world.ts'
import { random } from '../../support/random.ts'
import { must } from '../../support/tlog.ts'

const SLOW = { timeout: 60_000 }

let keys: LogKeys
beforeAll(async () => {
  keys = await logKeys(1)
})

describe('I11: the log stops', () => {
  test('when its own state was rolled back, by however much', async () => {
    const { world, shard, snapshots } = await fiveRounds(keys)
    for (const { row } of snapshots.slice(0, -1)) {
      world.row = row
      expect(await stopped(world, world.start())).toBe('rollback')
    }
    world.row = undefined
    expect(await stopped(world, world.start())).toBe('rollback')
    world.row = must(snapshots.at(-1)).row
    shard.make(1, 1)
    await shard.ship(world.start(), START)
    await checkLog(world, [shard])
  })

  test('when its bucket was rolled back, by however much', async () => {
    const { world, snapshots } = await fiveRounds(keys)
    for (const { bucket } of snapshots.slice(0, -2)) {
      world.bucket = bucket
      expect(await stopped(world, world.start())).toBe('bucket_rollback')
    }
    world.bucket = { objects: new Map(), checkpoint: undefined }
    expect(await stopped(world, world.start())).toBe('bucket_rollback')
  })

  test('not when the bucket lost the one round that the row still has in full', async () => {
    const { world, shard, snapshots } = await fiveRounds(keys)
    world.bucket = must(snapshots.at(-2)).bucket
    const [, lost] = [world.published.pop(), world.published.length]
    shard.make(1, 1)
    await shard.ship(world.start(), START)
    expect(world.published.length).toBe(lost + 2)
    await checkLog(world, [shard])
  })

  test('when the published checkpoint is another one of the same size', async () => {
    const { world } = await fiveRounds(keys)
    const { checkpoint } = must((await headsOf(world)).at(-1))
    const note = await keys.sign({ ...checkpoint, root: new Uint8Array(32) })
    world.bucket.checkpoint = { note, etag: 'x' }
    expect(await stopped(world, world.start())).toBe('fork')
  })

  test('when the published checkpoint is not its own, or is none', async () => {
    const { world } = await fiveRounds(keys)
    const head = must((await headsOf(world)).at(-1)).checkpoint
    const other = await logKeys(9)
    for (const note of [
      await other.sign(head),
      '',
      'no note\n',
      must(world.bucket.checkpoint).note.slice(0, -1),
    ]) {
      world.bucket.checkpoint = { note, etag: 'x' }
      expect(await stopped(world, world.start())).toBe('fork')
    }
  })

  test('when a checkpoint lies between what it published and what it promised', async () => {
    const { world, shard, log } = await fiveRounds(keys)
    const { checkpoint: head } = must((await headsOf(world)).at(-1))
    world.failOnce('checkpoint', 'lost')
    shard.make(1, 10)
    await expect(shard.ship(log, START)).rejects.toThrow(Crash)
    world.bucket.checkpoint = { note: await keys.sign({ ...head, size: head.size + 5 }), etag: 'x' }
    expect(await stopped(world, world.start())).toBe('fork')
  })

  test.each(['tile/entries/001.p/249', 'tile/0/001.p/249', 'tile/1/000.p/1'])(
    'when %s is missing, or has another octet',
    async (name) => {
      const { world } = await fiveRounds(keys)
      const bytes = must(world.bucket.objects.get(name))
      world.bucket.objects.delete(name)
      expect(await stopped(world, world.start())).toBe('missing')
      world.bucket.objects.set(
        name,
        bytes.map((byte, i) => (i === 50 || i === 5 ? byte ^ 1 : byte)),
      )
      expect(await stopped(world, world.start())).toBe('missing')
      world.bucket.objects.set(name, bytes)
      await world.start().round(START)
    },
  )

  test('when an object that it writes is there already, with other octets', async () => {
    for (const name of ['tile/entries/001', 'tile/0/001', 'tile/1/000.p/2', 'tile/0/002.p/4']) {
      const { world, shard, log } = await fiveRounds(keys)
      world.bucket.objects.set(name, new Uint8Array(32))
      shard.make(1, 10)
      const signed = world.signed.length
      await expect(shard.ship(log, START)).rejects.toThrow(name)
      expect(log.refusal?.code).toBe('conflict')
      expect(world.signed.length).toBe(signed)
      const next = world.start()
      await expect(next.round(START), 'also after a restart').rejects.toThrow(name)
      expect(next.refusal?.code).toBe('conflict')
      world.bucket.objects.delete(name)
      await world.start().round(START)
    }
  })

  test('when its row does not lead to the root that it promises', async () => {
    const { world, shard, log } = await fiveRounds(keys)
    world.failOnce('stage', 'kept')
    shard.make(1, 10)
    await expect(shard.ship(log, START)).rejects.toThrow(Crash)
    world.fault = () => 'none'
    const row = must(world.row)
    const staged = must(row.staged)
    world.row = { ...row, staged: { ...staged, entries: staged.entries.toReversed() } }
    expect(await stopped(world, world.start())).toBe('conflict')
  })
})

describe('two sequencers on one bucket', () => {
  test('I11: never publish what contradicts, however their steps fall', SLOW, async () => {
    let bothPublished = 0
    for (let seed = 1; seed <= 16; seed += 1) {
      const chance = random(seed)
      const world = new LogWorld(keys)
      const [first, second] = [new Shard(0), new Shard(1)]
      const start = new LogWorld(keys)
      // The second one keeps its row elsewhere: it knows nothing of the first.
      const logs = [
        world.start(),
        world.start({
          readState: () => start.row,
          writeState: async (state) => {
            start.row = state
          },
        }),
      ]
      world.yields = async () => {
        for (let i = chance.below(4); i > 0; i -= 1) await Promise.resolve()
      }
      const failures = await Promise.all(
        [first, second].map(async (shard, i) => {
          const log = must(logs[i])
          for (let step = 0; step < 4; step += 1) {
            shard.make(1, chance.pick([1, 40, 200]))
            await shard.ship(log, START + step).catch(() => undefined)
          }
          return log.refusal?.code
        }),
      )
      expect(failures.filter((code) => code === undefined).length).toBeLessThanOrEqual(1)
      expect(world.published.length).toBeLessThanOrEqual(4)
      world.signed.length = 0
      await checkLog(
        world,
        [first, second].filter((_, i) => failures[i] === undefined),
      )
      bothPublished += first.covered > 0 && second.covered > 0 ? 1 : 0
    }
    expect(bothPublished).toBe(0)
  })

  test('a checkpoint that a witness process rewrote meanwhile is no fork, and the next round goes on', async () => {
    const { world, shard, log } = await fiveRounds(keys)
    const { note } = must(world.bucket.checkpoint)
    const stranger = signatureLine({ name: 'w.example', id: '00000000', value: new Uint8Array(72) })
    world.bucket.checkpoint = { note: note + stranger, etag: 'rewritten' }
    shard.make(1, 10)
    await expect(shard.ship(log, START)).rejects.toThrow('written by somebody else')
    expect(log.refusal).toBeUndefined()
    await shard.ship(log, START)
    await checkLog(world, [shard])
    expect(shard.covered).toBe(6)
  })
})
