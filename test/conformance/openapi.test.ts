/** The API document is true: what it names answers as it says, and what answers is named. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OWN } from '../../src/admin/table.ts'
import { Cast, keyFor, must, published, type Member } from '../support/node/cast.ts'
import {
  plain,
  readDocument,
  type ApiDocument,
  type Described,
} from '../support/node/api-document.ts'
import { Demo, elsewhere } from '../support/node/demo.ts'
import { riskAnswers } from '../support/node/answers-of-risk.ts'
import { isRecord, objectsIn, problemsOf, type Schema } from '../support/node/json-schema.ts'
import { ask, askSigned, otpFor, type Reply } from '../support/node/person.ts'

/** What anybody may read, written by hand. */
const OPEN = [
  'GET /gw/v1/time',
  'GET /gw/v1/health',
  'GET /gw/v1/openapi.json',
  'GET /.well-known/jwks.json',
  'GET /.well-known/oauth-authorization-server',
]
const REASON = { reason: 'The document' }

const ROUTES = OWN.map(({ operation }) => operation.route)
const ALL = [...OPEN, ...ROUTES]
const demo = new Demo()
/** A gateway where nobody is: its first owner is yet to be made. */
const empty = new Demo({ PORTCULLIS_SEED: 'none' })
let document: ApiDocument
let cast: Cast
let everything: Member

beforeAll(async () => {
  await demo.start()
  cast = await Cast.of(demo)
  everything = await cast.member('owner', 'security', 'risk', 'auditor')
  document = await readDocument(demo.file.gateway)
})
afterAll(() => Promise.all([demo.stop(), empty.stop()]))

function of(route: string): Described {
  return document.described.get(route) ?? expect.fail(`${route} is not in the document`)
}

function answerSchema(route: string, status: number): Schema | undefined {
  return of(route).responses[String(status)]?.content?.['application/json']?.schema
}

function expectAsDescribed(route: string, { status, json, headers }: Reply): void {
  expect([route, Object.keys(of(route).responses)]).toEqual([route, [String(status), 'default']])
  const { ETag, ...others } = of(route).responses[String(status)]?.headers ?? {}
  expect(others).toEqual({})
  expect([route, headers.etag === undefined]).toEqual([route, ETag === undefined])
  if (ETag !== undefined) expect(problemsOf(headers.etag, ETag.schema)).toEqual([])
  const schema = answerSchema(route, status)
  if (schema === undefined) {
    expect([route, status, json]).toEqual([route, 204, ''])
    return
  }
  expect(headers['content-type']).toMatch(/^application\/json/)
  expect([route, problemsOf(json, schema)]).toEqual([route, []])
}

// @control owasp/API9
test('names every row of the table and every open endpoint, and nothing else', () => {
  expect([...document.described.keys()].toSorted()).toEqual(ALL.toSorted())
  const ids = [...document.described.values()].flatMap(({ operationId }) => operationId ?? [])
  expect(ids).toHaveLength(ROUTES.length)
  expect(new Set(ids).size).toBe(ids.length)
})

test.each(ALL)('%s answers, and tells strangers that they are strangers', async (route) => {
  const { method, path } = plain(route)
  const { security, requestBody } = of(route)
  const from = elsewhere().localAddress
  const reply = await ask(demo.file.gateway, method, path, undefined, { from })
  if (security.length > 0) expect(reply.status).toBe(401)
  else if (requestBody === undefined) expectAsDescribed(route, reply)
  else expect(reply.json.code).toBe('invalid_body')
  if (reply.status === 200) return
  expect(reply.headers['content-type']).toBe('application/problem+json')
  const { errors: _members, ...problem } = reply.json
  expect(problemsOf(problem, document.schemas['Problem'] ?? {})).toEqual([])
})

// @control pci/6.4.2 owasp/API9
test('what it does not name is no operation: every other method of every path', async () => {
  const paths = new Set(ALL.map((route) => plain(route).path))
  for (const path of [...paths, '/gw/v1', '/gw/', '/gw/v1/admin', '/gw/v1/admin/', '/gw/v2/time']) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const named = ALL.some(
        (route) => plain(route).method === method && plain(route).path === path,
      )
      if (named) continue
      const { status, json } = await ask(demo.file.gateway, method, path)
      expect([method, path, status, json.code]).toEqual([method, path, 404, 'unknown_operation'])
    }
  }
})

describe('a body', () => {
  const bodies = OWN.filter(({ operation }) => operation.takes !== undefined)
  test.each(bodies.map(({ operation }) => operation.route))(
    'of %s has its members and no more',
    (route) => {
      const schema = of(route).requestBody?.content['application/json']?.schema
      const objects = objectsIn(schema)
      expect(objects.length).toBeGreaterThan(0)
      for (const object of objects) {
        const { properties, required, additionalProperties } = object
        // By ids of keys or by symbols: every value is described alike.
        if (properties === undefined && isRecord(additionalProperties)) continue
        expect(additionalProperties).toBe(false)
        expect(isRecord(properties)).toBe(true)
        expect(Array.isArray(required)).toBe(true)
      }
    },
  )

  test('comes as a form, too, where OAuth’s own clients send one, and there alone', () => {
    const forms = OWN.filter(
      ({ operation }) =>
        of(operation.route).requestBody?.content['application/x-www-form-urlencoded'] !== undefined,
    )
    expect(forms.map(({ operation }) => operation.id)).toEqual(['gateway.sessions.refresh'])
  })
})

/** Calls that succeed, in an order in which they can: each row of the table is there. */
async function* answers(): AsyncGenerator<readonly [route: string, reply: Reply]> {
  const own = async (
    route: string,
    path: string,
    body?: object,
  ): Promise<readonly [string, Reply]> => {
    const [method = ''] = route.split(' ')
    const above = path.endsWith('/risk') ? path : path.slice(0, path.lastIndexOf('/'))
    const headers = route.startsWith('PUT /admin')
      ? { 'if-match': await cast.owner.etag(above) }
      : {}
    return [
      `${method} /gw/v1${route.slice(method.length + 1)}`,
      await everything.call(method, path, body, headers),
    ]
  }
  const keys = await own('POST /admin/keys', '/admin/keys', {
    ...keyFor(everything.userId),
    name: 'Named',
  })
  yield keys
  const key = `/admin/keys/${keys[1].json.keyId}`
  yield own('GET /admin/keys', '/admin/keys')
  yield own('GET /admin/keys/{keyId}', key)
  yield own('POST /admin/keys/{keyId}/rotate', `${key}/rotate`, { overlapSeconds: 9 })
  const ended = `${key}/credentials/${keys[1].json.credential.id}`
  yield own('DELETE /admin/keys/{keyId}/credentials/{credentialId}', ended)
  yield own('POST /admin/keys/{keyId}/suspend', `${key}/suspend`, REASON)
  yield own('POST /admin/keys/{keyId}/resume', `${key}/resume`, REASON)
  yield own('PUT /admin/keys/{keyId}/permissions', `${key}/permissions`, {
    permissions: [],
    ...REASON,
  })
  yield own('PUT /admin/keys/{keyId}/addresses', `${key}/addresses`, {
    addresses: ['::1'],
    ...REASON,
  })
  yield own('PUT /admin/keys/{keyId}/limits', `${key}/limits`, { limits: [], ...REASON })
  yield own('POST /admin/keys/{keyId}/revoke', `${key}/revoke`, REASON)
  const users = await own('POST /admin/users', '/admin/users', { name: 'Named', roles: ['client'] })
  yield users
  const { userId, totp } = users[1].json
  const user = `/admin/users/${userId}`
  yield own('GET /admin/users', '/admin/users')
  yield own('GET /admin/users/{id}', user)
  yield own('PUT /admin/users/{id}/roles', `${user}/roles`, { roles: [], ...REASON })
  const otp = await otpFor(totp.secret)
  yield own('POST /admin/users/{id}/totp/confirm', `${user}/totp/confirm`, { otp })
  yield own('POST /admin/users/{id}/totp/reset', `${user}/totp/reset`, REASON)
  yield own('GET /admin/signing-keys', '/admin/signing-keys')
  yield* auditAnswers(own)
  yield* riskAnswers(own, await cast.member('risk'), await cast.member('client'))
  yield* killAnswers(own)
  yield own('GET /keys/self', '/keys/self')
  yield own('POST /keys/self/rotate', '/keys/self/rotate', { overlapSeconds: 60 })
  const limits = [{ name: 'burst', limit: 9, windowSeconds: 1 }]
  yield own('PUT /keys/self/caps', '/keys/self/caps', { limits })
  yield ['POST /gw/v1/sessions/refresh', await everything.session.refresh()]
  const sessions = `/admin/users/${cast.owner.userId}/sessions`
  const listed = await own('GET /admin/users/{id}/sessions', sessions)
  yield listed
  const sid: string = listed[1].json.items[0].sid
  yield own('DELETE /admin/users/{id}/sessions/{sid}', `${sessions}/${sid}`)
  yield own('DELETE /admin/users/{id}/sessions', sessions)
  const compromised = { compromised: true, ...REASON }
  yield own('POST /admin/signing-keys/rotate', '/admin/signing-keys/rotate', compromised)
}

async function* auditAnswers(
  own: (route: string, path: string, body?: object) => Promise<readonly [string, Reply]>,
): AsyncGenerator<readonly [route: string, reply: Reply]> {
  await published(everything)
  for (const what of ['checkpoint', 'export', 'records', 'holds', 'sinks'])
    yield own(`GET /admin/audit/${what}`, `/admin/audit/${what}`)
  yield own('GET /admin/audit/proof/{index}', '/admin/audit/proof/0')
  const { userId } = await cast.person(['client'])
  const held = await own('POST /admin/audit/holds', '/admin/audit/holds', {
    subject: userId,
    ...REASON,
  })
  yield held
  const release = `/admin/audit/holds/${held[1].json.id}/release`
  yield own('POST /admin/audit/holds/{id}/release', release, REASON)
  const wish = { user: userId, approver: 'user-risk', ticket: 'T-1', ...REASON }
  yield own('POST /admin/audit/shred', '/admin/audit/shred', wish)
}

async function* killAnswers(
  own: (route: string, path: string, body?: object) => Promise<readonly [string, Reply]>,
): AsyncGenerator<readonly [route: string, reply: Reply]> {
  const body = { level: 'closed', scope: { type: 'global' }, drill: true, ...REASON }
  const tripped = await own('POST /admin/kill', '/admin/kill', body)
  yield tripped
  yield own('GET /admin/kill', '/admin/kill')
  yield own('DELETE /admin/kill/{id}', `/admin/kill/${tripped[1].json.id}`, REASON)
}

async function* sessionAnswers(): AsyncGenerator<readonly [route: string, reply: Reply]> {
  const { userId, totpSecret } = await cast.person(['client'], true)
  const { credential } = await cast.key(userId)
  const { gateway } = demo.file
  const body = { otp: await otpFor(totpSecret) }
  const begun = await askSigned(gateway, credential, 'POST', '/gw/v1/sessions', body)
  yield ['POST /gw/v1/sessions', begun]
  yield ['GET /gw/v1/keys/self', await askSigned(gateway, credential, 'GET', '/gw/v1/keys/self')]
  const headers = { authorization: `Bearer ${must(begun, 201).json.access_token}` }
  const ended = await ask(gateway, 'DELETE', '/gw/v1/sessions/current', undefined, { headers })
  yield ['DELETE /gw/v1/sessions/current', ended]
}

async function* firstAnswers(): AsyncGenerator<readonly [route: string, reply: Reply]> {
  await empty.start()
  const { gateway, bootstrapSecret: secret } = { bootstrapSecret: '', ...empty.file }
  const first = await ask(gateway, 'POST', '/gw/v1/bootstrap', { secret, name: 'First' })
  yield ['POST /gw/v1/bootstrap', first]
  const { userId, totp } = must(first, 201).json
  const body = { secret, userId, otp: await otpFor(totp.secret) }
  yield [
    'POST /gw/v1/bootstrap/confirm',
    await ask(gateway, 'POST', '/gw/v1/bootstrap/confirm', body),
  ]
}

/**
 * Answered where the log is copied to a write-once store, where orders were stopped or nobody knows of them, and to the
 * broker with its certificate: shown there.
 */
const ELSEWHERE = [
  'GET /gw/v1/admin/audit/copy',
  'POST /gw/v1/admin/audit/copy/compare',
  'POST /gw/v1/admin/accounts/{id}/risk/latches/{latch}/release',
  'POST /gw/v1/admin/accounts/{id}/risk/reconcile',
  'POST /gw/v1/admin/accounts/{id}/risk/restored/confirm',
  'POST /gw/v1/feed/prices',
  'POST /gw/v1/feed/accounts/{id}',
]

test('every call answers what the document says, and no member that it does not', async () => {
  const seen = new Set<string>()
  for (const some of [firstAnswers, sessionAnswers, answers]) {
    for await (const [route, reply] of some()) {
      expectAsDescribed(route, reply)
      seen.add(route)
    }
  }
  const here = ROUTES.filter((route) => !ELSEWHERE.includes(route))
  expect([...seen].toSorted()).toEqual(here.toSorted())
})
