/** What a call takes beside its body is described, and what is described is what it takes. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OWN } from '../../src/admin/table.ts'
import {
  plain,
  readDocument,
  type ApiDocument,
  type Described,
  type Parameter,
} from '../support/node/api-document.ts'
import { Cast, type Member } from '../support/node/cast.ts'
import { Demo } from '../support/node/demo.ts'
import { problemsOf } from '../support/node/json-schema.ts'

/** What calls take beside ids, a body and `If-Match`, written by hand. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  'GET /gw/v1/admin/audit/export': ['query after', 'query limit'],
  'GET /gw/v1/admin/audit/records': ['query from', 'query limit'],
  'GET /gw/v1/admin/users': ['query after'],
  'GET /gw/v1/admin/keys': ['query user', 'query after'],
  'POST /gw/v1/admin/users': ['header Idempotency-Key'],
  'POST /gw/v1/admin/keys': ['header Idempotency-Key'],
  'GET /gw/v1/keys/self': ['header PC-OTP'],
  'POST /gw/v1/admin/keys/{keyId}/rotate': ['header Idempotency-Key'],
  'POST /gw/v1/keys/self/rotate': ['header Idempotency-Key', 'header PC-OTP'],
  'PUT /gw/v1/keys/self/caps': ['header PC-OTP'],
  'GET /gw/v1/accounts/self/risk': ['header PC-OTP'],
  'PUT /gw/v1/accounts/self/risk': ['header PC-OTP'],
  'POST /gw/v1/feed/prices': ['header PC-OTP'],
  'POST /gw/v1/feed/accounts/{id}': ['header PC-OTP'],
  'POST /gw/v1/sessions': ['header DPoP', 'header PC-OTP'],
  'POST /gw/v1/sessions/refresh': ['header DPoP'],
}
const demo = new Demo()
let document: ApiDocument
let everything: Member

beforeAll(async () => {
  await demo.start()
  const cast = await Cast.of(demo)
  everything = await cast.member('owner', 'security', 'risk')
  document = await readDocument(demo.file.gateway)
})
afterAll(() => demo.stop())

function of(route: string): Described {
  return document.described.get(route) ?? expect.fail(`${route} is not in the document`)
}

test('a call takes ids, If-Match where it changes what was read, and what is written here', () => {
  for (const { operation } of OWN) {
    const { route, conditional } = operation
    const parameters = of(route).parameters ?? []
    const ids = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => `path ${name}`)
    const required = [...ids, ...(conditional ? ['header If-Match'] : [])]
    const named = (some: readonly Parameter[]) => some.map((one) => `${one.in} ${one.name}`)
    expect([route, named(parameters)]).toEqual([route, [...required, ...(TAKEN[route] ?? [])]])
    expect(named(parameters.filter((one) => one.required))).toEqual(required)
  }
})

const lists = OWN.filter(({ operation }) => operation.route.endsWith('s')).filter(
  ({ operation }) => operation.kind === 'read',
)
test.each(lists.map(({ operation }) => operation.route))(
  '%s takes the query that is described and no other',
  async (route) => {
    const path = plain(route).path.slice('/gw/v1'.length)
    const parameters = (of(route).parameters ?? []).filter((one) => one.in === 'query')
    const refused = async (query: string) => {
      const { status, json } = await everything.call('GET', `${path}?${query}`)
      return status === 422 ? [json.code, json.errors[0].pointer] : status
    }
    for (const { name, schema } of parameters) {
      for (const value of ['a', 'a'.repeat(64), 'a'.repeat(65), '', '-a', 'a/b', 'a%00', 'a+b'])
        expect([value, await refused(`${name}=${value}`)]).toEqual([
          value,
          problemsOf(new URLSearchParams(`x=${value}`).get('x'), schema).length === 0
            ? 200
            : ['invalid_body', `/query/${name}`],
        ])
      expect(await refused(`${name}=a&${name}=a`)).toEqual(['invalid_body', `/query/${name}`])
    }
    for (const name of ['Limit', 'constructor', 'After', '__proto__', ''])
      expect(await refused(`${name}=1`)).toEqual(['invalid_body', `/query/${name}`])
  },
)

test('a refusal may say when to come again and with which nonce', () => {
  for (const { responses } of document.described.values())
    expect(Object.keys(responses['default']?.headers ?? {})).toEqual(['Retry-After', 'DPoP-Nonce'])
})
