/**
 * The Merkle tree of RFC 6962 section 2.1: its hashes and its two proofs. Which hashes a proof consists of follows
 * from positions alone, never from the prover: plan, then read, then fold. Nothing here reads or stores.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { concat, equalBytes } from '../lib/bytes.ts'

/** The node over the leaves from `index * 2 ** level`, `2 ** level` of them. It never changes once they are there. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

/** One hash of a proof: the node over these neighbouring subtrees, left or right of what is proved. */
export interface Sibling {
  readonly side: 'left' | 'right'
  readonly subtrees: readonly Subtree[]
}

export interface ConsistencyPlan {
  /** Where folding begins, or `undefined` when it begins with the older root itself. */
  readonly seed: readonly Subtree[] | undefined
  readonly siblings: readonly Sibling[]
}

export interface TreeHead {
  readonly size: number
  readonly root: Uint8Array
}

/** SHA-256 that answers at once. Where a platform has its own beside the web's, that is several times faster. */
export type Sha256 = (octets: Uint8Array) => Uint8Array

export const HASH_BYTES = 32

/** The root of no leaves at all. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array())

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** The 0x00 and 0x01 before the hashed octets keep a leaf from being passed off as a node (RFC 6962 section 2.1). */
export function leafHash(entry: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return hash(concat(LEAF, entry))
}

export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  return hash(concat(NODE, left, right))
}

/** The complete subtrees over the leaves from `first` up to `end`, left to right. `first` begins a node of the tree. */
export function subtreesOf(first: number, end: number): readonly Subtree[] {
  const subtrees: Subtree[] = []
  for (let at = first; at < end;) {
    let level = 0
    // Arithmetic, not shifts: a log outgrows 32 bits.
    for (let width = 2; at % width === 0 && at + width <= end; width *= 2) level += 1
    subtrees.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return subtrees
}

/** The node over neighbouring subtrees, as `subtreesOf` lists them; of none, the root of an empty tree. */
export function foldSubtrees(hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.length === 0
    ? EMPTY_ROOT
    : hashes.reduceRight((right, left) => nodeHash(left, right))
}

/** The node over neighbouring nodes of one level, a power of two of them. */
export function foldRow(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, i) =>
      nodeHash(row[2 * i] ?? EMPTY_ROOT, row[2 * i + 1] ?? EMPTY_ROOT),
    )
  return row[0] ?? EMPTY_ROOT
}

/**
 * The hashes that lead from a leaf to the root, the leaf's neighbour first.
 *
 * @throws {RangeError} when there is no such leaf.
 */
export function inclusionPlan(index: number, size: number): readonly Sibling[] {
  if (!isCount(index) || !isCount(size) || index >= size)
    throw new RangeError(`Cannot prove leaf ${index} of ${size}`)
  return descend(size, (first, end) => end - first === 1, index).siblings
}

/**
 * The hashes that show that a tree of `newSize` leaves began as one of `oldSize`. Of nothing, and of the same size,
 * there is nothing to show.
 *
 * @throws {RangeError} when the older tree is the larger one.
 */
export function consistencyPlan(oldSize: number, newSize: number): ConsistencyPlan {
  if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize)
    throw new RangeError(`Cannot prove that ${newSize} leaves began as ${oldSize}`)
  if (oldSize === 0) return { seed: undefined, siblings: [] }
  const { first, siblings } = descend(newSize, (_first, end) => end === oldSize, oldSize - 1)
  return { seed: first === 0 ? undefined : subtreesOf(first, oldSize), siblings }
}

/** Walks from the root towards a leaf until `arrived`; what was passed by, the last first. */
function descend(
  size: number,
  arrived: (first: number, end: number) => boolean,
  index: number,
): { readonly first: number; readonly siblings: readonly Sibling[] } {
  const passed: Sibling[] = []
  let first = 0
  let end = size
  while (!arrived(first, end)) {
    const split = first + largestPowerBelow(end - first)
    if (index < split) {
      passed.push({ side: 'right', subtrees: subtreesOf(split, end) })
      end = split
    } else {
      passed.push({ side: 'left', subtrees: subtreesOf(first, split) })
      first = split
    }
  }
  return { first, siblings: passed.toReversed() }
}

/** The proof whose hashes a plan names: `read` answers the hash of one subtree. */
export async function readProof(
  plan: readonly (readonly Subtree[])[],
  read: (subtree: Subtree) => Promise<Uint8Array>,
): Promise<readonly Uint8Array[]> {
  return Promise.all(
    plan.map(async (subtrees) => foldSubtrees(await Promise.all(subtrees.map(read)))),
  )
}

/** The nodes of which an inclusion proof consists, in its order. */
export function inclusionNodes(index: number, size: number): readonly (readonly Subtree[])[] {
  return inclusionPlan(index, size).map(({ subtrees }) => subtrees)
}

/** The nodes of which a consistency proof consists, in its order. */
export function consistencyNodes(
  oldSize: number,
  newSize: number,
): readonly (readonly Subtree[])[] {
  const { seed, siblings } = consistencyPlan(oldSize, newSize)
  const nodes = siblings.map(({ subtrees }) => subtrees)
  return seed === undefined ? nodes : [seed, ...nodes]
}

/** Whether the proof shows that the leaf with this hash is at `index` of the tree. */
export function isIncluded(
  leaf: Uint8Array,
  index: number,
  { size, root }: TreeHead,
  proof: readonly Uint8Array[],
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false
  const plan = inclusionPlan(index, size)
  if (plan.length !== proof.length || !proof.every(isHash) || !isHash(leaf)) return false
  const folded = plan.reduce((hash, { side }, i) => join(side, hash, proof[i] ?? EMPTY_ROOT), leaf)
  return equalBytes(folded, root)
}

/** Whether the proof shows that the newer tree began as the older one, with nothing changed or taken away. */
export function isConsistent(
  older: TreeHead,
  newer: TreeHead,
  proof: readonly Uint8Array[],
): boolean {
  if (!isCount(older.size) || !isCount(newer.size) || older.size > newer.size) return false
  if (older.size === 0) return proof.length === 0 && equalBytes(older.root, EMPTY_ROOT)
  if (older.size === newer.size) return proof.length === 0 && equalBytes(older.root, newer.root)
  const { seed, siblings } = consistencyPlan(older.size, newer.size)
  const begin = seed === undefined ? 0 : 1
  if (proof.length !== begin + siblings.length || !proof.every(isHash)) return false

  let oldHash = seed === undefined ? older.root : (proof[0] ?? EMPTY_ROOT)
  let newHash = oldHash
  for (const [i, { side }] of siblings.entries()) {
    const hash = proof[begin + i] ?? EMPTY_ROOT
    // What is on the right came later: the older tree has no such leaves.
    if (side === 'left') oldHash = nodeHash(hash, oldHash)
    newHash = join(side, newHash, hash)
  }
  return equalBytes(oldHash, older.root) && equalBytes(newHash, newer.root)
}

function join(side: Sibling['side'], hash: Uint8Array, sibling: Uint8Array): Uint8Array {
  return side === 'left' ? nodeHash(sibling, hash) : nodeHash(hash, sibling)
}

function largestPowerBelow(count: number): number {
  let power = 1
  while (power * 2 < count) power *= 2
  return power
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES
}
