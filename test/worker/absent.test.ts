/** What was never made, or half made: it is nobody and nothing, and is not made by being asked for. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { Caller } from './gateway.ts'
import { make, movingClock, pass, said, theOwner } from './staff.ts'

movingClock()

const BY = { user: 'usr_owner', keyId: 'key_owner', requestId: 'r', reason: 'test' }
const BEGIN = {
  attempt: 'a',
  otp: '123456',
  keyId: 'key_none',
  credentialId: 'c',
  network: '192.0.2.0/24',
  jkt: undefined,
  proofId: undefined,
  by: BY,
}

describe('a person who was never made', () => {
  test('has no second factor, no session, no role and no key', async () => {
    const nobody = env.USER.getByName('usr_never')
    const shown = { generation: 1, secret: 's', network: '192.0.2.0/24', jkt: undefined }
    expect(await nobody.describe()).toBeUndefined()
    expect(await nobody.sessions()).toEqual([])
    expect(await nobody.authorize('sid', 1)).toBeUndefined()
    const codes = await Promise.all([
      nobody.confirmTotp('123456', BY),
      nobody.resetTotp(BY, true),
      nobody.endSession('sid', BY),
      nobody.endSessions(BY),
      nobody.setRoles(['owner'], 0, BY),
      nobody.judgeOtp('attempt', '123456'),
      nobody.begin(BEGIN),
      nobody.refresh('sid', shown),
    ])
    expect(codes.map((result) => (result.ok ? 'ok' : result.error.code))).toEqual([
      'not_found',
      'not_found',
      'not_found',
      'not_found',
      'not_found',
      'step_up_required',
      'step_up_required',
      'unauthorized',
    ])
    expect(await nobody.describe()).toBeUndefined()
  })

  test('but is listed, because making them failed, is left out of lists and is not found', async () => {
    const owner = await theOwner()
    const directory = env.DIRECTORY.getByName('all')
    const entry = { id: 'usr_half', type: 'user', user: 'usr_half', account: '' } as const
    expect((await directory.enter(entry, undefined)).ok).toBe(true)
    const key = { id: 'key_half', type: 'key', user: 'usr_half', account: 'a' } as const
    expect((await directory.enter(key, undefined)).ok).toBe(true)
    const people = await owner.call('GET', '/gw/v1/admin/users')
    expect(JSON.stringify(people.json)).not.toContain('usr_half')
    const keys = await owner.call('GET', '/gw/v1/admin/keys?user=usr_half')
    expect(keys.json.items).toEqual([])
    expect(said(await owner.call('GET', '/gw/v1/admin/users/usr_half'))).toBe('404 not_found')
    expect(said(await owner.call('GET', '/gw/v1/admin/keys/key_half'))).toBe('404 not_found')
    pass(2)
    const wanted = { account: 'a', user: 'usr_half', tier: 'retail', dialect: 'compact' }
    const made = await owner.call('POST', '/gw/v1/admin/keys', { ...wanted, permissions: [] })
    expect(said(made)).toBe('404 not_found')
  })
})

describe('a person’s object that fails', () => {
  test('stops their session from reaching anything, as an outage, and ends it not', async () => {
    const owner = await theOwner()
    const bob = await Caller.begin(await make(owner, ['client']))
    const object = env.USER.getByName(bob.who.userId)
    const sql = (statement: string) =>
      runInDurableObject(object, (_object, state) => void state.storage.sql.exec(statement))
    await sql('ALTER TABLE person RENAME TO hidden')
    pass(2)
    const keys = await bob.call('GET', '/gw/v1/admin/keys')
    expect(said(keys)).toBe('503 internal')
    await sql('ALTER TABLE hidden RENAME TO person')
    expect((await bob.call('GET', '/gw/v1/admin/keys')).status).toBe(200)
  })
})
