import { array, assert, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consistencyProof, inclusionProof, rootOf } from '../../../src/audit/log-objects.ts'
import {
  consistencyPlan,
  EMPTY_ROOT,
  foldSubtrees,
  inclusionPlan,
  isConsistent,
  isIncluded,
  leafHash,
  subtreesOf,
} from '../../../src/audit/merkle.ts'
import { edgeRoot } from '../../../src/audit/edge.ts'
import { toBase64, toHex, utf8 } from '../../../src/lib/bytes.ts'
import { base64, entriesOf, hex, must, naiveRoot, Objects } from '../../support/tlog.ts'
import vectors from '../../vectors/tlog.json' with { type: 'json' }

/** Hashing on workerd, with coverage counted, takes several times as long as on Node. */
const SLOW = { timeout: 60_000 }

/** A log of so many entries, its roots by size. */
function logOf(size: number) {
  const entries = entriesOf(size)
  const objects = new Objects()
  objects.append(entries)
  const head = (at: number) => ({ size: at, root: naiveRoot(entries.slice(0, at)) })
  return { entries, objects, head }
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  copy[0] = (copy[0] ?? 0) ^ 1
  return copy
}

test('gives the roots that Certificate Transparency publishes for its reference leaves', () => {
  const { leaves_hex: leaves, roots_hex: roots } = vectors.rfc6962
  expect(toHex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  for (const [i, root] of roots.entries()) {
    const objects = new Objects()
    objects.append(leaves.slice(0, i + 1).map(hex))
    expect(toHex(edgeRoot(objects.edge))).toBe(root)
  }
})

test('gives roots and proofs that an independent program computed', async () => {
  const { leaves, root_3, root_7, consistency_3_7, leaf_3_proof } = vectors.tlog_proof
  const objects = new Objects()
  objects.append(leaves.map(utf8))
  expect(toBase64(await rootOf(7, objects.read))).toBe(root_7)
  expect((await consistencyProof(3, 7, objects.read)).map(toBase64)).toEqual(consistency_3_7)
  const inclusion = (await inclusionProof(3, 7, objects.read)).map(toBase64)
  expect(inclusion).toEqual(leaf_3_proof.split('\n').slice(2, 5))
  const [older, newer] = [
    { size: 3, root: base64(root_3) },
    { size: 7, root: base64(root_7) },
  ]
  expect(isConsistent(older, newer, consistency_3_7.map(base64))).toBe(true)
})

test(
  'gives the root of RFC 6962 for every size up to 300, grown one by one and at once',
  SLOW,
  () => {
    const entries = entriesOf(300)
    const oneByOne = new Objects()
    for (let size = 0; size <= 300; size += 1) {
      const root = toHex(naiveRoot(entries.slice(0, size)))
      const atOnce = new Objects()
      atOnce.append(entries.slice(0, size))
      expect(toHex(edgeRoot(atOnce.edge))).toBe(root)
      expect(toHex(edgeRoot(oneByOne.edge))).toBe(root)
      if (size < 300) oneByOne.append([must(entries[size])])
    }
  },
)

describe('inclusion', () => {
  test(
    'I11: every leaf of every log of up to 24 leaves is proved, and by no other proof',
    SLOW,
    async () => {
      for (let size = 1; size <= 24; size += 1) {
        const { entries, objects, head } = logOf(size)
        for (const [index, entry] of entries.entries()) {
          const proof = await inclusionProof(index, size, objects.read)
          const leaf = leafHash(entry)
          expect(isIncluded(leaf, index, head(size), proof)).toBe(true)
          expect(isIncluded(flipped(leaf), index, head(size), proof)).toBe(false)
          expect(isIncluded(leaf, index, { size, root: flipped(head(size).root) }, proof)).toBe(
            false,
          )
          expect(isIncluded(leaf, index, head(size), [...proof, leaf])).toBe(false)
          if (index + 1 < size) expect(isIncluded(leaf, index + 1, head(size), proof)).toBe(false)
          for (const [i, hash] of proof.entries()) {
            expect(isIncluded(leaf, index, head(size), proof.with(i, flipped(hash)))).toBe(false)
            expect(isIncluded(leaf, index, head(size), proof.toSpliced(i, 1))).toBe(false)
          }
        }
      }
    },
  )

  test('I11: any leaf of a log of many tiles is proved', SLOW, async () => {
    const size = 70_000
    const { entries, objects } = logOf(size)
    const head = { size, root: edgeRoot(objects.edge) }
    for (const index of [0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999]) {
      const proof = await inclusionProof(index, size, objects.read)
      expect(isIncluded(leafHash(must(entries[index])), index, head, proof)).toBe(true)
    }
  })

  test('a node is not a leaf: the octets under an inner node prove nothing', async () => {
    const { entries, objects, head } = logOf(2)
    const inner = new Uint8Array(entries.flatMap((entry) => [...leafHash(entry)]))
    const proof = await inclusionProof(0, 2, objects.read)
    expect(isIncluded(leafHash(inner), 0, { size: 1, root: head(2).root }, [])).toBe(false)
    expect(isIncluded(leafHash(inner), 0, head(2), proof)).toBe(false)
  })

  test('there is no plan for a leaf that is not there, and such a leaf is never included', () => {
    expect(() => inclusionPlan(7, 5)).toThrow('Cannot prove leaf 7 of 5')
    for (const [index, size] of [
      [0, 0],
      [-1, 5],
      [0.5, 5],
      [5, 5],
      [0, 2 ** 53],
    ] as const) {
      expect(() => inclusionPlan(index, size)).toThrow(RangeError)
      expect(isIncluded(EMPTY_ROOT, index, { size, root: EMPTY_ROOT }, [])).toBe(false)
    }
  })
})

describe('consistency', () => {
  // @control 17a-4(f)(2)(i)(A)
  test(
    'I11: every log of up to 24 leaves is shown to have begun as each smaller one',
    SLOW,
    async () => {
      const { entries } = logOf(24)
      for (let size = 0; size <= 24; size += 1) {
        const { objects, head } = logOf(size)
        for (let old = 0; old <= size; old += 1) {
          const proof = await consistencyProof(old, size, objects.read)
          expect(isConsistent(head(old), head(size), proof)).toBe(true)
          expect(isConsistent(head(old), head(size), [...proof, EMPTY_ROOT])).toBe(false)
          if (old === 0) continue
          const forked = { size: old, root: naiveRoot([...entries.slice(1, old), utf8('other')]) }
          expect(isConsistent(forked, head(size), proof)).toBe(false)
          expect(isConsistent(head(old), { size, root: flipped(head(size).root) }, proof)).toBe(
            false,
          )
          for (const [i, hash] of proof.entries()) {
            expect(isConsistent(head(old), head(size), proof.with(i, flipped(hash)))).toBe(false)
            expect(isConsistent(head(old), head(size), proof.toSpliced(i, 1))).toBe(false)
          }
        }
      }
    },
  )

  test('a log never shrinks, and nothing follows from another log of the same size', () => {
    const root = leafHash(utf8('a'))
    expect(() => consistencyPlan(3, 2)).toThrow('Cannot prove that 2 leaves began as 3')
    expect(isConsistent({ size: 3, root }, { size: 2, root }, [])).toBe(false)
    expect(isConsistent({ size: 2, root }, { size: 2, root: EMPTY_ROOT }, [])).toBe(false)
    expect(isConsistent({ size: 0, root }, { size: 2, root }, [])).toBe(false)
  })
})

test('the tree over a log of any size up to 2^53 is as high as it must be', () => {
  assert(
    property(integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (size) => {
      const plan = inclusionPlan(size - 1, size)
      expect(plan.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)))
      const covered = subtreesOf(0, size).map(({ level, index }) => [
        index * 2 ** level,
        (index + 1) * 2 ** level,
      ])
      expect(covered[0]?.[0]).toBe(0)
      expect(covered.at(-1)?.[1]).toBe(size)
      for (const [i, [first]] of covered.entries())
        if (i > 0) expect(first).toBe(covered[i - 1]?.[1])
    }),
  )
})

test('the order of leaves is part of the root', () => {
  assert(
    property(array(integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 20 }), (numbers) => {
      const hashes = numbers.map((value) => leafHash(utf8(String(value))))
      const turned = hashes.toReversed()
      const isSame = numbers.join() === numbers.toReversed().join()
      expect(toHex(foldSubtrees(hashes)) === toHex(foldSubtrees(turned))).toBe(isSame)
    }),
  )
})
