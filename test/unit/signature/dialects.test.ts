import { describe, expect, test } from 'vitest'
import { sign } from '../../../src/client/sign.ts'
import { DIALECTS } from '../../../src/signature/dialects.ts'
import { replayId } from '../../../src/signature/replay-id.ts'
import {
  credential,
  claimed,
  ID,
  NOW,
  signedOrder,
  verdictOn,
  type Sent,
} from '../../support/request.ts'

const NAMES = ['compact', 'rfc9421'] as const

describe.each(NAMES)('%s', (dialect) => {
  // @control mission/hmac
  test('accepts what its client signed', async () => {
    expect(await verdictOn(dialect, await signedOrder(dialect))).toBe('verified')
    const read = await signedOrder(dialect, {
      method: 'GET',
      url: 'https://gw.example/v1/time',
      body: '',
    })
    expect(await verdictOn(dialect, read)).toBe('verified')
    const bare = await signedOrder(dialect, {
      method: 'DELETE',
      url: 'https://gw.example/',
      body: '{}',
    })
    expect(await verdictOn(dialect, bare)).toBe('verified')
  })

  // @control mission/hmac
  test('refuses another secret', async () => {
    expect(await verdictOn(dialect, await signedOrder(dialect), btoa('another secret'))).toBe(
      'not verified',
    )
  })

  test.each<[string, (sent: Sent) => Sent]>([
    ['method', (sent) => ({ ...sent, method: 'PUT' })],
    ['method in lower case', (sent) => ({ ...sent, method: 'post' })],
    ['path', (sent) => ({ ...sent, url: sent.url.replace('/orders', '/withdrawals') })],
    ['a slash at the end of the path', (sent) => ({ ...sent, url: sent.url.replace('?', '/?') })],
    ['query', (sent) => ({ ...sent, url: sent.url.replace('dry=1', 'dry=0') })],
    ['query left out', (sent) => ({ ...sent, url: sent.url.replace('?dry=1', '') })],
    ['query moved into the path', (sent) => ({ ...sent, url: sent.url.replace('?dry', '/dry') })],
    ['host', (sent) => ({ ...sent, url: sent.url.replace('gw.example', 'gw.evil') })],
    ['port', (sent) => ({ ...sent, url: sent.url.replace('8443', '8444') })],
    ['body', (sent) => ({ ...sent, body: sent.body.replace('BTC', 'ETH') })],
    ['body left out', (sent) => ({ ...sent, body: '' })],
    ['a space after the body', (sent) => ({ ...sent, body: `${sent.body} ` })],
    [
      'an idempotency key added',
      (sent) => ({ ...sent, headers: { ...sent.headers, 'idempotency-key': '"k"' } }),
    ],
    ['an OTP added', (sent) => ({ ...sent, headers: { ...sent.headers, 'pc-otp': '123456' } })],
  ])('refuses a request with its %s changed', async (_what, change) => {
    expect(await verdictOn(dialect, change(await signedOrder(dialect)))).not.toBe('verified')
  })

  test.each(['idempotency-key', 'pc-otp'])('signs %s when it is sent', async (name) => {
    const sent = await signedOrder(dialect, { headers: { [name]: '"a"' } })
    expect(await verdictOn(dialect, sent)).toBe('verified')
    const changed = { ...sent, headers: { ...sent.headers, [name]: '"b"' } }
    expect(await verdictOn(dialect, changed)).toBe('not verified')
    const { [name]: _gone, ...rest } = sent.headers
    expect(await verdictOn(dialect, { ...sent, headers: rest })).not.toBe('verified')
  })

  test('refuses any change of any character of its own headers', async () => {
    const sent = await signedOrder(dialect)
    for (const [name, value] of Object.entries(sent.headers)) {
      // Compact does not sign the id: another id is another secret, which is not the one that signed.
      if (name === 'pc-key') continue
      for (let at = 0; at < value.length; at += 1) {
        const other = value.slice(0, at) + (value[at] === '1' ? '2' : '1') + value.slice(at + 1)
        const changed = { ...sent, headers: { ...sent.headers, [name]: other } }
        // A change of the label or of white space may leave the meaning; then the claim must be the same.
        if ((await verdictOn(dialect, changed)) !== 'verified') continue
        const made = await claimed(dialect, changed)
        expect.soft(made, `${name}: ${other}`).toMatchObject({
          claim: { credentialId: ID },
          signed: { signedAtMs: NOW, nonce: 'nonce-0123456789abcdef' },
        })
      }
    }
  })

  test('one nonce has one replay id, with whatever request it comes', async () => {
    const idOf = async (sent: Sent) => {
      const made = await claimed(dialect, sent)
      if (typeof made === 'string') throw new Error(made)
      return replayId(made.claim, made.signed, made.signed.octets[0] ?? new Uint8Array())
    }
    const order = await idOf(await signedOrder(dialect))
    expect(order).toMatch(/^[0-9a-f]{64}$/)
    expect(await idOf(await signedOrder(dialect, { body: '{}', method: 'PUT' }))).toBe(order)
    const request = { method: 'POST', url: 'https://gw.example/v1/orders' }
    const headers = await sign(request, credential(dialect), {
      nowMs: NOW,
      nonce: 'nonce-0123456789abcdeg',
    })
    expect(await idOf({ ...request, headers, body: '' })).not.toBe(order)
  })

  test.each([
    'short',
    'x'.repeat(15),
    'x'.repeat(65),
    'x'.repeat(15) + ' ',
    'x'.repeat(15) + ',',
    'x'.repeat(15) + 'é',
  ])('refuses the nonce %j', async (nonce) => {
    const request = { method: 'GET', url: 'https://gw.example/v1/time' }
    const headers = await sign(request, credential(dialect), { nowMs: NOW, nonce })
    const sent = { ...request, headers, body: '' }
    expect(await verdictOn(dialect, sent)).toBe('malformed_request')
  })
})

test('a dialect’s own headers are what it speaks by', () => {
  expect(DIALECTS.compact.speaks(new Headers({ 'PC-Nonce': 'x' }))).toBe(true)
  expect(DIALECTS.rfc9421.speaks(new Headers({ Signature: 'x' }))).toBe(true)
  for (const name of NAMES)
    expect(DIALECTS[name].speaks(new Headers({ accept: '*/*' }))).toBe(false)
})

test.each<[string, Record<string, string>]>([
  ['a time in seconds', { 'pc-timestamp': '1800000000' }],
  ['a time with a sign', { 'pc-timestamp': '+180000000000' }],
  ['an upper-case signature', { 'pc-signature': 'A'.repeat(64) }],
  ['a short signature', { 'pc-signature': 'a'.repeat(63) }],
  ['two keys', { 'pc-key': `${ID}, ${ID}` }],
  ['an empty key', { 'pc-key': '' }],
])('compact refuses %s', async (_what, headers) => {
  const sent = await signedOrder('compact')
  expect(await verdictOn('compact', { ...sent, headers: { ...sent.headers, ...headers } })).toBe(
    'malformed_request',
  )
})
