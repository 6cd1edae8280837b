import { expect, test } from 'vitest'
import { SeenReads } from '../../../src/guard/seen.ts'

const read = (signedAtMs: number, fenced = false) => ({
  attempt: 'a',
  requestHash: 'h',
  sequence: 1,
  signedAtMs,
  forgetAtMs: signedAtMs + 10_000,
  fenced,
})
const NONE = { readMs: 0, fenceMs: 0 }

test('remembers a read until its signed time can no longer be accepted', () => {
  const reads = new SeenReads(NONE)
  reads.add('old', read(1_000), 1_000)
  reads.add('new', read(5_000), 10_999)
  expect(reads.get('old')).toBeDefined()
  reads.add('newer', read(6_000), 11_000)
  expect(reads.get('old')).toBeUndefined()
  expect(reads.get('new')).toBeDefined()
})

test('whatever it forgets raises the mark, so that no clock can bring it back', () => {
  const reads = new SeenReads(NONE)
  reads.add('old', read(1_000, true), 1_000)
  reads.add('new', read(5_000), 99_000)
  expect(reads.forgotten).toEqual({ readMs: 1_000, fenceMs: 1_000 })
})

test('when it must forget too early, the marks rise to what it forgot', () => {
  const reads = new SeenReads(NONE, 2)
  reads.add('a', read(3_000), 0)
  reads.add('b', read(2_000, true), 0)
  reads.add('c', read(1_000), 0)
  expect(reads.get('a')).toBeUndefined()
  expect(reads.forgotten).toEqual({ readMs: 3_000, fenceMs: 0 })
  reads.add('d', read(1_000), 0)
  expect(reads.forgotten).toEqual({ readMs: 3_000, fenceMs: 2_000 })
})

test('hands on the highest signed times, and begins where it was told to', () => {
  const reads = new SeenReads({ readMs: 7_000, fenceMs: 500 })
  expect(reads.highest).toEqual({ readMs: 7_000, fenceMs: 500 })
  reads.add('a', read(9_000), 0)
  reads.add('b', read(8_000, true), 0)
  expect(reads.forgotten).toEqual({ readMs: 7_000, fenceMs: 500 })
  expect(reads.highest).toEqual({ readMs: 9_000, fenceMs: 8_000 })
})
