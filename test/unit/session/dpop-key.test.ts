/** Which key and which algorithm make a proof. */
import { calculateJwkThumbprint, exportJWK, exportSPKI, generateKeyPair } from 'jose'
import { expect, test } from 'vitest'
import { toBase64Url, utf8 } from '../../../src/lib/bytes.ts'
import { forged, signed, tampered } from '../../support/jws.ts'
import {
  CLAIMS,
  EC,
  ED,
  HEADER,
  MALFORMED,
  ec,
  ed,
  heading,
  stranger,
  verify,
} from '../../support/proof.ts'

test('Ed25519 goes by both of its names', async () => {
  const jkt = await calculateJwkThumbprint(ED)
  for (const alg of ['EdDSA', 'Ed25519']) {
    const proof = await signed({ ...HEADER, alg, jwk: ED }, CLAIMS, ed.privateKey)
    expect(await verify(proof), alg).toMatchObject({ ok: true, value: { jkt } })
  }
})

test('a proof without a signature is refused', async () => {
  for (const alg of ['none', 'None', '', 'HS256', 'RS256'])
    for (const signature of ['', 'AAAA'])
      expect(await verify(forged({ ...HEADER, alg }, CLAIMS, signature)), alg).toEqual(MALFORMED)
})

test('a shared secret proves nothing: HS256 with the embedded key as the secret', async () => {
  const spki = utf8(await exportSPKI(ec.publicKey))
  for (const secret of [spki, utf8(JSON.stringify(EC)), new Uint8Array(32)]) {
    const k = toBase64Url(secret)
    for (const jwk of [EC, { kty: 'oct', k }]) {
      const proof = await signed({ ...HEADER, alg: 'HS256', jwk }, CLAIMS, secret)
      expect(await verify(proof)).toEqual(MALFORMED)
    }
  }
})

test.each(['RS256', 'PS256', 'ES384', 'ES512'])('%s is not on our list', async (alg) => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  expect(await verify(await signed({ ...HEADER, alg, jwk }, CLAIMS, privateKey))).toEqual(MALFORMED)
})

test('a key and an algorithm that do not belong together are refused', async () => {
  expect(await heading({ jwk: ED })).toEqual(MALFORMED)
  expect(await heading({ alg: 'EdDSA' }, ed.privateKey)).toEqual(MALFORMED)
})

test('a private key in the header is refused, whole or in part', async () => {
  expect(await heading({ jwk: await exportJWK(ec.privateKey) })).toEqual(MALFORMED)
  const edPrivate = await exportJWK(ed.privateKey)
  const proof = await signed({ ...HEADER, alg: 'EdDSA', jwk: edPrivate }, CLAIMS, ed.privateKey)
  expect(await verify(proof)).toEqual(MALFORMED)
  for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'priv', 'oth'])
    expect(await heading({ jwk: { ...EC, [name]: 'AAAA' } }), name).toEqual(MALFORMED)
})

test('a key that is missing, or is not one, is refused', async () => {
  const { x, y } = EC
  const jwks: readonly unknown[] = [
    undefined,
    null,
    'key',
    [EC],
    {},
    { ...EC, kty: 'oct' },
    { ...EC, crv: 'P-384' },
    { ...EC, crv: 'secp256k1' },
    { ...EC, y: undefined },
    { ...EC, x: y, y: x },
    { ...EC, x: `${x}=` },
    { ...EC, x: 'A'.repeat(43), y: 'A'.repeat(43) },
  ]
  const [, claims, signature] = (await signed(HEADER, CLAIMS, ec.privateKey)).split('.')
  for (const jwk of jwks) {
    const [header] = forged({ ...HEADER, jwk }, {}).split('.')
    expect(await verify(`${header}.${claims}.${signature}`)).toEqual(MALFORMED)
  }
})

test('a key has one spelling: spare bits do not give it a second thumbprint', async () => {
  const last = EC.x?.at(-1) ?? ''
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const x = `${EC.x?.slice(0, -1)}${letters[letters.indexOf(last) ^ 1]}`
  expect(await heading({ jwk: { ...EC, x } })).toEqual(MALFORMED)
})

test('a key that says it is for something else is refused', async () => {
  expect(
    await heading({ jwk: { ...EC, use: 'sig', alg: 'ES256', key_ops: ['verify'] } }),
  ).toMatchObject({ ok: true })
  for (const use of [{ use: 'enc' }, { alg: 'ES384' }, { key_ops: ['deriveBits'] }])
    expect(await heading({ jwk: { ...EC, ...use } }), JSON.stringify(use)).toEqual(MALFORMED)
})

test('another key’s signature is refused, and so is a changed payload', async () => {
  expect(await heading({}, stranger.privateKey)).toEqual(MALFORMED)
  const proof = await signed(HEADER, CLAIMS, ec.privateKey)
  expect(await verify(tampered(proof, 'claims', CLAIMS))).toMatchObject({ ok: true })
  expect(await verify(tampered(proof, 'claims', { ...CLAIMS, jti: 'x'.repeat(16) }))).toEqual(
    MALFORMED,
  )
  const swapped = { ...HEADER, jwk: await exportJWK(stranger.publicKey) }
  expect(await verify(tampered(proof, 'header', swapped))).toEqual(MALFORMED)
})

test('a header with crit is refused, even for what the library knows', async () => {
  expect(await heading({ b64: true, crit: ['b64'] })).toEqual(MALFORMED)
  expect(await verify(forged({ ...HEADER, crit: null }, CLAIMS, 'AAAA'))).toEqual(MALFORMED)
})
