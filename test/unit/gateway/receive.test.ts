import { array, assert, constantFrom, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_BODY_BYTES, MAX_HEADER_BYTES, receive } from '../../../src/gateway/receive.ts'

interface Wire {
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly tlsVersion?: string
  readonly plainHttpAllowed?: boolean
  readonly tlsClientAuth?: object
  readonly method?: string
  readonly body?: ReadableStream | null
}

/** A request as workerd hands it over: its `url` keeps the octets of the target, which `Request` would not. */
function outcome({
  target = '/v1/time',
  headers = {},
  tlsVersion,
  plainHttpAllowed = false,
  tlsClientAuth,
  method = 'GET',
  body = null,
}: Wire) {
  const request = {
    url: `http://gw.example${target}`,
    method,
    headers: new Headers({ host: 'gw.example', ...headers }),
    body,
    cf: { tlsClientAuth, ...(tlsVersion === undefined ? {} : { tlsVersion }) },
  }
  return receive(request, 1_800_000_000_000, { plainHttpAllowed })
}

function code(wire: Wire): string {
  const { judged } = outcome({ tlsVersion: 'TLSv1.3', ...wire })
  return judged.ok ? 'received' : judged.error.code
}

describe('TLS floor', () => {
  // @control mission/tls13 pci/4.2.1
  test.each<[string | undefined, boolean, string]>([
    ['TLSv1.3', false, 'received'],
    ['TLSv1.2', false, 'tls_required'],
    ['TLSv1.2', true, 'tls_required'],
    ['', false, 'tls_required'],
    [undefined, false, 'tls_required'],
    [undefined, true, 'received'],
  ])('%j with plain HTTP allowed=%s: %s', (tlsVersion, plainHttpAllowed, expected) => {
    const wire = tlsVersion === undefined ? { plainHttpAllowed } : { tlsVersion, plainHttpAllowed }
    const { judged } = outcome(wire)
    expect(judged.ok ? 'received' : judged.error.code).toBe(expected)
  })
})

test.each([
  '/',
  '/v1/time',
  '/v1/time?',
  '/v1/time?a=b',
  '/v1/a%2Fb',
  '/v1//b',
  '/v1/x?a=%zz|[1]',
  '/a?b?c',
])('the target %s is taken as it is', (target) => {
  expect(outcome({ target, tlsVersion: 'TLSv1.3' }).received.head.target).toBe(target)
  expect(code({ target })).toBe('received')
})

// @control pci/6.4.2 owasp/API7
test.each([
  '/a/%2e%2e/b',
  '/a/../b',
  '/a/./b',
  '/a\\b',
  '/a?x=1#f',
  '/a?x="q"',
  "/a?x='q'",
  '/a?x=é',
  '/a?<b>',
  '/%2e%2e',
])('the target %s is refused: parsing would change it', (target) => {
  expect(code({ target })).toBe('malformed_request')
})

test('whatever the target is made of, it is taken if and only if parsing leaves it alone', () => {
  const part = constantFrom(...'/ a . .. ~ - _ ? = & % %2e E # [ ] \\ : @ , + ; ! $ é'.split(' '))
  assert(
    property(array(part, { maxLength: 12 }), (parts) => {
      const target = `/${parts.join('')}`
      const { pathname, search } = new URL(`http://gw.example${target}`)
      const alone = [pathname + search, `${pathname}${search}?`].includes(target)
      expect(code({ target })).toBe(alone ? 'received' : 'malformed_request')
    }),
    { numRuns: 2_000 },
  )
})

test('path and query are what the target says', () => {
  const { head } = outcome({ target: '/a/b?c=d?e' }).received
  expect([head.path, head.query]).toEqual(['/a/b', 'c=d?e'])
  expect(outcome({ target: '/a?' }).received.head.query).toBe('')
  expect(outcome({ target: '/a' }).received.head.query).toBeUndefined()
})

test.each(['pc-key', 'pc-timestamp', 'pc-nonce', 'pc-signature', 'pc-otp', 'idempotency-key'])(
  '%s sent twice is refused',
  (name) => {
    expect(code({ headers: { [name]: 'a, b' } })).toBe('malformed_request')
  },
)

test('a Host header that the target contradicts is refused', () => {
  expect(code({ headers: { host: 'other.example' } })).toBe('malformed_request')
  expect(code({ headers: { host: 'GW.example' } })).toBe('received')
})

// @control owasp/API4
test('headers and bodies have caps', () => {
  expect(code({ headers: { 'x-a': 'a'.repeat(MAX_HEADER_BYTES - 40) } })).toBe('received')
  expect(code({ headers: { 'x-a': 'a'.repeat(MAX_HEADER_BYTES) } })).toBe('headers_too_large')
  expect(code({ headers: { 'content-length': String(MAX_BODY_BYTES) } })).toBe('received')
  expect(code({ headers: { 'content-length': String(MAX_BODY_BYTES + 1) } })).toBe('body_too_large')
  expect(code({ headers: { 'content-length': '1e9' } })).toBe('malformed_request')
})

test('each request has an id of its own', () => {
  const ids = new Set(Array.from({ length: 100 }, () => outcome({}).received.requestId))
  expect(ids.size).toBe(100)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
})

test.each<[object | undefined, string, string | undefined]>([
  [undefined, 'none', undefined],
  [{ certPresented: '0', certVerified: 'NONE', certRevoked: '0' }, 'none', undefined],
  [
    { certPresented: '1', certVerified: 'SUCCESS', certRevoked: '0', certRFC9440: ':AA==:' },
    'verified',
    ':AA==:',
  ],
  [
    { certPresented: '1', certVerified: 'SUCCESS', certRevoked: '1', certRFC9440: ':AA==:' },
    'refused',
    undefined,
  ],
  [
    { certPresented: '1', certVerified: 'FAILED:expired', certRevoked: '0', certRFC9440: ':AA==:' },
    'refused',
    undefined,
  ],
  [{ certPresented: '1', certVerified: true, certRevoked: '0' }, 'refused', undefined],
  [
    {
      certPresented: '1',
      certVerified: 'SUCCESS',
      certRevoked: '0',
      certRFC9440: 'x',
      certRFC9440TooLarge: true,
    },
    'verified',
    undefined,
  ],
])('the client certificate %j is %s', (tlsClientAuth, status, header) => {
  const wire = tlsClientAuth === undefined ? {} : { tlsClientAuth }
  expect(outcome(wire).received.place.clientCertificate).toEqual({ status, header })
})

test('a GET or HEAD with a body is refused; an empty one is none', () => {
  const body = new ReadableStream()
  for (const method of ['GET', 'HEAD']) {
    expect(code({ method, body })).toBe('malformed_request')
    expect(code({ method, body, headers: { 'content-length': '0' } })).toBe('received')
  }
  expect(code({ method: 'DELETE', body })).toBe('received')
})
