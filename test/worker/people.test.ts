/** People, their keys and sessions, from the first owner on, through the whole gateway in workerd. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ask, askSigned, Caller, firstOwner, otp, someone } from './gateway.ts'

const START = 1_800_000_000_000
let clock = START

beforeEach(() => {
  // Later with each test: what was used in one is used.
  clock += 3_600_000
  vi.useFakeTimers({ toFake: ['Date'], now: clock })
})

afterEach(() => {
  vi.useRealTimers()
})

async function inSession(): Promise<Caller> {
  return Caller.begin(await firstOwner())
}

describe('the first owner', () => {
  test('is made once, by whoever has the one-time secret', async () => {
    const owner = await inSession()
    expect((await owner.call('GET', '/gw/v1/keys/self')).json).toMatchObject({ account: 'staff' })
    const secret = 'an obviously fake one-time secret'
    const again = await ask('POST', '/gw/v1/bootstrap', { secret, name: 'Eve' })
    expect(again).toMatchObject({ status: 409, json: { code: 'conflict' } })
    const { userId } = owner.who
    const confirm = { secret, userId, otp: otp(owner.who.totpSecret, 1) }
    const confirmed = await ask('POST', '/gw/v1/bootstrap/confirm', confirm)
    expect(confirmed.json).toMatchObject({ code: 'conflict' })
  })

  test('is not made by anybody else', async () => {
    for (const path of ['/gw/v1/bootstrap', '/gw/v1/bootstrap/confirm']) {
      const guess = { secret: 'a guess', name: 'Eve', userId: 'usr_a', otp: '123456' }
      const { status } = await ask('POST', path, guess)
      expect(status).toBe(422)
    }
    const guessed = await ask('POST', '/gw/v1/bootstrap', { secret: 'a guess', name: 'Eve' })
    expect(guessed).toMatchObject({ status: 401, json: { code: 'unauthorized' } })
  })
})

describe('a session', () => {
  test('goes on by refreshing, and ends at once when a refresh token is used twice', async () => {
    const owner = await inSession()
    const refresh = (refresh_token: string) =>
      ask('POST', '/gw/v1/sessions/refresh', { refresh_token })
    const next = await refresh(owner.refreshToken)
    expect(next).toMatchObject({ status: 200, json: { token_type: 'Bearer', expires_in: 600 } })
    const goneOn = new Caller(owner.who, next.json.access_token, next.json.refresh_token)
    expect((await goneOn.call('GET', '/gw/v1/keys/self')).status).toBe(200)

    expect((await refresh(owner.refreshToken)).status).toBe(401)
    for (const token of [owner, goneOn]) {
      const after = await token.call('GET', '/gw/v1/keys/self')
      expect(after).toMatchObject({ status: 401, json: { code: 'unauthorized' } })
    }
    expect((await refresh(goneOn.refreshToken)).status).toBe(401)
  })

  // @control nist/sessions
  test('that nobody refreshes ends by itself, and so does the busiest one', async () => {
    const owner = await inSession()
    vi.setSystemTime(clock + 599_000)
    expect((await owner.call('GET', '/gw/v1/keys/self')).status).toBe(200)
    vi.setSystemTime(clock + 600_000)
    expect((await owner.call('GET', '/gw/v1/keys/self')).status).toBe(401)
    vi.setSystemTime(clock + 3_600_000)
    const body = { refresh_token: owner.refreshToken }
    expect((await ask('POST', '/gw/v1/sessions/refresh', body)).status).toBe(401)
    clock += 3_600_000
  })

  test('is listed, and ended by its person, by an officer, or with all others', async () => {
    const owner = await inSession()
    const bob = await Caller.begin(await someone(owner, ['client']))
    const officer = await Caller.begin(await someone(owner, ['security']))
    const at = `/gw/v1/admin/users/${bob.who.userId}/sessions`
    const listed = await officer.call('GET', at)
    expect(listed.json.items).toMatchObject([{ status: 'active', bound: false }])
    expect((await officer.call('DELETE', `${at}/${listed.json.items[0].sid}`)).status).toBe(200)
    expect((await bob.call('GET', '/gw/v1/keys/self')).status).toBe(401)
    expect((await officer.call('DELETE', `${at}/unknown`)).status).toBe(404)

    const again = await Caller.begin(bob.who, 1)
    expect((await officer.call('DELETE', at)).status).toBe(200)
    expect((await again.call('GET', '/gw/v1/keys/self')).status).toBe(401)
    expect((await officer.call('DELETE', '/gw/v1/sessions/current')).status).toBe(204)
    expect((await officer.call('GET', at)).status).toBe(401)
  })

  test('needs a fresher second factor to change something than to look', async () => {
    const owner = await inSession()
    vi.setSystemTime(clock + 301_000)
    expect((await owner.call('GET', '/gw/v1/admin/users')).status).toBe(200)
    const late = await owner.call('POST', '/gw/v1/admin/users', { name: 'Bob', roles: [] })
    expect(late).toMatchObject({ status: 401, json: { code: 'step_up_required', max_age: 300 } })
    expect(late.headers.get('www-authenticate')).toContain('insufficient_user_authentication')
  })
})

describe('what a person may do', () => {
  test('is in force in their keys when the change is acknowledged, also after the object slept', async () => {
    const owner = await inSession()
    const bob = await someone(owner, ['client'])
    const read = () => askSigned(bob.credential, 'GET', '/v1/ticker/BTC-USD')
    // Nobody answers for the broker here: it was admitted if it was forwarded.
    expect((await read()).json.code).not.toBe('permission_missing')
    const at = `/gw/v1/admin/users/${bob.userId}`
    const etag = String((await owner.call('GET', at)).headers.get('etag'))
    const body = { roles: ['auditor'], reason: 'leaves trading' }
    const stale = { headers: { 'if-match': '"v7"' } }
    expect((await owner.call('PUT', `${at}/roles`, body, stale)).status).toBe(412)
    expect((await owner.call('PUT', `${at}/roles`, body)).status).toBe(428)
    const headers = { 'if-match': etag }
    expect((await owner.call('PUT', `${at}/roles`, body, { headers })).status).toBe(200)
    expect((await read()).json).toMatchObject({ code: 'permission_missing' })
  })

  test('goes on being told to a key whose object fails, and the caller hears that it is not sure', async () => {
    const owner = await inSession()
    const bob = await someone(owner, ['client'])
    const guard = env.KEY_GUARD.getByName(bob.keyId)
    const sql = (statement: string) =>
      runInDurableObject(guard, (_object, state) => void state.storage.sql.exec(statement))
    await sql(
      "CREATE TRIGGER down BEFORE INSERT ON standing BEGIN SELECT RAISE(ABORT, 'down'); END",
    )
    const at = `/gw/v1/admin/users/${bob.userId}`
    const etag = String((await owner.call('GET', at)).headers.get('etag'))
    const headers = { 'if-match': etag }
    const body = { roles: [], reason: 'out' }
    const told = await owner.call('PUT', `${at}/roles`, body, { headers })
    expect(told).toMatchObject({ status: 503, json: { code: 'guard_unavailable' } })
    expect((await owner.call('GET', at)).json).toMatchObject({ roles: [] })
    await sql('DROP TRIGGER down')

    vi.setSystemTime(clock + 3_000)
    await runDurableObjectAlarm(env.USER.getByName(bob.userId))
    const after = await askSigned(bob.credential, 'GET', '/v1/ticker/BTC-USD')
    expect(after.json).toMatchObject({ code: 'permission_missing' })
  })

  test('follows a key to where it was moved', async () => {
    const owner = await inSession()
    const bob = await someone(owner, ['client'])
    await env.KEY_GUARD.getByName(bob.keyId).moveTo(`${bob.keyId}@apac`, 'apac')
    const at = `/gw/v1/admin/users/${bob.userId}`
    const headers = { 'if-match': String((await owner.call('GET', at)).headers.get('etag')) }
    const body = { roles: [], reason: 'out' }
    expect((await owner.call('PUT', `${at}/roles`, body, { headers })).status).toBe(200)
    const after = await askSigned(bob.credential, 'GET', '/v1/ticker/BTC-USD')
    expect(after.json).toMatchObject({ code: 'permission_missing' })
  })

  // @control rts6/5(7) soc2/CC6.2-CC6.3
  test('leaves a row with before, after, who and why in the object that changed', async () => {
    const owner = await inSession()
    const bob = await someone(owner, ['client'])
    const at = `/gw/v1/admin/users/${bob.userId}`
    const headers = { 'if-match': String((await owner.call('GET', at)).headers.get('etag')) }
    await owner.call('PUT', `${at}/roles`, { roles: ['support'], reason: 'moves' }, { headers })
    const [change] = await runInDurableObject(env.USER.getByName(bob.userId), (_object, state) =>
      state.storage.sql.exec("SELECT * FROM change WHERE what = 'user.roles'").toArray(),
    )
    expect(change).toMatchObject({
      before: '["client"]',
      after: '["support"]',
      provenance: expect.stringMatching(`"user":"${owner.who.userId}".*"reason":"moves"`),
    })
  })
})

describe('a person whose object came back from an older state', () => {
  test('is believed again from what keys have heard, and no session from before lives', async () => {
    const owner = await inSession()
    const bob = await someone(owner, ['client'])
    const session = await Caller.begin(bob)
    const user = env.USER.getByName(bob.userId)
    const sql = (statement: string) =>
      runInDurableObject(user, (_object, state) => void state.storage.sql.exec(statement))
    const at = `/gw/v1/admin/users/${bob.userId}`
    const setRoles = async (roles: readonly string[]) => {
      const headers = { 'if-match': String((await owner.call('GET', at)).headers.get('etag')) }
      return owner.call('PUT', `${at}/roles`, { roles, reason: 'drill' }, { headers })
    }
    // What a restore does: the object knows nothing of its last changes.
    const [before] = await runInDurableObject(user, (_object, state) =>
      state.storage.sql.exec('SELECT version FROM person').toArray(),
    )
    await setRoles(['client', 'support'])
    vi.setSystemTime(clock + 2_000)
    await setRoles(['client'])
    await sql(`UPDATE person SET version = ${Number(before?.['version'])}`)
    await sql(`DELETE FROM change WHERE version > ${Number(before?.['version'])}`)

    vi.setSystemTime(clock + 4_000)
    expect((await setRoles([])).status).toBe(200)
    const read = await askSigned(bob.credential, 'GET', '/v1/ticker/BTC-USD')
    expect(read.json).toMatchObject({ code: 'permission_missing' })
    expect((await session.call('GET', '/gw/v1/keys/self')).status).toBe(401)
  })
})

describe('a second factor', () => {
  test('that was reset by somebody else ends every session and has to be confirmed anew', async () => {
    const owner = await inSession()
    const bob = await Caller.begin(await someone(owner, ['client']))
    const at = `/gw/v1/admin/users/${bob.who.userId}/totp/reset`
    const reset = await owner.call('POST', at, { reason: 'lost telephone' })
    expect(reset.status).toBe(200)
    expect((await bob.call('GET', '/gw/v1/keys/self')).status).toBe(401)
    const { secret } = reset.json.totp
    const before = await askSigned(bob.who.credential, 'POST', '/gw/v1/sessions', {
      otp: otp(secret),
    })
    expect(before).toMatchObject({ status: 401, json: { code: 'step_up_required' } })
    const own = `/gw/v1/admin/users/${owner.who.userId}/totp/reset`
    expect((await owner.call('POST', own, { reason: 'mine' })).json.code).toBe('role_missing')
  })

  test('is judged with a withdrawal, once, and a recovery code begins one session', async () => {
    const owner = await inSession()
    const made = await someone(owner, ['client'])
    const withdrawal = { asset: 'BTC', amount: '1', address: 'x' }
    const withdraw = (code: string) =>
      askSigned(made.credential, 'POST', '/v1/withdrawals', withdrawal, {
        headers: { 'pc-otp': code },
      })
    const code = otp(made.totpSecret)
    expect((await withdraw('000000')).json.code).toBe('step_up_required')
    expect((await withdraw(code)).json.code).not.toBe('step_up_required')
    expect((await withdraw(code)).json.code).toBe('step_up_required')

    const person = await owner.call('POST', '/gw/v1/admin/users', { name: 'Cy', roles: [] })
    const { userId, totp } = person.json
    const confirm = { otp: otp(totp.secret) }
    const at = `/gw/v1/admin/users/${userId}/totp/confirm`
    const [recovery] = (await owner.call('POST', at, confirm)).json.recoveryCodes
    const key = { account: 'a', user: userId, tier: 'retail', dialect: 'compact', permissions: [] }
    const { id, secret } = (await owner.call('POST', '/gw/v1/admin/keys', key)).json.credential
    const begin = () =>
      askSigned({ id, secret, dialect: 'compact' }, 'POST', '/gw/v1/sessions', { otp: recovery })
    expect((await begin()).status).toBe(201)
    expect((await begin()).json.code).toBe('step_up_required')
  })
})
