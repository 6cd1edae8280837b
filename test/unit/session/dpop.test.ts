import { assert, asyncProperty, nat } from 'fast-check'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, test } from 'vitest'
import { sha256, toBase64Url, utf8 } from '../../../src/lib/bytes.ts'
import { DpopNonces, NONCE_LIFETIME_MS } from '../../../src/session/dpop-nonce.ts'
import { verifyProof } from '../../../src/session/dpop.ts'
import { mutated, signed } from '../../support/jws.ts'
import {
  CLAIMS,
  ED,
  EC,
  EXPECTED,
  HEADER,
  MALFORMED,
  NOW,
  TOKEN,
  claiming,
  ec,
  ed,
  heading,
  stranger,
  verify,
} from '../../support/proof.ts'
import { fakeRing } from '../../support/world.ts'

test('a proof for this request is accepted, and says which key made it', async () => {
  expect(await claiming({})).toEqual({
    ok: true,
    value: { jkt: await calculateJwkThumbprint(EC), jti: CLAIMS.jti, issuedAtMs: NOW, claims: {} },
  })
})

test('what it says of body, idempotency key and query is handed on', async () => {
  const told = { content_digest: 'sha-256=:AA==:', idempotency_key: '"k"', query: 'a=1' }
  expect(await claiming(told)).toMatchObject({
    value: { claims: { contentDigest: 'sha-256=:AA==:', idempotencyKey: '"k"', query: 'a=1' } },
  })
  for (const name of Object.keys(told))
    for (const value of [1, null, ['x'], {}])
      expect(await claiming({ [name]: value }), name).toEqual(MALFORMED)
})

describe('one proof, of the right type', () => {
  test('two proofs joined by a comma are none', async () => {
    const proof = await signed(HEADER, CLAIMS, ec.privateKey)
    for (const text of [
      `${proof}, ${proof}`,
      `${proof},${proof}`,
      `${proof} `,
      ` ${proof}`,
      `${proof},`,
    ])
      expect(await verify(text)).toEqual(MALFORMED)
  })

  test.each(['at+jwt', 'JWT', 'DPOP+JWT', 'application/dpop+jwt', ''])(
    'typ %j is not that of a proof',
    async (typ) => {
      expect(await heading({ typ })).toEqual(MALFORMED)
    },
  )

  test('a text of more than 4 KiB is not a proof, even a signed one', async () => {
    expect(await claiming({ query: 'x'.repeat(2_600) })).toMatchObject({ ok: true })
    expect(await claiming({ query: 'x'.repeat(2_900) })).toEqual(MALFORMED)
  })

  test.each(['', '.', '..', 'a.b.c', 'e30.e30.e30', '{}', '\u0000'])('%j is not', async (text) => {
    expect(await verify(text)).toEqual(MALFORMED)
  })
})

describe('this request', () => {
  test('a proof for another method is refused', async () => {
    for (const htm of ['GET', 'post', 'POST ', '', undefined, null, ['POST']])
      expect(await claiming({ htm })).toEqual(MALFORMED)
  })

  test.each([
    'https://gw.example/v1/order',
    'https://gw.example/v1/orders/',
    'https://gw.example/v1/Orders',
    'https://gw.example/v1/%6frders',
    'https://gw.example/v1/x/../orders',
    'https://gw.example//v1/orders',
    'https://gw.example',
    'http://gw.example/v1/orders',
    'https://gw.example:8443/v1/orders',
    'https://gw.example:80/v1/orders',
    'https://gw.example.evil.example/v1/orders',
    'https://evil.example/v1/orders',
    'https://user@gw.example/v1/orders',
    'https://evil.example#@gw.example/v1/orders',
    'https://gw.example\\@evil.example/v1/orders',
    '//gw.example/v1/orders',
    '/v1/orders',
    ' https://gw.example/v1/orders',
    '',
  ])('a proof for %j is refused', async (htu) => {
    expect(await claiming({ htu })).toEqual(MALFORMED)
  })

  test.each([
    'HTTPS://GW.Example/v1/orders',
    'https://gw.example:443/v1/orders',
    'https://gw.example/v1/orders?a=1',
    'https://gw.example/v1/orders#f',
  ])('%j is another spelling of the same (RFC 3986 section 6.2)', async (htu) => {
    expect(await claiming({ htu })).toMatchObject({ ok: true })
  })

  test('the request’s own query is left out, its path is taken as sent', async () => {
    const uri = 'https://GW.example:443/v1/%6frders?a=1'
    expect(await claiming({}, { uri })).toEqual(MALFORMED)
    expect(await claiming({ htu: 'https://gw.example/v1/%6frders' }, { uri })).toMatchObject({
      ok: true,
    })
    expect(
      await claiming({ htu: 'https://gw.example' }, { uri: 'https://gw.example/' }),
    ).toMatchObject({ ok: true })
    // What is not an absolute URI is equal to nothing, itself included.
    expect(await claiming({ htu: '/v1/orders' }, { uri: '/v1/orders' })).toEqual(MALFORMED)
  })

  test('a proof for another token, or for none, is refused', async () => {
    const other = toBase64Url(await sha256(utf8('another.access.token')))
    for (const ath of [other, undefined, '', TOKEN, `${CLAIMS.ath}=`, null])
      expect(await claiming({ ath })).toEqual(MALFORMED)
    const { accessToken: _token, ...withoutToken } = EXPECTED
    const proof = await signed(HEADER, { ...CLAIMS, ath: undefined }, ec.privateKey)
    expect(await verifyProof(proof, withoutToken)).toMatchObject({ ok: true })
  })

  test('a jti is 16 to 128 visible characters', async () => {
    const good = ['x'.repeat(16), 'x'.repeat(128), '0b4e1a9c-7b51-4dcd-9e8c-0e1f4f0b8f0a']
    for (const jti of good) expect(await claiming({ jti })).toMatchObject({ value: { jti } })
    const bad = [undefined, null, 1, '', 'x'.repeat(15), 'x'.repeat(129), `${'x'.repeat(16)}\n`]
    for (const jti of bad) expect(await claiming({ jti })).toEqual(MALFORMED)
  })
})

describe('now', () => {
  test('a proof is good for a minute, and for two seconds before its time', async () => {
    for (const ms of [0, 60_000, -2_000])
      expect(await claiming({}, { nowMs: NOW + ms }), `${ms}`).toMatchObject({ ok: true })
    for (const ms of [60_001, 3_600_000, -5_001, -3_600_000])
      expect(await claiming({}, { nowMs: NOW + ms }), `${ms}`).toEqual(MALFORMED)
  })

  test('the window is the caller’s to choose', async () => {
    const narrow = { maxAgeMs: 1_000, maxAheadMs: 0 }
    expect(await claiming({}, { ...narrow, nowMs: NOW + 1_000 })).toMatchObject({ ok: true })
    expect(await claiming({}, { ...narrow, nowMs: NOW + 1_001 })).toEqual(MALFORMED)
    expect(await claiming({}, { ...narrow, nowMs: NOW - 1 })).toEqual(MALFORMED)
  })

  test('an iat that is missing or no number is refused', async () => {
    for (const iat of [undefined, null, `${NOW / 1000}`, '', [NOW / 1000]])
      expect(await claiming({ iat })).toEqual(MALFORMED)
    expect(await claiming({ iat: NOW / 1000 - 0.25 })).toMatchObject({
      value: { issuedAtMs: NOW - 250 },
    })
  })

  test('a client that says when its proof ends or begins is taken at its word', async () => {
    expect(await claiming({ exp: NOW / 1000 + 1, nbf: NOW / 1000 })).toMatchObject({ ok: true })
    expect(await claiming({ exp: NOW / 1000 })).toEqual(MALFORMED)
    expect(await claiming({ nbf: NOW / 1000 + 6 })).toEqual(MALFORMED)
  })
})

describe('our nonce', () => {
  const nonces = new DpopNonces(fakeRing(1))
  const asking = {
    nonceGood: (nonce: string | undefined) => nonces.good(nonce, NOW),
  }

  test('a proof with a fresh nonce of ours is accepted', async () => {
    const nonce = await nonces.mint(NOW)
    expect(await claiming({ nonce }, asking)).toMatchObject({ ok: true })
  })

  test('without one, with a stale or a forged one, the client is told to use another', async () => {
    const stale = await nonces.mint(NOW - NONCE_LIFETIME_MS)
    const forgery = await new DpopNonces(fakeRing(2)).mint(NOW)
    for (const nonce of [undefined, '', stale, forgery, 'abc'])
      expect(await claiming({ nonce }, asking)).toEqual({ ok: false, error: 'nonce' })
  })

  test('whose proof is wrong in anything else is not told so', async () => {
    for (const wrong of [{ htm: 'GET' }, { htu: 'https://x.example/' }, { iat: 1 }, { ath: 'x' }])
      expect(await claiming(wrong, { nonceGood: () => false })).toEqual(MALFORMED)
    expect(await claiming({ nonce: 1 }, asking)).toEqual(MALFORMED)
    const proof = await signed(HEADER, CLAIMS, stranger.privateKey)
    expect(await verify(proof, { nonceGood: () => false })).toEqual(MALFORMED)
  })
})

test('no change of one character leaves a proof that verifies, spare bits of the last one included', async () => {
  const proofs = [
    await signed(HEADER, CLAIMS, ec.privateKey),
    await signed({ ...HEADER, alg: 'EdDSA', jwk: ED }, CLAIMS, ed.privateKey),
  ]
  const check = async (proof: string, position: number, letter: number) => {
    expect(await verify(mutated(proof, position, letter))).toEqual(MALFORMED)
  }
  await assert(
    asyncProperty(nat(), nat(), nat(1), (position, letter, which) =>
      check(proofs[which] ?? '', position, letter),
    ),
    { numRuns: 300 },
  )
  for (const proof of proofs)
    for (let letter = 0; letter < 68; letter += 1) await check(proof, proof.length - 1, letter)
})
