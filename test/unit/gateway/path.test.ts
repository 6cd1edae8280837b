import { describe, expect, test } from 'vitest'
import { sign } from '../../../src/client/sign.ts'
import { REFUSALS } from '../../../src/refusal.ts'
import { NEW_ORDER } from '../../support/order-body.ts'
import { world } from '../../support/path.ts'
import { NOW } from '../../support/request.ts'

const ORDER = NEW_ORDER
const READ = { method: 'GET', target: '/v1/account?x=1' }

async function codeOf(response: Response): Promise<string> {
  const body: unknown = await response.json()
  return typeof body === 'object' && body !== null && 'code' in body
    ? String(body.code)
    : `${response.status}`
}

test('an admitted order is forwarded once, as it was signed, and recorded', async () => {
  const { send, seen } = await world()
  const response = await send(ORDER)
  expect(response.status).toBe(201)
  expect(seen.forwarded).toHaveLength(1)
  const [{ target, init } = { target: '', init: {} }] = seen.forwarded
  expect(target).toBe('/v1/orders')
  expect(init).toMatchObject({ method: 'POST', redirect: 'manual' })
  expect(
    new TextDecoder().decode(new Uint8Array(await new Response(init.body).arrayBuffer())),
  ).toBe(ORDER.body)
  expect(new Headers(init.headers).get('portcullis-assertion')).toBe('assertion of acct')
  expect(seen.records).toMatchObject([
    { decision: 'forwarded', status: 201, operation: 'order.write', account: 'acct', sequence: 1 },
  ])
})

// @control mission/hsts
test('every response carries the fixed headers, the request id and the limits', async () => {
  const { send, sendRaw } = await world()
  for (const response of [
    await send(ORDER),
    await sendRaw('/nothing', { method: 'GET', headers: {} }),
  ]) {
    expect(response.headers.get('strict-transport-security')).toBe(
      'max-age=31536000; includeSubDomains; preload',
    )
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
  }
  const { headers } = await send(READ)
  expect(headers.get('ratelimit-policy')).toBe('"burst";q=10;w=1')
  expect(headers.get('ratelimit')).toBe('"burst";r=9;t=1')
})

describe('a stranger', () => {
  // @control 15c3-5(c)(2)(iii) soc2/CC6.1
  test.each<[string, string, Record<string, string>, string]>([
    ['asks for what nothing names', '/v1/nothing', {}, 'unknown_operation'],
    ['uses a method that nothing names', '/v1/time/x', {}, 'unknown_operation'],
    ['signs nothing', '/v1/time', {}, 'unauthorized'],
    [
      'signs in two ways',
      '/v1/time',
      { 'pc-key': 'x', 'signature-input': 'x' },
      'malformed_request',
    ],
    ['sends half a signature', '/v1/time', { 'pc-key': 'x' }, 'malformed_request'],
  ])(
    'who %s is refused before anything of anybody’s is touched',
    async (_what, target, headers, code) => {
      const { sendRaw, seen } = await world()
      expect(await codeOf(await sendRaw(target, { method: 'GET', headers }))).toBe(code)
      expect(seen.admissions).toEqual([])
      expect(seen.forwarded).toEqual([])
    },
  )

  test('I4: cannot tell a wrong secret from an unknown id', async () => {
    const { send, seen, credentialId } = await world()
    const wrongSecret = await send(ORDER, { 'pc-signature': 'a'.repeat(64) })
    const unknown = await send(ORDER, { 'pc-key': `${credentialId.slice(0, -2)}aa` })
    const facts = async (response: Response) => {
      const { requestId: _unique, ...body }: Record<string, unknown> = JSON.parse(
        await response.text(),
      )
      const { 'x-request-id': _own, ...headers } = Object.fromEntries(response.headers)
      return { status: response.status, body, headers }
    }
    expect(await facts(wrongSecret)).toEqual(await facts(unknown))
    expect(seen.admissions).toEqual([])
  })
})

test('I4: a stranger’s request is read and checked like any other', async () => {
  const { send, seen, credentialId } = await world()
  const unknown = { 'pc-key': `${credentialId.slice(0, -2)}aa` }
  await send(ORDER, unknown)
  expect(seen.strangers).toEqual(['hmac-sha256'])
  const long = { ...ORDER, body: 'x'.repeat(1024 * 1024 + 1) }
  expect(await codeOf(await send(long, unknown))).toBe('body_too_large')
  expect(await codeOf(await send(long))).toBe('body_too_large')
})

test.each(['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256'])(
  'an unknown id is checked in the common algorithm, whatever it names: %s',
  async (named) => {
    const { sendRaw, seen, credentialId, secret } = await world({ dialect: 'rfc9421' })
    const signed = await sign(
      { method: 'GET', url: 'http://gw.example/v1/account' },
      { id: credentialId, dialect: 'rfc9421', secret },
      { nowMs: NOW },
    )
    const input = String(signed['signature-input']).replace(credentialId, 'nobody')
    const headers = { ...signed, 'signature-input': `${input};alg="${named}"` }
    expect((await sendRaw('/v1/account', { method: 'GET', headers })).status).toBe(401)
    expect(seen.strangers).toEqual(['hmac-sha256'])
  },
)

test('what the policy opens to anyone is read without a key, within what one network may ask', async () => {
  const target = '/api/v3/exchangeInfo'
  const { sendRaw, seen } = await world()
  expect((await sendRaw(target, { method: 'GET', headers: {} })).status).toBe(201)
  expect(seen.admissions).toEqual([])
  expect(seen.forwarded).toHaveLength(1)
  expect(new Headers(seen.forwarded[0]?.init.headers).get('portcullis-assertion')).toBe(
    'assertion of anyone',
  )
  expect(seen.records).toMatchObject([{ decision: 'forwarded', operation: 'market.public' }])

  const shut = await world({ spared: false })
  const response = await shut.sendRaw(target, { method: 'GET', headers: {} })
  expect(response.headers.get('retry-after')).toBe('60')
  expect(await codeOf(response)).toBe('rate_limited')
  expect(shut.seen.forwarded).toEqual([])
})

test('what is open to anyone is served alike to those who send a key', async () => {
  const { sendRaw, seen } = await world()
  const headers = { 'x-mbx-apikey': 'k', 'pc-key': 'x' }
  expect((await sendRaw('/api/v3/exchangeInfo', { method: 'GET', headers })).status).toBe(201)
  expect(seen.admissions).toEqual([])
  expect(new Headers(seen.forwarded[0]?.init.headers).has('x-mbx-apikey')).toBe(false)
})

describe('a signature that names neither method nor path', () => {
  const signed = `timestamp=${NOW}&signature=${'a'.repeat(64)}`

  test.each([
    ['POST', '/v1/withdrawals'],
    ['DELETE', '/v1/orders'],
    ['POST', '/v1/orders'],
    ['PUT', '/v1/account/settings'],
    ['GET', '/v1/account'],
  ])('cannot be taken to %s %s', async (method, path) => {
    const { sendRaw, seen } = await world()
    const answer = await sendRaw(`${path}?${signed}`, { method, headers: { 'x-mbx-apikey': 'k' } })
    expect(answer.status).toBe(404)
    expect(seen.admissions).toEqual([])
  })

  test('reaches what the policy names for its dialect, and there nobody else does', async () => {
    const { send, sendRaw, seen } = await world()
    const own = await sendRaw(`/api/v3/account?${signed}`, {
      method: 'GET',
      headers: { 'x-mbx-apikey': 'k' },
    })
    expect(own.status).toBe(401)
    expect((await send({ method: 'GET', target: '/api/v3/account' })).status).toBe(404)
    expect(seen.admissions).toEqual([])
  })
})

test('a credential for one dialect cannot be used in another', async () => {
  const { sendRaw, seen, secret, credentialId } = await world({ dialect: 'rfc9421' })
  for (const [dialect, code] of [
    ['rfc9421', '201'],
    ['compact', 'unauthorized'],
  ] as const) {
    const url = `http://gw.example${READ.target}`
    const headers = await sign(
      { method: 'GET', url },
      { id: credentialId, dialect, secret },
      { nowMs: NOW },
    )
    expect(await codeOf(await sendRaw(READ.target, { method: 'GET', headers })), dialect).toBe(code)
  }
  expect(seen.admissions).toHaveLength(1)
})

test('a stale request is told so only after its signature verified', async () => {
  const { send, clock, seen } = await world()
  const stale = send(READ)
  clock.nowMs = NOW + 20_000
  expect(await codeOf(await stale)).toBe('timestamp_skew')
  clock.nowMs = NOW
  const forged = send(READ, { 'pc-signature': 'a'.repeat(64) })
  clock.nowMs = NOW + 20_000
  expect(await codeOf(await forged)).toBe('unauthorized')
  expect(seen.admissions).toEqual([])
})

test('a store that is down is an outage for those it concerns', async () => {
  const { send, seen } = await world({ kvDown: true })
  const response = await send(READ)
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('1')
  expect(await codeOf(response)).toBe('credential_unavailable')
  expect(seen.forwarded).toEqual([])
})

test('a key can ask about itself, and the call spends the gateway’s own limit', async () => {
  const { send, seen } = await world()
  const response = await send({ method: 'GET', target: '/gw/v1/keys/self' })
  expect(await response.json()).toMatchObject({
    keyId: 'key_1',
    permissions: ['order.write'],
    level: 'open',
    lastUsed: null,
  })
  expect(response.headers.get('ratelimit-policy')).toBe('"gateway";q=10;w=1')
  expect(seen.admissions).toMatchObject([{ budget: 'gateway', permission: undefined }])
  expect(seen.forwarded).toEqual([])
})

test('from the admission on the work is kept alive, so that a client who leaves loses nothing', async () => {
  const { send, seen } = await world()
  await send(ORDER)
  // The read of the credential, all that follows the admission, and what the account is told of the answer.
  expect(seen.kept).toHaveLength(3)
  await seen.kept[1]
  expect(seen.records).toHaveLength(1)
})

test('I7: what a stranger sends is in no record and in no answer', async () => {
  const canary = 'canary-5f2e9c'
  const { send, sendRaw, seen } = await world()
  const headers = {
    'user-agent': canary,
    'x-canary': canary,
    authorization: `Bearer ${canary}`,
    cookie: canary,
  }
  const answers = [
    await sendRaw(`/v1/${canary}?${canary}=${canary}`, { method: 'GET', headers }),
    await sendRaw('/v1/time', {
      method: 'GET',
      headers: {
        ...headers,
        'pc-key': canary,
        'pc-nonce': canary,
        'pc-timestamp': canary,
        'pc-signature': canary,
      },
    }),
    await send(
      { ...ORDER, body: canary, headers: { 'pc-otp': canary, 'idempotency-key': canary } },
      { ...headers, 'pc-signature': 'a'.repeat(64) },
    ),
    await send({ method: 'GET', target: `/v1/orders/${canary}?q=${canary}` }, headers),
  ]
  for (const answer of answers) {
    expect(JSON.stringify([...answer.headers])).not.toContain(canary)
    expect(await answer.text()).not.toContain(canary)
  }
  expect(seen.records).toHaveLength(4)
  expect(JSON.stringify(seen.records)).not.toContain(canary)
})

test('every refusal has a status that says no and a title that says nothing more', () => {
  for (const [code, { status, title }] of Object.entries(REFUSALS)) {
    expect(status, code).toBeGreaterThanOrEqual(400)
    expect(title, code).toMatch(/^[A-Z].*[^.]$/)
  }
})
