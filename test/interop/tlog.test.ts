/** Logs that this code writes, read by Go's own packages for transparency logs (golang.org/x/mod/sumdb). */
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatCheckpoint } from '../../src/audit/checkpoint.ts'
import { cosign } from '../../src/audit/cosignature.ts'
import { EMPTY_EDGE, edgeRoot, grow } from '../../src/audit/edge.ts'
import { consistencyProof, inclusionProof } from '../../src/audit/log-objects.ts'
import { leafHash, type TreeHead } from '../../src/audit/merkle.ts'
import { COSIGNATURE, formatNote, formatVkey, signNote } from '../../src/audit/note.ts'
import { toBase64, utf8 } from '../../src/lib/bytes.ts'
import { buildGo } from '../support/node/go.ts'
import { must, naiveRoot, testKey, type TestKey } from '../support/tlog.ts'

const run = promisify(execFile)
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-tlog-'))
const program = path.join(folder, 'tlog')
const ORIGIN = 'gateway.example/audit'
let log: TestKey
let witness: TestKey

beforeAll(async () => {
  buildGo(path.join(import.meta.dirname, 'tlog'), program)
  log = await testKey(ORIGIN, new Uint8Array(32).fill(1))
  witness = await testKey('witness.example/w1', new Uint8Array(32).fill(2), COSIGNATURE)
}, 180_000)
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

const entry = (i: number) => utf8(`{"v":1,"leaf":${i}}`)

/** Writes a log that had a checkpoint at each of these sizes. */
async function writeLog(name: string, sizes: readonly number[]): Promise<string> {
  const at = path.join(folder, name)
  const write = (file: string, bytes: string | Uint8Array) => {
    fs.mkdirSync(path.dirname(path.join(at, file)), { recursive: true })
    fs.writeFileSync(path.join(at, file), bytes)
  }
  let edge = EMPTY_EDGE
  for (const size of sizes) {
    const from = edge.size
    const grown = grow(
      edge,
      Array.from({ length: size - from }, (_, i) => entry(from + i)),
    )
    for (const { name: file, bytes } of grown.objects) write(file, bytes)
    edge = grown.edge
    write(`checkpoints/${size}`, await checkpoint({ size, root: edgeRoot(edge) }))
  }
  write('proofs.json', JSON.stringify(await proofs(at, sizes)))
  return at
}

async function checkpoint(head: TreeHead): Promise<string> {
  const text = formatCheckpoint({ origin: ORIGIN, ...head })
  const signatures = [
    await signNote(text, log.key, log.privateKey),
    await cosign(text, 1_800_000_000, witness.key, witness.privateKey),
  ]
  return formatNote({ text, signatures })
}

/** Proofs out of the objects that were written, as the program reads them. */
async function proofs(at: string, sizes: readonly number[]) {
  const read = async (name: string) => {
    const file = path.join(at, name)
    return fs.existsSync(file) ? new Uint8Array(fs.readFileSync(file)) : undefined
  }
  const inclusion = sizes.flatMap((size) =>
    [0, Math.floor(size / 3), size - 1].map(async (index) => ({
      index,
      size,
      leaf: toBase64(leafHash(entry(index))),
      proof: (await inclusionProof(index, size, read)).map(toBase64),
    })),
  )
  const pairs = sizes.flatMap((newSize) => sizes.map((oldSize) => ({ oldSize, newSize })))
  const consistency = pairs
    .filter(({ oldSize, newSize }) => oldSize <= newSize)
    .map(async ({ oldSize, newSize }) => ({
      oldSize,
      newSize,
      proof: (await consistencyProof(oldSize, newSize, read)).map(toBase64),
    }))
  return { inclusion: await Promise.all(inclusion), consistency: await Promise.all(consistency) }
}

/** What Go says of a log. */
async function verdict(at: string, logKey = log, witnessKey = witness): Promise<string> {
  const words = [at, formatVkey(logKey.key), formatVkey(witnessKey.key)]
  try {
    return (await run(program, words)).stdout.trim()
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
  }
}

test('I11: Go verifies a log of every kind of size, its checkpoints, tiles, leaves and proofs', async () => {
  const sizes = [1, 2, 7, 255, 256, 257, 1_000, 65_535, 65_536, 65_537, 70_000, 256_300]
  expect(await verdict(await writeLog('large', sizes))).toMatch(
    /^checkpoints 12, leaves 256300, tiles \d+, proofs made here 186, proofs made there 114$/,
  )
}, 120_000)

describe('I11: Go refuses', () => {
  const SIZES = [5, 300, 1_000]
  let good: string
  let count = 0
  beforeAll(async () => {
    good = await writeLog('small', SIZES)
    expect(await verdict(good)).toContain('checkpoints 3, leaves 1000,')
  })

  /** What Go says of the good log with one of its files changed. */
  async function verdictOn(file: string, change: (bytes: Buffer) => Buffer | string) {
    count += 1
    const at = path.join(folder, `changed-${count}`)
    fs.cpSync(good, at, { recursive: true })
    const bytes = fs.readFileSync(path.join(at, file))
    const changed = change(bytes)
    expect(Buffer.from(changed).equals(bytes)).toBe(false)
    fs.writeFileSync(path.join(at, file), changed)
    return verdict(at)
  }

  const flip = (at: number) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes)
    copy[at] = must(copy[at]) ^ 1
    return copy
  }

  test.each([
    ['tile/0/000', 0],
    ['tile/0/000', 8_191],
    ['tile/0/001.p/44', 700],
    ['tile/0/003.p/232', 40],
    ['tile/1/000.p/1', 0],
    ['tile/1/000.p/3', 33],
  ])('%s with another bit at octet %i', async (file, at) => {
    expect(await verdictOn(file, flip(at))).toBe(`refused: ${file} is another one`)
  })

  test.each(['tile/entries/000', 'tile/entries/001.p/44', 'tile/entries/003.p/232'])(
    '%s with another bit',
    async (file) => {
      expect(await verdictOn(file, flip(10))).toMatch(/^refused: the entries give another root/)
    },
  )

  test('a bundle with an entry taken away, or one more', async () => {
    const file = 'tile/entries/003.p/232'
    expect(await verdictOn(file, (bytes) => bytes.subarray(0, -21))).toMatch(
      /cut short|another one/,
    )
    expect(await verdictOn(file, (bytes) => Buffer.concat([bytes, bytes]))).toContain(
      'octets to spare',
    )
  })

  test.each(['log', 'witness'])(
    'a checkpoint with another bit in the signature of the %s',
    async (who) => {
      const wrong = (text: Buffer) =>
        text
          .toString()
          .replace(
            new RegExp(`(?<=— ${who === 'log' ? 'gateway' : 'witness'}.* .{30})(.)`),
            (char) => (char === 'A' ? 'B' : 'A'),
          )
      expect(await verdictOn('checkpoints/300', wrong)).toContain(
        'refused: checkpoint 300: invalid signature',
      )
    },
  )

  test('a checkpoint of another size, or with a signature missing', async () => {
    expect(
      await verdictOn('checkpoints/300', (text) => text.toString().replace('\n300\n', '\n301\n')),
    ).toContain('refused: checkpoint 300')
    expect(
      await verdictOn('checkpoints/300', (text) => text.toString().replace(/— witness.*\n/, '')),
    ).toContain('1 of 2 signed it')
  })

  test('the key of another log, and of another witness', async () => {
    const other = await testKey(ORIGIN, new Uint8Array(32).fill(7))
    expect(await verdict(good, other)).toContain('refused: checkpoint')
    const stranger = await testKey('witness.example/w1', new Uint8Array(32).fill(7), COSIGNATURE)
    expect(await verdict(good, log, stranger)).toContain('1 of 2 signed it')
  })

  test('a log that signed two histories', async () => {
    const forked = [
      ...Array.from({ length: 299 }, (_, i) => entry(i)),
      utf8('{"v":1,"leaf":"another"}'),
    ]
    const note = await checkpoint({ size: 300, root: naiveRoot(forked) })
    expect(await verdictOn('checkpoints/300', () => note)).toContain('refused')
  })

  test.each(['inclusion', 'consistency'])('a proof of %s with another hash', async (kind) => {
    const wrong = (text: Buffer) => {
      const made: Record<string, { proof: string[] }[]> = JSON.parse(text.toString())
      const last = must(made[kind]?.findLast(({ proof }) => proof.length > 2))
      last.proof[1] = toBase64(leafHash(utf8('another')))
      return JSON.stringify(made)
    }
    expect(await verdictOn('proofs.json', wrong)).toContain(`refused: ${kind} of`)
  })

  test('a log without one of its tiles', async () => {
    const at = path.join(folder, 'missing')
    fs.cpSync(good, at, { recursive: true })
    fs.rmSync(path.join(at, 'tile/0/001'))
    expect(await verdict(at)).toMatch(/^refused: open .*tile\/0\/001/)
  })
})
