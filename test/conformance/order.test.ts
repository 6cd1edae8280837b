/** One order's way through the demo that `npm start` starts: real sockets, workerd, KV, SQLite, mTLS. */
import { createPublicKey, createHash } from 'node:crypto'
import fs from 'node:fs'
import https from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, Demo, order } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import { found, rounds } from '../support/node/size.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

describe.each(['trade', 'compact'])('an order signed with %s', (name) => {
  // @control mission/hmac mission/mtls-origin rts6/21-client soc2/CC6.7
  test('reaches the broker once, over mTLS, with the right assertion', async () => {
    const key = demo.key(name)
    const wire = order(`once-${name}`)
    const answer = await demo.call(key, wire)
    expect(answer.status).toBe(201)
    const placed: Record<string, unknown> = JSON.parse(answer.body)
    expect(placed).toMatchObject({
      clientOrderId: `once-${name}`,
      status: 'open',
      quantity: '0.01',
      price: '100',
    })

    const lines = demo.journal().filter((line) => line.body === wire.body)
    expect(lines).toHaveLength(1)
    const [line] = lines
    const requestId = answer.headers['x-request-id']
    expect(line).toMatchObject({ method: 'POST', path: '/v1/orders', status: 201, requestId })
    expect(line?.tls).toMatchObject({ protocol: 'TLSv1.3', client: 'portcullis gateway' })
    expect(line?.assertion).toMatchObject({
      iss: demo.file.gateway,
      aud: demo.file.broker.url,
      sub: key.account,
      jti: requestId,
      key: key.keyId,
      credential: key.id,
      user: key.user,
      operation: 'order.write',
      method: 'POST',
      path: '/v1/orders',
      body_sha256: createHash('sha256')
        .update(wire.body ?? '')
        .digest('base64url'),
    })
    const { iat, exp } = { iat: 0, exp: 0, ...line?.assertion }
    expect(exp - iat).toBeLessThanOrEqual(30)
  })
})

test('what a client says in another’s name does not reach the broker', async () => {
  const forged = {
    authorization: 'Bearer canary',
    cookie: 'canary=1',
    'portcullis-assertion': 'canary',
    'x-request-id': 'canary',
    traceparent: '00-canary',
    'client-cert': ':canary:',
    'cf-connecting-ip': '203.0.113.9',
    'x-forwarded-for': '203.0.113.9',
    'x-real-ip': '203.0.113.9',
    forwarded: 'for=203.0.113.9',
    'mf-cf-blob': '{"country":"canary"}',
    'x-http-method-override': 'DELETE',
  }
  const answer = await demo.call(
    demo.key('trade'),
    { method: 'GET', target: '/v1/account' },
    forged,
  )
  expect(answer.status).toBe(200)
  const line = demo.journal().find(({ requestId }) => requestId === answer.headers['x-request-id'])
  const { 'x-request-id': _id, traceparent, ...headers } = line?.headers ?? {}
  expect(JSON.stringify([headers, traceparent])).not.toMatch(/canary|203\.0\.113\.9/)
  expect(
    Object.keys(headers).filter((name) =>
      /^(?:pc-|signature|authorization|cookie|cf-|x-forwarded)/.test(name),
    ),
  ).toEqual([])
  expect(traceparent).toContain(answer.headers['x-request-id'])
  const record = demo
    .records()
    .find(({ requestId }) => requestId === answer.headers['x-request-id'])
  expect(record).toMatchObject({ address: '127.0.0.1', country: 'DE' })
})

describe('the broker', () => {
  // @control mission/mtls-origin 15c3-5(c)(2)(iii)
  test('refuses a client without the gateway’s certificate, and one with a certificate of another authority', async () => {
    const ca = fs.readFileSync(demo.file.broker.ca)
    const pki = (name: string) => fs.readFileSync(demo.path(`pki/${name}`))
    const ask = (options: https.RequestOptions) =>
      new Promise<string>((resolve) => {
        const request = https.get(
          `${demo.file.broker.url}/v1/time`,
          { ca, agent: false, ...options },
          ({ statusCode }) => resolve(`answered ${statusCode}`),
        )
        request.once('error', (error) => resolve(`refused: ${error.message}`))
      })
    expect(await ask({})).toMatch(/^refused/)
    expect(await ask({ cert: pki('edge.pem'), key: pki('edge.key.pem') })).toMatch(/^refused/)
    // With the certificate, but without an assertion: heard, and told nothing.
    expect(await ask({ cert: pki('gateway.pem'), key: pki('gateway.key.pem') })).toBe(
      'answered 401',
    )
    expect(demo.journal().at(-1)).toMatchObject({
      path: '/v1/time',
      status: 401,
      refused: 'no assertion',
    })
  })

  test('can check assertions with the published key, of which only the public half is published', async () => {
    const { keys }: { keys: Record<string, string>[] } = JSON.parse(
      (await demo.send({ method: 'GET', target: '/.well-known/jwks.json' })).body,
    )
    // The one that signs assertions, and of sessions the current one and the next.
    expect(keys).toHaveLength(3)
    for (const key of keys) {
      expect(key).not.toHaveProperty('d')
      expect(createPublicKey({ key, format: 'jwk' }).asymmetricKeyType).toBe('ed25519')
    }
  })
})

// @control mission/replay soc2/PI1
test(
  'I1: of 500 simultaneous copies of one signed order exactly one reaches the broker',
  { timeout: 300_000 },
  async () => {
    const key = demo.key('compact')
    const times = rounds(1, 20)
    for (let round = 1; round <= times; round += 1) {
      const wire = order(`copies-${round}-`)
      const headers = { ...wire.headers, ...(await demo.signed(key, wire)) }
      const answers = await Promise.all(
        Array.from({ length: 500 }, () => demo.send({ ...wire, headers })),
      )
      expect(tally(answers.map(codeOf))).toEqual({ 201: 1, replayed: 499 })
      expect(demo.journal().filter(({ body }) => body === wire.body)).toHaveLength(1)
    }
    found(
      `${times} times 500 copies: ${times} orders at the broker, ${499 * times} refused as replayed`,
    )
  },
)

test('a key that is bound to an address works from there', async () => {
  const key = demo.key('ip-bound')
  const wire = { method: 'GET', target: '/v1/account' }
  const headers = await demo.signed(key, wire)
  const answer = await demo.send({ ...wire, headers }, { localAddress: '127.0.0.77', agent: false })
  expect(answer.status).toBe(200)
})

// @control mission/tls13 mission/hsts
test('TLS 1.3 is served, TLS 1.2 is refused by the gateway itself, fixed headers everywhere', async () => {
  const health = { method: 'GET', target: '/gw/v1/health' }
  const modern = await demo.send(health, { tls: true })
  expect(JSON.parse(modern.body)).toMatchObject({
    status: 'ok',
    tls: { floor: '1.3', enforced: true },
  })
  const old = await demo.send(health, { tls: true, maxVersion: 'TLSv1.2', agent: false })
  expect([old.status, codeOf(old)]).toEqual([403, 'tls_required'])
  const plain = await demo.send(health)
  expect(JSON.parse(plain.body)).toMatchObject({ status: 'ok', tls: { enforced: false } })
  const nowhere = await demo.send({ method: 'GET', target: '/favicon.ico' })
  for (const { headers } of [modern, old, plain, nowhere]) {
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
  }
})
