/** A stolen bearer's token, and what it could be turned into: nothing that does more, or lasts longer, than itself. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BareGateway } from '../support/node/bare-gateway.ts'
import { refusalOf } from '../support/node/caller.ts'
import { partOf } from '../support/node/good-token.ts'
import { askSigned, otpFor, type Reply } from '../support/node/person.ts'

const gateway = new BareGateway()
const address = '192.0.2.7'
beforeAll(() => gateway.start())
afterAll(() => gateway.stop())

function signed(method: string, path: string, body?: object, id?: string, secret?: string) {
  const key = gateway.key('hot')
  const credential = {
    id: id ?? key.id,
    secret: secret ?? key.secret ?? '',
    dialect: 'compact',
  } as const
  const headers = { 'cf-connecting-ip': address }
  return askSigned(gateway.url.origin, credential, method, path, body, { headers })
}

function bearing(token: string, method: string, path: string, body: object): Promise<Reply> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return gateway.ask(method, path, JSON.stringify(body), { address, headers })
}

test('is turned into no credential: that would trade, and outlive the session', async () => {
  const otp = await otpFor(gateway.totpSecretOf('user-gamma'))
  const begun = await signed('POST', '/gw/v1/sessions', { otp })
  const { sid, ver } = partOf(String(begun.json.access_token), 1)
  const aged = (ageMs: number, change: object = {}) =>
    gateway.mint(
      gateway.session('hot', address, {
        sid: String(sid),
        version: Number(ver),
        authTimeMs: Date.now() - ageMs,
        ...change,
      }),
    )
  const rotate = async (token: string) =>
    bearing(token, 'POST', '/gw/v1/keys/self/rotate', { overlapSeconds: 60 })

  const stolen = await aged(302_000)
  const refused = await rotate(stolen)
  expect(refusalOf(refused)).toBe('401 step_up_required')
  expect(refused.json).not.toHaveProperty('credential')
  expect(refused.headers['www-authenticate']).toContain('max_age="300"')
  expect(refusalOf(await rotate(await aged(0, { sid: 'unknown' })))).toBe('401 unauthorized')
  // What only takes something away needs no more than the token.
  const caps = { limits: [{ name: 'own', limit: 1_000, windowSeconds: 60 }] }
  expect((await bearing(stolen, 'PUT', '/gw/v1/keys/self/caps', caps)).status).toBe(200)

  const fresh = await rotate(await aged(0))
  expect(fresh.status).toBe(200)
  const { id, secret } = fresh.json.credential
  expect((await signed('GET', '/v1/account', undefined, id, secret)).status).toBe(200)
  // Whoever signs has the credential already.
  const again = { overlapSeconds: 60 }
  const self = '/gw/v1/keys/self/rotate'
  expect((await signed('POST', self, again, id, secret)).status).toBe(200)
  // But not with one that was replaced: whoever found an old one stays behind its owner.
  expect(refusalOf(await signed('POST', self, again))).toBe('409 conflict')
})

describe('the one-time secret of the deployment', () => {
  const bootstrap = (secret: unknown, path = '') =>
    gateway.ask(
      'POST',
      `/gw/v1/bootstrap${path}`,
      JSON.stringify(
        path === '' ? { secret, name: 'Mallory' } : { secret, userId: 'user-owner', otp: '000000' },
      ),
      { address: '198.51.100.7', headers: { 'content-type': 'application/json' } },
    )

  test('makes nobody where somebody is, even if it is right', async () => {
    const { BOOTSTRAP_SECRET } = gateway.secrets
    expect(refusalOf(await bootstrap(BOOTSTRAP_SECRET))).toBe('409 conflict')
    // An owner whose factor is confirmed is not confirmed again.
    expect(refusalOf(await bootstrap(BOOTSTRAP_SECRET, '/confirm'))).toBe('409 conflict')
  })

  test.each(['', ' ', 'undefined', 'null', 'A'.repeat(44)])('is not %j', async (secret) => {
    expect(refusalOf(await bootstrap(secret))).toBe('401 unauthorized')
    expect(refusalOf(await bootstrap(secret, '/confirm'))).toBe('401 unauthorized')
  })

  test.each([null, 0, [], {}])('is not %j, nor is that a body', async (secret) => {
    expect(refusalOf(await bootstrap(secret))).toBe('422 invalid_body')
  })
})

test('a token beside a signature is neither: nobody acts for two', async () => {
  const before = gateway.heard.length
  const token = await gateway.mint(gateway.session('trade', address))
  const key = gateway.key('read-only')
  const headers = { 'cf-connecting-ip': address, authorization: `Bearer ${token}` }
  const credential = { id: key.id, secret: key.secret ?? '', dialect: 'rfc9421' } as const
  const reply = await askSigned(
    gateway.url.origin,
    credential,
    'POST',
    '/v1/orders',
    {},
    { headers },
  )
  expect(refusalOf(reply)).toBe('400 malformed_request')
  expect(gateway.heard).toHaveLength(before)
})

test('no published key holds its private half', async () => {
  const { json } = await gateway.ask('GET', '/.well-known/jwks.json', undefined, { address })
  expect(json.keys.length).toBeGreaterThanOrEqual(3)
  for (const key of json.keys) {
    expect(Object.keys(key)).toEqual(expect.arrayContaining(['kid', 'kty', 'x']))
    for (const member of ['d', 'k', 'p', 'q']) expect(key).not.toHaveProperty(member)
  }
})

test('whatever is sent for a token, a proof or a refresh, none of it is a fault of ours', async () => {
  const odd = [
    '',
    '.',
    '..',
    'a.b.c',
    '{}',
    '[]',
    '\u00ff',
    '%00',
    'e30.e30.e30',
    'bnVsbA.bnVsbA.AA',
  ]
  const header = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const jwk = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) }
  const texts = [
    ...odd,
    ...[null, 1, 'x', [], { alg: {} }, { typ: 'dpop+jwt', alg: 'ES256', jwk }].map(
      (value) => `${header(value)}.${header({ iat: 1e308, jti: 'x'.repeat(20) })}.AAAA`,
    ),
    `${'W'.repeat(2_000)}.${'W'.repeat(2_000)}.AAAA`,
  ]
  for (const [i, text] of texts.entries()) {
    const from = { address: `203.0.${i}.1` }
    const token = await gateway.mint(gateway.session('hot', from.address, { jkt: 'A'.repeat(43) }))
    const replies = [
      await gateway.ask('GET', '/v1/account', undefined, {
        ...from,
        headers: { authorization: `DPoP ${text}`, dpop: text },
      }),
      await gateway.ask('GET', '/v1/account', undefined, {
        ...from,
        headers: { authorization: `DPoP ${token}`, dpop: text },
      }),
      await gateway.ask('POST', '/gw/v1/sessions/refresh', text, from),
      await gateway.ask('POST', '/gw/v1/sessions/refresh', `refresh_token=${text}`, {
        ...from,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    ]
    expect(
      replies.map(({ status }) => status).filter((status) => ![401, 422].includes(status)),
    ).toEqual([])
  }
})
