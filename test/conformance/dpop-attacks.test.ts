/** Stolen tokens, and proofs for something else or by somebody else: what trades in a session was proved for this very request. */
import { randomUUID } from 'node:crypto'
import { generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forged } from '../support/jws.ts'
import { BoundSession, type Sent } from '../support/node/bound-session.ts'
import { Caller, refusalOf, seeded } from '../support/node/caller.ts'
import { Demo, order } from '../support/node/demo.ts'
import { askSigned, otpFor, type Tokens } from '../support/node/person.ts'
import { digestOf, Prover, type ProofOptions } from '../support/node/prover.ts'

const demo = new Demo()
let caller: Caller
/** A bearer's, and one that is bound to a key. */
let bare: Tokens
let session: BoundSession

beforeAll(async () => {
  await demo.start()
  caller = new Caller(demo.file.gateway)
  const prover = await Prover.make()
  bare = await caller.begin(seeded(demo, 'hot'))
  const tokens = await caller.beginBound(seeded(demo, 'hot'), prover)
  session = new BoundSession(demo, caller, prover, tokens)
})
afterAll(() => demo.stop())

function body(): string {
  return String(order(randomUUID()).body)
}

describe('a stolen token', () => {
  test.each(['POST /v1/orders', 'DELETE /v1/orders', 'GET /v1/account', 'GET /gw/v1/keys/self'])(
    'that is bound does nothing without its proof: %s',
    async (call) => {
      const [method = '', target = ''] = call.split(' ')
      for (const scheme of ['Bearer', 'DPoP', 'bearer']) {
        const headers = { authorization: `${scheme} ${session.tokens.access_token}` }
        const text = method === 'POST' ? { body: body() } : {}
        expect(await session.refused({ method, target, headers, ...text })).toBe('401 unauthorized')
      }
    },
  )

  test('that is bound is no bearer even beside its right proof', async () => {
    const sent = await session.proved(body())
    const headers = { ...sent.headers, authorization: `Bearer ${session.tokens.access_token}` }
    expect(await session.refused({ ...sent, headers })).toBe('401 unauthorized')
  })

  test('that is not bound gains nothing by a proof', async () => {
    const sent = await session.proved(body(), { token: bare.access_token })
    for (const scheme of ['DPoP', 'Bearer']) {
      const headers = { ...sent.headers, authorization: `${scheme} ${bare.access_token}` }
      expect(await session.refused({ ...sent, headers })).toBe('401 unauthorized')
    }
  })

  // @control owasp/API6
  test.each([
    'POST /v1/orders',
    'PUT /v1/orders/ord_1',
    'DELETE /v1/orders/ord_1',
    'DELETE /v1/orders',
    'PUT /v1/account/settings',
    'POST /v1/withdrawals',
  ])('that is not bound does not trade: %s', async (call) => {
    const [method = '', target = ''] = call.split(' ')
    const before = demo.journal().length
    const reply = await caller.bearing(bare.access_token, method, target, {})
    expect(refusalOf(reply)).toBe('401 unauthorized')
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer .*error="invalid_token"/)
    expect(demo.journal()).toHaveLength(before)
    expect((await caller.bearing(bare.access_token, 'GET', '/v1/account')).status).toBe(200)
  })
})

describe('a proof is for one request: not for another', () => {
  const otherToken = () => bare.access_token
  const now = () => Math.floor(Date.now() / 1_000)
  test.each<[string, () => ProofOptions]>([
    ['path', () => ({ claims: { htu: session.urlOf('/v1/withdrawals') } })],
    ['order', () => ({ claims: { htu: session.urlOf('/v1/orders/ord_1') } })],
    ['host', () => ({ claims: { htu: 'http://gateway.example/v1/orders' } })],
    ['scheme', () => ({ claims: { htu: session.urlOf('/v1/orders').replace('http:', 'https:') } })],
    [
      'user before the host',
      () => ({ claims: { htu: session.urlOf('/v1/orders').replace('//', '//a@') } }),
    ],
    ['method', () => ({ claims: { htm: 'GET' } })],
    ['spelling of the method', () => ({ claims: { htm: 'post' } })],
    ['token', () => ({ token: otherToken() })],
    ['token, or none', () => ({ claims: { ath: undefined } })],
    ['body', () => ({ claims: { content_digest: digestOf('{}') } })],
    ['body, or none', () => ({ claims: { content_digest: undefined } })],
    ['idempotency key', () => ({ claims: { idempotency_key: '"other"' } })],
    ['idempotency key, or none', () => ({ claims: { idempotency_key: undefined } })],
    ['query', () => ({ claims: { query: 'note=a' } })],
    ['spelling of the query', () => ({ claims: { query: 'note=a+b' } })],
    ['query, or none', () => ({ claims: { query: undefined } })],
    ['time, a minute ago', () => ({ claims: { iat: now() - 62 } })],
    ['time, to come', () => ({ claims: { iat: now() + 8 } })],
    ['time, that has ended', () => ({ claims: { exp: now() - 1 } })],
    ['time, that is not a number', () => ({ claims: { iat: String(now()) } })],
    ['purpose', () => ({ header: { typ: 'JWT' } })],
    ['id, too short to be random', () => ({ claims: { jti: '1' } })],
  ])('%s', async (_what, options) => {
    expect(await session.refused(await session.proved(body(), options()))).toBe('401 unauthorized')
  })

  test.each<[string, Partial<Sent>, Readonly<Record<string, string | undefined>>]>([
    ['a body', { body: String(order('swapped').body) }, {}],
    ['a query', { target: '/v1/orders' }, {}],
    ['an idempotency key', {}, { 'idempotency-key': '"two"' }],
    ['another operation', { target: '/v1/withdrawals?note=a%20b' }, {}],
    ['another method', { method: 'PUT' }, {}],
  ])('and not for the same one with %s exchanged on the way', async (_what, change, headers) => {
    const sent = await session.proved(body())
    const changed = { ...sent, ...change, headers: { ...sent.headers, ...headers } }
    const expected = change.method === 'PUT' ? '404 unknown_operation' : '401 unauthorized'
    expect(await session.refused(changed)).toBe(expected)
  })

  test('and not without the idempotency key that it names', async () => {
    const sent = await session.proved(body())
    const { 'idempotency-key': _taken, ...headers } = sent.headers
    expect(await session.refused({ ...sent, headers })).toBe('401 unauthorized')
  })
})

describe('a proof is by the one key:', () => {
  test("an attacker's own, in the right form, is none", async () => {
    const other = await Prover.make()
    other.nonce = session.prover.nonce
    const { privateKey: key, jwk } = other
    expect(await session.refused(await session.proved(body(), { key, header: { jwk } }))).toBe(
      '401 unauthorized',
    )
    expect(await session.refused(await session.proved(body(), { key }))).toBe('401 unauthorized')
  })

  test('one that shows a private key, or a shared secret, is none', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...session.prover.jwk, d: 'A'.repeat(43) }
    expect(await session.refused(await session.proved(body(), { header: { jwk } }))).toBe(
      '401 unauthorized',
    )
    const secret = Buffer.alloc(32, 1)
    const oct = { kty: 'oct', k: secret.toString('base64url') }
    const hmac = await session.proved(body(), { header: { alg: 'HS256', jwk: oct }, key: secret })
    expect(await session.refused(hmac)).toBe('401 unauthorized')
    expect(
      await session.refused(
        await session.proved(body(), { key: privateKey, header: { kid: 'x' } }),
      ),
    ).toBe('401 unauthorized')
  })

  test('an unsigned one, or something that is no proof, is none', async () => {
    const sent = await session.proved(body())
    const [head = '', claims = ''] = sent.headers.dpop.split('.')
    const unsigned = forged({ typ: 'dpop+jwt', alg: 'none', jwk: session.prover.jwk }, {})
    const wrong = [
      `${head}.${claims}.`,
      unsigned,
      session.tokens.access_token,
      'x',
      '{}',
      `${head}.${claims}.AAAA`,
    ]
    for (const dpop of wrong)
      expect(await session.refused({ ...sent, headers: { ...sent.headers, dpop } })).toBe(
        '401 unauthorized',
      )
  })

  test('two proofs are malformed, however they are sent', async () => {
    const sent = await session.proved(body())
    const [one, two] = [sent.headers.dpop, (await session.proved(body())).headers.dpop]
    for (const dpop of [`${one}, ${two}`, `${one},${one}`]) {
      const headers = { ...sent.headers, dpop }
      expect(await session.refused({ ...sent, headers })).toBe('400 malformed_request')
    }
  })
})

test('silence: no token, proof or one-time password was printed, or reached the broker', () => {
  const { soughtCount, found } = caller.findAnywhere(demo)
  expect(soughtCount).toBeGreaterThan(40)
  expect(found).toEqual([])
})

describe('what a bound session changes at the gateway itself', () => {
  const target = '/gw/v1/keys/self/rotate'

  test('is covered like an order: another body is nobody’s', async () => {
    const wanted = JSON.stringify({ overlapSeconds: 600 })
    const swapped = JSON.stringify({ overlapSeconds: 0 })
    const claims = { query: undefined, idempotency_key: undefined }
    const sent = await session.proved(wanted, { claims }, { target })
    const headers = { ...sent.headers, 'idempotency-key': undefined }
    expect(await session.refused({ ...sent, headers, body: swapped })).toBe('401 unauthorized')
    const silent = { claims: { ...claims, content_digest: undefined } }
    const uncovered = await session.proved(wanted, silent, { target })
    const without = { ...uncovered.headers, 'idempotency-key': undefined }
    expect(await session.refused({ ...uncovered, headers: without })).toBe('401 unauthorized')
  })
})

test('a session is bound to the key that the signed body names, and to no other', async () => {
  const { credential, totpSecret } = seeded(demo, 'compact')
  const url = `${demo.file.gateway}/gw/v1/sessions`
  const [mine, theirs] = [await Prover.make(), await Prover.make()]
  mine.nonce = session.prover.nonce
  theirs.nonce = session.prover.nonce
  const otp = await otpFor(totpSecret)
  const begin = async (headers: Readonly<Record<string, string>>) => {
    const named = { otp, dpop_jkt: await mine.thumbprint() }
    return askSigned(demo.file.gateway, credential, 'POST', '/gw/v1/sessions', named, { headers })
  }
  const swapped = await begin({ dpop: await theirs.prove('POST', url) })
  expect(swapped).toMatchObject({ status: 401, json: { code: 'unauthorized' } })
  expect(await begin({})).toMatchObject({ status: 401, json: { code: 'unauthorized' } })
  const begun = await begin({ dpop: await mine.prove('POST', url) })
  expect(begun).toMatchObject({ status: 201, json: { token_type: 'DPoP' } })
})

test('a proof that was shown with one refresh token is nothing with the next', async () => {
  const prover = await Prover.make()
  const tokens = await caller.beginBound(seeded(demo, 'trade'), prover)
  const dpop = await prover.prove('POST', `${demo.file.gateway}/gw/v1/sessions/refresh`)
  const refreshed = await caller.refresh(tokens.refresh_token, { headers: { dpop } })
  expect(refreshed.status).toBe(200)
  const again = await caller.refresh(refreshed.json.refresh_token, { headers: { dpop } })
  expect(refusalOf(again)).toBe('401 unauthorized')
})
