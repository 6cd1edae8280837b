/** The broker's own check of an assertion, against assertions made by the gateway's code and by others. */
import { createServer, type Server } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assertionCheck } from '../../demo/broker/identity.ts'
import {
  readAssertionKey,
  signAssertion,
  type Assertion,
  type AssertionKey,
} from '../../src/gateway/assertion.ts'

const AUDIENCE = 'https://broker.example'
const ISSUER = 'https://gw.example'
const BODY = Buffer.from('{"a":1}')
const CALL = { method: 'POST', target: '/v1/orders?x=1', body: BODY, requestId: 'request-1' }

let server: Server
let key: AssertionKey
let jwksUrl: string

async function newKey(kid = 'k1'): Promise<AssertionKey> {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return (await readAssertionKey(JSON.stringify({ ...jwk, kid }))) ?? expect.fail('no key')
}

beforeAll(async () => {
  key = await newKey()
  server = createServer((_request, response) =>
    response.end(JSON.stringify({ keys: [key.publicJwk] })),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  jwksUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/jwks`
})
afterAll(() => server.close())

async function assertion(
  change: Partial<Assertion> = {},
  by = key,
  issuer = ISSUER,
  audience = AUDIENCE,
): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', BODY)
  const right: Assertion = {
    caller: {
      account: 'acct',
      keyId: 'key',
      credentialId: 'cred',
      user: 'user',
      permissions: ['order.write'],
      sequence: 7,
      admittedAtMs: Date.now(),
    },
    operation: 'order.write',
    requestId: CALL.requestId,
    method: CALL.method,
    target: CALL.target,
    bodyHash: Buffer.from(hash).toString('base64url'),
    nowMs: Date.now(),
  }
  return signAssertion({ ...right, ...change }, issuer, audience, by)
}

function check(token: string | undefined, call = CALL) {
  return assertionCheck({ jwksUrl, issuer: ISSUER, audience: AUDIENCE })(token, call)
}

test('believes what the gateway says of this very request', async () => {
  expect(await check(await assertion())).toMatchObject({
    sub: 'acct',
    key: 'key',
    credential: 'cred',
    user: 'user',
    sequence: 7,
    jti: 'request-1',
  })
})

test('believes it once', async () => {
  const once = assertionCheck({ jwksUrl, issuer: ISSUER, audience: AUDIENCE })
  const token = await assertion()
  await once(token, CALL)
  await expect(once(token, CALL)).rejects.toThrow('already used')
})

describe('does not believe', () => {
  test.each<[string, () => Promise<string | undefined>, string]>([
    ['nothing at all', async () => undefined, 'no assertion'],
    ['another method', () => assertion({ method: 'PUT' }), 'for another request'],
    ['another target', () => assertion({ target: '/v1/orders?x=2' }), 'for another request'],
    ['another body', () => assertion({ bodyHash: 'AAAA' }), 'for another request'],
    ['another request id', () => assertion({ requestId: 'request-2' }), 'for another request id'],
    ['what was said a minute ago', () => assertion({ nowMs: Date.now() - 60_000 }), 'exp'],
    ['what is said for later', () => assertion({ nowMs: Date.now() + 60_000 }), 'iat'],
    ['another issuer', () => assertion({}, key, 'https://evil.example'), 'iss'],
    ['another audience', () => assertion({}, key, ISSUER, 'https://other.example'), 'aud'],
    [
      'another key under the same id',
      async () => assertion({}, await newKey()),
      'signature verification failed',
    ],
    [
      'a key that nobody published',
      async () => assertion({}, await newKey('k2')),
      'no applicable key',
    ],
    [
      'an unsigned token',
      async () =>
        `${Buffer.from('{"alg":"none","typ":"portcullis-assertion+jwt"}').toString('base64url')}.${(await assertion()).split('.')[1]}.`,
      'alg',
    ],
  ])('%s', async (_what, token, message) => {
    await expect(check(await token())).rejects.toThrow(message)
  })
})
