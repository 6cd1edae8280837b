/** Whose it is: a client reaches nothing of anybody else's, and is not told whether there is anything. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OWN } from '../../src/admin/table.ts'
import { Cast, keyFor, must, seeded, type Member } from '../support/node/cast.ts'
import { Demo } from '../support/node/demo.ts'
import { askSigned, type Reply } from '../support/node/person.ts'

const REASON = { reason: 'Not mine' }

const demo = new Demo()
let cast: Cast
let alpha: Member
let beta: Member

beforeAll(async () => {
  await demo.start()
  cast = await Cast.of(demo)
  alpha = await seeded(demo, 'alpha', 'trade')
  beta = await seeded(demo, 'beta', 'compact')
})
afterAll(() => demo.stop())

/** Bodies that would do if the key or person were the caller's. */
const BODIES: Readonly<Record<string, object>> = {
  rotate: { overlapSeconds: 0 },
  permissions: { permissions: [], ...REASON },
  addresses: { addresses: ['192.0.2.1/32'], ...REASON },
  limits: { limits: [{ name: 'burst', limit: 1, windowSeconds: 1 }], ...REASON },
}

/** Every call that names a key, or a person's sessions: those that a client may make at all. */
const REACHES_KEYS = OWN.map(({ operation }) => operation.route).filter(
  (route) => route.includes('/admin/keys/{keyId}') && !route.endsWith('/resume'),
)
const REACHES_SESSIONS = OWN.map(({ operation }) => operation.route).filter((route) =>
  route.includes('/{id}/sessions'),
)

/** What the answer says but for what is different in every answer. */
function told({ status, json, headers }: Reply): unknown {
  const { requestId: _unique, ...problem } = json
  const { 'x-request-id': _own, date: _date, ratelimit: _left, ...others } = headers
  const { 'portcullis-receipt': _receipt, ...rest } = others
  return { status, problem, rest }
}

async function by(who: Member, route: string, ids: { readonly [name: string]: string }) {
  const [method = '', template = ''] = route.split(' ')
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name) => ids[name] ?? 'none')
  const last = path.split('/').at(-1) ?? ''
  const body = method === 'GET' || method === 'DELETE' ? undefined : (BODIES[last] ?? REASON)
  const headers: Record<string, string> = method === 'PUT' ? { 'if-match': '"v0"' } : {}
  return who.call(method, path.slice('/gw/v1'.length), body, headers)
}

/** All of what beta has that could be changed: when it was used last, beta's own calls change. */
async function ofBeta(): Promise<string> {
  const parts = [
    await cast.owner.call('GET', `/admin/keys/${beta.key.keyId}`),
    await cast.owner.call('GET', `/admin/users/${beta.userId}`),
    await cast.owner.call('GET', `/admin/users/${beta.userId}/sessions`),
  ]
  const etags = parts.map(({ headers }) => headers.etag)
  const all = JSON.stringify([parts.map((part) => must(part, 200).json), etags])
  return all.replaceAll(/"lastUsed":(?:"[^"]*"|null)/g, '')
}

test('these are the calls that reach keys and sessions', () => {
  expect(REACHES_KEYS).toHaveLength(8)
  expect(REACHES_SESSIONS).toHaveLength(3)
})

describe('somebody else’s', () => {
  // @control owasp/API1
  test.each(REACHES_KEYS)('key is not there: %s', async (route) => {
    const before = await ofBeta()
    const theirs = await by(alpha, route, { keyId: beta.key.keyId })
    expect([theirs.status, theirs.json.code]).toEqual([404, 'not_found'])
    expect(JSON.stringify(theirs.json)).not.toMatch(/beta|detail/)
    const staff = demo.key('owner').keyId
    const { length } = beta.key.keyId
    for (const keyId of [
      staff,
      'key_aaaaaaaaaaaaaaaa',
      'x',
      '0',
      'null',
      'self',
      'k'.repeat(length),
    ]) {
      expect(told(await by(alpha, route, { keyId }))).toEqual(told(theirs))
    }
    expect(await ofBeta()).toBe(before)
    // It was the id alone: of one's own the same call is another answer.
    const own = await by(alpha, 'GET /gw/v1/admin/keys/{keyId}', { keyId: alpha.key.keyId })
    expect([own.status, own.json.user]).toEqual([200, alpha.userId])
  })

  // @control owasp/API1
  test.each(REACHES_SESSIONS)('sessions are not there: %s', async (route) => {
    const before = await ofBeta()
    const { json } = must(await beta.call('GET', `/admin/users/${beta.userId}/sessions`), 200)
    const [{ sid }] = json.items
    const theirs = await by(alpha, route, { id: beta.userId, sid })
    expect([theirs.status, theirs.json.code]).toEqual([404, 'not_found'])
    for (const id of ['user-owner', 'user-nobody', 'x', 'null', beta.userId.toUpperCase()]) {
      expect(told(await by(alpha, route, { id, sid }))).toEqual(told(theirs))
    }
    if (route.endsWith('{sid}')) {
      for (const id of [sid, 'none']) {
        const own = await by(alpha, route, { id: alpha.userId, sid: id })
        expect(told(own)).toEqual(told(theirs))
      }
    }
    expect(await ofBeta()).toBe(before)
    expect((await beta.call('GET', '/keys/self')).status).toBe(200)
  })

  test('ids written in another way lead nowhere', async () => {
    const { keyId } = beta.key
    const own = alpha.key.keyId
    const written = `%6bey${keyId.slice(3)} ${own}%2f..%2f${keyId} ${own}/../${keyId} ${keyId}%00
      ${keyId}%20 ${keyId}. ${own},${keyId} ${keyId};user=alpha ${keyId.toUpperCase()}`
    for (const id of written.split(/\s+/)) {
      const { status } = await alpha.call('GET', `/admin/keys/${id}`)
      expect([id, [400, 404].includes(status)]).toEqual([id, true])
    }
  })
})

describe('a list', () => {
  test('of keys has one’s own alone, whoever is asked for', async () => {
    for (const query of [
      'user=user-beta',
      'after=key_',
      'user=user-beta&after=a',
      '%75ser=user-beta',
    ]) {
      const { json } = must(await alpha.call('GET', `/admin/keys?${query}`), 200)
      const users = json.items.map(({ user }: { user: string }) => user)
      expect([query, new Set(users)]).toEqual([query, new Set([alpha.userId])])
    }
    const others = `user= user=user-alpha&user=user-beta account=acct-beta user[]=user-beta after= user=*
      USER=user-beta`
    for (const query of others.split(/\s+/)) {
      const { status, json } = await alpha.call('GET', `/admin/keys?${query}`)
      expect([query, status, json.code]).toEqual([query, 422, 'invalid_body'])
    }
    const { json } = must(await cast.owner.call('GET', '/admin/keys?user=user-beta'), 200)
    expect(json.items.map(({ keyId }: { keyId: string }) => keyId)).toEqual([beta.key.keyId])
  })

  test.each(['/admin/users', '/admin/users/user-beta', '/admin/users/user-nobody'])(
    'of people is not a client’s to read: %s',
    async (path) => {
      const { json } = await alpha.call('GET', path)
      expect(json.code).toBe('role_missing')
      expect(JSON.stringify(json)).not.toMatch(/beta|nobody/)
    },
  )
})

describe('what a client asks for itself', () => {
  test.each(['user-alpha', 'user-beta', 'user-nobody'])('is no key for %s', async (user) => {
    const { status, json } = await alpha.call('POST', '/admin/keys', keyFor(user))
    expect([status, json.code, json.required]).toEqual([403, 'role_missing', ['owner']])
  })

  test('turns its own key over and nobody’s else', async () => {
    const mine = await cast.member('client')
    const other = await cast.key(mine.userId)
    const before = [await ofBeta(), await cast.owner.etag(`/admin/keys/${other.keyId}`)]
    for (const more of [
      { keyId: beta.key.keyId },
      { user: beta.userId },
      { account: 'acct-beta' },
    ]) {
      const body = { overlapSeconds: 60, ...more }
      expect((await mine.call('POST', '/keys/self/rotate', body)).status).toBe(422)
    }
    const path = `/keys/self/rotate?keyId=${beta.key.keyId}`
    const { json } = must(await mine.call('POST', path, { overlapSeconds: 60 }), 200)
    const { id, secret } = json.credential
    const credential = { id, secret, dialect: 'compact' } as const
    const self = await askSigned(demo.file.gateway, credential, 'GET', '/gw/v1/keys/self')
    expect(self.json).toMatchObject({ keyId: mine.key.keyId, user: mine.userId })
    expect([await ofBeta(), await cast.owner.etag(`/admin/keys/${other.keyId}`)]).toEqual(before)
  })

  test('ends its own sessions and nobody’s else', async () => {
    const mine = await cast.member('client')
    const path = `/admin/users/${mine.userId}/sessions`
    expect((await mine.call('DELETE', path)).json).toMatchObject({ userId: mine.userId })
    expect((await mine.call('GET', '/keys/self')).status).toBe(401)
    for (const who of [alpha, beta]) expect((await who.call('GET', '/keys/self')).status).toBe(200)
  })
})
