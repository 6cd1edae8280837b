/** What the edge says of an address in its many spellings; and tokens that say more than is so, though we signed them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askSigned, otpFor, type Reply } from '../support/node/person.ts'
import { BareGateway } from '../support/node/bare-gateway.ts'
import { refusalOf } from '../support/node/caller.ts'
import { digestOf, Prover } from '../support/node/prover.ts'

const gateway = new BareGateway()
beforeAll(() => gateway.start())
afterAll(() => gateway.stop())

const EVERYTHING = ['account.read', 'order.write', 'withdrawal.write']

async function reaching(work: () => Promise<Reply>): Promise<string> {
  const before = gateway.heard.length
  return `${refusalOf(await work())}, ${gateway.heard.length - before} reached`
}

describe('a key that is bound to 127.0.0.77/32', () => {
  // @control mission/ip-binding
  test.each(['127.0.0.77', '::ffff:127.0.0.77', '::ffff:7f00:4d', '0:0:0:0:0:FFFF:127.0.0.77'])(
    'is used from there, written as %s',
    async (address) => {
      const work = () => gateway.signed(gateway.key('ip-bound'), 'GET', '/v1/account', { address })
      expect(await reaching(work)).toBe('200, 1 reached')
    },
  )

  // @control mission/ip-binding soc2/CC6.6
  test.each([
    '127.0.0.78',
    '::ffff:127.0.0.78',
    '::127.0.0.77',
    '::7f00:4d',
    '64:ff9b::127.0.0.77',
    '::ffff:0:127.0.0.77',
    '127.0.0.077',
    '127.0.77',
    '0x7f00004d',
    '2130706509',
    '127.0.0.77/32',
    '127.0.0.77, 192.0.2.1',
    '192.0.2.1, 127.0.0.77',
    '127.0.0.77:80',
    '[::ffff:127.0.0.77]',
    '::ffff:127.0.0.77%lo',
    'unknown',
    '',
  ])('is not used from %j', async (address) => {
    const headers = { 'x-forwarded-for': '127.0.0.77', 'true-client-ip': '127.0.0.77' }
    const key = gateway.key('ip-bound')
    const work = () => gateway.signed(key, 'GET', '/v1/account', { address, headers })
    expect(await reaching(work)).toBe('403 address_not_allowed, 0 reached')
  })
})

test('the network of a session is one, however its addresses are written', async () => {
  const token = await gateway.mint(gateway.session('hot', '192.0.2.7'))
  const read = (address: string) => {
    const headers = { authorization: `Bearer ${token}` }
    return reaching(() => gateway.ask('GET', '/v1/account', undefined, { address, headers }))
  }
  for (const address of ['192.0.2.7', '192.0.2.200', '::ffff:192.0.2.7', '::ffff:c000:207'])
    expect(await read(address)).toBe('200, 1 reached')
  for (const address of ['192.0.3.7', '::192.0.2.7', '2001:db8::192.0.2.7', '', 'unknown'])
    expect(await read(address)).toBe('401 unauthorized, 0 reached')
})

test('an IPv6 session is good in its /56', async () => {
  const network = '2001:db8:0:aa00::/56'
  const token = await gateway.mint({ ...gateway.session('hot', '192.0.2.7'), network })
  const headers = { authorization: `Bearer ${token}` }
  const read = (address: string) =>
    reaching(() => gateway.ask('GET', '/v1/account', undefined, { address, headers }))
  expect(await read('2001:db8:0:aaff::1')).toBe('200, 1 reached')
  expect(await read('2001:DB8:0:AA01:2:3:4:5')).toBe('200, 1 reached')
  expect(await read('2001:db8:0:ab00::1')).toBe('401 unauthorized, 0 reached')
})

describe('a second factor that is too old', () => {
  async function withdraw(ageMs: number): Promise<Reply> {
    const [address, prover] = ['192.0.2.7', await Prover.make()]
    const jkt = await prover.thumbprint()
    const session = gateway.session('hot', address, {
      jkt,
      permissions: EVERYTHING,
      authTimeMs: Date.now() - ageMs,
    })
    const token = await gateway.mint(session)
    const body = JSON.stringify({ asset: 'BTC', amount: '0.01', address: 'x' })
    const url = `${gateway.url.origin}/v1/withdrawals`
    const attempt = async () => {
      const claims = { content_digest: digestOf(body) }
      const dpop = await prover.prove('POST', url, { token, claims })
      const headers = { authorization: `DPoP ${token}`, dpop, 'content-type': 'application/json' }
      return gateway.ask('POST', '/v1/withdrawals', body, { address, headers })
    }
    prover.hear(await attempt())
    return attempt()
  }

  // @control mission/step-up
  test('lets no money leave, and the client hears how to go on', async () => {
    const before = gateway.heard.length
    const reply = await withdraw(302_000)
    expect(refusalOf(reply)).toBe('401 step_up_required')
    const challenge = String(reply.headers['www-authenticate'])
    expect(challenge).toMatch(/^DPoP .*error="insufficient_user_authentication"/)
    expect(challenge).toMatch(/acr_values="urn:portcullis:acr:2fa", max_age="300"/)
    expect(gateway.heard).toHaveLength(before)
    expect(refusalOf(await withdraw(290_000))).toBe('200')
    expect(gateway.heard).toHaveLength(before + 1)
  })

  test('is enough to look at people, and not to make them', async () => {
    const { sid, version } = await begun('owner')
    const token = (ageMs: number) =>
      gateway.mint(
        gateway.session('owner', '192.0.2.7', { sid, version, authTimeMs: Date.now() - ageMs }),
      )
    const users = '/gw/v1/admin/users'
    const old = await token(302_000)
    expect(refusalOf(await admin(old, 'GET', users))).toBe('200')
    const made = await admin(old, 'POST', users, { name: 'Anybody', roles: ['owner'] })
    expect(refusalOf(made)).toBe('401 step_up_required')
    expect(refusalOf(await admin(await token(3_602_000), 'GET', users))).toBe(
      '401 step_up_required',
    )
    const fresh = await admin(await token(0), 'POST', users, { name: 'Anybody', roles: ['client'] })
    expect(fresh.status).toBe(201)
  })
})

/** A session that really began: what its token says. */
async function begun(name: string): Promise<{ sid: string; version: number }> {
  const { id, secret = '', user } = gateway.key(name)
  const credential = { id, secret, dialect: 'rfc9421' } as const
  const otp = await otpFor(gateway.totpSecretOf(user))
  const headers = { 'cf-connecting-ip': '192.0.2.7' }
  const origin = gateway.url.origin
  const reply = await askSigned(origin, credential, 'POST', '/gw/v1/sessions', { otp }, { headers })
  const [, claims = ''] = String(reply.json.access_token).split('.')
  const { sid, ver }: { sid: string; ver: number } = JSON.parse(
    Buffer.from(claims, 'base64url').toString(),
  )
  return { sid, version: ver }
}

function admin(token: string, method: string, target: string, body?: object): Promise<Reply> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const text = body && JSON.stringify(body)
  return gateway.ask(method, target, text, { address: '192.0.2.7', headers })
}

describe('a token that says more than is so is not believed, though we signed it:', () => {
  const make = { name: 'Anybody', roles: ['owner'] }

  test('roles that the person has not', async () => {
    const { sid, version } = await begun('support')
    const session = gateway.session('support', '192.0.2.7', { sid, version, roles: ['owner'] })
    const reply = await admin(await gateway.mint(session), 'POST', '/gw/v1/admin/users', make)
    expect(refusalOf(reply)).toBe('403 role_missing')
  })

  test("another person's name", async () => {
    const { sid, version } = await begun('support')
    const change = { sid, version, user: 'user-owner', roles: ['owner'] }
    const session = gateway.session('support', '192.0.2.7', change)
    const reply = await admin(await gateway.mint(session), 'POST', '/gw/v1/admin/users', make)
    expect(refusalOf(reply)).toBe('403 role_missing')
  })

  test('a session that the person does not have', async () => {
    const token = await gateway.mint(gateway.session('owner', '192.0.2.7'))
    expect(refusalOf(await admin(token, 'POST', '/gw/v1/admin/users', make))).toBe(
      '401 unauthorized',
    )
  })

  test("a permission that the key has not, and another person's credential", async () => {
    const read = async (change: object) => {
      const session = gateway.session('owner', '192.0.2.7', change)
      return reaching(async () => admin(await gateway.mint(session), 'GET', '/v1/account'))
    }
    expect(await read({ permissions: EVERYTHING })).toBe('403 permission_missing, 0 reached')
    const { id } = gateway.key('hot')
    expect(await read({ permissions: EVERYTHING, credentialId: id })).toBe(
      '403 credential_expired, 0 reached',
    )
    expect(await read({ permissions: EVERYTHING, version: 0 })).toBe('401 unauthorized, 0 reached')
  })
})
