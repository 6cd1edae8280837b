import { describe, expect, test } from 'vitest'
import {
  applyEdit,
  changeDetail,
  standAs,
  type Change,
  type Edit,
} from '../../../src/guard/edit.ts'
import type { Key } from '../../../src/guard/key.ts'

const NOW = 1_800_000_000_000
const TIER = [{ name: 'burst', limit: 10, windowSeconds: 1 }]
const KEY: Key = {
  keyId: 'key_1',
  account: 'acct',
  user: 'ann',
  tier: 'retail',
  status: 'active',
  permissions: ['market.read', 'order.write'],
  addresses: ['192.0.2.0/24'],
  credentials: [{ id: 'one', createdAtMs: NOW - 1_000 }],
  limits: [],
  revision: 3,
}
const BY = { user: 'ann', keyId: 'key_1', requestId: 'r', reason: 'because' }

function edit(change: Change, more: Partial<Edit> = {}): Edit {
  return { change, mayWiden: false, provenance: BY, ...more }
}

function outcome(change: Change, more: Partial<Edit> = {}, key: Partial<Key> = {}) {
  const result = applyEdit({ ...KEY, ...key }, edit(change, more), TIER, NOW)
  return result.ok ? result.value : result.error.code
}

const addresses = (...networks: string[]): Change => ({ type: 'addresses', addresses: networks })
const limits = (limit: number, untilMs?: number): Change => ({
  type: 'limits',
  limits: [
    { name: 'burst', limit, windowSeconds: 1, ...(untilMs === undefined ? {} : { untilMs }) },
  ],
})

test('each edit makes one revision, and one that was decided on an older one changes nothing', () => {
  const change: Change = { type: 'permissions', permissions: [] }
  expect(outcome(change, { ifRevision: 3 })).toMatchObject({ permissions: [], revision: 4 })
  expect(outcome(change, { ifRevision: 2 })).toBe('precondition_failed')
})

test("somebody else's key is no key of theirs, whatever they want of it", () => {
  const change: Change = { type: 'status', status: 'suspended' }
  expect(outcome(change, { ofUser: 'ann' })).toMatchObject({ status: 'suspended' })
  expect(outcome(change, { ofUser: 'eve', ifRevision: 2 })).toBe('not_found')
})

test('a revoked key stays as it is', () => {
  expect(outcome({ type: 'status', status: 'active' }, {}, { status: 'revoked' })).toBe('conflict')
  expect(outcome(addresses(), { mayWiden: true }, { status: 'revoked' })).toBe('conflict')
})

describe.each<[string, Change, Change]>([
  [
    'permissions',
    { type: 'permissions', permissions: ['market.read'] },
    { type: 'permissions', permissions: ['market.read', 'withdrawal.write'] },
  ],
  ['addresses', addresses('192.0.2.128/25', '192.0.2.7'), addresses('192.0.2.0/23')],
  ['addresses that are none', addresses('192.0.2.0/24'), addresses()],
  ['addresses elsewhere', addresses('192.0.2.7'), addresses('192.0.2.7', '198.51.100.7')],
  ['limits', limits(5), limits(11)],
])('%s', (_what, tighter, wider) => {
  test('are made tighter by anyone who may reach the key, wider only by who may widen', () => {
    expect(outcome(tighter)).not.toBe('role_missing')
    expect(outcome(wider)).toBe('role_missing')
    expect(outcome(wider, { mayWiden: true })).toMatchObject({ revision: 4 })
  })
})

test('a limit that is dropped or changes its window is raised, an end of its own does not make it tighter', () => {
  const key = { limits: [{ name: 'burst', limit: 2, windowSeconds: 1 }] }
  expect(outcome({ type: 'limits', limits: [] }, {}, key)).toBe('role_missing')
  const longer: Change = {
    type: 'limits',
    limits: [{ name: 'burst', limit: 2, windowSeconds: 2 }],
  }
  expect(outcome(longer, {}, key)).toBe('role_missing')
  expect(outcome(limits(50, NOW + 1_000))).toBe('role_missing')
})

test('a mapped IPv6 network is the IPv4 network that it stands for', () => {
  const change = addresses('::ffff:192.0.2.7/128')
  expect(outcome(change)).toMatchObject({ revision: 4 })
  expect(outcome(addresses('::ffff:198.51.100.7/128'))).toBe('role_missing')
})

describe('a rotation', () => {
  const rotate = (id: string, overlapMs: number): Change => ({
    type: 'rotate',
    credential: { id, createdAtMs: NOW },
    overlapMs,
  })

  test('adds a credential and ends the others with the overlap, never later than before', () => {
    const credentials = [{ id: 'one' }, { id: 'two', endsAtMs: NOW + 10 }]
    expect(outcome(rotate('three', 5_000), {}, { credentials })).toMatchObject({
      credentials: [
        { id: 'one', endsAtMs: NOW + 5_000 },
        { id: 'two', endsAtMs: NOW + 10 },
        { id: 'three' },
      ],
    })
  })

  test('is refused while too many have not ended, and forgets those that ended long ago', () => {
    const credentials = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, endsAtMs: NOW + 1 }))
    expect(outcome(rotate('f', 5_000), {}, { credentials })).toBe('conflict')
    // Without an overlap it ends them itself: nobody can stand in the way of an emergency.
    expect(outcome(rotate('f', 0), {}, { credentials })).toMatchObject({ revision: 4 })
    const old = [{ id: 'old', endsAtMs: NOW - 31 * 86_400_000 }, { id: 'one' }]
    const rotated = outcome(rotate('two', 0), {}, { credentials: old })
    expect(rotated).toMatchObject({ credentials: [{ id: 'one' }, { id: 'two' }] })
  })
})

test('a rotation that was carried out is not carried out again', () => {
  const again: Change = {
    type: 'rotate',
    credential: { id: 'three', rotation: 'rot_1' },
    overlapMs: 0,
  }
  expect(outcome(again, {}, { credentials: [{ id: 'two', rotation: 'rot_1' }] })).toBe('conflict')
  const other = { credentials: [{ id: 'one' }, { id: 'two', rotation: 'rot_2' }] }
  expect(outcome(again, {}, other)).toMatchObject({
    credentials: [{ id: 'one' }, { id: 'two' }, { id: 'three', rotation: 'rot_1' }],
  })
})

describe('one credential of a key', () => {
  test('asks for a successor while it is the newest, and not when it was replaced', () => {
    const credentials = [{ id: 'old' }, { id: 'new' }]
    const by = (id: string) =>
      outcome(
        { type: 'rotate', credential: { id: 'next' }, overlapMs: 0, by: id },
        {},
        { credentials },
      )
    expect(by('old')).toBe('conflict')
    expect(by('new')).toMatchObject({ revision: 4 })
  })

  test('ends alone and at once, never later than it would have', () => {
    const credentials = [{ id: 'one' }, { id: 'two', endsAtMs: NOW - 5 }]
    const end = (credentialId: string) =>
      outcome({ type: 'end', credentialId }, {}, { credentials })
    expect(end('one')).toMatchObject({ credentials: [{ id: 'one', endsAtMs: NOW }, { id: 'two' }] })
    expect(end('two')).toMatchObject({
      credentials: [{ id: 'one' }, { id: 'two', endsAtMs: NOW - 5 }],
    })
    expect(end('none')).toBe('not_found')
  })
})

test('an older word about the person changes nothing', () => {
  const standing = { version: 2, roles: [], permissions: [], sessionsFrom: 1, ended: [] }
  const told = standAs(KEY, standing)
  expect(told).toMatchObject({ standing })
  expect(standAs({ ...KEY, standing }, { ...standing, version: 1 })).toBeUndefined()
  expect(standAs({ ...KEY, standing }, standing)).toBeUndefined()
})

test('beside a change stands whose word it was and what was there before, and only that', () => {
  const after = { ...KEY, permissions: [], revision: 4 }
  expect(changeDetail(KEY, after, BY)).toEqual({
    ...BY,
    before: { permissions: KEY.permissions, revision: 3 },
  })
})
