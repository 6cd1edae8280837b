/** The dialect against requests that real clients sent, and against everything that could be cut another way. */
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  integer,
  oneof,
  record,
  string,
} from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../../src/lib/bytes.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { ALGORITHMS } from '../../../src/signature/algorithm.ts'
import type { Signed } from '../../../src/signature/dialect.ts'
import { binance } from '../../../src/signature/dialects/binance.ts'
import { PARAMETERS } from '../../../src/signature/dialects/binance-parameters.ts'
import { verifySigned } from '../../../src/signature/verify.ts'
import { headOf } from '../../support/request.ts'
import vectors from '../../vectors/dialects.json' with { type: 'json' }

interface Captured {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly string[])[]
  readonly body: string
}

async function read({ method, target, headers, body }: Captured) {
  const sent = Object.fromEntries(headers.map(([name, value]) => [name ?? '', value ?? '']))
  const claim = binance.claim(headOf({ method, url: `https://gw.example${target}`, headers: sent }))
  return claim.ok ? claim.value.signed(utf8(body)) : claim
}

async function verdict(request: Captured, secret: string): Promise<string> {
  const signed = await read(request)
  if (!signed.ok) return signed.error.code
  const key = await ALGORITHMS['hmac-sha256'].importKey(new Secret(utf8(secret)))
  return (await verifySigned(signed.value, 'hmac-sha256', key)) === undefined
    ? 'not verified'
    : 'verified'
}

/** Every captured request with an HMAC secret. */
const CAPTURED = [...vectors.vectors, ...vectors.official].flatMap(
  ({ name, dialect, credentials, request }) => {
    const secret = 'secret' in credentials ? credentials.secret : undefined
    const signed = `${request.target}&${request.body}`.includes('signature=')
    return dialect === 'binance' && typeof secret === 'string' && signed
      ? [{ name, secret, request }]
      : []
  },
)

test('the vectors are there', () => {
  expect(CAPTURED.length).toBeGreaterThanOrEqual(8)
})

describe.each(CAPTURED)('$name', ({ request, secret }) => {
  test('verifies', async () => {
    expect(await verdict(request, secret)).toBe('verified')
    expect(await verdict(request, `${secret}x`)).toBe('not verified')
  })

  test('is refused with any character of what is covered changed', async () => {
    const start = request.target.indexOf('?')
    for (const [part, from] of [
      ['target', start < 0 ? request.target.length : start + 1],
      ['body', 0],
    ] as const) {
      for (let at = from; at < request[part].length; at += 1) {
        const other = request[part][at] === '7' ? '8' : '7'
        const changed = request[part].slice(0, at) + other + request[part].slice(at + 1)
        expect(await verdict({ ...request, [part]: changed }, secret), changed).not.toBe('verified')
      }
    }
  })

  test('leaves method and path open, as the coverage says', async () => {
    const path = request.target.replace(/^[^?]*/, '/api/v3/other')
    expect(await verdict({ ...request, method: 'DELETE', target: path }, secret)).toBe('verified')
    expect(binance.covers).toEqual({ method: false, path: false, query: true, body: true })
  })

  test('is forwarded without its signature', async () => {
    const signed = await read(request)
    const { target, body } = (signed.ok && signed.value.forward) || expect.fail()
    expect(target + new TextDecoder().decode(body)).not.toContain('signature')
    expect(target.split('?')[0]).toBe(request.target.split('?')[0])
  })
})

const SHIFTS = vectors.boundary_shifts.cases.filter(({ dialect }) => dialect === 'binance')
const CREATE_SECRET = 'gwtest-binance-secret-0123456789abcdef'

test.each(SHIFTS)('$label', async ({ label, request }) => {
  const harmless = /signature first|upper-case|as signed/.test(label)
  expect(await verdict(request, CREATE_SECRET)).toBe(harmless ? 'verified' : 'malformed_request')
})

test('an upper-case signature means the same', async () => {
  const [first] = CAPTURED
  const target = first?.request.target.replace(/signature=(.*)$/, (whole) =>
    whole.toUpperCase().replace('SIGNATURE', 'signature'),
  )
  expect(
    await verdict(
      { ...(first?.request ?? expect.fail()), target: target ?? '' },
      first?.secret ?? '',
    ),
  ).toBe('verified')
})

const SIGNATURE = 'a'.repeat(64)
const GET = (query: string): Captured => ({
  method: 'GET',
  target: `/api/v3/account?${query}`,
  headers: [['X-MBX-APIKEY', 'k']],
  body: '',
})

test.each<[string, Captured, string]>([
  ['no signature', GET('timestamp=1767323045678'), 'unauthorized'],
  ['no time', GET(`a=1&signature=${SIGNATURE}`), 'malformed_request'],
  ['a time in seconds', GET(`timestamp=1767323045&signature=${SIGNATURE}`), 'malformed_request'],
  [
    'a time in microseconds',
    GET(`timestamp=1767323045678000&signature=${SIGNATURE}`),
    'malformed_request',
  ],
  [
    'a repeated parameter',
    GET(`timestamp=1767323045678&a=1&a=2&signature=${SIGNATURE}`),
    'malformed_request',
  ],
  [
    'two times',
    GET(`timestamp=1767323045678&timestamp=1767323045679&signature=${SIGNATURE}`),
    'malformed_request',
  ],
  ['an empty value', GET(`timestamp=1767323045678&a=&signature=${SIGNATURE}`), 'malformed_request'],
  ['a name alone', GET(`timestamp=1767323045678&a&signature=${SIGNATURE}`), 'malformed_request'],
  ['an empty pair', GET(`timestamp=1767323045678&&signature=${SIGNATURE}`), 'malformed_request'],
  [
    'a window that is too wide',
    GET(`timestamp=1767323045678&recvWindow=60001&signature=${SIGNATURE}`),
    'malformed_request',
  ],
  [
    'a window that is no number',
    GET(`timestamp=1767323045678&recvWindow=1e4&signature=${SIGNATURE}`),
    'malformed_request',
  ],
  [
    'a signature of the wrong length',
    GET('timestamp=1767323045678&signature=abcd'),
    'unauthorized',
  ],
  [
    'two keys',
    {
      ...GET(`timestamp=1767323045678&signature=${SIGNATURE}`),
      headers: [['X-MBX-APIKEY', 'k, k']],
    },
    'malformed_request',
  ],
  [
    'a JSON body',
    {
      ...GET(''),
      target: '/api/v3/order',
      headers: [
        ['X-MBX-APIKEY', 'k'],
        ['Content-Type', 'application/json'],
      ],
      body: `timestamp=1767323045678&signature=${SIGNATURE}`,
    },
    'malformed_request',
  ],
  [
    'one parameter in query and body',
    { ...GET(`symbol=A&timestamp=1767323045678`), body: `symbol=B&signature=${SIGNATURE}` },
    'malformed_request',
  ],
])('refuses %s', async (_what, request, code) => {
  expect(await verdict(request, 's')).toBe(code)
})

test('the window is the request’s own, five seconds when it names none', async () => {
  const windowOf = async (more: string) => {
    const signed = await read(GET(`timestamp=1767323045678${more}&signature=${SIGNATURE}`))
    return signed.ok ? signed.value.windowMs : undefined
  }
  expect(await windowOf('')).toBe(5_000)
  expect(await windowOf('&recvWindow=12000')).toBe(12_000)
  expect(await windowOf('&recvWindow=500.125')).toBe(500.125)
})

test('a query signed before it was escaped counts only as the URL parser escapes it', async () => {
  const octets = async (query: string) => {
    const signed = await read(GET(`${query}&timestamp=1767323045678&signature=${SIGNATURE}`))
    return signed.ok
      ? signed.value.octets.map((bytes) => new TextDecoder().decode(bytes).split('&')[0])
      : []
  }
  expect(await octets('email=a%20b+c')).toEqual(['email=a%20b+c', 'email=a b+c'])
  expect(await octets('email=a%2Bb'), 'another spelling of a+b').toEqual(['email=a%2Bb'])
  expect(await octets('email=%61'), 'another spelling of a').toEqual(['email=%61'])
  expect(await octets('email=a%26b'), 'would be another pair').toEqual(['email=a%26b'])
  expect(await octets('email=%ff'), 'no text').toEqual(['email=%ff'])
})

test('no parameter name ends another: at most one cut of a joined text is right', () => {
  for (const name of PARAMETERS) {
    const ends = Array.from({ length: name.length - 1 }, (_, at) => name.slice(at + 1))
    expect(
      ends.filter((end) => PARAMETERS.has(end)),
      name,
    ).toEqual([])
  }
})

test('no two requests of different meaning share a string to sign', async () => {
  const pair = record({
    name: oneof(constantFrom(...PARAMETERS), constantFrom('a', 'ab', 'b', 'batchOrders')),
    value: oneof(
      string({ minLength: 1, maxLength: 6 }).map((text) => text.replace(/[^A-Za-z0-9]/g, 'x')),
      constantFrom(...PARAMETERS),
    ),
  })
  const meaning = (query: string, body: string) =>
    JSON.stringify(
      [...new URLSearchParams(query), ...new URLSearchParams(body)].filter(
        ([name]) => name !== 'signature',
      ),
    )
  const text = ({ octets }: Signed) => octets.map((bytes) => new TextDecoder().decode(bytes))

  await assert(
    asyncProperty(
      array(pair, { minLength: 1, maxLength: 5 }),
      integer({ min: 0, max: 6 }),
      async (pairs, split) => {
        const all = [...pairs, { name: 'timestamp', value: '1767323045678' }].map(
          ({ name, value }) => `${name}=${value}`,
        )
        const query = all.slice(0, split).join('&')
        const body = all.slice(split).join('&')
        const ask = (q: string, b: string) =>
          read({
            method: 'POST',
            target: `/api/v3/order?${q}`,
            headers: [['X-MBX-APIKEY', 'k']],
            body: b === '' ? `signature=${SIGNATURE}` : `${b}&signature=${SIGNATURE}`,
          })
        const honest = await ask(query, body)
        if (!honest.ok) return
        const [signed = ''] = text(honest.value)
        for (let cut = 0; cut <= signed.length; cut += 1) {
          const [q, b] = [signed.slice(0, cut), signed.slice(cut)]
          const other = await ask(q, b)
          if (other.ok && text(other.value).includes(signed))
            expect(meaning(q, b), `cut at ${cut}`).toBe(meaning(query, body))
        }
      },
    ),
  )
})
