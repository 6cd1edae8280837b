/** Keys through the gateway's own API: who makes and reads them, what tightens them, what widens them, what ends them. */
import { describe, expect, test } from 'vitest'
import { askSigned } from './gateway.ts'
import { change, join, make, movingClock, pass, said, theOwner, wrongAt } from './staff.ts'

movingClock()

const KEYS = '/gw/v1/admin/keys'

describe('a new key', () => {
  test('shows its secret once and is then described without it', async () => {
    const owner = await theOwner()
    const bob = await make(owner, ['client'])
    const body = {
      account: 'acct-1',
      user: bob.userId,
      tier: 'pro',
      dialect: 'rfc9421',
      permissions: ['order.write'],
      addresses: ['192.0.2.0/24'],
      symbols: ['BTC-USD'],
      accounts: ['sub-1'],
      certificate: 'AB'.repeat(32),
      expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
      name: '  Desk 1 ',
    }
    const made = await owner.call('POST', KEYS, body)
    expect(made).toMatchObject({ status: 201, json: { credential: { algorithm: 'hmac-sha256' } } })
    const { keyId, credential } = made.json
    expect(credential.endsAt).toBe(body.expiresAt)
    const read = await owner.call('GET', `${KEYS}/${keyId}`)
    expect(read.headers.get('etag')).toBe('"v0"')
    expect(read.json).toMatchObject({
      keyId,
      account: 'acct-1',
      user: bob.userId,
      name: 'Desk 1',
      tier: 'pro',
      status: 'active',
      permissions: ['order.write'],
      addresses: ['192.0.2.0/24'],
    })
    expect(JSON.stringify(read.json)).not.toContain(credential.secret)
  })

  test('made twice with one idempotency key is one key, whose secret is not shown again', async () => {
    const owner = await theOwner()
    const bob = await make(owner, ['client'])
    const headers = { 'idempotency-key': 'make-one' }
    const body = {
      account: 'acct-1',
      user: bob.userId,
      tier: 'retail',
      dialect: 'compact',
      permissions: [],
    }
    const [first, again] = [
      await owner.call('POST', KEYS, body, { headers }),
      await owner.call('POST', KEYS, body, { headers }),
    ]
    expect(again).toMatchObject({ status: 201, json: { keyId: first.json.keyId } })
    expect(again.json.credential).toEqual({ id: first.json.credential.id })
    const other = await owner.call('POST', KEYS, { ...body, account: 'acct-2' }, { headers })
    expect(said(other)).toBe('422 idempotency_conflict')
    const listed = await owner.call('GET', `${KEYS}?user=${bob.userId}`)
    expect(listed.json.items).toHaveLength(2)
  })

  test('is refused with every place that is wrong', async () => {
    const owner = await theOwner()
    const bob = await make(owner, ['client'])
    const good = { account: 'a', user: bob.userId, tier: 'retail', dialect: 'compact' }
    const bad = {
      ...good,
      permissions: ['rule.world'],
      tier: 'royal',
      status: 'active',
      dialect: 'x',
    }
    const refused = await owner.call('POST', KEYS, bad)
    expect(said(refused)).toBe('422 invalid_body')
    expect(wrongAt(refused).toSorted()).toEqual(['/dialect', '/permissions/0', '/status', '/tier'])
    const full = { ...good, permissions: [] }
    const cases: readonly [object, string][] = [
      [{ user: 'usr_nobody' }, '/user'],
      [{ expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
      [{ expiresAt: 'tomorrow' }, '/expiresAt'],
      [{ addresses: ['192.0.2.300'] }, '/addresses/0'],
      [{ certificate: 'no thumbprint' }, '/certificate'],
      [{ permissions: ['order.write', 'order.write'] }, '/permissions'],
      [{ secret: 'password' }, '/secret'],
      [{ secret: btoa('a'.repeat(32)) }, '/secret'],
      [{ publicKey: 'MCow' }, '/publicKey'],
      [{ alg: 'ed25519' }, '/alg'],
    ]
    for (const [wrong, pointer] of cases) {
      pass(1)
      const reply = await owner.call('POST', KEYS, { ...full, ...wrong })
      expect([said(reply), ...new Set(wrongAt(reply))]).toEqual(['422 invalid_body', pointer])
    }
    for (const text of ['', '[]', '{"a":1,"a":2}', 'null']) {
      pass(1)
      expect(said(await owner.call('POST', KEYS, text))).toBe('422 invalid_body')
    }
  })
})

describe('what is not theirs', () => {
  test('does not exist for a client, and their own keys are listed alone', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    const other = await make(owner, ['client'])
    const listed = await bob.call('GET', `${KEYS}?user=${other.userId}`)
    expect(listed.json.items).toMatchObject([{ keyId: bob.who.keyId }])
    const [theirs, none] = [`${KEYS}/${other.keyId}`, `${KEYS}/key_none`]
    for (const at of [theirs, none]) {
      pass(2)
      expect(said(await bob.call('GET', at))).toBe('404 not_found')
      for (const verb of ['suspend', 'revoke'])
        expect(said(await bob.call('POST', `${at}/${verb}`, { reason: 'x' }))).toBe('404 not_found')
      const headers = { 'if-match': '"v0"' }
      const put = (what: string, body: object) =>
        bob.call('PUT', `${at}/${what}`, { ...body, reason: 'x' }, { headers })
      expect(said(await put('permissions', { permissions: [] }))).toBe('404 not_found')
      expect(said(await put('addresses', { addresses: ['192.0.2.1'] }))).toBe('404 not_found')
      expect(said(await put('limits', { limits: [] }))).toBe('404 not_found')
    }
    pass(2)
    expect(said(await bob.call('POST', KEYS, {}))).toBe('403 role_missing')
    expect(said(await owner.call('GET', none))).toBe('404 not_found')
    expect((await owner.call('GET', theirs)).json).toMatchObject({ status: 'active' })
  })
})

describe('a key', () => {
  test('is suspended, resumed and revoked, and says so to whoever uses it', async () => {
    const owner = await theOwner()
    const officer = await join(owner, ['security'])
    const bob = await make(owner, ['client'])
    const at = `${KEYS}/${bob.keyId}`
    const use = async () => {
      pass(2)
      return (await askSigned(bob.credential, 'GET', '/v1/ticker/BTC-USD')).json.code
    }
    const turn = (verb: string) => officer.call('POST', `${at}/${verb}`, { reason: 'look at it' })
    expect(await use()).toBe('origin_unreachable')
    expect((await turn('suspend')).json).toMatchObject({ keyId: bob.keyId, status: 'suspended' })
    expect(await use()).toBe('key_suspended')
    expect(said(await owner.call('POST', `${at}/resume`, { reason: 'x' }))).toBe('403 role_missing')
    expect((await turn('resume')).json).toMatchObject({ status: 'active' })
    expect(await use()).toBe('origin_unreachable')
    expect((await turn('revoke')).json).toMatchObject({ status: 'revoked' })
    expect(await use()).toBe('key_revoked')
    expect((await turn('revoke')).status).toBe(200)
    expect(said(await turn('resume'))).toBe('409 conflict')
    const none = await officer.call('POST', `${KEYS}/key_none/suspend`, { reason: 'x' })
    expect(said(none)).toBe('404 not_found')
  })

  // @control mission/scopes
  test('loses permissions by whoever holds it, and gains them by an owner alone', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    const at = `${KEYS}/${bob.who.keyId}`
    const give = (who: typeof bob, permissions: readonly string[]) =>
      change(who, at, 'permissions', { permissions, reason: 'narrower' })
    const less = await give(bob, ['market.read'])
    expect(less.json).toMatchObject({ permissions: ['market.read'] })
    expect(less.headers.get('etag')).toBe('"v1"')
    const more = await give(bob, ['market.read', 'order.write'])
    expect(more).toMatchObject({ status: 403, json: { code: 'role_missing', required: ['owner'] } })
    const body = { symbol: 'BTC-USD', side: 'buy', type: 'limit', quantity: '0.01', price: '100' }
    pass(2)
    const order = () => askSigned(bob.who.credential, 'POST', '/v1/orders', body)
    expect((await order()).json.code).toBe('permission_missing')
    expect((await give(owner, ['market.read', 'order.write'])).status).toBe(200)
    pass(2)
    expect((await order()).json.code).toBe('origin_unreachable')
  })

  test('is bound to addresses by whoever holds it, and set free by an owner alone', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    const at = `${KEYS}/${bob.who.keyId}`
    const bind = (who: typeof bob, addresses: readonly string[]) =>
      change(who, at, 'addresses', { addresses, reason: 'office' })
    expect((await bind(bob, ['192.0.2.0/24'])).json).toMatchObject({ addresses: ['192.0.2.0/24'] })
    expect((await bind(bob, ['192.0.2.0/28'])).status).toBe(200)
    for (const wider of [['192.0.2.0/24'], ['198.51.100.1'], []])
      expect(said(await bind(bob, wider))).toBe('403 role_missing')
    pass(2)
    const from = '192.0.2.200'
    const use = () =>
      askSigned(bob.who.credential, 'GET', '/v1/ticker/BTC-USD', undefined, { from })
    expect((await use()).json.code).toBe('address_not_allowed')
    expect((await bind(owner, [])).status).toBe(200)
    pass(2)
    expect((await use()).json.code).toBe('origin_unreachable')
  })

  test('is changed only under the revision that its reader saw', async () => {
    const owner = await theOwner()
    const bob = await make(owner, ['client'])
    const at = `${KEYS}/${bob.keyId}/permissions`
    const body = { permissions: [], reason: 'x' }
    const put = (etag: string) => owner.call('PUT', at, body, { headers: { 'if-match': etag } })
    expect(said(await owner.call('PUT', at, body))).toBe('428 precondition_required')
    for (const etag of ['"v1"', 'v0', '*', 'W/"v0"', '"v00"'])
      expect(said(await put(etag))).toBe('412 precondition_failed')
    expect((await put('"v0"')).status).toBe(200)
    expect(said(await put('"v0"'))).toBe('412 precondition_failed')
  })
})

test('a long list of keys is read page by page, each key once', async () => {
  const owner = await theOwner()
  const bob = await make(owner, ['client'])
  const body = {
    account: 'a',
    user: bob.userId,
    tier: 'retail',
    dialect: 'compact',
    permissions: [],
  }
  for (let made = 1; made < 52; made += 1) {
    if (made % 8 === 0) pass(2)
    expect((await owner.call('POST', KEYS, body)).status).toBe(201)
  }
  const first = await owner.call('GET', `${KEYS}?user=${bob.userId}`)
  expect(first.json.items).toHaveLength(50)
  const next = await owner.call('GET', `${KEYS}?user=${bob.userId}&after=${first.json.next}`)
  expect(next.json.items).toHaveLength(2)
  expect(next.json.next).toBeUndefined()
  const ids = [...first.json.items, ...next.json.items].map(({ keyId }) => keyId)
  expect(new Set(ids).size).toBe(52)
})
