import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { readAssertionKey, signAssertion, type Assertion } from '../../../src/gateway/assertion.ts'

const JWK = JSON.stringify({
  kty: 'OKP',
  crv: 'Ed25519',
  kid: 'test',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
})

const ASSERTION: Assertion = {
  caller: {
    account: 'acct',
    keyId: 'key',
    credentialId: 'cred',
    user: 'user',
    permissions: ['order.write'],
    sequence: 3,
    admittedAtMs: 5,
  },
  operation: 'order.write',
  requestId: 'request',
  method: 'POST',
  target: '/v1/orders?x=1',
  bodyHash: 'hash',
  nowMs: 1_800_000_000_999,
}

async function payloadOf(assertion: Assertion) {
  const key = (await readAssertionKey(JWK)) ?? expect.fail('no key')
  const token = await signAssertion(assertion, 'https://gw.example', 'https://broker.example', key)
  const currentDate = new Date(assertion.nowMs)
  const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [key.publicJwk] }), {
    algorithms: ['EdDSA'],
    currentDate,
  })
  return { payload, header: decodeProtectedHeader(token) }
}

// @control mission/mtls-origin rts6/21-client
test('I9: says who is calling and for which request, for thirty seconds', async () => {
  const { payload, header } = await payloadOf(ASSERTION)
  expect(header).toEqual({ alg: 'EdDSA', typ: 'portcullis-assertion+jwt', kid: 'test' })
  expect(payload).toEqual({
    iss: 'https://gw.example',
    aud: 'https://broker.example',
    sub: 'acct',
    jti: 'request',
    iat: 1_800_000_000,
    exp: 1_800_000_030,
    key: 'key',
    credential: 'cred',
    user: 'user',
    permissions: ['order.write'],
    sequence: 3,
    admitted_at_ms: 5,
    operation: 'order.write',
    method: 'POST',
    path: '/v1/orders?x=1',
    body_sha256: 'hash',
  })
})

test.each(['Zoë', '\u{1f600}', '\ud800', '漢字\u0000"\\'])(
  'says the name %j as it is',
  async (user) => {
    const { caller } = ASSERTION
    const { payload } = await payloadOf({ ...ASSERTION, caller: caller && { ...caller, user } })
    expect(payload['user']).toBe(user)
  },
)

test('names nobody where nobody was admitted', async () => {
  const { payload } = await payloadOf({ ...ASSERTION, caller: undefined })
  for (const claim of ['sub', 'key', 'credential', 'user', 'permissions'])
    expect(payload).not.toHaveProperty(claim)
})

test.each([
  '',
  '{',
  '[]',
  '{"kty":"EC"}',
  JWK.replace('"kid":"test"', '"kid":""'),
  JWK.replace('Ed25519', 'X25519'),
])('refuses the key %j', async (text) => {
  expect(await readAssertionKey(text)).toBeUndefined()
})
