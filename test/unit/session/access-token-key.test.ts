/** Which key and which algorithm check a token: ours, and nothing that the token says about it. */
import { exportJWK, exportSPKI, type CompactJWSHeaderParameters } from 'jose'
import { expect, test } from 'vitest'
import { fromBase64Url, utf8 } from '../../../src/lib/bytes.ts'
import { readAccessToken, type TokenKey } from '../../../src/session/access-token.ts'
import { forged, signed } from '../../support/jws.ts'
import {
  CLAIMS,
  HEADER,
  NOW,
  PARTIES,
  ec,
  ed,
  read,
  stranger,
  withClaims,
  withHeader,
} from '../../support/access-token.ts'

test('a token without a signature is refused, in every spelling of none', async () => {
  for (const alg of ['none', 'None', 'NONE', '']) {
    expect(await read(forged({ ...HEADER, alg }, CLAIMS)), alg).toBeUndefined()
    expect(await read(forged({ ...HEADER, alg }, CLAIMS, 'AAAA')), alg).toBeUndefined()
  }
  const [header, claims] = (await withClaims({})).split('.')
  expect(await read(`${header}.${claims}.`)).toBeUndefined()
})

test('our public key is no shared secret (HS256 key confusion)', async () => {
  const { x = '' } = await exportJWK(ec.publicKey)
  const spki = await exportSPKI(ec.publicKey)
  const secrets = [
    utf8(spki),
    utf8(spki.trimEnd()),
    utf8(JSON.stringify(await exportJWK(ec.publicKey))),
    fromBase64Url(x) ?? expect.fail('no x'),
  ]
  for (const secret of secrets) {
    const token = await signed({ ...HEADER, alg: 'HS256' }, CLAIMS, secret)
    expect(await read(token)).toBeUndefined()
  }
})

test('a key is used with its own algorithm only', async () => {
  const crossed = await signed({ ...HEADER, alg: 'EdDSA' }, CLAIMS, ed.privateKey)
  expect(await read(crossed)).toBeUndefined()
  const renamed = await signed({ typ: 'at+jwt', alg: 'Ed25519', kid: 'ed' }, CLAIMS, ed.privateKey)
  expect(await read(renamed)).toBeUndefined()
  // Even where the key could verify it: the map says what the key is for.
  const keys = new Map<string, TokenKey>([['ec', { key: ec.publicKey, alg: 'EdDSA' }]])
  const token = await signed(HEADER, CLAIMS, ec.privateKey)
  expect(await readAccessToken(token, { ...PARTIES, keys, nowMs: NOW })).toBeUndefined()
})

test.each([
  '../../x',
  '../../../../dev/null',
  "' OR 1=1",
  "ec' UNION SELECT 'key",
  '__proto__',
  'constructor',
  'toString',
  '',
  'EC',
  'ec ',
  'ec\u0000',
  'https://evil.example/key',
  'unknown',
])('kid %j names no key of ours', async (kid) => {
  expect(await read(await withHeader({ kid }))).toBeUndefined()
  const empty = await signed({ ...HEADER, alg: 'HS256', kid }, CLAIMS, new Uint8Array(32))
  expect(await read(empty)).toBeUndefined()
})

test('a kid that is missing or not a text is refused', async () => {
  const { kid: _kid, ...nameless } = HEADER
  expect(await read(await signed(nameless, CLAIMS, ec.privateKey))).toBeUndefined()
  for (const kid of [null, 0, ['ec'], { ec: 1 }])
    expect(await read(forged({ ...HEADER, kid }, CLAIMS, 'AAAA'))).toBeUndefined()
})

test('a key that the token brings along is not used: jwk, jku, x5u, x5c', async () => {
  const jwk = await exportJWK(stranger.publicKey)
  const brought: readonly Partial<CompactJWSHeaderParameters>[] = [
    { jwk },
    { jwk, kid: 'mine' },
    { jku: 'https://evil.example/jwks.json' },
    { jku: 'https://gw.example/redirect?to=evil.example', kid: 'mine' },
    { x5u: 'https://evil.example/cert.pem' },
    { x5c: ['AAAA'] },
  ]
  for (const header of brought) {
    const token = await signed({ ...HEADER, ...header }, CLAIMS, stranger.privateKey)
    expect(await read(token), JSON.stringify(header)).toBeUndefined()
    // Nor are they overlooked in a token that is ours in all else.
    expect(await read(await withHeader({ ...header, kid: 'ec' }))).toBeUndefined()
  }
})

test('a header that asks for more than we know is refused (crit, b64)', async () => {
  expect(await read(await withHeader({ b64: true, crit: ['b64'] }))).toBeUndefined()
  expect(await read(await withHeader({ zip: 'DEF' }))).toBeUndefined()
})

test('another key’s signature under our kid is refused', async () => {
  expect(await read(await signed(HEADER, CLAIMS, stranger.privateKey))).toBeUndefined()
})
