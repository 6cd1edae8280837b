/** Two independent client libraries at the running gateway: oauth4webapi and dpop know nothing of Portcullis. */
import { generateProof } from 'dpop'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Demo, order } from '../support/node/demo.ts'
import { askSigned, otpFor, Session } from '../support/node/person.ts'

const demo = new Demo()
const client: oauth.Client = { client_id: 'trader' }
/** The demo speaks plain HTTP here; the libraries would rather not. */
const insecure = { [oauth.allowInsecureRequests]: true }

beforeAll(() => demo.start())
afterAll(() => demo.stop())

async function discover(): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(demo.file.gateway)
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  return oauth.processDiscoveryResponse(issuer, response)
}

/** A nonce is asked for once: the library keeps it, as RFC 9449 section 8 has it. */
async function withNonce<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return call()
  }
}

/** A session that is bound to a key. The gateway's own 201 is read as what a token endpoint answers. */
async function beginBound(as: oauth.AuthorizationServer, keys: CryptoKeyPair) {
  const { gateway } = demo.file
  const [key, { totpSecret }] = [demo.key('trade'), demo.user('alpha')]
  const otp = await otpFor(totpSecret)
  const begin = async (nonce?: string) => {
    const dpop = await generateProof(keys, `${gateway}/gw/v1/sessions`, 'POST', nonce)
    return askSigned(gateway, key, 'POST', '/gw/v1/sessions', { otp }, { headers: { dpop } })
  }
  const asked = await begin()
  expect(asked).toMatchObject({ status: 401, json: { code: 'use_dpop_nonce' } })
  const begun = await begin(String(asked.headers['dpop-nonce']))
  expect(begun.status).toBe(201)
  const response = Response.json(begun.json)
  return oauth.processGenericTokenEndpointResponse(as, client, response)
}

test('discovery, a bound session, refresh, a bound read and a bound order, by a library', async () => {
  const as = await discover()
  const keys = await oauth.generateKeyPair('ES256', { extractable: false })
  const claims: Record<string, string> = {}
  const handle = oauth.DPoP(client, keys, {
    [oauth.modifyAssertion]: (_header, payload) => void Object.assign(payload, claims),
  })
  const options = { DPoP: handle, ...insecure }
  const begun = await beginBound(as, keys)
  expect(begun.token_type).toBe('dpop')

  const refreshed = await withNonce(async () => {
    const token = begun.refresh_token ?? ''
    const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), token, options)
    return oauth.processRefreshTokenResponse(as, client, response)
  })
  const { access_token } = refreshed

  const call = (method: string, path: string, body?: string) =>
    withNonce(() =>
      oauth.protectedResourceRequest(
        access_token,
        method,
        new URL(path, demo.file.gateway),
        new Headers({ 'content-type': 'application/json' }),
        body,
        options,
      ),
    )
  const read = await call('GET', '/v1/account')
  expect(read.status).toBe(200)

  const { body = '' } = order('by-a-library')
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(String(body)))
  claims['content_digest'] = `sha-256=:${Buffer.from(digest).toString('base64')}:`
  const placed = await call('POST', '/v1/orders', String(body))
  expect(placed.status).toBe(201)
  const seen = demo.journal().filter((line) => line.body.includes('by-a-library'))
  expect(seen).toHaveLength(1)
})

test('a resource server that knows nothing but the published keys accepts the token', async () => {
  const as = await discover()
  const session = await Session.begin(
    demo.file.gateway,
    demo.key('compact'),
    demo.user('beta').totpSecret,
  )
  const request = new Request(`${demo.file.gateway}/v1/account`, {
    headers: { authorization: `Bearer ${session.tokens.access_token}` },
  })
  const claims = await oauth.validateJwtAccessToken(as, request, demo.file.gateway, insecure)
  expect(claims).toMatchObject({
    iss: demo.file.gateway,
    sub: demo.key('compact').user,
    client_id: demo.key('compact').id,
    acr: 'urn:portcullis:acr:2fa',
    amr: ['pop', 'otp'],
  })
})

test('what asks for a fresher second factor says so as RFC 9470 has it, and a new session satisfies it', async () => {
  const { gateway } = demo.file
  const keys = await oauth.generateKeyPair('ES256', { extractable: false })
  const staff = await Session.begin(gateway, demo.key('security'), demo.user('security').totpSecret)
  expect((await staff.get('/gw/v1/admin/keys')).status).toBe(200)

  const withdrawal = { asset: 'BTC', amount: '0.01', address: 'bc1-nobody' }
  const refused = await askSigned(gateway, demo.key('trade'), 'POST', '/v1/withdrawals', withdrawal)
  expect(refused.status).toBe(401)
  const error = await oauth
    .protectedResourceRequest('none', 'GET', new URL('/v1/account', gateway), undefined, null, {
      ...insecure,
      // The library reads the challenge that the signed request was answered with.
      [oauth.customFetch]: async () =>
        new Response(JSON.stringify(refused.json), {
          status: refused.status,
          headers: { 'www-authenticate': String(refused.headers['www-authenticate']) },
        }),
    })
    .catch((thrown: unknown) => thrown)
  if (!(error instanceof oauth.WWWAuthenticateChallengeError)) expect.fail('no challenge')
  const [challenge] = error.cause
  expect(challenge?.parameters).toMatchObject({
    error: 'insufficient_user_authentication',
    acr_values: 'urn:portcullis:acr:2fa',
    max_age: '300',
  })

  const as = await discover()
  const bound = await beginBound(as, keys)
  const claims: Record<string, string> = {}
  const handle = oauth.DPoP(client, keys, {
    [oauth.modifyAssertion]: (_header, payload) => void Object.assign(payload, claims),
  })
  const body = JSON.stringify(withdrawal)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body))
  claims['content_digest'] = `sha-256=:${Buffer.from(digest).toString('base64')}:`
  const done = await withNonce(() =>
    oauth.protectedResourceRequest(
      bound.access_token,
      'POST',
      new URL('/v1/withdrawals', gateway),
      new Headers({ 'content-type': 'application/json' }),
      body,
      { DPoP: handle, ...insecure },
    ),
  )
  expect(done.status).toBe(201)
})
