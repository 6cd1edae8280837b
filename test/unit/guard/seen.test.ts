import { expect, test } from 'vitest'
import { SeenReads } from '../../../src/guard/seen.ts'

const read = (signedAtMs: number) => ({
  attempt: 'a',
  requestHash: 'h',
  sequence: 1,
  signedAtMs,
  forgetAtMs: signedAtMs + 10_000,
})

test('remembers a read until its signed time can no longer be accepted', () => {
  const reads = new SeenReads(0)
  reads.add('old', read(1_000), 1_000)
  reads.add('new', read(5_000), 10_999)
  expect(reads.get('old')).toBeDefined()
  reads.add('newer', read(6_000), 11_000)
  expect(reads.get('old')).toBeUndefined()
  expect(reads.get('new')).toBeDefined()
  expect(reads.markMs).toBe(0)
})

test('when it must forget too early, the mark rises to what it forgot', () => {
  const reads = new SeenReads(0, 2)
  reads.add('a', read(3_000), 0)
  reads.add('b', read(2_000), 0)
  reads.add('c', read(1_000), 0)
  expect(reads.get('a')).toBeUndefined()
  expect(reads.markMs).toBe(3_000)
})

test('hands on the highest signed time, and begins where it was told to', () => {
  const reads = new SeenReads(7_000)
  expect([reads.markMs, reads.highestMs]).toEqual([7_000, 7_000])
  reads.add('a', read(9_000), 0)
  reads.add('b', read(8_000), 0)
  expect([reads.markMs, reads.highestMs]).toEqual([7_000, 9_000])
})
