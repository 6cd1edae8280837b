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
  let policyText: string

  beforeAll(async () => {
    buildGo(SOURCE, file('reader'))
    buildGo(SOURCE, file('litewitness'), 'filippo.io/torchwood/cmd/litewitness')
    world = new LogWorld(await logKeys(1))
    const vkey = must(world.keys.vkeys[0])
    witnessKey = await witness.start(must(parseVkey(vkey)), vkey)
    policyText = `log ${vkey}\nwitness w1 ${formatVkey(witnessKey)}\nquorum w1\n`
  }, 300_000)
  afterAll(() => {
    witness.stop()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  /** Asks the witness, and again from the size that it knows of when that is another one. */
  const cosign: LogPorts['cosign'] = async (note, oldSize, prove) => {
    const first = await witness.addCheckpoint(note, oldSize, await prove(oldSize))
    const known = first.status === 409 ? Number(first.text) : undefined
    const { status, text } =
      known === undefined ? first : await witness.addCheckpoint(note, known, await prove(known))
    if (status !== 200) throw new Error(`The witness answers ${status}: ${text}`)
    return note + text
  }

  test('I11: cosigns every checkpoint as it grows, over the borders of tiles', async () => {
    const log = world.start({ cosign })
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
  })

  test('I11: cosigns again what it saw before a crash, and what it missed', async () => {
    shard.make(1, 40)
    world.failOnce('checkpoint', 'lost')
    await expect(shard.ship(world.start({ cosign }), START)).rejects.toThrow(Crash)
    world.fault = () => 'none'
    await shard.ship(world.start({ cosign }), START)
    for (let i = 0; i < 3; i += 1) {
      shard.make(1, 100)
      await shard.ship(world.start(), START)
    }
    shard.make(1, 3)
    await shard.ship(world.start({ cosign }), START)
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
    ['shorter', 400, /Cannot prove that 401 leaves began as/],
    ['longer', 4_000, /The witness answers 422/],
  ])('I11: refuses a second history that is %s', async (_name, leaves, problem) => {
    const forked = new LogWorld(world.keys)
    const other = new Shard(0)
    other.make(1, leaves)
    await expect(other.ship(forked.start({ cosign }), START)).rejects.toThrow(problem)
    expect(forked.published).toEqual([])
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
