/** Sessions that are over, or used from where they were not begun: the very next request is refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Caller, refusalOf, seeded, type Someone } from '../support/node/caller.ts'
import { Demo, order } from '../support/node/demo.ts'
import type { Ask, Reply, Tokens } from '../support/node/person.ts'
import { digestOf, Prover } from '../support/node/prover.ts'

const demo = new Demo()
let caller: Caller
let owner: Tokens
let security: Tokens

beforeAll(async () => {
  await demo.start()
  caller = new Caller(demo.file.gateway)
  owner = await caller.begin(seeded(demo, 'owner'))
  security = await caller.begin(seeded(demo, 'security'))
})
afterAll(() => demo.stop())

/** Somebody in a session that may trade. */
interface Trader {
  readonly someone: Someone
  readonly prover: Prover
  readonly tokens: Tokens
}

async function trader(): Promise<Trader> {
  const [someone, prover] = [await caller.person(owner), await Prover.make()]
  return { someone, prover, tokens: await caller.beginBound(someone, prover) }
}

async function use(
  { prover, tokens }: Trader,
  method: string,
  path: string,
  { body, ...options }: Ask & { body?: string } = {},
): Promise<Reply> {
  const token = tokens.access_token
  const claims = body === undefined ? {} : { content_digest: digestOf(body) }
  const dpop = await prover.prove(method, caller.base + path, { token, claims })
  const headers = { ...options.headers, authorization: `DPoP ${token}`, dpop }
  return caller.ask(method, path, body, { ...options, headers })
}

async function refresh({ prover, tokens }: Trader, options: Ask = {}): Promise<Reply> {
  const dpop = await prover.prove('POST', `${caller.base}/gw/v1/sessions/refresh`)
  const headers = { ...options.headers, dpop }
  return caller.refresh(tokens.refresh_token, { ...options, headers })
}

function trade(session: Trader, options: Ask = {}): Promise<Reply> {
  return use(session, 'POST', '/v1/orders', { ...options, body: String(order('late').body) })
}

/** Everything that a session can be used for is refused alike, and the broker hears of none of it. */
async function expectOver(session: Trader, refusal: string, options: Ask = {}): Promise<void> {
  const before = demo.journal().length
  const replies = [
    await trade(session, options),
    await use(session, 'GET', '/v1/account', options),
    await use(session, 'DELETE', '/v1/orders', options),
    await use(session, 'GET', '/gw/v1/keys/self', options),
    await refresh(session, options),
  ]
  expect(replies.map(refusalOf)).toEqual(replies.map(() => refusal))
  expect(demo.journal()).toHaveLength(before)
}

async function byAdmin(method: string, path: string, body?: object, by = security) {
  const reply = await caller.bearing(by.access_token, method, `/gw/v1/admin${path}`, body)
  expect(reply.status, JSON.stringify(reply.json)).toBe(200)
  return reply
}

describe('over at once:', () => {
  test.each<[string, string, (session: Trader) => Promise<unknown>]>([
    [
      'logged out',
      '401 unauthorized',
      async (session) =>
        expect((await use(session, 'DELETE', '/gw/v1/sessions/current')).status).toBe(204),
    ],
    [
      'ended by an officer',
      '401 unauthorized',
      async ({ someone: { userId } }) => {
        const { json } = await byAdmin('GET', `/users/${userId}/sessions`)
        await byAdmin('DELETE', `/users/${userId}/sessions/${json.items[0].sid}`)
      },
    ],
    [
      'all of a person ended by an officer',
      '401 unauthorized',
      ({ someone: { userId } }) => byAdmin('DELETE', `/users/${userId}/sessions`),
    ],
    [
      'the second factor reset',
      '401 unauthorized',
      ({ someone: { userId } }) =>
        byAdmin('POST', `/users/${userId}/totp/reset`, { reason: 'stolen' }),
    ],
    [
      'its key revoked',
      '403 key_revoked',
      ({ someone: { keyId } }) => byAdmin('POST', `/keys/${keyId}/revoke`, { reason: 'stolen' }),
    ],
    [
      'its key suspended',
      '403 key_suspended',
      ({ someone: { keyId } }) => byAdmin('POST', `/keys/${keyId}/suspend`, { reason: 'odd' }),
    ],
    [
      'its credential ended',
      '403 credential_expired',
      ({ someone: { keyId } }) =>
        byAdmin('POST', `/keys/${keyId}/rotate`, { overlapSeconds: 0 }, owner),
    ],
  ])('%s', async (_what, refusal, end) => {
    const session = await trader()
    expect((await trade(session)).status).toBe(201)
    await end(session)
    await expectOver(session, refusal)
  })

  // @control mission/sessions mission/revocation
  test('every session of the person, not that of one key alone', async () => {
    const session = await trader()
    const key = await caller.anotherKey(owner, session.someone)
    const other = { ...session.someone, ...key }
    const tokens = await caller.beginBound(other, session.prover)
    await byAdmin('DELETE', `/users/${session.someone.userId}/sessions`)
    await expectOver(session, '401 unauthorized')
    await expectOver({ ...session, tokens }, '401 unauthorized')
  })

  test('one session of two: the other goes on', async () => {
    const [session, prover] = [await trader(), await Prover.make()]
    const tokens = await caller.beginBound(session.someone, prover)
    expect((await use(session, 'DELETE', '/gw/v1/sessions/current')).status).toBe(204)
    await expectOver(session, '401 unauthorized')
    expect((await trade({ ...session, prover, tokens })).status).toBe(201)
  })

  test('a key that goes on does not bring a logged-out session back', async () => {
    const session = await trader()
    const { keyId } = session.someone
    expect((await use(session, 'DELETE', '/gw/v1/sessions/current')).status).toBe(204)
    await byAdmin('POST', `/keys/${keyId}/suspend`, { reason: 'odd' })
    await expectOver(session, '403 key_suspended')
    await byAdmin('POST', `/keys/${keyId}/resume`, { reason: 'well again' })
    await expectOver(session, '401 unauthorized')
  })

  test('what the person or the key may no longer do is not done in the session', async () => {
    const before = async () => demo.journal().length
    const byRole = await trader()
    const { userId } = byRole.someone
    const { headers } = await byAdmin('GET', `/users/${userId}`)
    await caller.bearing(
      owner.access_token,
      'PUT',
      `/gw/v1/admin/users/${userId}/roles`,
      { roles: ['support'], reason: 'moved' },
      { headers: { 'if-match': String(headers.etag) } },
    )
    const byKey = await trader()
    const read = await byAdmin('GET', `/keys/${byKey.someone.keyId}`)
    await caller.bearing(
      security.access_token,
      'PUT',
      `/gw/v1/admin/keys/${byKey.someone.keyId}/permissions`,
      { permissions: ['account.read'], reason: 'less' },
      { headers: { 'if-match': String(read.headers.etag) } },
    )
    const reached = await before()
    expect(refusalOf(await trade(byRole))).toBe('403 permission_missing')
    expect(refusalOf(await trade(byKey))).toBe('403 permission_missing')
    expect(await before()).toBe(reached)
  })

  test('an officer whose session ended is nobody at the next call', async () => {
    const risk = await caller.begin(seeded(demo, 'risk'))
    const call = () => caller.bearing(risk.access_token, 'GET', '/gw/v1/admin/users')
    expect((await call()).status).toBe(200)
    await byAdmin('DELETE', '/users/user-risk/sessions')
    expect(refusalOf(await call())).toBe('401 unauthorized')
  })
})

describe('from elsewhere:', () => {
  test('the session is nobody in another network, whatever headers say; and goes on in its own', async () => {
    const session = await trader()
    const forged = {
      'x-forwarded-for': '127.0.0.1',
      'cf-connecting-ip': '127.0.0.1',
      'true-client-ip': '127.0.0.1',
      'x-real-ip': '127.0.0.1',
      forwarded: 'for=127.0.0.1',
      'cf-connecting-ipv6': '::1',
      'x-test-edge': '{"country":"DE"}',
    }
    for (const from of ['127.0.5.1', '127.1.0.1', '127.250.250.250']) {
      await expectOver(session, '401 unauthorized', { from })
      await expectOver(session, '401 unauthorized', { from, headers: forged })
    }
    expect((await trade(session, { from: '127.0.0.200' })).status).toBe(201)
    expect((await refresh(session)).status).toBe(200)
  })

  test('a key that is bound to an address is used from no other, in a session or signed', async () => {
    const [someone, prover] = [
      await caller.person(owner, { addresses: ['127.0.0.77/32'] }),
      await Prover.make(),
    ]
    const from = '127.0.0.77'
    const session = { someone, prover, tokens: await caller.beginBound(someone, prover, from) }
    expect((await trade(session, { from })).status).toBe(201)
    const before = demo.journal().length
    const names = [
      'x-forwarded-for',
      'cf-connecting-ip',
      'true-client-ip',
      'forwarded',
      'x-real-ip',
      'x-client-ip',
      'x-originating-ip',
      'client-ip',
      'fastly-client-ip',
      'cf-pseudo-ipv4',
      'cf-connecting-ipv6',
      'mf-cf-blob',
    ]
    for (const name of names) {
      const value =
        name === 'forwarded' ? `for=${from}` : name === 'mf-cf-blob' ? `{"ip":"${from}"}` : from
      const headers = { [name]: value }
      const sent = JSON.parse(String(order('forged').body))
      const signed = await caller.signed(someone.credential, 'POST', '/v1/orders', sent, {
        headers,
      })
      expect(refusalOf(signed), name).toBe('403 address_not_allowed')
      // In the session's network, and still not at the key's address.
      const other = { from: '127.0.0.78', headers }
      expect(refusalOf(await trade(session, other)), name).toBe('403 address_not_allowed')
    }
    expect(demo.journal()).toHaveLength(before)
  })
})

test('silence: no token, proof, one-time password or secret was printed, or reached the broker', () => {
  const { soughtCount, found } = caller.findAnywhere(demo)
  expect(soughtCount).toBeGreaterThan(200)
  expect(found).toEqual([])
})
