import { expect, test } from 'vitest'
import { RingMac } from '../../../src/credential/ring-mac.ts'
import { toBase64Url } from '../../../src/lib/bytes.ts'
import { DpopNonces, NONCE_LIFETIME_MS } from '../../../src/session/dpop-nonce.ts'
import { mutated } from '../../support/jws.ts'
import { fakeRing } from '../../support/world.ts'

const NOW = 1_800_000_000_000
const nonces = new DpopNonces(fakeRing(1))

test('a nonce is good for five minutes, and not a moment longer', async () => {
  const nonce = await nonces.mint(NOW)
  for (const ageMs of [0, 1, 60_000, NONCE_LIFETIME_MS - 1])
    expect(await nonces.good(nonce, NOW + ageMs), `${ageMs}`).toBe(true)
  expect(await nonces.good(nonce, NOW + NONCE_LIFETIME_MS)).toBe(false)
  // Counted from the start of its ten seconds: never longer, whenever it was minted.
  expect(await nonces.good(await nonces.mint(NOW + 9_999), NOW + NONCE_LIFETIME_MS)).toBe(false)
})

test('a nonce from more than five seconds ahead is not good', async () => {
  const nonce = await nonces.mint(NOW)
  expect(await nonces.good(nonce, NOW - 5_000)).toBe(true)
  expect(await nonces.good(nonce, NOW - 5_001)).toBe(false)
})

test('every key of the ring verifies, the first one mints, and one that left does neither', async () => {
  const old = await nonces.mint(NOW)
  const rotated = new DpopNonces(fakeRing(2, 1))
  expect(await rotated.good(old, NOW)).toBe(true)
  expect(await rotated.mint(NOW)).toBe(await new DpopNonces(fakeRing(2)).mint(NOW))
  expect(await new DpopNonces(fakeRing(2)).good(old, NOW)).toBe(false)
})

test('a nonce fits a header and a JSON text (NQCHAR of RFC 6749 appendix A)', async () => {
  expect(await nonces.mint(NOW)).toMatch(/^[0-9a-z]+\.[A-Za-z0-9_-]{16}$/)
})

test('a nonce with any character changed is not good', async () => {
  const nonce = await nonces.mint(NOW)
  for (let at = 0; at < nonce.length; at += 1)
    for (let letter = 0; letter < 68; letter += 1)
      expect(await nonces.good(mutated(nonce, at, letter), NOW)).toBe(false)
})

test('the MAC of one time is worth nothing with another', async () => {
  const [, mac] = (await nonces.mint(NOW)).split('.')
  const [later] = (await nonces.mint(NOW + NONCE_LIFETIME_MS)).split('.')
  expect(await nonces.good(`${later}.${mac}`, NOW + NONCE_LIFETIME_MS)).toBe(false)
})

test('what the same key made for another purpose is no nonce', async () => {
  const [unit = '', mac] = (await nonces.mint(NOW)).split('.')
  const macs = new RingMac(fakeRing(1))
  const made = async (text: string) =>
    toBase64Url((await macs.sign('1', text))?.subarray(0, 12) ?? expect.fail('no key'))
  expect(await made(`dpop-nonce\n${unit}`)).toBe(mac)
  for (const purpose of ['', 'credential-id\n', 'claimed-id\n', 'dpop-nonce'])
    expect(await nonces.good(`${unit}.${await made(purpose + unit)}`, NOW), purpose).toBe(false)
})

test.each([undefined, '', '.', 'x', 'a.b', `${'z'.repeat(20)}.${'A'.repeat(16)}`, '\u0000', ' '])(
  '%j is no nonce',
  async (text) => {
    expect(await nonces.good(text, NOW)).toBe(false)
  },
)
