/**
 * How a log is cut into objects: C2SP tlog-tiles v0.1.0. A hash tile holds up to 256 neighbouring hashes of every
 * eighth tree level; an entry bundle holds up to 256 entries. One object has one name, and both are read strictly.
 */
import { foldRow, HASH_BYTES, type Subtree } from './merkle.ts'

/** How many hashes, or entries, a full tile has. */
export const TILE_WIDTH = 256
const TILE_HEIGHT = 8
const MAX_LEVEL = 63

/** The largest entry that a bundle can hold: its length has two octets. */
export const ENTRY_BYTES = 65_535

export interface Tile {
  /** Of eight tree levels each; `entries` is what the hashes of level 0 are of. */
  readonly level: number | 'entries'
  readonly index: number
  /** 256 of a full tile, less of a partial one. */
  readonly width: number
}

/** Where a node's hash comes from: the node over `count` hashes of the tile, from `first` on. */
export interface Place {
  readonly tile: Tile
  readonly first: number
  readonly count: number
}

/** `tile/<level>/<index>` with `.p/<width>` behind it when it is partial. */
export function tileName({ level, index, width }: Tile): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/')
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

const NAME =
  /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/

/** The tile with this name, or `undefined` when it is not written as `tileName` writes it. */
export function parseTileName(name: string): Tile | undefined {
  const [, level, path, partial] = NAME.exec(name) ?? []
  if (level === undefined || path === undefined) return undefined
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(path.replaceAll(/[x/]/g, '')),
    width: partial === undefined ? TILE_WIDTH : Number(partial),
  }
  const inRange =
    (tile.level === 'entries' || tile.level <= MAX_LEVEL) &&
    Number.isSafeInteger(tile.index) &&
    tile.width <= TILE_WIDTH
  // Zeros in front, and a full tile that calls itself partial, have another name already.
  return inRange && tileName(tile) === name ? tile : undefined
}

/** Every object that a log of this size consists of, its checkpoint aside. */
export function tilesOf(size: number): readonly Tile[] {
  const tiles = rowOf('entries', size)
  for (let level = 0, nodes = size; nodes > 0; level += 1, nodes = Math.floor(nodes / TILE_WIDTH))
    tiles.push(...rowOf(level, nodes))
  return tiles
}

/** The objects at the right edge of a log of this size: what is not full yet, and will be written again longer. */
export function partialTilesOf(size: number): readonly Tile[] {
  const tiles = rowOf('entries', size).slice(-1)
  for (let level = 0, nodes = size; nodes > 0; level += 1, nodes = Math.floor(nodes / TILE_WIDTH))
    tiles.push(...rowOf(level, nodes).slice(-1))
  return tiles.filter(({ width }) => width < TILE_WIDTH)
}

function rowOf(level: Tile['level'], nodes: number): Tile[] {
  return Array.from({ length: Math.ceil(nodes / TILE_WIDTH) }, (_, index) => ({
    level,
    index,
    width: Math.min(TILE_WIDTH, nodes - index * TILE_WIDTH),
  }))
}

/**
 * Where the hash of a subtree comes from in a log of this size.
 *
 * @throws {RangeError} when the log has no such subtree.
 */
export function placeOf(subtree: Subtree, size: number): Place {
  const level = Math.floor(subtree.level / TILE_HEIGHT)
  const count = 2 ** (subtree.level % TILE_HEIGHT)
  const perTile = TILE_WIDTH / count
  const index = Math.floor(subtree.index / perTile)
  const first = (subtree.index % perTile) * count
  const width = Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH)
  if (first + count > width)
    throw new RangeError(`Cannot find node ${subtree.index} of level ${subtree.level} in ${size}`)
  return { tile: { level, index, width }, first, count }
}

/** The hash at a place, out of the tile's octets. */
export function hashAt({ first, count }: Place, tile: Uint8Array): Uint8Array {
  return foldRow(splitHashes(tile).slice(first, first + count))
}

/** The hashes of a tile, one after the other. */
export function splitHashes(tile: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: Math.floor(tile.length / HASH_BYTES) }, (_, i) =>
    tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
}

/**
 * Entries as a bundle holds them: each after its length, a big-endian uint16.
 *
 * @throws {RangeError} when an entry is longer than that can say.
 */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((sum, { length }) => sum + 2 + length, 0))
  let at = 0
  for (const entry of entries) {
    if (entry.length > ENTRY_BYTES)
      throw new RangeError(`Cannot store an entry of ${entry.length} octets`)
    bundle.set([entry.length >> 8, entry.length & 0xff], at)
    bundle.set(entry, at + 2)
    at += 2 + entry.length
  }
  return bundle
}

/** The entries of a bundle, or `undefined` when an entry is cut short or octets are left over. */
export function decodeEntries(bundle: Uint8Array): readonly Uint8Array[] | undefined {
  const entries: Uint8Array[] = []
  for (let at = 0; at < bundle.length;) {
    const [high, low] = bundle.subarray(at, at + 2)
    if (high === undefined || low === undefined) return undefined
    const entry = bundle.subarray(at + 2, at + 2 + (high << 8) + low)
    if (entry.length !== (high << 8) + low) return undefined
    entries.push(entry)
    at += 2 + entry.length
  }
  return entries
}
