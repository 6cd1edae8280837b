/** Re-verifies a log from its first leaf to its last checkpoint. */
import { expect } from 'vitest'
import { openCheckpoint, type OpenedCheckpoint } from '../../src/audit/checkpoint.ts'
import { edgeRoot, EMPTY_EDGE, grow } from '../../src/audit/edge.ts'
import { parseVkey } from '../../src/audit/note.ts'
import { decodeEntries, tileName, tilesOf } from '../../src/audit/tile.ts'
import { toBase64, toHex } from '../../src/lib/bytes.ts'
import { leavesOf, type LogWorld, type Shard } from './log-world.ts'
import { must, naiveRoot } from './tlog.ts'

/** The entries of the published log, each object held against what it must be. */
async function readLog(world: LogWorld, size: number): Promise<Uint8Array[]> {
  const { objects } = world.bucket
  const entries: Uint8Array[] = []
  for (const tile of tilesOf(size).filter(({ level }) => level === 'entries'))
    entries.push(...must(decodeEntries(must(objects.get(tileName(tile))))))
  expect(entries).toHaveLength(size)
  const whole = new Map(grow(EMPTY_EDGE, entries).objects.map(({ name, bytes }) => [name, bytes]))
  for (const name of tilesOf(size).map(tileName))
    expect(objects.get(name), name).toEqual(whole.get(name))
  return entries
}

/** Re-verifies the whole log: every checkpoint, every object, every leaf of every shard once and in order. */
export async function checkLog(world: LogWorld, shards: readonly Shard[]): Promise<void> {
  const heads = (await headsOf(world)).map(({ checkpoint }) => checkpoint)
  const roots = new Map<number, string>()
  for (const { size, root } of world.signed) {
    expect(roots.get(size) ?? toHex(root), `signed twice: ${size}`).toBe(toHex(root))
    roots.set(size, toHex(root))
  }
  const sizes = heads.map(({ size }) => size)
  expect(sizes).toEqual([...new Set(sizes)].toSorted((a, b) => a - b))
  const last = heads.at(-1)
  const entries = last === undefined ? [] : await readLog(world, last.size)
  for (const { size, root } of heads) {
    expect(toHex(naiveRoot(entries.slice(0, size)))).toBe(toHex(root))
    for (const name of tilesOf(size).map(tileName))
      expect([...world.bucket.objects.keys()]).toContain(name)
  }
  checkLeaves(entries, shards)
}

interface Round {
  readonly at: number
  readonly size: number
  readonly root: string
  readonly shards: Readonly<Record<string, number>>
}

function checkLeaves(entries: readonly Uint8Array[], shards: readonly Shard[]): void {
  const texts = entries.map((entry) => new TextDecoder().decode(entry))
  let edge = EMPTY_EDGE
  let marks: Round['shards'] = {}
  let atMs = 0
  for (const [i, text] of texts.entries()) {
    if (text.includes('"type":"round"')) {
      const round: Round = JSON.parse(text)
      expect(round).toMatchObject({ size: i, root: toBase64(edgeRoot(edge)) })
      expect(round.at).toBeGreaterThanOrEqual(atMs)
      atMs = round.at
      marks = round.shards
    }
    edge = grow(edge, entries.slice(i, i + 1)).edge
  }
  for (const { number, covered, sizes } of shards) {
    const mark = marks[String(number)] ?? 0
    expect(mark, 'what was acknowledged is there').toBeGreaterThanOrEqual(covered)
    const wanted = sizes.slice(0, mark).flatMap((size, at) => leavesOf(number, at + 1, size))
    expect(texts.filter((text) => text.startsWith(`{"shard":${number},`))).toEqual(wanted)
  }
}

/** The checkpoints that were published, opened. */
export async function headsOf(world: LogWorld): Promise<readonly OpenedCheckpoint[]> {
  const vkeys = new Set(world.everSet.flatMap((set) => set.vkeys))
  const trusted = [...vkeys].map((vkey) => must(parseVkey(vkey)))
  const opened = world.published.map(async (note) => {
    const checkpoint = await openCheckpoint(note, trusted)
    if (!checkpoint.ok) throw new Error(checkpoint.error)
    return checkpoint.value
  })
  return Promise.all(opened)
}
