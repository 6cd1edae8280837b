/** Nobody assigns what they may not: every body of the gateway's own, with one thing in it that does not belong there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OwnOperation } from '../../src/admin/operation.ts'
import { OWN } from '../../src/admin/table.ts'
import { Cast, keyFor, patiently, type Member } from '../support/node/cast.ts'
import { Demo, elsewhere } from '../support/node/demo.ts'
import { mutantsOf, type Mutant } from '../support/node/mutants.ts'
import { ask, askSigned, type Reply } from '../support/node/person.ts'

/** So many people send at once: each may call ten times in a second. */
const SENDERS = 8

const LIMITS = [{ name: 'burst', limit: 5, windowSeconds: 1 }]
const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString()
const REASON = { reason: 'A reason' }

/** A body for each call that has one. None of them is ever sent as it is. */
const GOOD: Readonly<Record<string, object>> = {
  'gateway.keys.self.rotate': { overlapSeconds: 60 },
  'gateway.keys.self.caps': { limits: LIMITS },
  'gateway.sessions.create': { otp: '000000' },
  'gateway.sessions.refresh': { refresh_token: 'none', client_id: 'x' },
  'gateway.keys.create': {
    ...keyFor('user-alpha'),
    name: 'Scratch',
    alg: 'hmac-sha256',
    addresses: ['192.0.2.0/24'],
    symbols: ['BTC-USD'],
    accounts: ['acct-1'],
    certificate: 'a'.repeat(64),
    expiresAt: IN_AN_HOUR,
  },
  'gateway.keys.rotate': { overlapSeconds: 60 },
  'gateway.keys.suspend': REASON,
  'gateway.keys.resume': REASON,
  'gateway.keys.revoke': REASON,
  'gateway.keys.permissions': { permissions: ['account.read'], ...REASON },
  'gateway.keys.addresses': { addresses: ['192.0.2.0/24'], ...REASON },
  'gateway.keys.limits': {
    limits: LIMITS,
    approver: 'user-risk',
    ticket: 'T-1',
    expiresAt: IN_AN_HOUR,
    ...REASON,
  },
  'gateway.users.create': { name: 'Somebody', roles: ['support'] },
  'gateway.users.roles': { roles: ['support'], ...REASON },
  'gateway.users.totp.confirm': { otp: '000000' },
  'gateway.users.totp.reset': REASON,
  'gateway.signing-keys.rotate': { compromised: true, ...REASON },
  'gateway.audit.hold': { subject: 'user-alpha', ...REASON },
  'gateway.audit.release': REASON,
  'gateway.audit.shred': { user: 'nobody', approver: 'user-risk', ticket: 'T-1', ...REASON },
  'gateway.accounts.risk.set': {
    limits: { account: { maxOrderValue: '1' }, keys: {}, symbols: {} },
    approver: 'user-risk',
    ticket: 'T-1',
    expiresAt: IN_AN_HOUR,
    ...REASON,
  },
  'gateway.accounts.risk.override': {
    orderHash: 'a'.repeat(64),
    expiresAt: IN_AN_HOUR,
    ticket: 'T-1',
    ...REASON,
  },
  'gateway.accounts.risk.override.approve': REASON,
  'gateway.accounts.risk.release': REASON,
  'gateway.accounts.risk.reconcile': { requestId: 'none', outcome: 'never', ...REASON },
  'gateway.accounts.risk.confirm': { dailyValue: '0', dailyOrders: 0, ...REASON },
  // A drill: what a body should do wrongly stops nothing.
  'gateway.kill': {
    level: 'reduce_only',
    scope: { type: 'symbol', id: 'AAPL' },
    drill: true,
    ...REASON,
  },
  'gateway.kill.lift': REASON,
  'gateway.firm.risk.set': {
    limits: { firm: { maxOrderValue: '1' }, symbols: {} },
    approver: 'user-risk',
    ticket: 'T-1',
    expiresAt: IN_AN_HOUR,
    ...REASON,
  },
  'gateway.accounts.self.caps': { limits: { maxOrderValue: '1' } },
  'gateway.feed.prices': { prices: [{ symbol: 'BTC-USD', price: '1', ageMs: 0 }] },
  'gateway.feed.account': {
    executions: [{ orderId: 'none', status: 'open' }],
    positions: [{ symbol: 'BTC-USD', quantity: '1' }],
    open: { orders: [{ orderId: 'none' }], ageMs: 0 },
  },
  'gateway.bootstrap': { secret: 'x', name: 'First', alg: 'hmac-sha256' },
  'gateway.bootstrap.confirm': { secret: 'x', userId: 'user-owner', otp: '000000' },
}

/** Bodies of which every member is what it has to be, and which still say what cannot be. */
const SENSELESS: Readonly<Record<string, readonly (readonly [pointer: string, more: object])[]>> = {
  'gateway.users.create': [['/roles', { roles: ['support', 'support'] }]],
  'gateway.users.roles': [['/roles', { roles: ['client', 'client'] }]],
  'gateway.keys.create': [
    ['/permissions', { permissions: ['order.write', 'order.write'] }],
    ['/expiresAt', { expiresAt: '2099-01-01T00:00:00+05' }],
    ['/expiresAt', { expiresAt: '2020-01-01T00:00:00Z' }],
    ['/user', { user: 'nobody' }],
    ['/alg', { alg: 'ed25519' }],
    ['/secret', { secret: 'AAAA' }],
  ],
  'gateway.keys.limits': [
    ['/limits', { limits: [...LIMITS, ...LIMITS] }],
    ['/limits/0', { limits: [{ ...LIMITS[0], name: 'gateway' }] }],
    ['/expiresAt', { expiresAt: '2099-01-01T00:00:00+05' }],
  ],
  'gateway.keys.self.caps': [
    ['/limits', { limits: [...LIMITS, ...LIMITS] }],
    ['/limits/0', { limits: [{ ...LIMITS[0], name: 'gateway' }] }],
    ['/limits/0/untilMs', { limits: [{ ...LIMITS[0], untilMs: 0 }] }],
    ['/limits/0/kinds', { limits: [{ ...LIMITS[0], kinds: ['read'] }] }],
  ],
}

/** To whom an object without members says that nothing is limited. */
const NO_LIMITS = new Set([
  'gateway.accounts.risk.set',
  'gateway.firm.risk.set',
  'gateway.accounts.self.caps',
])

const demo = new Demo()
let senders: readonly Member[]
/** What the bodies are about, and which none of them may change. */
let target: { readonly keyId: string; readonly userId: string }

beforeAll(async () => {
  await demo.start()
  const cast = await Cast.of(demo)
  const made: Member[] = []
  while (made.length < SENDERS) made.push(await cast.member('owner', 'security', 'risk'))
  senders = made
  const { userId } = await cast.person(['client'])
  target = { userId, keyId: (await cast.key(userId)).keyId }
})
afterAll(() => demo.stop())

const BODIES = OWN.map(({ operation }) => operation).filter(({ takes }) => takes !== undefined)

function membersOf({ takes }: OwnOperation): readonly string[] {
  if (takes === undefined || !('entries' in takes)) throw new Error('Cannot read what it takes')
  return Object.keys(Object(takes.entries))
}

/** Sends a body as whoever may make this call. */
function send({ route, by, conditional }: OwnOperation, sender: Member, body: string) {
  const [method = '', template = ''] = route.split(' ')
  const path = template
    .replace('{keyId}', target.keyId)
    .replace('{id}', target.userId)
    .replaceAll(/\{(?:override|latch)\}/g, 'none')
  const { gateway } = demo.file
  if (by === 'body') return ask(gateway, method, path, body, { from: elsewhere().localAddress })
  if (by === 'signature')
    return patiently(() => askSigned(gateway, sender.key.credential, method, path, body))
  const headers = conditional ? { 'if-match': '"v0"' } : undefined
  return sender.call(method, path.slice('/gw/v1'.length), body, headers)
}

/** All that could have changed, but for when who was there last. */
async function snapshot(): Promise<unknown> {
  const [reader] = senders
  const read = async (path: string) => (await reader?.call('GET', path))?.json
  const [keys, users] = [await read('/admin/keys'), await read('/admin/users')]
  expect([keys.next, users.next]).toEqual([undefined, undefined])
  const still = (text: string) => text.replaceAll(/"lastUsed":(?:"[^"]*"|null)/g, '')
  const all = [keys, users, await read('/admin/signing-keys')]
  const etags = [`/admin/keys/${target.keyId}`, `/admin/users/${target.userId}`].map((path) =>
    reader?.etag(path),
  )
  return [still(JSON.stringify(all)), ...(await Promise.all(etags))]
}

function expectRefused({ status, json }: Reply, { what, pointer, proof }: Mutant): void {
  if (proof === true && status === 401) return
  expect([what, status, json.code]).toEqual([what, 422, 'invalid_body'])
  const pointers = json.errors.map((error: { pointer: string; reason: string }) => {
    expect(error.reason, what).toMatch(/\S/)
    return error.pointer
  })
  expect(pointers.length, what).toBeGreaterThan(0)
  if (pointer === undefined) return
  const below = pointers.some((one: string) => one === pointer || one.startsWith(`${pointer}/`))
  expect([what, pointers, below]).toEqual([what, pointers, true])
}

test('every body has its example here', () => {
  expect(Object.keys(GOOD).toSorted()).toEqual(BODIES.map(({ id }) => id).toSorted())
})

describe.each(BODIES.map((operation) => [operation.route, operation] as const))('%s', (_, own) => {
  // @control owasp/API3
  test('refuses whatever does not belong in its body, says where it is, and changes nothing', async () => {
    const good = GOOD[own.id] ?? {}
    const senseless = (SENSELESS[own.id] ?? []).map(([pointer, more]) => {
      const text = JSON.stringify({ ...good, ...more })
      return { what: text, text, pointer }
    })
    const mutants = mutantsOf(good, membersOf(own)).filter(
      ({ what }) => !(NO_LIMITS.has(own.id) && what === 'limits: an object'),
    )
    const left = [...mutants, ...senseless]
    const before = await snapshot()
    await Promise.all(
      senders.map(async (sender) => {
        for (let mutant = left.pop(); mutant !== undefined; mutant = left.pop())
          expectRefused(await send(own, sender, mutant.text), mutant)
      }),
    )
    expect(await snapshot()).toEqual(before)
  })
})
