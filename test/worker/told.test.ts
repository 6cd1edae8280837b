/** What a person's object has to tell their keys when a key's object fails, has moved, or is not there yet. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { migrate } from '../../durable-objects/migrate.ts'
import type { Key } from '../../src/guard/key.ts'
import { join, make, movingClock, pass, said, theOwner } from './staff.ts'

movingClock()

const KEY: Omit<Key, 'keyId' | 'user'> = {
  account: 'acct',
  tier: 'retail',
  status: 'active',
  permissions: ['order.write'],
  addresses: [],
  credentials: [{ id: 'pc1_told' }],
  limits: [],
}
const BY = { user: 'usr_owner', keyId: 'key_owner', requestId: 'r', reason: 'test' }

function sqlOf(stub: DurableObjectStub) {
  return (statement: string) =>
    runInDurableObject(stub, (_object, state) => void state.storage.sql.exec(statement))
}
const DOWN = (table: string) =>
  `CREATE TRIGGER down BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'down'); END`

describe('a key that is added', () => {
  test('while its object fails is told of as unsure, and is made when it is added again', async () => {
    const owner = await theOwner()
    const { userId } = await make(owner, ['client'])
    const person = env.USER.getByName(userId)
    const key = { ...KEY, keyId: `key_late_${userId}`, user: userId }
    const guard = env.KEY_GUARD.getByName(key.keyId)
    await guard.describe()
    await sqlOf(guard)(DOWN('key'))
    expect(await person.addKey(key, BY)).toMatchObject({ error: { code: 'guard_unavailable' } })
    expect(await guard.describe()).toBeUndefined()
    await sqlOf(guard)('DROP TRIGGER down')
    expect((await person.addKey(key, BY)).ok).toBe(true)
    expect(await guard.describe()).toMatchObject({ key: { standing: { roles: ['client'] } } })
    // Added once more it is the key that is there, unchanged.
    const again = await person.addKey({ ...key, tier: 'pro' }, BY)
    expect(again).toMatchObject({ ok: true, value: { tier: key.tier } })
  })

  test('under the name of one that was moved is not made a second time', async () => {
    const owner = await theOwner()
    const bob = await make(owner, ['client'])
    await env.KEY_GUARD.getByName(bob.keyId).moveTo(`${bob.keyId}@oc`, 'oc')
    const key = { ...KEY, keyId: bob.keyId, user: bob.userId }
    const added = await env.USER.getByName(bob.userId).addKey(key, BY)
    expect(added).toMatchObject({ ok: false, error: { code: 'guard_unavailable' } })
    expect(await env.KEY_GUARD.getByName(bob.keyId).describe()).toEqual({
      movedTo: `${bob.keyId}@oc`,
    })
  })
})

describe('a session that was ended', () => {
  test('reaches nothing at the gateway, even where its key has not heard of it', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    const sessions = `/gw/v1/admin/users/${bob.who.userId}/sessions`
    const { sid } = (await owner.call('GET', sessions)).json.items[0]
    await sqlOf(env.KEY_GUARD.getByName(bob.who.keyId))(DOWN('ended_session'))
    const ended = await owner.call('DELETE', `${sessions}/${sid}`)
    expect(said(ended)).toBe('503 guard_unavailable')
    pass(2)
    expect(said(await bob.call('GET', '/gw/v1/admin/keys'))).toBe('401 unauthorized')
    const rotate = await bob.call('POST', '/gw/v1/keys/self/rotate', { overlapSeconds: 0 })
    expect(said(rotate)).toBe('401 unauthorized')
  })
})

test('who has no role left makes no credential in a session that is a second old', async () => {
  const owner = await theOwner()
  const eve = await join(owner, [])
  pass(2)
  const rotate = await eve.call('POST', '/gw/v1/keys/self/rotate', { overlapSeconds: 0 })
  expect(said(rotate)).toBe('401 step_up_required')
  expect((await eve.call('GET', '/gw/v1/keys/self')).status).toBe(200)
})

describe('a key’s object', () => {
  test('that has no key edits none, hears of nobody and makes none thereby', async () => {
    const guard = env.KEY_GUARD.getByName('key_never')
    const change = { type: 'status', status: 'active' } as const
    expect(await guard.edit({ change, mayWiden: true, provenance: BY })).toMatchObject({
      error: { code: 'not_found' },
    })
    expect(await guard.setStatus('active')).toBe(false)
    const standing = { version: 1, roles: [], permissions: [], sessionsFrom: 1, ended: [] } as const
    expect(await guard.stand({ ...standing, steppedUpMs: undefined })).toBe(0)
    expect(await guard.describe()).toBeUndefined()
  })

  test('that was left behind points to where the key is, whoever asks', async () => {
    const owner = await theOwner()
    const bob = await make(owner, ['client'])
    const guard = env.KEY_GUARD.getByName(bob.keyId)
    const moved = { movedTo: `${bob.keyId}@me` }
    await guard.moveTo(moved.movedTo, 'me')
    const change = { type: 'status', status: 'revoked' } as const
    expect(await guard.edit({ change, mayWiden: true, provenance: BY })).toEqual(moved)
    expect(await guard.describe()).toEqual(moved)
    const at = `/gw/v1/admin/keys/${bob.keyId}`
    const read = await owner.call('GET', at)
    expect(read.json).toMatchObject({ keyId: bob.keyId, status: 'active' })
  })
})

test('tables that are newer than the code are not opened, and keep what is in them', async () => {
  const stub = env.USER.getByName('usr_newer')
  await stub.describe()
  await runInDurableObject(stub, (_object, { storage: { sql } }) => {
    sql.exec('UPDATE schema SET version = 9')
    expect(() => migrate(sql, ['DROP TABLE person'])).toThrow('newer than this code')
    expect(sql.exec('SELECT count(*) AS people FROM person').one()).toEqual({ people: 0 })
    sql.exec('UPDATE schema SET version = 1')
  })
})
