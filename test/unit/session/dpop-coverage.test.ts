/** What a proof says about the parts of a request that `htu` leaves out, and proofs made by somebody else's library. */
import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop'
import { describe, expect, test } from 'vitest'
import { sha256, toBase64, utf8 } from '../../../src/lib/bytes.ts'
import { judgeCoverage, verifyProof, type CoveredRequest } from '../../../src/session/dpop.ts'

const BODY = utf8('{"symbol":"BTC-USD"}')
const BARE: CoveredRequest = { body: new Uint8Array(), idempotencyKey: null, query: undefined }

async function digestOf(body: Uint8Array, hash: 'sha-256' | 'sha-512' = 'sha-256') {
  const value = await crypto.subtle.digest(hash.toUpperCase(), body)
  return `${hash}=:${toBase64(new Uint8Array(value))}:`
}

test('a request with nothing beyond its method and URI needs nothing said', async () => {
  expect(await judgeCoverage({}, BARE)).toBe(true)
})

describe('the body', () => {
  const request = { ...BARE, body: BODY }

  test('is covered by its digest, in either active algorithm or both', async () => {
    const both = [await digestOf(BODY), await digestOf(BODY, 'sha-512')]
    for (const contentDigest of [...both, both.join(', '), `md5=:AAAA:, ${both[0]}`])
      expect(await judgeCoverage({ contentDigest }, request), contentDigest).toBe(true)
  })

  test('may not be left out or replaced', async () => {
    expect(await judgeCoverage({}, request)).toBe(false)
    const other = utf8('{"symbol":"ETH-USD"}')
    for (const body of [other, new Uint8Array(), new Uint8Array([...BODY, 10])]) {
      const contentDigest = await digestOf(BODY)
      expect(await judgeCoverage({ contentDigest }, { ...BARE, body })).toBe(false)
    }
  })

  test('is covered by no other text: deprecated algorithms, hexadecimal, one wrong of two', async () => {
    const good = await digestOf(BODY)
    const bad = await digestOf(utf8('x'), 'sha-512')
    const hex = [...(await sha256(BODY))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    for (const contentDigest of [
      '',
      'md5=:AAAA:',
      'sha=:AAAA:',
      'sha-256',
      'sha-256=::',
      `sha-256="${hex}"`,
      `sha-256=${hex}`,
      good.slice(0, -1),
      `${good}, ${bad}`,
      `${good},`,
      `SHA-256${good.slice(7)}`,
    ])
      expect(await judgeCoverage({ contentDigest }, request), contentDigest).toBe(false)
  })

  test('that is empty may be said to be, and to be nothing else', async () => {
    expect(await judgeCoverage({ contentDigest: await digestOf(BARE.body) }, BARE)).toBe(true)
    expect(await judgeCoverage({ contentDigest: await digestOf(BODY) }, BARE)).toBe(false)
  })
})

test('an idempotency key is that of the proof: not exchanged, added or taken away', async () => {
  const claims = { idempotencyKey: '"order-1"' }
  expect(await judgeCoverage(claims, { ...BARE, idempotencyKey: '"order-1"' })).toBe(true)
  for (const idempotencyKey of ['"order-2"', 'order-1', '', null])
    expect(await judgeCoverage(claims, { ...BARE, idempotencyKey })).toBe(false)
  for (const idempotencyKey of ['"order-1"', ''])
    expect(await judgeCoverage({}, { ...BARE, idempotencyKey })).toBe(false)
})

test('a query is that of the proof: not changed, added or taken away', async () => {
  const claims = { query: 'dry=1&symbol=BTC' }
  expect(await judgeCoverage(claims, { ...BARE, query: 'dry=1&symbol=BTC' })).toBe(true)
  for (const query of [
    'dry=0&symbol=BTC',
    'symbol=BTC&dry=1',
    '?dry=1&symbol=BTC',
    'dry=%31&symbol=BTC',
    '',
    undefined,
  ])
    expect(await judgeCoverage(claims, { ...BARE, query }), query).toBe(false)
  expect(await judgeCoverage({}, { ...BARE, query: 'dry=1' })).toBe(false)
  expect(await judgeCoverage({}, { ...BARE, query: '' })).toBe(true)
})

test.each(['ES256', 'Ed25519'] as const)(
  'a proof of the dpop package with %s is accepted, its additional claims included',
  async (alg) => {
    const pair = await generateKeyPair(alg)
    const uri = 'https://gw.example/v1/orders'
    const content_digest = await digestOf(BODY)
    const additional = { content_digest, idempotency_key: '"order-1"', query: 'a=1' }
    const proof = await generateProof(pair, uri, 'POST', 'the-nonce', 'the.token', additional)
    const verdict = await verifyProof(proof, {
      method: 'POST',
      uri: `${uri}?a=1`,
      accessToken: 'the.token',
      nowMs: Date.now(),
      nonceGood: (nonce) => nonce === 'the-nonce',
    })
    if (!verdict.ok) expect.fail(verdict.error)
    expect(verdict.value.jkt).toBe(await calculateThumbprint(pair.publicKey))
    const request = { body: BODY, idempotencyKey: '"order-1"', query: 'a=1' }
    expect(await judgeCoverage(verdict.value.claims, request)).toBe(true)
    expect(await judgeCoverage(verdict.value.claims, { ...request, query: 'a=2' })).toBe(false)
  },
)
