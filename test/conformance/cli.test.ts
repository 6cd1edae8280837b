/** People and keys by the command line, from a gateway where nobody is yet. */
import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cli } from '../support/node/cli.ts'
import { Demo } from '../support/node/demo.ts'
import { otpFor } from '../support/node/person.ts'

const demo = new Demo({ PORTCULLIS_SEED: 'none' })
const cli = new Cli(() => demo.state)
const asSam = () => ['--profile', cli.path('sam.json'), '--session', cli.path('sam-session.json')]

let bootstrapSecret = ''
let owner: { userId: string; keyId: string; totp: string }
let sam: { userId: string; keyId: string; totp: string }

beforeAll(async () => {
  await demo.start()
  bootstrapSecret = cli.read('demo.json').bootstrapSecret
})
afterAll(() => demo.stop())

describe('the first owner', () => {
  test('is nobody to whom the one-time secret is not known', async () => {
    const { code, document } = await cli.json(['bootstrap', 'Eve'], { input: 'not-the-secret\n' })
    expect(code).toBe(1)
    expect(document.error).toMatchObject({ code: 'unauthorized', status: 401 })
    expect(fs.existsSync(cli.path('profile.json'))).toBe(false)
  })

  test('is made with the secret and the first one-time password from a pipe', async () => {
    let totp = ''
    const { code, document, stderr } = await cli.json(['bootstrap', 'Ada Owner'], {
      input: `${bootstrapSecret}\n`,
      answers: [
        async (said) => {
          totp = /otpauth:\S+[?&]secret=([A-Z2-7]+)/.exec(said)?.[1] ?? ''
          return totp === '' ? undefined : `${await otpFor(totp)}\n`
        },
      ],
    })
    expect(stderr).not.toContain(bootstrapSecret)
    expect(code).toBe(0)
    expect(document).toMatchObject({ totp: { secret: totp }, profile: cli.path('profile.json') })
    expect(document.recoveryCodes).toHaveLength(10)
    expect(document.credential).not.toHaveProperty('secret')
    owner = { userId: document.userId, keyId: document.keyId, totp }

    expect(cli.modeOf('profile.json')).toBe(0o600)
    const profile = cli.read('profile.json')
    expect(profile).toMatchObject({
      gateway: demo.file.gateway,
      credential: { id: document.credential.id, dialect: 'rfc9421', alg: 'ed25519' },
    })
    expect(JSON.stringify(profile)).not.toContain(totp)
    expect((await cli.json(['profile', 'show'])).document).toMatchObject({
      credential: document.credential.id,
    })
  })

  test('is made once', async () => {
    const profile = ['--profile', cli.path('second.json')]
    const again = await cli.json(['bootstrap', 'Eve', ...profile], {
      env: { PORTCULLIS_BOOTSTRAP_SECRET: bootstrapSecret },
    })
    expect(again.code).toBe(1)
    expect(again.document.error).toMatchObject({ code: 'conflict', status: 409 })
    expect(again.stderr).toContain('There is an owner already')
    expect(again.stderr).not.toContain(bootstrapSecret)
    expect(fs.existsSync(cli.path('second.json'))).toBe(false)

    const { code, stderr } = await cli.text(['bootstrap', 'Eve'])
    expect(code).toBe(1)
    expect(stderr).toContain('profile.json is there already and is not overwritten')
  })

  test('logs in with the next one-time password, and no token is shown', async () => {
    const { code, document } = await cli.json(['login'], { input: `${await otpFor(owner.totp)}\n` })
    expect(code).toBe(0)
    expect(document).toMatchObject({ user: owner.userId, keyId: owner.keyId })
    expect(cli.modeOf('session.json')).toBe(0o600)
    const { accessToken, refreshToken } = cli.read('session.json')
    expect(JSON.stringify(document)).not.toContain(accessToken)
    expect(JSON.stringify(document)).not.toContain(refreshToken)
  })
})

describe('a second person', () => {
  test('is made, and shows that their authenticator works', async () => {
    const made = await cli.json(['users', 'create', 'Sam', '--roles', 'security'])
    expect(made).toMatchObject({ code: 0, document: { roles: ['security'], totpConfirmed: false } })
    const { userId, totp } = made.document
    const otp = await otpFor(totp.secret)
    const confirmed = await cli.json(['users', 'confirm', userId, '--otp', otp])
    expect(confirmed).toMatchObject({ code: 0, document: { userId } })
    expect(confirmed.document.recoveryCodes).toHaveLength(10)
    sam = { userId, keyId: '', totp: totp.secret }
  })

  test('has a key of which nobody else holds the private half', async () => {
    const file = cli.path('sam.pem')
    const { stdout } = await cli.text(['keys', 'pair', '--out', file])
    expect(cli.modeOf('sam.pem')).toBe(0o600)
    expect(stdout).toMatch(/^-----BEGIN PUBLIC KEY-----\n/)
    fs.writeFileSync(cli.path('sam.pub'), stdout)
    const about = ['--user', sam.userId, '--account', 'staff', '--tier', 'retail', '--name', 'Sam']
    const create = ['keys', 'create', ...about, '--alg', 'ed25519', '--public-key']
    const slip = await cli.text([...create, file])
    expect(slip).toMatchObject({ code: 2, stdout: '' })
    expect(slip.stderr).toContain('holds a private key')
    const made = await cli.json([...create, cli.path('sam.pub')])
    expect(made.code).toBe(0)
    sam = { ...sam, keyId: made.document.keyId }

    const { id } = made.document.credential
    const kept = await cli.json([
      'profile',
      'make',
      '--credential',
      id,
      '--private-key',
      file,
      ...asSam(),
    ])
    expect(kept).toMatchObject({ code: 0, document: { credential: id, alg: 'ed25519' } })
    const begun = await cli.json(['login', '--otp', await otpFor(sam.totp), ...asSam()])
    expect(begun).toMatchObject({ code: 0, document: { user: sam.userId, keyId: sam.keyId } })
  })

  test('changes roles only as they are now', async () => {
    const words = [
      'users',
      'roles',
      sam.userId,
      '--roles',
      'security,support',
      '--reason',
      'covers',
    ]
    expect(await cli.json(words)).toMatchObject({
      code: 0,
      document: { roles: ['support', 'security'] },
    })
    const own = await cli.json(['users', 'roles', owner.userId, '--roles=', '--reason', 'tired'])
    expect(own).toMatchObject({ code: 1, document: { error: { code: 'role_missing' } } })
    expect(own.stderr).toContain('Somebody else has to change your own roles')
  })
})

describe('a key', () => {
  const about = () => ['--user', sam.userId, '--account', 'acct-1', '--tier', 'retail']
  let keyId = ''

  test('is made with everything that it may be made with, its secret shown once', async () => {
    const bound = ['--addresses', '192.0.2.0/24', '--symbols', 'BTC-USD']
    const rest = ['--name', 'a program', '--expires', '2099-01-01T00:00:00Z']
    const may = ['--permissions', 'account.read,order.write']
    const made = await cli.json(['keys', 'create', ...about(), ...may, ...bound, ...rest])
    expect(made.code).toBe(0)
    ;({ keyId } = made.document)
    const { secret } = made.document.credential
    expect(Buffer.from(secret, 'base64')).toHaveLength(32)
    const { document } = await cli.json(['keys', 'show', keyId])
    expect(document).toMatchObject({
      account: 'acct-1',
      permissions: ['account.read', 'order.write'],
      addresses: ['192.0.2.0/24'],
      symbols: ['BTC-USD'],
      name: 'a program',
      expiresAt: '2099-01-01T00:00:00.000Z',
      status: 'active',
    })
    expect(JSON.stringify(document)).not.toContain(secret)
  })

  test('is made of a pair whose private half is stored first, and never over another', async () => {
    const file = cli.path('pair.pem')
    const create = ['keys', 'create', ...about(), '--generate', 'ed25519', '--out', file]
    const refused = await cli.json([...create, '--permissions', 'no.such'])
    expect(refused).toMatchObject({ code: 1, document: { error: { code: 'invalid_body' } } })
    expect(fs.existsSync(file)).toBe(false)

    const { code, stdout } = await cli.text(create)
    expect(code).toBe(0)
    expect(stdout).toContain(`private key  ${file}`)
    expect(stdout).not.toContain('BEGIN')
    expect(cli.modeOf('pair.pem')).toBe(0o600)
    const before = fs.readFileSync(file, 'utf8')
    expect(before).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    expect((await cli.text(create)).code).toBe(1)
    expect(fs.readFileSync(file, 'utf8')).toBe(before)
  })

  test('rotates: the new credential is there, the old one until the overlap ends', async () => {
    const rotated = await cli.json(['keys', 'rotate', keyId, '--overlap', '3600'])
    expect(rotated.code).toBe(0)
    const { previousEndsAt, credential } = rotated.document
    expect(Date.parse(previousEndsAt) - Date.now()).toBeGreaterThan(3_500_000)
    const { document } = await cli.json(['keys', 'show', keyId])
    expect(document.credentials).toHaveLength(2)
    expect(document.credentials[0].endsAt).toBe(previousEndsAt)
    expect(document.credentials[1].id).toBe(credential.id)
  })

  test('takes a secret from a pipe, and refuses one that a person chose', async () => {
    const rotate = ['keys', 'rotate', keyId, '--overlap', '60', '--import-secret']
    const chosen = Buffer.from('correct horse battery staple and more').toString('base64')
    const poor = await cli.json(rotate, { input: `${chosen}\n` })
    expect(poor).toMatchObject({ code: 1, document: { error: { code: 'invalid_body' } } })
    expect(poor.stderr + JSON.stringify(poor.document)).not.toContain(chosen)
    const random = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')
    const good = await cli.json(rotate, { input: `${random}\n` })
    expect([good.code, good.stderr]).toEqual([0, 'Secret: \n'])
    expect(good.document.credential).not.toHaveProperty('secret')
  })

  test('has its permissions, addresses and limits changed', async () => {
    const why = ['--reason', 'less is enough']
    const fewer = ['--permissions', 'account.read', ...why]
    const permissions = await cli.json(['keys', 'permissions', keyId, ...fewer])
    expect(permissions).toMatchObject({ code: 0, document: { permissions: ['account.read'] } })
    const addresses = await cli.json([
      'keys',
      'addresses',
      keyId,
      '--addresses',
      '192.0.2.7/32',
      ...why,
    ])
    expect(addresses).toMatchObject({ code: 0, document: { addresses: ['192.0.2.7/32'] } })
    const limit = ['keys', 'limits', keyId, '--limit', 'burst=2/1', ...why]
    expect(await cli.json(limit)).toMatchObject({
      code: 1,
      document: { error: { code: 'role_missing', required: ['client', 'risk'] } },
    })
    expect(await cli.text(['keys', 'limits', keyId, '--limit', 'burst', ...why])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('NAME=UNITS/SECONDS'),
    })
  })

  test('is suspended, resumed and revoked by security alone', async () => {
    const why = ['--reason', 'drill']
    const refused = await cli.json(['keys', 'suspend', keyId, ...why])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('client, security')
    for (const [verb, status] of [
      ['suspend', 'suspended'],
      ['resume', 'active'],
      ['revoke', 'revoked'],
    ] as const) {
      const done = await cli.json(['keys', verb, keyId, ...why, ...asSam()])
      expect(done).toMatchObject({ code: 0, document: { keyId, status } })
    }
    const { document } = await cli.json(['keys', 'list', '--user', sam.userId])
    expect(document.items).toContainEqual(expect.objectContaining({ keyId, status: 'revoked' }))
  })
})

describe('whoever holds a credential', () => {
  test('sees their key and renews it in place', async () => {
    const before = cli.read('sam.json').credential
    const self = await cli.json(['keys', 'self', ...asSam()])
    expect(self).toMatchObject({ code: 0, document: { keyId: sam.keyId, credential: before.id } })
    const rotated = await cli.json(['keys', 'self', 'rotate', '--overlap', '600', ...asSam()])
    expect(rotated.code).toBe(0)
    const after = cli.read('sam.json').credential
    expect(after.id).toBe(rotated.document.credential.id)
    expect(after.id).not.toBe(before.id)
    expect(JSON.stringify(rotated.document)).not.toContain('PRIVATE')
    expect((await cli.json(['keys', 'self', ...asSam()])).document.credential).toBe(after.id)
  })
})
