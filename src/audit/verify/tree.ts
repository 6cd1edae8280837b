/** A Merkle tree that grows leaf by leaf (RFC 6962 section 2.1), and the hash tiles that it must have published. */
import { equalBytes } from '../../lib/bytes.ts'
import { EMPTY_ROOT, HASH_BYTES, nodeHash, type Sha256 } from '../merkle.ts'
import { TILE_WIDTH, tileName, type Tile } from '../tile.ts'
import type { Findings, Place } from './findings.ts'
import type { ReadExport } from './reading.ts'

/** Tree levels of a tile. */
const HEIGHT = 8

/** Keeps the complete subtrees alone: as many as the size has ones in binary. */
export class GrowingTree {
  /** Of each level the hash of the complete subtree at the edge that has no neighbour yet. */
  readonly #peaks: (Uint8Array | undefined)[] = []
  readonly #onNode: (level: number, hash: Uint8Array) => void
  readonly #sha256: Sha256
  #size = 0

  /** @param onNode told every node of the tree, its leaves included, when it is complete. */
  constructor(onNode: (level: number, hash: Uint8Array) => void, sha256: Sha256) {
    this.#onNode = onNode
    this.#sha256 = sha256
  }

  push(leaf: Uint8Array): void {
    this.#size += 1
    let hash = leaf
    let level = 0
    this.#onNode(level, hash)
    for (;;) {
      const left = this.#peaks[level]
      if (left === undefined) break
      this.#peaks[level] = undefined
      hash = nodeHash(left, hash, this.#sha256)
      level += 1
      this.#onNode(level, hash)
    }
    this.#peaks[level] = hash
  }

  get size(): number {
    return this.#size
  }

  get root(): Uint8Array {
    const [lowest, ...others] = this.#peaks.filter((peak) => peak !== undefined)
    if (lowest === undefined) return EMPTY_ROOT
    return others.reduce((right, left) => nodeHash(left, right, this.#sha256), lowest)
  }
}

interface Row {
  readonly level: number
  readonly index: number
  readonly hashes: readonly Uint8Array[]
}

/** Fills the rows that tiles are made of, and compares each with the published one when it is full. */
export class TileCheck {
  readonly #source: ReadExport
  readonly #findings: Findings
  readonly #rows: { index: number; hashes: Uint8Array[] }[] = []
  #full: Row[] = []
  #checked = 0

  constructor(source: ReadExport, findings: Findings) {
    this.#source = source
    this.#findings = findings
  }

  /** To be told every node that is complete. */
  add(level: number, hash: Uint8Array): void {
    if (level % HEIGHT !== 0) return
    const at = level / HEIGHT
    const row = (this.#rows[at] ??= { index: 0, hashes: [] })
    row.hashes.push(hash)
    if (row.hashes.length < TILE_WIDTH) return
    this.#full.push({ level: at, ...row })
    this.#rows[at] = { index: row.index + 1, hashes: [] }
  }

  /** Compares what became full. */
  async settle(): Promise<void> {
    const full = this.#full
    this.#full = []
    for (const row of full) await this.#compare(row)
  }

  /** Compares the tiles at the edge, which are not full. */
  async end(): Promise<void> {
    await this.settle()
    for (const [level, { index, hashes }] of this.#rows.entries())
      if (hashes.length > 0) await this.#compare({ level, index, hashes })
  }

  get checked(): number {
    return this.#checked
  }

  async #compare({ level, index, hashes }: Row): Promise<void> {
    const tile: Tile = { level, index, width: hashes.length }
    const name = tileName(tile)
    const published = await this.#read(tile)
    if (published === undefined) {
      this.#findings.add('tile-missing', placeOf(level, index * TILE_WIDTH, name))
      return
    }
    this.#checked += 1
    this.#compareHashes({ level, index, hashes }, published, name)
    for (const older of await this.#source.list(`${tileName({ ...tile, width: TILE_WIDTH })}.p`)) {
      const file = `${tileName({ ...tile, width: TILE_WIDTH })}.p/${older}`
      const bytes = file === name ? undefined : await this.#source.read(file)
      if (bytes !== undefined) this.#compareHashes({ level, index, hashes }, bytes, file)
    }
  }

  /** The partial tile may be gone where the full one has its hashes too. */
  async #read(tile: Tile): Promise<Uint8Array | undefined> {
    const bytes = await this.#source.read(tileName(tile))
    if (bytes !== undefined || tile.width === TILE_WIDTH) return bytes
    const full = await this.#source.read(tileName({ ...tile, width: TILE_WIDTH }))
    return full?.subarray(0, tile.width * HASH_BYTES)
  }

  #compareHashes({ level, index, hashes }: Row, published: Uint8Array, file: string): void {
    const count = Math.min(hashes.length, Math.ceil(published.length / HASH_BYTES))
    const differs = hashes
      .slice(0, count)
      .findIndex(
        (hash, i) => !equalBytes(hash, published.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)),
      )
    const isWhole = published.length === widthOf(file, hashes.length) * HASH_BYTES
    if (differs < 0 && isWhole) return
    const node = index * TILE_WIDTH + Math.max(differs, 0)
    const width = TILE_WIDTH ** level
    const over = level === 0 ? '' : `over leaves ${node * width} to ${(node + 1) * width - 1}`
    const detail = differs < 0 ? `${published.length} octets` : over
    this.#findings.add('tile-differs', placeOf(level, node, file), detail)
  }
}

/** Of a hash over many leaves there is no telling which of them is meant. */
function placeOf(level: number, node: number, file: string): Place {
  return level === 0 ? { index: node, file } : { file }
}

/** How many hashes a tile of this name must have; more than the log has there are none of this log's. */
function widthOf(file: string, hashes: number): number {
  const [, width] = /\.p\/([0-9]+)$/.exec(file) ?? []
  return Math.min(width === undefined ? hashes : Number(width), TILE_WIDTH)
}
