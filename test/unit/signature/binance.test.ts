/** The shapes that the dialect takes, and everything that could be cut another way. */
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
import { expect, test } from 'vitest'
import type { Signed } from '../../../src/signature/dialect.ts'
import { PARAMETERS } from '../../../src/signature/dialects/binance-parameters.ts'
import { read, verdict, type Captured } from '../../support/binance.ts'

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
    'a body with DELETE',
    {
      ...GET(''),
      method: 'DELETE',
      target: '/api/v3/order',
      body: `timestamp=1767323045678&signature=${SIGNATURE}`,
    },
    'malformed_request',
  ],
  [
    'one parameter in query and body',
    {
      ...GET(`symbol=A&timestamp=1767323045678`),
      method: 'POST',
      body: `symbol=B&signature=${SIGNATURE}`,
    },
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
