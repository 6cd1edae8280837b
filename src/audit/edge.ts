/**
 * The right edge of a log: what its next leaf needs to know, in memory. Growing it answers every object that the
 * larger log has and the smaller one had not; what was full before is never touched again.
 */
import { concat, equalBytes } from '../lib/bytes.ts'
import { MissingObject, readEntries, readTile, type ReadObject } from './log-objects.ts'
import { foldRow, foldSubtrees, leafHash, subtreesOf, type TreeHead } from './merkle.ts'
import {
  encodeEntries,
  partialTilesOf,
  splitHashes,
  TILE_WIDTH,
  tileName,
  type Tile,
} from './tile.ts'

export interface Edge {
  readonly size: number
  /** Those of the last, partial entry bundle. */
  readonly entries: readonly Uint8Array[]
  /** The hashes of the partial tile of each level, from the leaves upwards. */
  readonly levels: readonly (readonly Uint8Array[])[]
}

export interface LogObject {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface Grown {
  readonly edge: Edge
  /** Entries before hashes, and lower levels before higher ones. */
  readonly objects: readonly LogObject[]
}

export const EMPTY_EDGE: Edge = { size: 0, entries: [], levels: [] }

/** The log with these entries after the others. */
export function grow(edge: Edge, entries: readonly Uint8Array[]): Grown {
  const bundles = extend(edge.size, edge.entries, entries)
  const objects = bundles.tiles.map(({ index, row }) => ({
    name: tileName({ level: 'entries', index, width: row.length }),
    bytes: encodeEntries(row),
  }))
  const levels: (readonly Uint8Array[])[] = []
  let added: readonly Uint8Array[] = entries.map((entry) => leafHash(entry))
  // A tile is hashed into the level above it once, when it is full.
  for (let level = 0; added.length > 0 || level < edge.levels.length; level += 1) {
    const before = Math.floor(edge.size / TILE_WIDTH ** level)
    const { tiles, rest } = extend(before, edge.levels[level] ?? [], added)
    for (const { index, row } of tiles)
      objects.push({
        name: tileName({ level, index, width: row.length }),
        bytes: concat(...row),
      })
    levels.push(rest)
    added = tiles.filter(({ row }) => row.length === TILE_WIDTH).map(({ row }) => foldRow(row))
  }
  return {
    edge: { size: edge.size + entries.length, entries: bundles.rest, levels },
    objects,
  }
}

/** Items after those of a partial tile: the tiles that are new or longer, and what is in a partial one now. */
function extend<T>(before: number, partial: readonly T[], added: readonly T[]) {
  const items = [...partial, ...added]
  const firstIndex = Math.floor(before / TILE_WIDTH)
  const count = added.length === 0 ? 0 : Math.ceil(items.length / TILE_WIDTH)
  const tiles = Array.from({ length: count }, (_, i) => ({
    index: firstIndex + i,
    row: items.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH),
  }))
  return { tiles, rest: items.slice(items.length - (items.length % TILE_WIDTH)) }
}

/** The root over all leaves. */
export function edgeRoot({ levels }: Edge): Uint8Array {
  const peaks = levels.toReversed().flatMap((row) =>
    subtreesOf(0, row.length).map(({ level, index }) => {
      const count = 2 ** level
      return foldRow(row.slice(index * count, (index + 1) * count))
    }),
  )
  return foldSubtrees(peaks)
}

/**
 * The edge of a log as its objects have it.
 *
 * @throws {MissingObject} when objects are missing, or do not give the root.
 */
export async function loadEdge({ size, root }: TreeHead, read: ReadObject): Promise<Edge> {
  const partial = partialTilesOf(size)
  const bundle = partial.find(({ level }) => level === 'entries')
  const entries = bundle === undefined ? [] : await readEntries(bundle.index, bundle.width, read)
  const tiles = await Promise.all(
    partial.filter(({ level }) => level !== 'entries').map(async (tile) => readRow(tile, read)),
  )
  const height = Math.max(0, ...tiles.map(({ level }) => level + 1))
  const levels = Array.from(
    { length: height },
    (_, level) => tiles.find((tile) => tile.level === level)?.row ?? [],
  )
  const edge = { size, entries, levels }
  const leaves = levels[0] ?? []
  if (!equalBytes(edgeRoot(edge), root))
    throw new MissingObject('the hash tiles', `they do not give the root of ${size} leaves`)
  if (!entries.every((entry, i) => equalBytes(leafHash(entry), leaves[i] ?? new Uint8Array())))
    throw new MissingObject('the last entries', 'they are not what the hash tiles are of')
  return edge
}

async function readRow(tile: Tile, read: ReadObject) {
  return { level: Number(tile.level), row: splitHashes(await readTile(tile, read)) }
}
