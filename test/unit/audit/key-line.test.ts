/** What the log knows of a key: shipments once, older states noticed, what a restored object is told. */
import { expect, test } from 'vitest'
import {
  knownOf,
  NEW_LINE,
  readLine,
  take,
  type KeyLineState,
} from '../../../src/audit/key-line.ts'
import type { Shipment } from '../../../src/audit/shipment.ts'
import { NUMBERS_BLOCK } from '../../../src/guard/lease.ts'

const NOW = 1_800_000_000_000

function admission(sequence: number, change = '') {
  const record = JSON.stringify({ kind: 'order', weight: 2, atMs: NOW, change })
  return {
    replayId: `p${sequence}`,
    attempt: `a${sequence}`,
    requestHash: 'h',
    sequence,
    signedAtMs: NOW,
    record,
  }
}

function shipment(sequences: readonly number[], more: Partial<Shipment> = {}): Shipment {
  const highest = Math.max(0, ...sequences)
  const admissions = sequences.map((sequence) => admission(sequence))
  return {
    admissions,
    gaps: [],
    changes: [],
    upTo: highest,
    sequence: highest,
    version: 0,
    ...more,
  }
}

function taken(state: KeyLineState, ...shipments: readonly Shipment[]): KeyLineState {
  return shipments.reduce((line, one) => {
    const result = take(line, one, NOW)
    expect(result.taken).toBe('taken')
    return readLine(JSON.stringify(result.state))
  }, state)
}

test('what comes twice is new once', () => {
  const line = taken(NEW_LINE, shipment([1, 2, 3]))
  const { taken: said, fresh } = take(line, shipment([2, 3, 5]), NOW)
  expect(said).toBe('taken')
  expect(fresh.admissions.map(({ sequence }) => sequence)).toEqual([5])
})

test('an object that has given fewer numbers, or changed less often, is behind', () => {
  const change = { version: 2, atMs: NOW, key: '{"status":"active"}' }
  const line = taken(NEW_LINE, shipment([7], { changes: [change], version: 2 }))
  expect(take(line, shipment([], { sequence: 6, version: 2 }), NOW).taken).toBe('behind')
  expect(take(line, shipment([8], { version: 1 }), NOW).taken).toBe('behind')
  expect(take(line, shipment([8], { version: 2 }), NOW).taken).toBe('taken')
})

test('another record under a number is told once, and kept beside once the object has sealed itself', () => {
  const line = taken(NEW_LINE, shipment([1, 2]))
  const fork = shipment([], { admissions: [admission(2, 'other'), admission(3)], sequence: 3 })
  const told = take(line, fork, NOW)
  expect(told.taken).toBe('behind')
  const again = take(told.state, fork, NOW)
  expect(again.taken).toBe('behind')
  const sealed = take(again.state, { ...fork, sequence: NUMBERS_BLOCK + 1 }, NOW)
  expect(sealed.taken).toBe('taken')
  expect(sealed.fresh.forks).toMatchObject([{ of: 'admission', number: 2 }])
  expect(sealed.fresh.admissions.map(({ sequence }) => sequence)).toEqual([3])
  const later = take(sealed.state, { ...fork, sequence: NUMBERS_BLOCK + 1 }, NOW)
  expect([later.taken, later.fresh.forks]).toEqual(['taken', []])
})

test('a restored object is told what was spent beyond its number, and that the key was revoked', () => {
  const changes = [
    { version: 1, atMs: NOW, key: '{"status":"revoked"}' },
    { version: 2, atMs: NOW, key: '{"status":"active"}' },
  ]
  const line = taken(NEW_LINE, shipment([1, 2]), shipment([3], { changes, version: 2 }))
  expect(knownOf(line, 2, NOW - 1)).toEqual({
    highestSequence: 3,
    spent: [{ kind: 'order', units: 2 }],
    lastChange: changes[1],
    revoked: true,
    movedTo: undefined,
  })
  expect(knownOf(line, 2, NOW).spent).toEqual([])
})

test('what is kept of a key stays small, and of what was spent nothing is lost', () => {
  let line = NEW_LINE
  for (let i = 1; i <= 3_000; i += 1) line = take(line, shipment([i]), NOW).state
  expect(line.spent.length).toBeLessThanOrEqual(401)
  expect(line.digests.length).toBe(2_500)
  expect(knownOf(line, 0, 0).spent).toEqual([{ kind: 'order', units: 6_000 }])
  expect(JSON.stringify(line).length).toBeLessThan(150_000)
})
