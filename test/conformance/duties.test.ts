/** Duties are kept apart: to raise a limit takes two people of risk, a ticket and an end; nobody helps themselves. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Cast, must, type Member } from '../support/node/cast.ts'
import { Demo } from '../support/node/demo.ts'

const REASON = { reason: 'A quiet week' }

function burst(limit: number) {
  return { limits: [{ name: 'burst', limit, windowSeconds: 1 }] }
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1_000).toISOString()
}

const demo = new Demo()
let cast: Cast
let client: Member
let risk: Member
let security: Member
let riskAndOwner: Member
let clientAndSupport: Member
/** Another person of risk, who approves. */
let approver: string
let path: string

beforeAll(async () => {
  await demo.start()
  cast = await Cast.of(demo)
  client = await cast.member('client')
  risk = await cast.member('risk')
  security = await cast.member('security')
  riskAndOwner = await cast.member('risk', 'owner')
  clientAndSupport = await cast.member('client', 'support')
  approver = (await cast.person(['risk'])).userId
})
afterAll(() => demo.stop())

// Each with a key of the client's as it was made.
beforeEach(async () => {
  path = `/admin/keys/${(await cast.key(client.userId)).keyId}`
})

function approval() {
  return { ...REASON, approver, ticket: 'RISK-1', expiresAt: inSeconds(3_600) }
}

async function burstNow(): Promise<number> {
  const { json } = must(await cast.owner.call('GET', path), 200)
  return json.limits.find(({ name }: { name: string }) => name === 'burst').limit
}

describe('a raise', () => {
  // @control rts6/20-parameters 15c3-5(d) 15c3-5/faq-18
  test('by risk, with reason, approver, ticket and end, holds and ends', async () => {
    const raised = await risk.change('/limits', path, {
      ...burst(20),
      ...approval(),
      expiresAt: inSeconds(2),
    })
    expect(raised.status).toBe(200)
    expect(await burstNow()).toBe(20)
    await expect.poll(burstNow, { timeout: 10_000 }).toBe(10)
  })

  // @control 15c3-5/faq-18
  test.each(['reason', 'approver', 'ticket', 'expiresAt'])(
    'without %s is refused',
    async (name) => {
      const body = Object.fromEntries(
        Object.entries({ ...burst(20), ...approval() }).filter(([member]) => member !== name),
      )
      const { status, json } = await risk.change('/limits', path, body)
      expect([status, json.code, json.errors[0].pointer]).toEqual([422, 'invalid_body', `/${name}`])
      expect(await burstNow()).toBe(10)
    },
  )

  test.each<[string, () => string]>([
    ['whoever raises', () => risk.userId],
    ['the key’s own user', () => client.userId],
    ['an owner', () => 'user-owner'],
    ['security', () => 'user-security'],
    ['nobody', () => 'nobody'],
  ])('is not approved by %s', async (_, who) => {
    const body = { ...burst(20), ...approval(), approver: who() }
    const { status, json } = await risk.change('/limits', path, body)
    expect([status, json.code, json.errors[0].pointer]).toEqual([422, 'invalid_body', '/approver'])
    expect(await burstNow()).toBe(10)
  })

  test('of a risk person’s own key is not approved by that person', async () => {
    const own = `/admin/keys/${(await cast.key(approver)).keyId}`
    const { status, json } = await risk.change('/limits', own, { ...burst(20), ...approval() })
    expect([status, json.errors?.[0].pointer]).toEqual([422, '/approver'])
  })

  test.each<[string, () => Member]>([
    ['risk who is also an owner', () => riskAndOwner],
    ['an owner', () => cast.owner],
    ['security', () => security],
    ['the client', () => client],
  ])('by %s is refused', async (_, who) => {
    const etag = await cast.owner.etag(path)
    const body = { ...burst(20), ...approval() }
    const { status, json } = await who().call('PUT', `${path}/limits`, body, { 'if-match': etag })
    expect([status, json.code]).toEqual([403, 'role_missing'])
    expect(await burstNow()).toBe(10)
    expect(await cast.owner.etag(path)).toBe(etag)
  })

  test('a limit that nobody sees is one, too: taken away, over a longer window, given an end', async () => {
    must(await risk.change('/limits', path, { ...burst(3), ...REASON }), 200)
    for (const body of [
      { limits: [] },
      { limits: [{ name: 'burst', limit: 3, windowSeconds: 2 }] },
      { limits: [{ name: 'other', limit: 3, windowSeconds: 2 }] },
      { ...burst(3), expiresAt: inSeconds(2) },
      { ...burst(1), expiresAt: inSeconds(2) },
    ]) {
      const by = await client.change('/limits', path, { ...body, ...REASON })
      expect([JSON.stringify(body), by.json.code]).toEqual([JSON.stringify(body), 'role_missing'])
      expect(by.json.required).toEqual(['risk'])
    }
    expect(await burstNow()).toBe(3)
  })

  test('that was approved until an instant is not kept by whoever has it', async () => {
    must(await risk.change('/limits', path, { ...burst(20), ...approval() }), 200)
    for (const body of [burst(20), burst(11), { ...burst(20), expiresAt: inSeconds(7_200) }]) {
      const { json } = await client.change('/limits', path, { ...body, ...REASON })
      expect(json.code).toBe('role_missing')
    }
    must(await client.change('/limits', path, { ...burst(10), ...REASON }), 200)
    expect(await burstNow()).toBe(10)
  })
})

describe('caps of one’s own key', () => {
  // @control rts6/20-parameters 15c3-5(d)
  test('tighten, and neither loosen nor keep what was approved for a time', async () => {
    const own = `/admin/keys/${client.key.keyId}`
    const cap = (limit: number) => client.call('PUT', '/keys/self/caps', burst(limit))
    must(await risk.change('/limits', own, { ...burst(20), ...approval() }), 200)
    expect((await cap(20)).json.code).toBe('role_missing')
    expect((await cap(4)).json.limits).toContainEqual({ name: 'burst', limit: 4, windowSeconds: 1 })
    for (const limit of [5, 10, 20]) expect((await cap(limit)).json.code).toBe('role_missing')
    expect((await cap(2)).status).toBe(200)
  })
})

describe('nobody helps themselves:', () => {
  test('an owner does not change their own roles', async () => {
    for (const who of [cast.owner, riskAndOwner]) {
      const self = `/admin/users/${who.userId}`
      const before = (await who.call('GET', self)).json.roles
      for (const roles of [['owner', 'risk'], before, []]) {
        const { status, json } = await who.change('/roles', self, { roles, ...REASON })
        expect([status, json.code]).toEqual([403, 'role_missing'])
      }
      expect((await who.call('GET', self)).json.roles).toEqual(before)
    }
  })

  test('nobody else changes roles at all', async () => {
    for (const who of [client, risk, security, clientAndSupport]) {
      for (const userId of [who.userId, approver]) {
        const body = { roles: ['owner'], ...REASON }
        const sent = who.call('PUT', `/admin/users/${userId}/roles`, body, { 'if-match': '"v0"' })
        expect((await sent).json).toMatchObject({ code: 'role_missing', required: ['owner'] })
      }
    }
  })

  test('nobody resets their own second factor, and their session goes on', async () => {
    for (const who of [cast.owner, security]) {
      const reset = await who.call('POST', `/admin/users/${who.userId}/totp/reset`, REASON)
      expect([reset.status, reset.json.code]).toEqual([403, 'role_missing'])
      expect(JSON.stringify(reset.json)).not.toMatch(/otpauth|secret/)
      expect((await who.call('GET', '/keys/self')).status).toBe(200)
    }
  })

  test('support reads everybody’s keys, and tightens its own alone when it is a client, too', async () => {
    expect((await clientAndSupport.call('GET', path)).status).toBe(200)
    const other = await clientAndSupport.call('POST', `${path}/suspend`, REASON)
    expect([other.status, other.json.code]).toEqual([404, 'not_found'])
    const own = `/admin/keys/${(await cast.key(clientAndSupport.userId)).keyId}`
    expect((await clientAndSupport.call('POST', `${own}/suspend`, REASON)).status).toBe(200)
  })

  test('security narrows a key and does not widen it', async () => {
    const narrower = { addresses: ['192.0.2.0/24'], ...REASON }
    expect((await security.change('/addresses', path, narrower)).status).toBe(200)
    const wider = { addresses: ['192.0.0.0/16'], ...REASON }
    const refused = await security.change('/addresses', path, wider)
    expect(refused.json).toMatchObject({ code: 'role_missing', required: ['owner'] })
    expect((await cast.owner.change('/addresses', path, wider)).status).toBe(200)
  })
})
