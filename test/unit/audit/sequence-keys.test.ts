import { beforeAll, describe, expect, test } from 'vitest'
import { openCheckpoint } from '../../../src/audit/checkpoint.ts'
import { cosign } from '../../../src/audit/cosignature.ts'
import type { LogKeys } from '../../../src/audit/log-key.ts'
import { isConsistent, type TreeHead } from '../../../src/audit/merkle.ts'
import { COSIGNATURE, parseNote, parseVkey, signatureLine } from '../../../src/audit/note.ts'
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
import { must, testKey } from '../../support/tlog.ts'

let keys: LogKeys
beforeAll(async () => {
  keys = await logKeys(1)
})

describe('the keys of the log', () => {
  /** The round leaves that announce keys. */
  function announced(world: LogWorld): unknown[] {
    return [...world.bucket.objects]
      .filter(([name]) => name.startsWith('tile/entries/'))
      .flatMap(([, bytes]) => [...new TextDecoder().decode(bytes).matchAll(/"keys":(\[[^\]]*\])/g)])
      .map(([, list]) => JSON.parse(must(list)))
  }

  // @control pci/3.7
  test('change in steps, each announced in the log and signed by a key that was known before', async () => {
    const [a, ab, b] = [keys, await logKeys(1, 2), await logKeys(2)]
    const world = new LogWorld(a)
    const shard = new Shard(0)
    const signers: number[] = []
    for (const set of [a, a, ab, ab, b, b]) {
      world.setKeys(set)
      shard.make(1, 3)
      await shard.ship(world.start(), START)
      signers.push(must((await headsOf(world)).at(-1)).signed.length)
    }
    expect(signers).toEqual([1, 1, 2, 2, 1, 1])
    expect(new Set(announced(world).map(String))).toEqual(
      new Set([a, ab, b].map(({ vkeys }) => String(vkeys))),
    )
    await checkLog(world, [shard])
  })

  test('the log stops when a key is to sign alone that it has not announced', async () => {
    const { world } = await fiveRounds(keys)
    world.setKeys(await logKeys(2))
    expect(await stopped(world, world.start())).toBe('keys')
    world.setKeys(await logKeys(2, 1))
    const shard = new Shard(1)
    shard.make(1, 1)
    await shard.ship(world.start(), START)
    expect(shard.covered).toBe(1)
  })

  test('the log stops when the old key is taken away before the announcement is published', async () => {
    const { world, shard } = await fiveRounds(keys)
    world.setKeys(await logKeys(1, 2))
    shard.make(1, 1)
    world.failOnce('checkpoint', 'lost')
    await expect(shard.ship(world.start(), START)).rejects.toThrow(Crash)
    world.fault = () => 'none'
    world.setKeys(await logKeys(2))
    expect(await stopped(world, world.start())).toBe('keys')
    world.setKeys(await logKeys(1, 2))
    await shard.ship(world.start(), START)
    world.setKeys(await logKeys(2))
    shard.make(1, 1)
    await shard.ship(world.start(), START)
    await checkLog(world, [shard])
  })
})

describe('witnesses', () => {
  test('get each checkpoint with the proof that it follows from the last, and sign it before it is published', async () => {
    const witness = await testKey('w.example', new Uint8Array(32).fill(5), COSIGNATURE)
    const world = new LogWorld(keys)
    const shard = new Shard(0)
    let seen: TreeHead = { size: 0, root: new Uint8Array() }
    const log = world.start({
      async cosign(note, oldSize, prove) {
        const { text } = must(parseNote(note))
        const opened = await openCheckpoint(
          note,
          keys.vkeys.map((vkey) => must(parseVkey(vkey))),
        )
        if (!opened.ok) throw new Error(opened.error)
        const head = opened.value.checkpoint
        expect(oldSize).toBe(seen.size)
        if (oldSize > 0) expect(isConsistent(seen, head, await prove(oldSize))).toBe(true)
        seen = head
        return (
          note + signatureLine(await cosign(text, 1_800_000_000, witness.key, witness.privateKey))
        )
      },
    })
    for (const leaves of [3, 300, 200, 10, 600]) {
      shard.make(1, leaves)
      await shard.ship(log, START)
    }
    expect(world.published.every((note) => note.includes('— w.example '))).toBe(true)
    await checkLog(world, [shard])
  })

  test('that fail keep a checkpoint from being published, and may try again', async () => {
    const world = new LogWorld(keys)
    const shard = new Shard(0)
    shard.make(1, 3)
    const answers = [
      async () => {
        throw new Error('out of reach')
      },
      async () => 'another note\n',
      async (note: string) => `${note}and more`,
      async (note: string) => note,
    ]
    const log = world.start({ cosign: async (note) => must(answers.shift())(note) })
    await expect(shard.ship(log, START)).rejects.toThrow('out of reach')
    await expect(shard.ship(log, START)).rejects.toThrow('a witness did more')
    await expect(shard.ship(log, START)).rejects.toThrow('a witness did more')
    expect(world.published).toEqual([])
    await shard.ship(log, START)
    await checkLog(world, [shard])
    expect([world.rowsWritten, shard.covered]).toEqual([1, 1])
  })
})
