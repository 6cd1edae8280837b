/** People through the gateway's own API: who makes and reads them, whose roles change, whose second factor. */
import { describe, expect, test } from 'vitest'
import { askSigned, Caller, otp } from './gateway.ts'
import { change, join, make, movingClock, pass, said, theOwner, wrongAt } from './staff.ts'

movingClock()

const USERS = '/gw/v1/admin/users'

describe('a new person', () => {
  test('is described without their authenticator’s secret', async () => {
    const owner = await theOwner()
    const made = await owner.call('POST', USERS, { name: ' Eve  ', roles: ['support'] })
    expect(made).toMatchObject({
      status: 201,
      json: { name: 'Eve', roles: ['support'], totpConfirmed: false, keys: [] },
    })
    expect(made.json.totp.uri).toMatch(/^otpauth:\/\/totp\//)
    const { userId, totp } = made.json
    const read = await owner.call('GET', `${USERS}/${userId}`)
    expect(read.headers.get('etag')).toBe('"v0"')
    expect(read.json).toMatchObject({ userId, recoveryCodesLeft: 0 })
    expect(JSON.stringify(read.json)).not.toContain(totp.secret)
  })

  // @control pci/8.2
  test('made twice with one idempotency key is one person, whose secret is not shown again', async () => {
    const owner = await theOwner()
    const headers = { 'idempotency-key': 'make-eve' }
    const body = { name: 'Eve', roles: [] }
    const first = await owner.call('POST', USERS, body, { headers })
    const again = await owner.call('POST', USERS, body, { headers })
    expect(again).toMatchObject({ status: 201, json: { userId: first.json.userId } })
    expect(again.json.totp).toBeUndefined()
    const other = await owner.call('POST', USERS, { name: 'Mallory', roles: [] }, { headers })
    expect(said(other)).toBe('422 idempotency_conflict')
    pass(86_400 + 1)
    const nextDay = await Caller.begin(owner.who)
    const later = await nextDay.call('POST', USERS, body, { headers })
    expect(later.json.userId).not.toBe(first.json.userId)
  })

  test('is refused with every place that is wrong', async () => {
    const owner = await theOwner()
    const bad = { name: 'a\nb', roles: ['king'], userId: 'usr_me' }
    const refused = await owner.call('POST', USERS, bad)
    expect(wrongAt(refused).toSorted()).toEqual(['/name', '/roles/0', '/userId'])
    const twice = { name: 'Eve', roles: ['client', 'client'] }
    expect(wrongAt(await owner.call('POST', USERS, twice))).toEqual(['/roles'])
    expect(wrongAt(await owner.call('POST', USERS, { name: '   ', roles: [] }))).toEqual(['/name'])
  })
})

describe('people', () => {
  test('are read by staff, not by clients, and whoever is not there is nobody', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    const support = await join(owner, ['support'])
    const listed = await support.call('GET', USERS)
    const ids = listed.json.items.map(({ userId }: { userId: string }) => userId)
    expect(ids).toEqual(expect.arrayContaining([owner.who.userId, bob.who.userId]))
    expect(said(await bob.call('GET', USERS))).toBe('403 role_missing')
    expect(said(await support.call('GET', `${USERS}/usr_none`))).toBe('404 not_found')
    expect(said(await support.call('POST', USERS, { name: 'Eve', roles: [] }))).toBe(
      '403 role_missing',
    )
    // Nobody is made by being asked for.
    expect(said(await support.call('GET', `${USERS}/usr_none`))).toBe('404 not_found')
    for (const [method, path, body] of [
      ['POST', 'totp/confirm', { otp: '123456' }],
      ['POST', 'totp/reset', { reason: 'x' }],
      ['GET', 'sessions', undefined],
      ['DELETE', 'sessions', undefined],
      ['DELETE', 'sessions/sid', undefined],
    ] as const) {
      pass(1)
      const reply = await owner.call(method, `${USERS}/usr_none/${path}`, body)
      expect(said(reply)).toBe('404 not_found')
    }
    const headers = { 'if-match': '"v0"' }
    const roles = { roles: [], reason: 'x' }
    const none = await owner.call('PUT', `${USERS}/usr_none/roles`, roles, { headers })
    expect(said(none)).toBe('404 not_found')
  })

  test('do not change their own roles', async () => {
    const owner = await theOwner()
    const body = { roles: ['owner', 'risk'], reason: 'more' }
    const refused = await change(owner, `${USERS}/${owner.who.userId}`, 'roles', body)
    expect(said(refused)).toBe('403 role_missing')
    expect(refused.json.detail).toContain('Somebody else')
  })

  test('see and end sessions of their own alone, if they are clients', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    const other = await join(owner, ['client'])
    const own = `${USERS}/${bob.who.userId}/sessions`
    const theirs = `${USERS}/${other.who.userId}/sessions`
    for (const method of ['GET', 'DELETE'])
      expect(said(await bob.call(method, theirs))).toBe('404 not_found')
    const seen = await bob.call('GET', own)
    expect(seen.json.items).toMatchObject([{ status: 'active', keyId: bob.who.keyId }])
    pass(1)
    const again = await Caller.begin(bob.who, 1)
    expect((await again.call('GET', own)).json.items).toHaveLength(2)
    expect((await again.call('DELETE', own)).json).toMatchObject({ userId: bob.who.userId })
    for (const session of [bob, again])
      expect(said(await session.call('GET', own))).toBe('401 unauthorized')
    expect((await other.call('GET', theirs)).status).toBe(200)
  })
})

describe('a second factor', () => {
  test('is confirmed once, with a code of that very authenticator', async () => {
    const owner = await theOwner()
    const { json } = await owner.call('POST', USERS, { name: 'Eve', roles: [] })
    const confirm = (code: string) =>
      owner.call('POST', `${USERS}/${json.userId}/totp/confirm`, { otp: code })
    expect(said(await confirm('000000'))).toBe('401 step_up_required')
    const confirmed = await confirm(otp(json.totp.secret))
    expect(new Set(confirmed.json.recoveryCodes).size).toBe(10)
    expect(said(await confirm(otp(json.totp.secret, 1)))).toBe('409 conflict')
    const read = await owner.call('GET', `${USERS}/${json.userId}`)
    expect(read.json).toMatchObject({ totpConfirmed: true, recoveryCodesLeft: 10 })
  })

  test('that is guessed at costs the guesser time, and in the end a new enrolment', async () => {
    const owner = await theOwner()
    const bob = await make(owner, ['client'])
    const begin = (code: string) =>
      askSigned(bob.credential, 'POST', '/gw/v1/sessions', { otp: code })
    for (let guess = 0; guess < 4; guess += 1)
      expect(said(await begin('000000'))).toBe('401 step_up_required')
    const early = await begin(otp(bob.totpSecret))
    expect(early.json.detail).toContain('Wait')
    expect(Number(early.headers.get('retry-after'))).toBe(2)
    for (let guess = 4; guess < 100; guess += 1) {
      pass(3_600)
      await begin('000000')
    }
    pass(86_400)
    const late = await begin(otp(bob.totpSecret))
    expect(said(late)).toBe('401 step_up_required')
    expect(late.json.detail).toContain('reset')
  })
})
