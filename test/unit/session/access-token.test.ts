import { array, assert, asyncProperty, nat, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../../src/lib/bytes.ts'
import {
  ACCESS_TOKEN_SECONDS,
  accessTokenClaims,
  type Session,
} from '../../../src/session/access-token.ts'
import { mutated, signed, tampered } from '../../support/jws.ts'
import {
  CLAIMS,
  HEADER,
  NOW,
  PARTIES,
  SESSION,
  ec,
  ed,
  read,
  withClaims,
} from '../../support/access-token.ts'

test('a token that we signed says the session it was made of, under either algorithm', async () => {
  expect(await read(await signed(HEADER, CLAIMS, ec.privateKey))).toEqual(SESSION)
  const other = { typ: 'at+jwt', alg: 'EdDSA', kid: 'ed' }
  expect(await read(await signed(other, CLAIMS, ed.privateKey))).toEqual(SESSION)
})

test('its claims are those of RFC 9068', () => {
  expect(CLAIMS).toEqual({
    iss: 'https://gw.example',
    aud: 'https://broker.example',
    sub: 'user-1',
    jti: 'token-1',
    iat: 1_800_000_000,
    nbf: 1_800_000_000,
    exp: 1_800_000_600,
    sid: 'session-1',
    key: 'key-1',
    client_id: 'credential-1',
    ver: 7,
    scope: 'order.write order.read',
    roles: ['trader'],
    amr: ['pop', 'otp'],
    acr: 'urn:example:2',
    auth_time: 1_799_999_940,
    net: '192.0.2.0/24',
    cnf: { jkt: SESSION.jkt },
  })
})

test('a session without permissions and without a bound key comes back without them', async () => {
  const { jkt: _jkt, ...bearer } = SESSION
  const session: Session = { ...bearer, permissions: [], roles: [], amr: [] }
  const token = await signed(HEADER, accessTokenClaims(session, PARTIES), ec.privateKey)
  expect(await read(token)).toEqual(session)
})

test('a token ends with its session, and no later than a token may', () => {
  const endOf = (expiresAtMs: number) => accessTokenClaims({ ...SESSION, expiresAtMs }, PARTIES).exp
  expect(endOf(NOW + 30_999)).toBe(NOW / 1000 + 30)
  expect(endOf(NOW + 3_600_000)).toBe(NOW / 1000 + ACCESS_TOKEN_SECONDS)
})

describe('what it says', () => {
  test('claims or a header that were changed under the old signature are refused', async () => {
    const token = await withClaims({})
    expect(await read(tampered(token, 'claims', CLAIMS))).toEqual(SESSION)
    const richer = { ...CLAIMS, scope: 'order.write order.read withdrawal' }
    expect(await read(tampered(token, 'claims', richer))).toBeUndefined()
    expect(
      await read(tampered(token, 'header', { kid: 'ec', alg: 'ES256', typ: 'at+jwt' })),
    ).toBeUndefined()
  })

  test.each(['JWT', 'dpop+jwt', 'AT+JWT', 'application/at+jwt', 'at+jwt ', '', undefined])(
    'typ %j is not that of an access token',
    async (typ) => {
      const { typ: _typ, ...untyped } = HEADER
      const header = typ === undefined ? untyped : { ...untyped, typ }
      expect(await read(await signed(header, CLAIMS, ec.privateKey))).toBeUndefined()
    },
  )

  test('a typ that is said twice counts as the last one', async () => {
    const key = ec.privateKey
    const encode = (text: string) => btoa(text).replaceAll('=', '')
    const head = encode('{"typ":"at+jwt","alg":"ES256","kid":"ec","typ":"dpop+jwt"}')
    const [, claims = ''] = (await withClaims({})).split('.')
    const octets = utf8(`${head}.${claims}`)
    const mac = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, octets)
    const text = encode(String.fromCharCode(...new Uint8Array(mac)))
    const signature = text.replaceAll('+', '-').replaceAll('/', '_')
    expect(await read(`${head}.${claims}.${signature}`)).toBeUndefined()
  })

  test('a token of another deployment or for another audience is refused', async () => {
    for (const iss of ['https://staging.example', 'https://gw.example/', 'HTTPS://gw.example', ''])
      expect(await read(await withClaims({ iss })), iss).toBeUndefined()
    const audiences = [
      'https://other.example',
      [PARTIES.audience],
      [PARTIES.audience, 'x'],
      '',
      null,
    ]
    for (const aud of audiences)
      expect(await read(await withClaims({ aud })), JSON.stringify(aud)).toBeUndefined()
  })

  test('no claim may be missing, of another type, or unknown', async () => {
    for (const name of Object.keys(CLAIMS).filter((claim) => claim !== 'cnf')) {
      expect(await read(await withClaims({ [name]: undefined })), `no ${name}`).toBeUndefined()
      for (const value of [null, {}, [1], true, -1])
        expect(await read(await withClaims({ [name]: value })), name).toBeUndefined()
    }
    for (const cnf of [null, {}, { jkt: '' }, { jkt: 'short' }, { jkt: 1 }, 'x', []])
      expect(await read(await withClaims({ cnf })), JSON.stringify(cnf)).toBeUndefined()
    for (const scope of [' ', 'a  b', ' a', 'a ', 'a\tb', 'a"b'])
      expect(await read(await withClaims({ scope })), scope).toBeUndefined()
    expect(await read(await withClaims({ only_read: true }))).toBeUndefined()
  })
})

describe('when', () => {
  test('it has ended at the second of exp, without tolerance', async () => {
    const token = await withClaims({})
    expect(await read(token, SESSION.expiresAtMs - 1)).toEqual(SESSION)
    expect(await read(token, SESSION.expiresAtMs)).toBeUndefined()
    expect(await read(token, NOW + 86_400_000)).toBeUndefined()
  })

  test('it is good no earlier than five seconds before iat and nbf', async () => {
    const token = await withClaims({})
    expect(await read(token, NOW - 5_000)).toEqual(SESSION)
    expect(await read(token, NOW - 5_001)).toBeUndefined()
    expect(await read(await withClaims({ nbf: NOW / 1000 + 6 }))).toBeUndefined()
    expect(await read(await withClaims({ iat: NOW / 1000 + 6 }))).toBeUndefined()
  })

  // @control mission/sessions
  test('a lifetime beyond ten minutes is refused, whoever signed it', async () => {
    expect(await read(await withClaims({ exp: CLAIMS.iat + 601 }))).toBeUndefined()
    expect(await read(await withClaims({ iat: CLAIMS.iat - 1 }))).toBeUndefined()
    for (const exp of [1e12, '1800000600', CLAIMS.iat + 0.5])
      expect(await read(await withClaims({ exp })), String(exp)).toBeUndefined()
  })
})

test('a text of more than 4 KiB is not a token, even a signed one', async () => {
  const long = { ...CLAIMS, scope: Array.from({ length: 400 }, (_, n) => `scope.${n}`).join(' ') }
  const token = await signed(HEADER, long, ec.privateKey)
  expect(token.length).toBeGreaterThan(4096)
  expect(await read(token)).toBeUndefined()
})

test.each([
  '',
  '.',
  '..',
  '...',
  'a.b.c',
  'null.null.null',
  '{}',
  'e30.e30.e30',
  '\u0000',
  'é.é.é',
])('%j is not a token', async (text) => {
  expect(await read(text)).toBeUndefined()
})

test('claims that are not JSON, not UTF-8 or not an object are refused', async () => {
  for (const claims of [null, 1, 'x', [], [CLAIMS]])
    expect(await read(await signed(HEADER, claims, ec.privateKey))).toBeUndefined()
})

test('the one text that was signed verifies: not with padding, white space or a fourth part', async () => {
  const token = await withClaims({})
  for (const other of [
    `${token}=`,
    `${token}==`,
    `${token} `,
    ` ${token}`,
    `${token}\n`,
    `${token}.`,
  ])
    expect(await read(other)).toBeUndefined()
})

test('no change of one character leaves a token that verifies, spare bits of the last one included', async () => {
  const tokens = [
    await signed(HEADER, CLAIMS, ec.privateKey),
    await signed({ typ: 'at+jwt', alg: 'EdDSA', kid: 'ed' }, CLAIMS, ed.privateKey),
  ]
  const check = async (token: string, position: number, letter: number) => {
    expect(await read(mutated(token, position, letter))).toBeUndefined()
  }
  await assert(
    asyncProperty(nat(), nat(), nat(1), (position, letter, which) =>
      check(tokens[which] ?? '', position, letter),
    ),
    { numRuns: 300 },
  )
  // A signature is 64 octets: the last of its 86 characters has four spare bits, so 15 others mean the same octets.
  for (const token of tokens)
    for (let letter = 0; letter < 68; letter += 1) await check(token, token.length - 1, letter)
})

test('arbitrary texts are answered, never thrown at', async () => {
  await assert(
    asyncProperty(array(string({ unit: 'binary' }), { maxLength: 4 }), async (parts) => {
      expect(await read(parts.join('.'))).toBeUndefined()
    }),
  )
})
