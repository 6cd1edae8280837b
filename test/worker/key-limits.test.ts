/** A key's own limits: anybody tightens, and it takes two people, a ticket and an end to raise one. */
import { describe, expect, test } from 'vitest'
import { askSigned, type Caller } from './gateway.ts'
import { change, join, make, movingClock, pass, said, theOwner, wrongAt } from './staff.ts'

movingClock()

const at = (keyId: string) => `/gw/v1/admin/keys/${keyId}`
const burst = (limit: number) => [{ name: 'burst', limit, windowSeconds: 1 }]

function put(who: Caller, keyId: string, body: object) {
  return change(who, at(keyId), 'limits', { reason: 'quarter end', ...body })
}

describe('a key’s own limits', () => {
  test('are tightened by whoever holds the key, and loosened by them no more', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    const { keyId } = bob.who
    const tight = await put(bob, keyId, { limits: burst(3) })
    expect(tight.json.limits).toContainEqual(expect.objectContaining(burst(3)[0]))
    for (const limits of [burst(4), []]) {
      const loose = await put(bob, keyId, { limits })
      expect(loose).toMatchObject({ status: 403, json: { required: ['risk'] } })
    }
    expect((await put(bob, keyId, { limits: burst(2) })).status).toBe(200)
    expect(said(await put(owner, keyId, { limits: burst(1) }))).toBe('403 role_missing')
  })

  test('are raised with an approver in the role risk, a ticket and an end, and for no longer', async () => {
    const owner = await theOwner()
    const risk = await join(owner, ['risk'])
    const second = await make(owner, ['risk'])
    const support = await make(owner, ['support'])
    const bob = await make(owner, ['client'])
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const good = { limits: burst(40), approver: second.userId, ticket: 'R-1', expiresAt }
    const cases: readonly [object, string][] = [
      [{ approver: undefined }, '/approver'],
      [{ ticket: undefined }, '/ticket'],
      [{ expiresAt: undefined }, '/expiresAt'],
      [{ expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
      [{ approver: risk.who.userId }, '/approver'],
      [{ approver: bob.userId }, '/approver'],
      [{ approver: support.userId }, '/approver'],
      [{ approver: 'usr_nobody' }, '/approver'],
    ]
    for (const [wrong, pointer] of cases) {
      const reply = await put(risk, bob.keyId, { ...good, ...wrong })
      expect([said(reply), ...wrongAt(reply)]).toEqual(['422 invalid_body', pointer])
    }
    const burstOf = async () => {
      pass(2)
      const { json } = await askSigned(bob.credential, 'GET', '/gw/v1/keys/self')
      return json.limits.find(({ name }: { name: string }) => name === 'burst').limit
    }
    expect(await burstOf()).toBe(10)
    expect((await put(risk, bob.keyId, good)).status).toBe(200)
    expect(await burstOf()).toBe(40)
    pass(3_600)
    expect(await burstOf()).toBe(10)
  })

  // @control 15c3-5(d)
  test('are not raised by somebody who makes keys as well', async () => {
    const owner = await theOwner()
    const both = await join(owner, ['risk', 'owner'])
    const second = await make(owner, ['risk'])
    const bob = await make(owner, ['client'])
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const raise = { limits: burst(40), approver: second.userId, ticket: 'R-1', expiresAt }
    const refused = await put(both, bob.keyId, raise)
    expect(said(refused)).toBe('403 role_missing')
    expect(refused.json.detail).toContain('also an owner')
  })

  test('that could never be kept are refused', async () => {
    const owner = await theOwner()
    const risk = await join(owner, ['risk'])
    const bob = await make(owner, ['client'])
    const gateway = [{ name: 'gateway', limit: 5, windowSeconds: 1 }]
    expect(wrongAt(await put(risk, bob.keyId, { limits: gateway }))).toEqual(['/limits/0'])
    const twice = await put(risk, bob.keyId, { limits: [...burst(1), ...burst(2)] })
    expect(wrongAt(twice)).toEqual(['/limits'])
    expect(wrongAt(await put(risk, bob.keyId, { limits: burst(0) }))).toEqual(['/limits/0/limit'])
    const none = { headers: { 'if-match': '"v0"' } }
    const body = { limits: burst(1), reason: 'x' }
    expect(said(await risk.call('PUT', `${at('key_none')}/limits`, body, none))).toBe(
      '404 not_found',
    )
  })
})

describe('a key that caps itself', () => {
  test('is held to it at once, and cannot take it back', async () => {
    const owner = await theOwner()
    const bob = await make(owner, ['client'])
    const cap = (limits: readonly object[]) => {
      pass(2)
      return askSigned(bob.credential, 'PUT', '/gw/v1/keys/self/caps', { limits })
    }
    const capped = await cap(burst(1))
    expect(capped.json.keyId).toBe(bob.keyId)
    expect(capped.json.limits).toContainEqual(burst(1)[0])
    expect(said(await cap([]))).toBe('403 role_missing')
    expect(wrongAt(await cap([{ name: 'gateway', limit: 5, windowSeconds: 1 }]))).toEqual([
      '/limits/0',
    ])
    pass(2)
    const read = () => askSigned(bob.credential, 'GET', '/v1/ticker/BTC-USD')
    expect(said(await read())).toBe('502 origin_unreachable')
    expect(said(await read())).toBe('429 rate_limited')
  })
})
