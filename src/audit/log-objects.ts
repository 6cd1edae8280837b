/** What a log's objects say: hashes, entries, roots and proofs. The objects are read by name, wherever they are. */
import {
  consistencyNodes,
  foldSubtrees,
  HASH_BYTES,
  inclusionNodes,
  readProof,
  subtreesOf,
  type Subtree,
} from './merkle.ts'
import { decodeEntries, hashAt, placeOf, TILE_WIDTH, tileName, type Tile } from './tile.ts'

/** The octets of the object with this name, or `undefined` when there is none. */
export type ReadObject = (name: string) => Promise<Uint8Array | undefined>

/** An object that the log must have is not there, or is not what its name says. */
export class MissingObject extends Error {
  constructor(name: string, problem: string) {
    super(`Cannot read ${name}: ${problem}`)
    this.name = 'MissingObject'
  }
}

/**
 * The hashes of a tile, as many as it is wide. Where a partial tile is gone the full one has its hashes too.
 *
 * @throws {MissingObject}
 */
export async function readTile(tile: Tile, read: ReadObject): Promise<Uint8Array> {
  const length = tile.width * HASH_BYTES
  const { name, bytes, isWhole } = await readEither(tile, read)
  if (isWhole ? bytes.length !== length : bytes.length < length)
    throw new MissingObject(name, `it has ${bytes.length} octets, not ${length}`)
  return bytes.subarray(0, length)
}

/**
 * The entries of a bundle, as many as it is wide.
 *
 * @throws {MissingObject}
 */
export async function readEntries(
  index: number,
  width: number,
  read: ReadObject,
): Promise<readonly Uint8Array[]> {
  const { name, bytes, isWhole } = await readEither({ level: 'entries', index, width }, read)
  const entries = decodeEntries(bytes)
  if (entries === undefined) throw new MissingObject(name, 'it is not an entry bundle')
  if (isWhole ? entries.length !== width : entries.length < width)
    throw new MissingObject(name, `it has ${entries.length} entries, not ${width}`)
  return entries.slice(0, width)
}

/** The object of this width or, where it is gone, the full one. */
async function readEither(tile: Tile, read: ReadObject) {
  const name = tileName(tile)
  const bytes = await read(name)
  if (bytes !== undefined) return { name, bytes, isWhole: true }
  const full = tileName({ ...tile, width: TILE_WIDTH })
  const instead = tile.width === TILE_WIDTH ? undefined : await read(full)
  if (instead === undefined) throw new MissingObject(name, 'it is not there')
  return { name: full, bytes: instead, isWhole: false }
}

/** Answers the hash of any subtree of a log of this size; reads each tile once. */
export function subtreeReader(
  size: number,
  read: ReadObject,
): (subtree: Subtree) => Promise<Uint8Array> {
  const tiles = new Map<string, Promise<Uint8Array>>()
  return async (subtree) => {
    const place = placeOf(subtree, size)
    const name = tileName(place.tile)
    const tile = tiles.get(name) ?? readTile(place.tile, read)
    tiles.set(name, tile)
    return hashAt(place, await tile)
  }
}

/** The root over the first `size` leaves, out of the hash tiles. */
export async function rootOf(size: number, read: ReadObject): Promise<Uint8Array> {
  return foldSubtrees(await Promise.all(subtreesOf(0, size).map(subtreeReader(size, read))))
}

/**
 * Shows that a leaf is in the log of this size.
 *
 * @throws {RangeError} when there is no such leaf.
 */
export async function inclusionProof(
  index: number,
  size: number,
  read: ReadObject,
): Promise<readonly Uint8Array[]> {
  return readProof(inclusionNodes(index, size), subtreeReader(size, read))
}

/**
 * Shows that the log of `newSize` leaves began as the one of `oldSize`.
 *
 * @throws {RangeError} when the older one is the larger one.
 */
export async function consistencyProof(
  oldSize: number,
  newSize: number,
  read: ReadObject,
): Promise<readonly Uint8Array[]> {
  return readProof(consistencyNodes(oldSize, newSize), subtreeReader(newSize, read))
}
