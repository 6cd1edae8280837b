/** Sessions over time: how they are gone on with, how many there are, and what they end with. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { ask, askSigned, Caller, otp, type Ask } from './gateway.ts'
import { join, make, movingClock, pass, said, theOwner, wrongAt } from './staff.ts'

movingClock()

const REFRESH = '/gw/v1/sessions/refresh'
const FORM = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }

function refresh({ refreshToken }: Caller, options: Ask = {}) {
  return ask('POST', REFRESH, { refresh_token: refreshToken }, options)
}

describe('a refresh', () => {
  test('is also taken as the form that OAuth’s own clients send', async () => {
    const owner = await theOwner()
    const token = encodeURIComponent(owner.refreshToken)
    const form = `grant_type=refresh_token&refresh_token=${token}&client_id=cli`
    for (const bad of [
      'grant_type=password&refresh_token=a',
      'grant_type=refresh_token',
      `${form}&refresh_token=${token}`,
      `${form}&scope=all`,
    ])
      expect(said(await ask('POST', REFRESH, bad, FORM))).toBe('422 invalid_body')
    const next = await ask('POST', REFRESH, form, FORM)
    expect(next).toMatchObject({ status: 200, json: { token_type: 'Bearer' } })
  })

  test('of a token that is none is refused', async () => {
    for (const refresh_token of ['', 'a', 'a.b.c.d.e', 'x'.repeat(500)])
      expect(said(await ask('POST', REFRESH, { refresh_token }))).toBe('401 unauthorized')
    expect(wrongAt(await ask('POST', REFRESH, { refresh_token: 1 }))).toEqual(['/refresh_token'])
  })

  test('from another network is refused and ends nothing', async () => {
    const owner = await theOwner()
    const elsewhere = await refresh(owner, { from: '198.51.100.7' })
    expect(said(elsewhere)).toBe('401 unauthorized')
    expect((await refresh(owner)).status).toBe(200)
  })

  test.each([
    ['suspend', 'key_suspended'],
    ['revoke', 'key_revoked'],
  ])('is refused when an officer did %s the key that began the session', async (verb, code) => {
    const owner = await theOwner()
    const officer = await join(owner, ['security'])
    const bob = await join(owner, ['client'])
    const at = `/gw/v1/admin/keys/${bob.who.keyId}/${verb}`
    expect((await officer.call('POST', at, { reason: 'x' })).status).toBe(200)
    expect(said(await refresh(bob))).toBe(`403 ${code}`)
    pass(2)
    expect(said(await bob.call('GET', '/gw/v1/keys/self'))).toBe(`403 ${code}`)
  })

  test('is refused when the credential that began the session has ended', async () => {
    const owner = await theOwner()
    const expiresAt = new Date(Date.now() + 600_000).toISOString()
    const bob = await join(owner, ['client'], { expiresAt })
    pass(599)
    expect(said(await refresh(bob))).toBe('403 credential_expired')
  })

  test('grants no more than the key may by now', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    const headers = { 'if-match': '"v0"' }
    const body = { permissions: ['market.read'], reason: 'less' }
    const at = `/gw/v1/admin/keys/${bob.who.keyId}/permissions`
    expect((await owner.call('PUT', at, body, { headers })).status).toBe(200)
    expect((await refresh(bob)).json).toMatchObject({ scope: 'market.read' })
  })

  test('finds a key that was moved', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    await env.KEY_GUARD.getByName(bob.who.keyId).moveTo(`${bob.who.keyId}@apac`, 'apac')
    const next = await refresh(bob)
    expect(next.status).toBe(200)
    const at = `/gw/v1/admin/keys/${bob.who.keyId}`
    expect((await owner.call('GET', at)).json).toMatchObject({ status: 'active' })
  })

  test('is not answered while the key’s object fails', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    const guard = env.KEY_GUARD.getByName(bob.who.keyId)
    const sql = (statement: string) =>
      runInDurableObject(guard, (_object, state) => void state.storage.sql.exec(statement))
    await sql('ALTER TABLE credential RENAME TO hidden')
    expect(said(await refresh(bob))).toBe('503 guard_unavailable')
    await sql('ALTER TABLE hidden RENAME TO credential')
    expect((await refresh(bob)).status).toBe(200)
  })
})

describe('a person’s sessions', () => {
  test('are twenty at most: a further one ends the one that was unused for longest', async () => {
    const owner = await theOwner()
    const bob = await make(owner, ['client'])
    const all: Caller[] = []
    for (let count = 0; count < 20; count += 1) {
      all.push(await Caller.begin(bob))
      pass(30)
    }
    const [first, second] = all
    if (first === undefined || second === undefined) throw new Error('no sessions')
    // Used lately, so that it is the second that was unused for longest.
    const next = await refresh(first)
    expect(next.status).toBe(200)
    first.token = next.json.access_token
    const last = await Caller.begin(bob)
    pass(2)
    const self = '/gw/v1/keys/self'
    expect(said(await refresh(second))).toBe('401 unauthorized')
    expect((await first.call('GET', self)).status).toBe(200)
    expect((await last.call('GET', self)).status).toBe(200)
    const listed = await last.call('GET', `/gw/v1/admin/users/${bob.userId}/sessions`)
    const active = listed.json.items.filter(({ status }: { status: string }) => status === 'active')
    expect(active).toHaveLength(20)
  })

  test('are forgotten a week after they ended', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    pass(8 * 86_400 + 3_600)
    const again = await Caller.begin(bob.who)
    const third = await Caller.begin(bob.who, 1)
    const listed = await third.call('GET', `/gw/v1/admin/users/${bob.who.userId}/sessions`)
    expect(listed.json.items).toHaveLength(2)
    expect((await again.call('GET', '/gw/v1/keys/self')).status).toBe(200)
  })
})

describe('a session is not begun', () => {
  test('without a second factor that was confirmed', async () => {
    const owner = await theOwner()
    const person = await owner.call('POST', '/gw/v1/admin/users', { name: 'Eve', roles: [] })
    const { userId, totp } = person.json
    const key = { account: 'a', user: userId, tier: 'retail', dialect: 'compact', permissions: [] }
    const { id, secret } = (await owner.call('POST', '/gw/v1/admin/keys', key)).json.credential
    const credential = { id, secret, dialect: 'compact' } as const
    const body = { otp: otp(totp.secret) }
    const refused = await askSigned(credential, 'POST', '/gw/v1/sessions', body)
    expect(said(refused)).toBe('401 step_up_required')
    expect(refused.headers.get('www-authenticate')).toContain('acr_values=')
  })

  test('with a body that says more than it may', async () => {
    const { credential } = await make(await theOwner(), ['client'])
    const body = { otp: '123456', roles: ['owner'], dpop_jkt: 'short' }
    const refused = await askSigned(credential, 'POST', '/gw/v1/sessions', body)
    expect(wrongAt(refused).toSorted()).toEqual(['/dpop_jkt', '/roles'])
  })
})
