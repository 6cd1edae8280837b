/** Sessions that are bound to a key: they read and trade with a proof for the very request, and do nothing without. */
import { describe, expect, test } from 'vitest'
import { Caller, ask, askSigned, otp } from './gateway.ts'
import { BoundSession, newProver } from './prover.ts'
import { make, movingClock, pass, said, theOwner } from './staff.ts'

movingClock()

const ORDER = JSON.stringify({
  symbol: 'BTC-USD',
  side: 'buy',
  type: 'limit',
  quantity: '0.01',
  price: '100',
})
// Nobody answers for the broker here: it was admitted if it was forwarded.
const ADMITTED = '502 origin_unreachable'

async function bound() {
  const owner = await theOwner()
  const who = await make(owner, ['client'])
  return BoundSession.begin(who, await newProver())
}

describe('a session that is bound to a key', () => {
  test('reads, trades and changes its own key with a proof for that very request', async () => {
    const session = await bound()
    pass(2)
    expect(said(await session.call('GET', '/v1/ticker/BTC-USD'))).toBe(ADMITTED)
    expect(said(await session.call('POST', '/v1/orders', ORDER))).toBe(ADMITTED)
    expect(said(await session.call('POST', '/v1/orders?note=1', ORDER))).toBe(ADMITTED)
    const self = await session.call('GET', '/gw/v1/keys/self')
    expect(self).toMatchObject({ status: 200, json: { session: expect.any(String) } })
    const limits = JSON.stringify({ limits: [{ name: 'burst', limit: 5, windowSeconds: 1 }] })
    expect((await session.call('PUT', '/gw/v1/keys/self/caps', limits)).status).toBe(200)
  })

  test.each<[string, object]>([
    ['another body', { content_digest: 'sha-256=:AAAA:' }],
    ['no body', { content_digest: undefined }],
    ['another query', { query: 'note=1' }],
    ['an idempotency key that is not there', { idempotency_key: '"one"' }],
    ['another path', { htu: 'http://gateway.example/v1/withdrawals' }],
    ['another method', { htm: 'PUT' }],
    ['another token', { ath: 'AAAA' }],
    ['an hour ago', { iat: 1_700_000_000 }],
  ])('places no order with a proof for %s', async (_what, claims) => {
    const session = await bound()
    pass(2)
    expect(said(await session.call('POST', '/v1/orders', ORDER, claims))).toBe('401 unauthorized')
  })

  test('uses a proof once, and a nonce that the gateway gave', async () => {
    const session = await bound()
    pass(2)
    const dpop = await session.prove('GET', '/v1/ticker/BTC-USD')
    const headers = { authorization: `DPoP ${session.token}`, dpop }
    const read = () => session.send('GET', '/v1/ticker/BTC-USD', '', headers)
    expect(said(await read())).toBe(ADMITTED)
    expect(said(await read())).toBe('409 replayed')
    const made = await session.call('GET', '/v1/ticker/BTC-USD', '', { nonce: 'made up' })
    expect(said(made)).toBe('401 use_dpop_nonce')
    expect(made.headers.get('www-authenticate')).toMatch(/^DPoP .*error="use_dpop_nonce"/)
    expect(made.headers.get('dpop-nonce')).toMatch(/./)
    expect(said(await session.call('GET', '/v1/ticker/BTC-USD'))).toBe(ADMITTED)
  })

  test('is worth nothing to whoever has its token alone, or another key', async () => {
    const session = await bound()
    pass(2)
    const path = '/v1/ticker/BTC-USD'
    const asked = (authorization: string) =>
      ask('GET', path, undefined, { headers: { authorization } })
    for (const scheme of ['Bearer', 'DPoP'])
      expect(said(await asked(`${scheme} ${session.token}`))).toBe('401 unauthorized')
    const thief = new BoundSession(
      await newProver(),
      { status: 201, headers: new Headers(), json: { access_token: session.token } },
      session.nonce,
    )
    expect(said(await thief.call('GET', path))).toBe('401 unauthorized')
    const authorization = `Bearer ${session.token}`
    const dpop = await session.prove('GET', path)
    expect(said(await session.send('GET', path, '', { authorization, dpop }))).toBe(
      '401 unauthorized',
    )
  })

  test('goes on with a proof of the same key, and with no other', async () => {
    const session = await bound()
    const refresh = async (prover = session.prover, claims: object = { nonce: session.nonce }) => {
      const path = '/gw/v1/sessions/refresh'
      const dpop = await prover.prove('POST', path, claims)
      const body = JSON.stringify({ refresh_token: session.refreshToken })
      return session.send('POST', path, body, { dpop })
    }
    expect(said(await refresh(await newProver()))).toBe('401 unauthorized')
    const body = { refresh_token: session.refreshToken }
    expect(said(await ask('POST', '/gw/v1/sessions/refresh', body))).toBe('401 unauthorized')
    const bare = await refresh(session.prover, {})
    expect(said(bare)).toBe('401 use_dpop_nonce')
    expect(said(await refresh(session.prover, { htm: 'GET' }))).toBe('401 unauthorized')
    const next = await refresh()
    expect(next).toMatchObject({ status: 200, json: { token_type: 'DPoP' } })
    session.token = next.json.access_token
    pass(2)
    expect(said(await session.call('POST', '/v1/orders', ORDER))).toBe(ADMITTED)
  })
})

describe('a session is begun', () => {
  test('with the key that the signature names, and with no other', async () => {
    const owner = await theOwner()
    const who = await make(owner, ['client'])
    const [named, other] = [await newProver(), await newProver()]
    const path = '/gw/v1/sessions'
    const begin = async (dpop: string | undefined) =>
      askSigned(
        who.credential,
        'POST',
        path,
        { otp: otp(who.totpSecret), dpop_jkt: named.jkt },
        dpop === undefined ? {} : { headers: { dpop } },
      )
    const bare = await begin(await named.prove('POST', path, {}))
    expect(said(bare)).toBe('401 use_dpop_nonce')
    const nonce = String(bare.headers.get('dpop-nonce'))
    expect(said(await begin(undefined))).toBe('401 unauthorized')
    expect(said(await begin(await other.prove('POST', path, { nonce })))).toBe('401 unauthorized')
    expect(said(await begin('no.proof.atall'))).toBe('401 unauthorized')
    const begun = await begin(await named.prove('POST', path, { nonce }))
    expect(begun).toMatchObject({ status: 201, json: { token_type: 'DPoP' } })
  })

  test('with a signature, never within another one', async () => {
    const owner = await theOwner()
    const body = { otp: otp(owner.who.totpSecret, 1) }
    expect(said(await owner.call('POST', '/gw/v1/sessions', body))).toBe('401 unauthorized')
  })
})

describe('a bearer’s token', () => {
  test('reads, but does not trade, and carries no password', async () => {
    const owner = await theOwner()
    const bob = await Caller.begin(await make(owner, ['client']))
    pass(2)
    expect(said(await bob.call('GET', '/v1/ticker/BTC-USD'))).toBe(ADMITTED)
    const order = await bob.call('POST', '/v1/orders', ORDER)
    expect(said(order)).toBe('401 unauthorized')
    expect(order.json.detail).toContain('DPoP')
    const headers = { 'pc-otp': otp(bob.who.totpSecret, 1) }
    const read = await bob.call('GET', '/v1/ticker/BTC-USD', undefined, { headers })
    expect(said(read)).toBe('400 malformed_request')
  })

  test('is good from its own network alone', async () => {
    const owner = await theOwner()
    const self = '/gw/v1/keys/self'
    const elsewhere = await owner.call('GET', self, undefined, { from: '198.51.100.7' })
    expect(said(elsewhere)).toBe('401 unauthorized')
    expect((await owner.call('GET', self, undefined, { from: '192.0.2.99' })).status).toBe(200)
  })

  test('beside a signature is two claims, and neither is believed', async () => {
    const owner = await theOwner()
    const headers = { authorization: `Bearer ${owner.token}` }
    const reply = await askSigned(owner.who.credential, 'GET', '/gw/v1/keys/self', undefined, {
      headers,
    })
    expect(said(reply)).toBe('400 malformed_request')
  })

  test('reaches no route of a venue', async () => {
    const owner = await theOwner()
    expect(said(await owner.call('GET', '/api/v3/account'))).toBe('404 unknown_operation')
  })
})
