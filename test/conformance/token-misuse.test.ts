/** Access tokens that are past, for others, or changed; and other texts of ours in their place. None of them is anybody. */
import { generateKeyPair } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { signed, tampered } from '../support/jws.ts'
import { BareGateway, ISSUER } from '../support/node/bare-gateway.ts'
import { refusalOf } from '../support/node/caller.ts'
import { GoodToken, partOf } from '../support/node/good-token.ts'
import { Prover } from '../support/node/prover.ts'

const gateway = new BareGateway()
const attacker = await generateKeyPair('EdDSA', { extractable: true })
let good: GoodToken

beforeAll(() => gateway.start())
afterAll(() => gateway.stop())
beforeEach(async () => {
  good = await GoodToken.make(gateway)
})

function byAttacker(change: object): Promise<string> {
  return signed({ alg: 'EdDSA', ...good.header, ...change }, good.claims, attacker.privateKey)
}

describe('rightly signed, and yet', () => {
  const AGES = { ended: 600_000, 'ended long ago': 86_400_000 }
  // @control mission/sessions owasp/API2
  test.each(Object.entries(AGES))('%s: nobody', async (_what, ageMs) => {
    const issuedAtMs = Date.now() - ageMs
    await good.expectNobody(
      await gateway.mint({ ...good.session, issuedAtMs, expiresAtMs: issuedAtMs + 600_000 }),
    )
  })

  test('ended early: nobody', async () => {
    const expiresAtMs = Math.floor(Date.now() / 1_000) * 1_000
    await good.expectNobody(await gateway.mint({ ...good.session, expiresAtMs }))
  })

  test('not valid yet: nobody', async () => {
    const issuedAtMs = Date.now() + 60_000
    await good.expectNobody(
      await gateway.mint({ ...good.session, issuedAtMs, expiresAtMs: issuedAtMs + 60_000 }),
    )
  })

  test.each([
    'https://broker.example',
    '',
    `${ISSUER}/`,
    ISSUER.toUpperCase(),
    'https://gateway.example',
  ])('for the audience %j: nobody', async (audience) => {
    await good.expectNobody(await gateway.mint(good.session, { audience }))
  })

  test.each(['https://other.example', '', `${ISSUER}/`, `${ISSUER}.evil.example`])(
    'by the issuer %j: nobody',
    async (issuer) => {
      await good.expectNobody(await gateway.mint(good.session, { issuer }))
    },
  )

  test('of another network: nobody', async () => {
    await good.expectNobody(
      await gateway.mint(gateway.session('hot', '10.200.0.1')),
      await gateway.mint({ ...good.session, network: 'unknown' }),
      await gateway.mint({ ...good.session, network: '0.0.0.0/0' }),
    )
  })
})

describe('changed under its signature:', () => {
  test.each<[string, unknown]>([
    ['scope', 'order.write withdrawal.write'],
    ['roles', ['owner']],
    ['sub', 'user-owner'],
    ['key', 'key_another'],
    ['credential', 'pc1_another'],
    ['sid', 'another'],
    ['ver', 1_000_000],
    ['net', '0.0.0.0/0'],
    ['auth_time', 9_999_999_999],
    ['exp', 9_999_999_999],
    ['acr', 'urn:portcullis:acr:3fa'],
    ['cnf', { jkt: 'A'.repeat(43) }],
  ])('%s', async (name, value) => {
    await good.expectNobody(tampered(good.text, 'claims', { ...good.claims, [name]: value }))
  })

  test('a bound token does not lose its binding', async () => {
    const bound = await gateway.mint({ ...good.session, jkt: 'A'.repeat(43) })
    const { cnf: _bound, ...free } = partOf(bound, 1)
    await good.expectNobody(tampered(bound, 'claims', free))
  })

  test.each(['JWT', 'dpop+jwt', 'portcullis-assertion+jwt', 'application/at+jwt', 'AT+JWT', ''])(
    'typ %j',
    async (typ) => {
      await good.expectNobody(
        tampered(good.text, 'header', { ...good.header, typ }),
        await byAttacker({ typ }),
      )
    },
  )
})

describe('something else of ours in its place:', () => {
  test('the assertion that the origin was shown', async () => {
    await good.use('/v1/account')
    const assertion = gateway.heard.at(-1)?.headers['portcullis-assertion']
    await good.expectNobody(String(assertion))
  })

  test('a DPoP proof', async () => {
    const prover = await Prover.make()
    const proof = await prover.prove('GET', `${gateway.url.origin}/v1/account`, {
      token: good.text,
    })
    await good.expectNobody(proof)
  })

  test.each<[string, () => string]>([
    ['two tokens', () => `${good.text} ${good.text}`],
    ['two fields, as a proxy joins them', () => `${good.text}, Bearer ${good.text}`],
    ['padding', () => `${good.text}=`],
    ['a fourth part', () => `${good.text}.${good.text}`],
    ['the JSON serialisation', () => JSON.stringify({ payload: good.text.split('.')[1] })],
    ['nothing', () => ''],
    ['20 KB', () => 'A'.repeat(20_000)],
  ])('%s', async (_what, text) => {
    await good.expectNobody(text())
  })

  test.each(['query', 'cookie', 'form'])('the right token in the %s', async (place) => {
    const before = gateway.heard.length
    const target = place === 'query' ? `/v1/account?access_token=${good.text}` : '/v1/account'
    const headers = place === 'cookie' ? { cookie: `access_token=${good.text}` } : {}
    const reply =
      place === 'form'
        ? await gateway.ask('POST', '/v1/orders', `access_token=${good.text}`, {
            address: good.address,
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
          })
        : await gateway.ask('GET', target, undefined, { address: good.address, headers })
    expect(refusalOf(reply)).toBe('401 unauthorized')
    expect(gateway.heard).toHaveLength(before)
  })
})
