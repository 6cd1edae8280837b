import { array, assert, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lockedForMs } from '../../../src/guard/lockout.ts'
import { OWN, Source } from '../../../src/guard/source.ts'
import { LOCKS } from '../../support/locks.ts'

const NOW = 1_800_000_000_000

test('five failures of one id lock that id, ten of any lock the network', () => {
  const source = new Source('net', 32, LOCKS)
  source.fail('a', 5, NOW)
  expect(source.lock('a', NOW)).toEqual({ limit: 'credential', forMs: 30_000 })
  expect(source.lock('b', NOW)).toBeUndefined()
  expect(source.lock(OWN, NOW)).toBeUndefined()
  for (const member of ['b', 'c', 'd', 'e', 'f']) source.fail(member, 1, NOW)
  expect(source.lock('never seen', NOW)).toEqual({ limit: 'network', forMs: 30_000 })
})

test('of two locks the one that ends last is told', () => {
  const source = new Source('net', 32, LOCKS)
  source.fail('a', 5, NOW)
  source.fail('b', 4, NOW + 1)
  source.fail(OWN, 1, NOW + 2)
  expect(source.lock('a', NOW + 10)).toEqual({ limit: 'network', forMs: 29_992 })
  const other = new Source('net', 32, LOCKS)
  other.fail('a', 5, NOW)
  other.fail('a', 5, NOW + 30_000)
  // The tenth of the network, and the second lock of the id.
  expect(other.lock('a', NOW + 30_000)).toEqual({ limit: 'credential', forMs: 60_000 })
})

test('a request without a readable claim counts for the network alone', () => {
  const source = new Source('net', 32, LOCKS)
  for (let i = 0; i < 10; i += 1) source.fail(OWN, 1, NOW)
  expect(source.members).toBe(0)
  expect(source.lock('a', NOW)).toMatchObject({ limit: 'network' })
})

test('whoever proves to be a member is cleared; the network is not', () => {
  const source = new Source('net', 32, LOCKS)
  source.fail('a', 5, NOW)
  expect(source.clear('a')).toBe(true)
  expect(source.lock('a', NOW)).toBeUndefined()
  source.fail('a', 4, NOW)
  source.fail('a', 1, NOW)
  expect(source.lock('a', NOW)).toMatchObject({ limit: 'network' })
  expect(source.clear('nobody')).toBe(false)
  expect(source.clear(OWN)).toBe(false)
})

test('memory is bounded, and a full sketch lets nobody escape the network’s lock', () => {
  assert(
    property(array(integer({ min: 0, max: 500 }), { minLength: 10, maxLength: 200 }), (ids) => {
      const source = new Source('net', 3, LOCKS)
      let counted = 0
      for (const id of ids) {
        source.fail(`id-${id}`, 1, NOW)
        counted += 1
        expect(source.members).toBeLessThanOrEqual(3)
        expect(lockedForMs(source.strikes(), NOW) > 0).toBe(counted >= 10)
      }
      expect(source.strikes().failures).toBe(ids.length)
    }),
  )
})

test('the one that goes is named, and it is the one that failed longest ago', () => {
  const source = new Source('net', 2, LOCKS)
  expect(source.fail('a', 1, NOW)).toBeUndefined()
  expect(source.fail('b', 1, NOW + 1)).toBeUndefined()
  expect(source.fail('a', 1, NOW + 2)).toBeUndefined()
  expect(source.fail('c', 1, NOW + 3)).toBe('b')
})

test('what is heard of members is bounded, too: the one that failed longest ago goes', () => {
  const source = new Source('net', 3, LOCKS)
  source.fail(OWN, 1, NOW)
  source.hear(OWN, { level: 1, lockedForMs: 0 }, NOW)
  for (let i = 0; i < 50; i += 1) source.hear(`id-${i}`, { level: 1, lockedForMs: 9_000 }, NOW)
  expect(source.members).toBe(3)
  expect(source.lock('id-0', NOW)).toBeUndefined()
  expect(source.lock('id-49', NOW)).toEqual({ limit: 'credential', forMs: 9_000 })
  expect(source.strikes().failures).toBe(1)
})

test('what quiet has taken from a member stays taken when it fails under its network’s lock', () => {
  const source = new Source('net', 32, LOCKS)
  source.fail('a', 5, NOW)
  source.fail('a', 5, NOW + 30_000)
  const quietMs = NOW + 90_000 + 1_200_000
  for (let i = 0; i < 10; i += 1) source.fail(OWN, 1, quietMs)
  expect(source.lock('b', quietMs)).toMatchObject({ limit: 'network' })
  source.fail('a', 1, quietMs + 1)
  expect(source.tell('a', quietMs + 1)).toEqual({ level: 0, lockedForMs: 0 })
  source.fail('a', 5, quietMs + 30_000)
  expect(source.tell('a', quietMs + 30_000).level).toBe(1)
})

describe('what is noticed', () => {
  test.each([
    ['net', 10, 'many_ids_one_network', 'ids'],
    ['id', 10, 'one_id_many_networks', 'networks'],
    ['asn', 50, 'many_ids_one_asn', 'ids'],
  ] as const)('%s: %i members within ten minutes', (kind, from, rule, counted) => {
    const source = new Source(kind, 256, LOCKS)
    // One a minute is no flood, and below every lock.
    const everyMs = Math.floor(600_000 / from)
    for (let i = 0; i < from - 1; i += 1) source.fail(`m-${i}`, 1, NOW + i * everyMs)
    const nowMs = NOW + (from - 1) * everyMs
    expect(source.sightings(false, nowMs)).toEqual([])
    source.fail('m-0', 1, nowMs)
    expect(source.sightings(false, nowMs)).toEqual([])
    source.fail('one more', 1, nowMs)
    expect(source.sightings(false, nowMs)).toEqual([
      { rule, features: { [counted]: from, windowSeconds: 600, failures: from + 1 } },
    ])
    expect(source.sightings(false, nowMs + 600_001)).toEqual([])
  })

  test('a network that was locked just now', () => {
    const source = new Source('net', 32, LOCKS)
    source.fail(OWN, 10, NOW)
    expect(source.sightings(false, NOW)).toEqual([
      { rule: 'network_locked', features: { level: 1, lockedSeconds: 30, failures: 10 } },
    ])
    expect(source.sightings(true, NOW)).toEqual([])
  })

  test('ids and autonomous systems are noticed and never locked', () => {
    for (const kind of ['id', 'asn'] as const) {
      const source = new Source(kind, 32, LOCKS)
      source.fail('a', 1_000, NOW)
      expect(source.lock('a', NOW)).toBeUndefined()
    }
  })
})

test('once noticed there is nothing to report until the period is over; a network goes on', () => {
  const told = new Map([
    ['one_id_many_networks', NOW],
    ['many_ids_one_network', NOW],
  ])
  expect(new Source('id', 32, LOCKS).quietForMs(told, NOW + 60_000)).toBe(540_000)
  expect(new Source('id', 32, LOCKS).quietForMs(new Map(), NOW)).toBe(0)
  expect(new Source('net', 32, LOCKS).quietForMs(told, NOW)).toBe(0)
})

test('everything is forgotten when no lock, level or period needs it', () => {
  const source = new Source('net', 32, LOCKS)
  expect(source.forgettableMs()).toBe(0)
  source.fail('a', 1, NOW)
  expect(source.forgettableMs()).toBe(NOW + 600_000)
  source.fail('b', 9, NOW)
  source.fail('b', 10, NOW + 30_000)
  expect(source.forgettableMs()).toBe(NOW + 90_000 + 2 * 600_000)
})
