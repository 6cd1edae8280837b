/** Access tokens that nobody was given: unsigned, signed by somebody else, naming another key. None of them is anybody. */
import { exportJWK, exportSPKI, generateKeyPair, importJWK, type JWK } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { forged, signed, tampered } from '../support/jws.ts'
import { BareGateway } from '../support/node/bare-gateway.ts'
import { GoodToken } from '../support/node/good-token.ts'

const gateway = new BareGateway()
const attacker = await generateKeyPair('EdDSA', { extractable: true })
const JUNK = Buffer.alloc(64, 1).toString('base64url')
let good: GoodToken

beforeAll(() => gateway.start())
afterAll(() => gateway.stop())
beforeEach(async () => {
  good = await GoodToken.make(gateway)
})

async function jwks(): Promise<readonly JWK[]> {
  const { json } = await gateway.ask('GET', '/.well-known/jwks.json', undefined, {
    address: good.address,
  })
  return json.keys
}

async function publicKey(): Promise<JWK> {
  const keys = await jwks()
  return keys.find(({ kid }) => kid === good.header['kid']) ?? expect.fail('it is not published')
}

function byAttacker(change: object): Promise<string> {
  return signed({ alg: 'EdDSA', ...good.header, ...change }, good.claims, attacker.privateKey)
}

describe('the signature:', () => {
  // @control owasp/API2
  test('an unsigned token, however it writes "none", is nobody', async () => {
    const unsigned = ['none', 'None', 'NONE', 'nOnE', ''].map((alg) =>
      forged({ ...good.header, alg }, good.claims),
    )
    const empty = `${good.text.split('.').slice(0, 2).join('.')}.`
    await good.expectNobody(
      ...unsigned,
      forged({ ...good.header, alg: 'none' }, good.claims, JUNK),
      empty,
    )
  })

  test('the published public key is no shared secret', async () => {
    const jwk = await publicKey()
    const pem = await exportSPKI(await publicCryptoKey(jwk))
    const texts = [
      String(jwk.x),
      JSON.stringify(jwk),
      pem,
      pem.trim(),
      pem.replaceAll(/-.*-|\s/g, ''),
    ]
    const secrets = [
      ...texts.map((text) => Buffer.from(text)),
      Buffer.from(jwk.x ?? '', 'base64url'),
    ]
    const confused = secrets.map((secret) =>
      signed({ ...good.header, alg: 'HS256' }, good.claims, secret),
    )
    await good.expectNobody(...(await Promise.all(confused)))
  })

  test('a right signature under the name of another algorithm is none', async () => {
    const others = ['ES256', 'RS256', 'HS256', 'Ed25519', 'eddsa'].map((alg) =>
      tampered(good.text, 'header', { ...good.header, alg }),
    )
    await good.expectNobody(...others)
  })

  test("an attacker's own signature under our key's name is none", async () => {
    await good.expectNobody(await byAttacker({}))
  })
})

function publicCryptoKey(jwk: JWK) {
  return importJWK({ ...jwk }, 'EdDSA', { extractable: true }).then((key) =>
    key instanceof Uint8Array ? expect.fail('it is no public key') : key,
  )
}

describe('the key id:', () => {
  test.each([
    '../../x',
    '/etc/passwd',
    "' OR 1=1 --",
    "x' UNION SELECT 'AAAA",
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    'session-aaaaaaaaaaaaaaaa',
    'https://evil.example/jwks.json',
    '\u0000',
  ])('%j leads to no key', async (kid) => {
    const own = tampered(good.text, 'header', { ...good.header, kid })
    await good.expectNobody(await byAttacker({ kid }), own)
  })

  test('that is no text leads to no key', async () => {
    const { kid } = good.header
    const odd = [[kid], { kid }, null, 0, true].map((other) =>
      forged({ ...good.header, kid: other }, good.claims, JUNK),
    )
    await good.expectNobody(...odd, tampered(good.text, 'header', { alg: 'EdDSA', typ: 'at+jwt' }))
  })

  test('of the key that signs assertions leads to none that signs sessions', async () => {
    const assertionKid = (await jwks())
      .map(({ kid }) => kid)
      .find((kid) => kid?.startsWith('assertion-'))
    expect(assertionKid).toBeDefined()
    const key = await importJWK(JSON.parse(gateway.secrets.ASSERTION_KEY), 'EdDSA')
    await good.expectNobody(
      // Not even with that key itself in an attacker's hands.
      await signed({ ...good.header, alg: 'EdDSA', kid: String(assertionKid) }, good.claims, key),
      await byAttacker({ kid: assertionKid }),
      tampered(good.text, 'header', { ...good.header, kid: assertionKid }),
    )
  })

  test('of a key of another deployment leads to none, whatever the token says', async () => {
    await good.expectNobody(await gateway.mint(good.session, {}, 'another-deployment'))
  })
})

describe('a key that comes with the token', () => {
  test.each(['jwk', 'x5c', 'jku', 'x5u', 'crit', 'b64', 'zip', 'x5t#S256'])(
    'in the header as %s is not used',
    async (name) => {
      const values: Record<string, unknown> = {
        jwk: await exportJWK(attacker.publicKey),
        x5c: ['MIIB'],
        crit: ['exp'],
        b64: true,
        zip: 'DEF',
      }
      const change = { [name]: values[name] ?? 'https://evil.example/keys' }
      const { kid: _kid, ...rest } = good.header
      const without = { ...rest, alg: 'EdDSA', ...change }
      await good.expectNobody(
        ...(await Promise.all(
          [{ ...good.header, ...change }, { ...without }, { ...without, kid: 'attacker' }].map(
            mayForge,
          ),
        )),
        tampered(good.text, 'header', { ...good.header, ...change }),
      )
    },
  )
})

/** The attacker's signature, or junk where the library would not make such a token. */
function mayForge(other: Record<string, unknown>): Promise<string> {
  return signed({ alg: 'EdDSA', ...other }, good.claims, attacker.privateKey).catch(() =>
    forged(other, good.claims, JUNK),
  )
}
