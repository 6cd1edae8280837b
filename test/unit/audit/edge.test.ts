import { array, assert, asyncProperty, integer } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_EDGE, edgeRoot, grow, loadEdge } from '../../../src/audit/edge.ts'
import { rootOf } from '../../../src/audit/log-objects.ts'
import { EMPTY_ROOT, leafHash } from '../../../src/audit/merkle.ts'
import { decodeEntries, tileName, tilesOf } from '../../../src/audit/tile.ts'
import { concat, toHex, utf8 } from '../../../src/lib/bytes.ts'
import { entriesOf, must, naiveRoot, Objects } from '../../support/tlog.ts'

/** Hashing on workerd, with coverage counted, takes several times as long as on Node. */
const SLOW = { timeout: 60_000 }

/** Steps that end on and around the borders of tiles. */
const STEPS = array(integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 8 })

test(
  'I11: a log has every object that each of its checkpoints needs, however it grew',
  SLOW,
  async () => {
    await assert(
      asyncProperty(STEPS, async (steps) => {
        const objects = new Objects()
        const entries = entriesOf(steps.reduce((sum, step) => sum + step, 0))
        let size = 0
        for (const step of steps) {
          objects.append(entries.slice(size, size + step))
          size += step
          for (const tile of tilesOf(size)) expect([...objects.keys()]).toContain(tileName(tile))
          expect(toHex(await rootOf(size, objects.read))).toBe(toHex(edgeRoot(objects.edge)))
        }
        expect(toHex(edgeRoot(objects.edge))).toBe(toHex(naiveRoot(entries)))
      }),
      { numRuns: 15 },
    )
  },
)

test('writes nothing but what the checkpoint needs and the one before had not', () => {
  const objects = new Objects()
  let had: ReadonlySet<string> = new Set()
  for (const step of [1, 254, 1, 1, 255, 1, 600, 3]) {
    const { edge, objects: written } = grow(objects.edge, entriesOf(step, objects.edge.size))
    const needs = new Set(tilesOf(edge.size).map(tileName))
    const names = written.map(({ name }) => name)
    expect(new Set(names)).toEqual(new Set([...needs].filter((name) => !had.has(name))))
    expect(new Set(names).size).toBe(names.length)
    objects.append(entriesOf(step, objects.edge.size))
    had = needs
  }
})

test('entries come before hashes, and no tile before what it is of', () => {
  const { objects } = grow(EMPTY_EDGE, entriesOf(600))
  expect(objects.map(({ name }) => name)).toEqual([
    'tile/entries/000',
    'tile/entries/001',
    'tile/entries/002.p/88',
    'tile/0/000',
    'tile/0/001',
    'tile/0/002.p/88',
    'tile/1/000.p/2',
  ])
})

test('a bundle hashes to the leaves of its tile', () => {
  const { objects } = grow(EMPTY_EDGE, entriesOf(300))
  const bytes = (name: string) => must(objects.find((object) => object.name === name)).bytes
  for (const name of ['000', '001.p/44']) {
    const entries = must(decodeEntries(bytes(`tile/entries/${name}`)))
    expect(concat(...entries.map((entry) => leafHash(entry)))).toEqual(bytes(`tile/0/${name}`))
  }
})

test('a partial tile is never hashed into the level above', SLOW, () => {
  const at = (size: number) =>
    grow(EMPTY_EDGE, entriesOf(size)).edge.levels.map((row) => row.length)
  expect(at(255)).toEqual([255])
  expect(at(256)).toEqual([0, 1])
  expect(at(511)).toEqual([255, 1])
  expect(at(65_535)).toEqual([255, 255])
  expect(at(65_536)).toEqual([0, 0, 1])
})

test('adding nothing changes nothing', () => {
  const { edge } = grow(EMPTY_EDGE, entriesOf(300))
  expect(grow(edge, [])).toEqual({ edge, objects: [] })
  expect(toHex(edgeRoot(EMPTY_EDGE))).toBe(toHex(EMPTY_ROOT))
})

describe('an edge that is read back', () => {
  /** A log of 300 and then 600 entries, and what it says of itself. */
  function written() {
    const objects = new Objects()
    objects.append(entriesOf(300))
    const older = { size: 300, root: edgeRoot(objects.edge), edge: objects.edge }
    objects.append(entriesOf(300, 300))
    return { objects, older, head: { size: 600, root: edgeRoot(objects.edge) } }
  }

  test('is the one that was written, at any size that had a checkpoint', SLOW, async () => {
    for (const size of [0, 1, 255, 256, 257, 600, 65_536, 65_537]) {
      const objects = new Objects()
      objects.append(entriesOf(size))
      const root = edgeRoot(objects.edge)
      expect(await loadEdge({ size, root }, objects.read)).toEqual(objects.edge)
    }
    const { objects, older } = written()
    expect(await loadEdge(older, objects.read)).toEqual(older.edge)
  })

  test('comes from the full tile where the partial one was tidied away', async () => {
    const { objects, older } = written()
    for (const name of ['tile/0/001.p/44', 'tile/entries/001.p/44']) objects.delete(name)
    expect(await loadEdge(older, objects.read)).toEqual(older.edge)
  })

  test('is refused when an object is missing', async () => {
    for (const name of ['tile/entries/002.p/88', 'tile/0/002.p/88', 'tile/1/000.p/2']) {
      const { objects, head } = written()
      objects.delete(name)
      await expect(loadEdge(head, objects.read)).rejects.toThrow(name)
    }
  })

  test('is refused when an octet is another', async () => {
    for (const name of ['tile/entries/002.p/88', 'tile/0/002.p/88', 'tile/1/000.p/2']) {
      const { objects, head } = written()
      const bytes = must(objects.get(name)).slice()
      bytes[40] = (bytes[40] ?? 0) ^ 1
      objects.set(name, bytes)
      await expect(loadEdge(head, objects.read)).rejects.toThrow('Cannot read')
    }
  })

  test('is refused when a tile or bundle is longer or shorter than its name says', async () => {
    for (const name of ['tile/entries/002.p/88', 'tile/0/002.p/88']) {
      for (const change of [
        (bytes: Uint8Array) => concat(bytes, bytes),
        (bytes: Uint8Array) => bytes.subarray(0, -32),
      ]) {
        const { objects, head } = written()
        objects.set(name, change(must(objects.get(name))))
        await expect(loadEdge(head, objects.read)).rejects.toThrow(name)
      }
    }
  })

  test('is refused when it is of another log', async () => {
    const { objects, head } = written()
    await expect(loadEdge({ ...head, root: leafHash(utf8('x')) }, objects.read)).rejects.toThrow(
      'they do not give the root of 600 leaves',
    )
  })
})
