import { expect, test } from 'vitest'
import { originHeaders, removeForeign } from '../../../src/gateway/headers.ts'

const ID = '0123456789abcdef0123456789abcdef'
const RULES = {
  allowed: ['x-broker-tag'],
  signable: true,
  requestId: ID,
  clientCertificate: undefined,
}

test('I9: what a client says in another’s name stays behind', () => {
  const from = new Headers({
    authorization: 'Bearer x',
    cookie: 'a=b',
    'portcullis-assertion': 'forged',
    'x-request-id': 'forged',
    traceparent: 'forged',
    'client-cert': 'forged',
    'cf-connecting-ip': '192.0.2.1',
    'x-forwarded-for': '192.0.2.1',
    forwarded: 'for=192.0.2.1',
    'x-http-method-override': 'DELETE',
    'x-original-url': '/v1/withdrawals',
    'pc-key': 'k',
    'pc-signature': 's',
    'pc-otp': '123456',
    signature: 's',
    'signature-input': 's',
    'content-type': 'application/json',
    'idempotency-key': '"k"',
    'x-broker-tag': 't',
  })
  const headers = originHeaders(from, RULES)
  const { traceparent, ...rest } = headers
  expect(rest).toEqual({
    'content-type': 'application/json',
    'idempotency-key': '"k"',
    'x-broker-tag': 't',
    'x-request-id': ID,
  })
  expect(traceparent).toMatch(new RegExp(`^00-${ID}-[0-9a-f]{16}-01$`))
})

// @control owasp/API10
test('the origin’s answer loses what concerns its own connection', () => {
  const from = new Headers({
    'set-cookie': 'a=b',
    server: 'x',
    connection: 'close',
    'content-type': 'text/plain',
    etag: '"1"',
  })
  removeForeign(from)
  expect(Object.fromEntries(from)).toEqual({
    'content-type': 'text/plain',
    etag: '"1"',
  })
})

test('what changes a request crosses only for a caller who could have signed it', () => {
  const from = new Headers({
    'idempotency-key': '"k"',
    'if-match': '"e"',
    prefer: 'x',
    'content-encoding': 'gzip',
    'x-broker-tag': 't',
    accept: '*/*',
  })
  const headers = originHeaders(from, { ...RULES, signable: false })
  expect(Object.keys(headers).toSorted()).toEqual(['accept', 'traceparent', 'x-request-id'])
})

test('a verified client certificate is told, a claimed one is not', () => {
  const from = new Headers({ 'client-cert': ':forged:' })
  expect(originHeaders(from, RULES)).not.toHaveProperty('client-cert')
  expect(originHeaders(from, { ...RULES, clientCertificate: ':AA==:' })['client-cert']).toBe(
    ':AA==:',
  )
})
