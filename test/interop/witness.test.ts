/** The witness network's own software: litewitness cosigns this log, and torchwood reads it. */
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatLogProof, verifyLogProof } from '../../src/audit/log-proof.ts'
import { inclusionProof } from '../../src/audit/log-objects.ts'
import { formatVkey, parseVkey, type NoteKey } from '../../src/audit/note.ts'
import { verifyCheckpoint } from '../../src/audit/trust.ts'
import { readWitnessPolicy } from '../../src/audit/witness-policy.ts'
import { Witnesses } from '../../src/audit/witnesses.ts'
import { decodeEntries, tileName, tilesOf } from '../../src/audit/tile.ts'
import type { LogPorts } from '../../src/audit/sequence.ts'
import { checkLog } from '../support/log-check.ts'
import { Crash, logKeys, LogWorld, ORIGIN, Shard, START } from '../support/log-world.ts'
import { buildGo, goMinor } from '../support/node/go.ts'
import { Litewitness } from '../support/node/litewitness.ts'
import { must, policyOf } from '../support/tlog.ts'

const run = promisify(execFile)
const SOURCE = path.join(import.meta.dirname, 'witness')
/** What torchwood asks for. */
const GO_MINOR = 24

describe.skipIf(goMinor() < GO_MINOR)('a witness of the witness network', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-witness-'))
  const file = (name: string) => path.join(folder, name)
  const witness = new Litewitness(folder, file('litewitness'))
  const shard = new Shard(0)
  let world: LogWorld
  let witnessKey: NoteKey
  let witnessLine: string
  let policyText: string

  beforeAll(async () => {
    buildGo(SOURCE, file('reader'))
    buildGo(SOURCE, file('litewitness'), 'filippo.io/torchwood/cmd/litewitness')
    world = new LogWorld(await logKeys(1))
    const vkey = must(world.keys.vkeys[0])
    witnessKey = await witness.start(must(parseVkey(vkey)), vkey)
    witnessLine = `witness w1 ${formatVkey(witnessKey)} ${witness.url}`
    policyText = `log ${vkey}\n${witnessLine}\nquorum w1\n`
  }, 300_000)
  afterAll(async () => {
    await witness.stop()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  /** The product's own client, as it is after a restart. */
  function asksWitness(
    quorum = 'w1',
  ): Pick<LogPorts, 'cosign'> & { readonly witnesses: Witnesses } {
    const read = readWitnessPolicy(`${witnessLine}\nquorum ${quorum}\n`, true)
    if (!read.ok) throw new Error(read.error.join())
    const witnesses = new Witnesses(read.value, { fetch, nowMs: () => Date.now() })
    return {
      witnesses,
      cosign: (note, oldSize, prove) => witnesses.cosign(note, oldSize, prove),
    }
  }

  test('I11: cosigns every checkpoint as it grows, over the borders of tiles', async () => {
    const asks = asksWitness()
    const log = world.start(asks)
    for (const leaves of [1, 5, 248, 1, 1, 300, 700]) {
      shard.make(1, leaves)
      await shard.ship(log, START)
    }
    await checkLog(world, [shard])
    for (const note of world.published)
      expect(await verifyCheckpoint(note, policyOf(policyText))).toMatchObject({
        ok: true,
        value: { witnesses: [{ name: 'w1' }], hasQuorum: true },
      })
    const { size } = log.head
    expect(asks.witnesses.status()).toMatchObject([{ size, trouble: undefined, ignoredLines: 0 }])
  })

  test('I11: cosigns again what it saw before a crash, and what it missed', async () => {
    shard.make(1, 40)
    world.failOnce('checkpoint', 'lost')
    await expect(shard.ship(world.start(asksWitness()), START)).rejects.toThrow(Crash)
    world.fault = () => 'none'
    await shard.ship(world.start(asksWitness()), START)
    for (let i = 0; i < 3; i += 1) {
      shard.make(1, 100)
      await shard.ship(world.start(), START)
    }
    shard.make(1, 3)
    await shard.ship(world.start(asksWitness()), START)
    expect(must(world.published.at(-1))).toContain(`— ${witness.name} `)
    await checkLog(world, [shard])
  })

  test('I11: torchwood reads the policy, the checkpoint, every entry and proof files', async () => {
    const checkpoint = must(world.published.at(-1))
    const size = Number(checkpoint.split('\n')[1])
    for (const [name, bytes] of world.bucket.objects) write(name, bytes)
    write('policy', policyText)
    write('checkpoint', checkpoint)
    const entries = tilesOf(size)
      .filter(({ level }) => level === 'entries')
      .flatMap((tile) => must(decodeEntries(must(world.bucket.objects.get(tileName(tile))))))
    const read = world.ports().read
    for (const index of [0, 1, 255, 256, 700, size - 1]) {
      const proof = formatLogProof({
        index,
        hashes: await inclusionProof(index, size, read),
        checkpoint,
      })
      write(`proofs/${index}.tlog-proof`, proof)
      expect(await verifyLogProof(proof, must(entries[index]), policyOf(policyText))).toMatchObject(
        { ok: true },
      )
    }
    expect(await reader()).toBe(`checkpoint of ${ORIGIN} at ${size}, entries ${size}, proofs 6`)

    write('proofs/1.tlog-proof', fs.readFileSync(file('proofs/0.tlog-proof')))
    expect(await reader()).toMatch(/^refused: 1\.tlog-proof/)
    fs.rmSync(file('proofs/1.tlog-proof'))
    write('checkpoint', checkpoint.replace(/— witness.*\n/, ''))
    expect(await reader()).toMatch(/^refused: the checkpoint/)
  })

  test.each([
    ['shorter', 400, 'too few witnesses cosigned (w1: ahead)'],
    ['longer', 4_000, 'too few witnesses cosigned (w1: inconsistent)'],
  ])('I11: refuses a second history that is %s', async (_name, leaves, problem) => {
    const forked = new LogWorld(world.keys)
    const other = new Shard(0)
    other.make(1, leaves)
    await expect(other.ship(forked.start(asksWitness()), START)).rejects.toThrow(problem)
    expect(forked.published).toEqual([])
  })

  test('a witness that does not know the log, and one that is gone, are told by name', async () => {
    const stranger = new LogWorld(await logKeys(2))
    const other = new Shard(0)
    other.make(1, 3)
    await expect(other.ship(stranger.start(asksWitness()), START)).rejects.toThrow(/w1: bad_sig/)
    await witness.stop()
    const asks = asksWitness('none')
    await other.ship(stranger.start(asks), START)
    expect(asks.witnesses.status()).toMatchObject([{ trouble: { code: 'unreachable' } }])
    expect(stranger.published).toHaveLength(1)
  })

  function write(name: string, bytes: string | Uint8Array): void {
    fs.mkdirSync(path.dirname(file(name)), { recursive: true })
    fs.writeFileSync(file(name), bytes)
  }

  async function reader(): Promise<string> {
    try {
      return (await run(file('reader'), [folder])).stdout.trim()
    } catch (error) {
      return error instanceof Error && 'stderr' in error
        ? String(error.stderr).trim()
        : String(error)
    }
  }
})
