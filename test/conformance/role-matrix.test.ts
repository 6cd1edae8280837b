/** Every role, nobody, and a signature in place of a session, on every call of the gateway's own that takes a role. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OWN } from '../../src/admin/table.ts'
import {
  Cast,
  keyFor,
  must,
  published,
  type Member,
  type ScratchKey,
} from '../support/node/cast.ts'
import { Demo, elsewhere } from '../support/node/demo.ts'
import { ask, askSigned, otpFor } from '../support/node/person.ts'
import { MATRIX } from '../support/node/role-table.ts'

const EACH_ROLE = ['client', 'support', 'security', 'risk', 'auditor', 'owner'] as const
const REASON = { reason: 'The matrix' }
const STANDING = {
  account: {
    maxQuantity: '10000',
    maxOrderValue: '10000000',
    maxOpenValue: '100000000000',
    maxDailyValue: '1000000000000',
  },
}

/** Whoever calls, and what their calls are about: things that nothing else needs. */
interface Scene {
  readonly member: Member
  readonly userId: string
  readonly totpSecret: string
  readonly key: ScratchKey
}

interface Attempt {
  readonly path: string
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

const demo = new Demo()
const scenes = new Map<string, Scene>()
let cast: Cast

beforeAll(async () => {
  await demo.start()
  cast = await Cast.of(demo)
  for (const role of EACH_ROLE) {
    const member = await cast.member(role)
    const scratch = await cast.person(['support'])
    // A client reaches nobody but themselves.
    const userId = role === 'client' ? member.userId : scratch.userId
    scenes.set(role, {
      member,
      userId,
      totpSecret: scratch.totpSecret,
      key: await cast.key(userId),
    })
  }
  await published(sceneOf('auditor').member)
})
afterAll(() => demo.stop())

function sceneOf(role: string): Scene {
  const scene = scenes.get(role)
  if (scene === undefined) throw new Error(`Nobody is ${role}`)
  return scene
}

/** What would succeed, for whoever may. */
async function attemptOf(
  route: string,
  { member, userId, totpSecret, key }: Scene,
): Promise<Attempt> {
  const [, template = ''] = route.split(' ')
  // What is revoked is good for nothing else.
  const { keyId } = template.endsWith('/revoke') ? await cast.key(userId) : key
  const path = template
    .replace('{keyId}', keyId)
    .replace('{id}', template.includes('/accounts/') ? 'acct-scratch' : userId)
    .replace('{sid}', 'no-such-session')
    .replace('{index}', '0')
    .replace('{credentialId}', 'no-such-credential')
    .replace('{override}', 'no-such-override')
    .replace('{latch}', 'no-such-latch')
    .slice('/gw/v1'.length)
  // A one-time password that is good is made for the one who needs it: there are few.
  const confirms = member === sceneOf('owner').member && template.endsWith('/totp/confirm')
  const body = bodyOf(route, confirms ? await otpFor(totpSecret) : '000000', userId)
  if (!route.startsWith('PUT ')) return body === undefined ? { path } : { path, body }
  // Limits of an account or of the firm have a revision of their own.
  const of = path.endsWith('/risk') ? path : path.slice(0, path.lastIndexOf('/'))
  const etag = await cast.owner.etag(of)
  return { path, ...(body && { body }), headers: { 'if-match': etag } }
}

function bodyOf(route: string, otp: string, userId: string): object | undefined {
  const words = route.split(' ')
  const last = words[1]?.split('/').at(-1) ?? ''
  if (route.startsWith('DELETE /gw/v1/admin/kill')) return REASON
  if (words[0] !== 'POST' && words[0] !== 'PUT') return undefined
  const bodies: Readonly<Record<string, object>> = {
    users: { name: 'Made by the matrix', roles: [] },
    keys: keyFor('user-alpha'),
    roles: { roles: ['support', 'auditor'], ...REASON },
    confirm: { otp },
    permissions: { permissions: ['account.read'], ...REASON },
    addresses: { addresses: ['127.0.0.0/8'], ...REASON },
    limits: { limits: [{ name: 'burst', limit: 5, windowSeconds: 1 }], ...REASON },
  }
  if (route === 'POST /gw/v1/admin/signing-keys/rotate') return REASON
  if (last === 'compare') return undefined
  const until = { expiresAt: new Date(Date.now() + 60_000).toISOString(), ticket: 'T-1' }
  if (last === 'overrides') return { orderHash: '0'.repeat(64), ...until, ...REASON }
  if (route.includes('/restored/')) return { dailyValue: '0', dailyOrders: 0, ...REASON }
  if (last === 'reconcile') return { requestId: 'no-such-request', outcome: 'over', ...REASON }
  // As the demo's policy has it: nothing is raised.
  if (route.endsWith('/firm/risk'))
    return { limits: { firm: { maxOpenValue: '1000000000000' } }, ...REASON }
  if (last === 'kill') return { level: 'closed', scope: { type: 'global' }, drill: true, ...REASON }
  if (last === 'risk') return { limits: STANDING, ...REASON }
  if (last === 'holds') return { subject: userId, ...REASON }
  if (last === 'shred') return { user: userId, approver: 'user-risk', ticket: 'T-1', ...REASON }
  return last === 'rotate' ? { overlapSeconds: 60 } : (bodies[last] ?? REASON)
}

/** Those that answer something else when they are allowed: there is no such session, and the next key is too young. */
const ALLOWED: Readonly<Record<string, string>> = {
  'DELETE /gw/v1/admin/users/{id}/sessions/{sid}': '404 not_found',
  'DELETE /gw/v1/admin/keys/{keyId}/credentials/{credentialId}': '404 not_found',
  'POST /gw/v1/admin/signing-keys/rotate': '409 conflict',
  'POST /gw/v1/admin/audit/holds': '201',
  'POST /gw/v1/admin/audit/holds/{id}/release': '404 not_found',
  'GET /gw/v1/admin/audit/copy': '404 not_found',
  'POST /gw/v1/admin/audit/copy/compare': '404 not_found',
  'POST /gw/v1/admin/users': '201',
  'POST /gw/v1/admin/accounts/{id}/risk/overrides': '201',
  'POST /gw/v1/admin/accounts/{id}/risk/overrides/{override}/approve': '404 not_found',
  'POST /gw/v1/admin/accounts/{id}/risk/latches/{latch}/release': '404 not_found',
  'POST /gw/v1/admin/accounts/{id}/risk/reconcile': '404 not_found',
  'POST /gw/v1/admin/accounts/{id}/risk/restored/confirm': '409 conflict',
  'POST /gw/v1/admin/keys': '201',
  'POST /gw/v1/admin/kill': '201',
  'DELETE /gw/v1/admin/kill/{id}': '404 not_found',
}

/** At the end: it ends the client's own session, too. */
const LAST = 'DELETE /gw/v1/admin/users/{id}/sessions'
const ROUTES = OWN.map(({ operation }) => operation)
  .filter(({ right, route }) => right !== undefined && route !== LAST)
  .map(({ route }) => route)
  .concat(LAST)

// @control mission/rbac rts6/18 owasp/API5
test('the table has every call that takes a right, and nothing under /gw/v1/admin takes none', () => {
  expect(Object.keys(MATRIX).toSorted()).toEqual(ROUTES.toSorted())
  const admin = OWN.map(({ operation }) => operation).filter(({ route }) =>
    route.includes('/admin'),
  )
  expect(admin.filter(({ right, by }) => right === undefined || by !== 'session')).toEqual([])
})

describe.each(ROUTES)('%s', (route) => {
  const { said, decided = [] } = MATRIX[route] ?? { said: [] }
  const may = [...said, ...decided]
  const [method = ''] = route.split(' ')

  test.each(EACH_ROLE)('%s', async (role) => {
    const scene = sceneOf(role)
    const { path, body, headers } = await attemptOf(route, scene)
    const { status, json } = await scene.member.call(method, path, body, headers)
    const answered = json.code === undefined ? String(status) : `${status} ${json.code}`
    if (may.includes(role)) expect(answered).toBe(ALLOWED[route] ?? '200')
    // One's own sessions take no role: those of somebody else are not there.
    else if (route.includes('/{id}/sessions')) expect(answered).toBe('404 not_found')
    else {
      expect(answered).toBe('403 role_missing')
      expect(json.required.toSorted()).toEqual(may.toSorted())
    }
  })

  test.each(['nobody', 'a signature of an owner’s key', 'a signature that would do elsewhere'])(
    '%s',
    async (who) => {
      const { gateway } = demo.file
      const { path, body, headers = {} } = await attemptOf(route, sceneOf('risk'))
      const target = `/gw/v1${path}`
      const from = elsewhere().localAddress
      const key = who.includes('owner') ? cast.owner.key : sceneOf('client').key
      const reply =
        who === 'nobody'
          ? await ask(gateway, method, target, body, { headers, from })
          : await askSigned(gateway, key.credential, method, target, body, { headers })
      expect([reply.status, reply.json.code]).toEqual([401, 'unauthorized'])
      expect(reply.headers['www-authenticate']).toMatch(/Bearer|DPoP|Signature/i)
      expect(reply.json).not.toHaveProperty('required')
    },
  )
})

// @control mission/rbac pci/7.2 owasp/API5
test('a role that is taken away is gone with the next call, and one that is given is there', async () => {
  const { member } = sceneOf('support')
  const path = `/admin/users/${member.userId}`
  expect((await member.call('GET', path)).status).toBe(200)
  must(await cast.owner.change('/roles', path, { roles: ['client'], ...REASON }), 200)
  expect((await member.call('GET', path)).json.code).toBe('role_missing')
  must(await cast.owner.change('/roles', path, { roles: ['auditor'], ...REASON }), 200)
  expect((await member.call('GET', path)).status).toBe(200)
})
