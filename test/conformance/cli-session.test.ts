/** The command line with the demo's people: what is seen, how it is used, how long a session lasts. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cli } from '../support/node/cli.ts'
import { Demo } from '../support/node/demo.ts'
import { ask, otpFor } from '../support/node/person.ts'

const demo = new Demo()
const cli = new Cli(() => demo.state)
const asSecurity = () => ['--session', cli.path('security.json')]
const randomSecret = () =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')

beforeAll(async () => {
  await demo.start()
  const owner = await cli.json(['login', 'owner', '--demo-otp'])
  expect(owner).toMatchObject({ code: 0, document: { user: 'user-owner' } })
  const security = await cli.json(['login', 'security', '--demo-otp', ...asSecurity()])
  expect(security).toMatchObject({ code: 0, document: { user: 'user-security' } })
})
afterAll(() => demo.stop())

describe('what people see', () => {
  test.each([['users'], ['keys'], ['sessions'], ['signing-keys']])(
    '%s list is a table that fits',
    async (group) => {
      const { code, stdout } = await cli.text([group, 'list'])
      expect(code).toBe(0)
      const lines = stdout.trimEnd().split('\n')
      expect(lines[0]).toMatch(/^[A-Z]+ {2}/)
      expect(lines.length).toBeGreaterThan(1)
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(120)
    },
  )

  test('a key is told as facts and its credentials', async () => {
    const { keyId, id } = demo.key('trade')
    const { code, stdout } = await cli.text(['keys', 'show', keyId])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^key +${keyId}\n`))
    expect(stdout).toContain(`\n${id}  rfc9421`)
    const self = await cli.text(['keys', 'self', '--key', 'trade'])
    expect(self.stdout).toMatch(/\nLIMIT +UNITS +SECONDS +LEFT\nburst +10 /)
    expect(self.stdout).not.toContain(demo.key('trade').secret)
  })

  test('the help of every command fits, too', async () => {
    for (const group of [[], ['keys'], ['users'], ['keys', 'create']]) {
      const { code, stdout } = await cli.text([...group, '--help'])
      expect(code).toBe(0)
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
    }
  })
})

describe('limits', () => {
  const asking = ['risk', 'override', 'acct-alpha', 'a'.repeat(64), '--ticket', 'T-1']
  const setting = ['risk', 'set', 'acct-alpha', '--limits', '{"account":{}}']
  const firm = ['risk', 'firm', '--limits', '{"firm":{}}']
  test.each([
    ['override', asking],
    ['set', setting],
    ['firm', firm],
  ])('of risk %s end at a time, or the command is wrong', async (_verb, words) => {
    for (const expires of ['bad', '2026-02-30T00:00:00Z', '2026-12-01']) {
      const given = await cli.text([...words, '--reason', 'x', '--expires', expires])
      const says = given.stderr.split('\n').filter((line) => line.includes('is a time such as'))
      expect([given.code, says.length]).toEqual([2, 1])
    }
  })

  test('are raised by two people in the role risk, with a ticket and an end', async () => {
    const asRisk = ['--session', cli.path('risk.json')]
    expect((await cli.json(['login', 'risk', '--demo-otp', ...asRisk])).code).toBe(0)
    const { keyId } = demo.key('compact')
    const raise = ['keys', 'limits', keyId, '--limit', 'burst=20/1', '--reason', 'a launch']
    const alone = await cli.json([...raise, ...asRisk])
    expect(alone).toMatchObject({ code: 1, document: { error: { code: 'invalid_body' } } })
    expect(alone.stderr).toContain('/approver: is needed to raise a limit')
    const backed = ['--approver', 'user-risk-2', '--ticket', 'OPS-1']
    const until = ['--expires', new Date(Date.now() + 3_600_000).toISOString()]
    const raised = await cli.json([...raise, ...backed, ...until, ...asRisk])
    expect(raised.code).toBe(0)
    const burst = { name: 'burst', limit: 20, windowSeconds: 1 }
    expect(raised.document.limits).toContainEqual(burst)
  })

  test('are capped by whoever holds the key', async () => {
    const self = ['keys', 'self', '--key', 'trade-ecdsa']
    expect(await cli.text([...self, 'caps', '--limit', 'burst=3/1'])).toMatchObject({ code: 0 })
    const { document } = await cli.json(self)
    expect(document.limits).toContainEqual(expect.objectContaining({ name: 'burst', limit: 3 }))
    expect((await cli.json([...self, 'caps', '--limit', 'burst=9/1'])).code).toBe(1)
  })
})

describe('how it is used', () => {
  test.each([
    ['a group without a verb', ['keys'], 'Usage:'],
    ['a verb that there is not', ['keys', 'burn'], 'Usage:'],
    ['no reason', ['keys', 'revoke', 'key_1'], 'Missing: --reason'],
    ['no name', ['users', 'create', '--roles', 'client'], 'Missing: the person’s NAME'],
    ['a path for an id', ['keys', 'revoke', '../users', '--reason', 'x'], 'An id is made of'],
    ['an option that there is not', ['users', 'list', '--all'], "Unknown option '--all'"],
    [
      'a gateway to which secrets would go in the clear',
      ['bootstrap', 'Ada', '--gateway', 'http://gateway.example'],
      'must be an https URL',
    ],
  ])('%s is wrong use, and said to be', async (_what, words, message) => {
    const { code, stdout, stderr } = await cli.text(words)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
  })

  test('a secret that is given as a word is not repeated', async () => {
    const secret = randomSecret()
    for (const words of [
      ['bootstrap', 'Ada', secret],
      ['keys', 'show', secret],
      ['keys', 'create', `--secret=${secret}`],
      ['bootstrap', 'Ada', '--gateway', `https://ada:${secret}@gateway.example`],
    ]) {
      const { code, stdout, stderr } = await cli.text(words)
      expect(code).toBe(2)
      expect(stdout + stderr).not.toContain(secret)
    }
  })

  test('a gateway that is not there is told from one that refuses', async () => {
    const words = ['bootstrap', 'Ada', '--gateway', 'http://127.0.0.1:1']
    const { code, stderr } = await cli.text(words, { input: 'secret\n' })
    expect(code).toBe(1)
    expect(stderr).toContain('Cannot reach http://127.0.0.1:1')
  })

  test('published secrets become what the gateway looks up', async () => {
    const secret = randomSecret()
    fs.writeFileSync(cli.path('leaked.txt'), `${secret}\n`)
    const { code, document } = await cli.json(['secrets', 'known', cli.path('leaked.txt')])
    expect(code).toBe(0)
    expect(document[0]).toEqual({
      key: expect.stringMatching(/^known-secret:[0-9a-f]{64}$/),
      value: 'published',
    })
    expect(JSON.stringify(document)).not.toContain(secret)
    const { stdout } = await cli.text(['secrets', 'known', cli.path('leaked.txt')])
    expect(JSON.parse(stdout)).toEqual(document)
  })
})

describe('a session', () => {
  const expire = () => {
    const stored = { ...cli.read('session.json'), accessTokenEndsAtMs: 0 }
    fs.writeFileSync(cli.path('session.json'), JSON.stringify(stored))
  }

  test('is refreshed once by several commands at a time, and goes on', async () => {
    const before = cli.read('session.json').refreshToken
    expire()
    const ran = await Promise.all([1, 2, 3].map(() => cli.json(['users', 'show', 'user-owner'])))
    expect(ran.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(cli.read('session.json').refreshToken).not.toBe(before)
    expire()
    expect((await cli.json(['users', 'show', 'user-owner'])).code).toBe(0)
    expect(cli.modeOf('session.json')).toBe(0o600)
    expect(fs.readdirSync(demo.state).filter((name) => /lock|new/.test(name))).toEqual([])
  })

  test('is refreshed by one command at a time: the others take what it got', async () => {
    expire()
    const lock = cli.path('session.json.lock')
    fs.writeFileSync(lock, '')
    let got = ''
    const { code } = await cli.json(['users', 'show', 'user-owner'], {
      answers: [
        async (said) => {
          if (!said.includes('Waiting for another command')) return undefined
          const { gateway, ...stored } = cli.read('session.json')
          const body = { refresh_token: stored.refreshToken }
          const { json } = await ask(gateway, 'POST', '/gw/v1/sessions/refresh', body)
          const accessTokenEndsAtMs = Date.now() + json.expires_in * 1_000
          const tokens = { accessToken: json.access_token, accessTokenEndsAtMs }
          got = json.refresh_token
          const next = { gateway, ...stored, ...tokens, refreshToken: got }
          fs.writeFileSync(cli.path('session.json'), JSON.stringify(next))
          fs.rmSync(lock)
          return ''
        },
      ],
    })
    expect(code).toBe(0)
    expect(cli.read('session.json').refreshToken).toBe(got)
  })

  test('of somebody else is ended, and theirs says so', async () => {
    const { sid } = cli.read('security.json')
    const whose = ['--user', 'user-security']
    const listed = await cli.json(['sessions', 'list', ...whose])
    expect(listed.document.items).toContainEqual(expect.objectContaining({ sid, status: 'active' }))
    expect((await cli.text(['sessions', 'end'])).code).toBe(2)
    const ended = await cli.json(['sessions', 'end', sid, ...whose])
    expect(ended).toMatchObject({ code: 0, document: { sid } })
    const { code, stderr } = await cli.text(['users', 'list', ...asSecurity()])
    expect(code).toBe(1)
    expect(stderr).toContain('The session has ended. Begin a new one: portcullis login')
    expect((await cli.json(['sessions', 'end', ...whose])).code).toBe(0)
  })

  test('is not begun again with a lost authenticator, but with a new one', async () => {
    const reset = await cli.json(['users', 'reset', 'user-security', '--reason', 'lost phone'])
    expect(reset.code).toBe(0)
    const { secret } = reset.document.totp
    const login = ['login', 'security', ...asSecurity()]
    const unconfirmed = await cli.json([...login, '--otp', await otpFor(secret)])
    expect(unconfirmed).toMatchObject({
      code: 1,
      document: { error: { code: 'step_up_required' } },
    })
    const otp = await otpFor(secret)
    expect((await cli.json(['users', 'confirm', 'user-security', '--otp', otp])).code).toBe(0)
    expect((await cli.json([...login, '--otp', await otpFor(secret)])).code).toBe(0)
  })

  test('outlives a token that is refused, and the key that signed it', async () => {
    const rotate = ['signing-keys', 'rotate', '--compromised', '--reason', 'drill']
    const { code, document } = await cli.json(rotate)
    expect(code).toBe(0)
    expect(document.items.length).toBeGreaterThan(1)
    const stored = cli.read('session.json')
    fs.writeFileSync(cli.path('session.json'), JSON.stringify({ ...stored, accessToken: 'x' }))
    expect((await cli.json(['users', 'list'])).code).toBe(0)
    expect(cli.read('session.json').refreshToken).not.toBe(stored.refreshToken)
  })

  test('ends with logout, after which nobody is logged in', async () => {
    expect((await cli.json(['login', 'owner-2', '--demo-otp'])).code).toBe(0)
    expect(await cli.json(['logout'])).toMatchObject({
      code: 0,
      document: { user: 'user-owner-2', status: 'ended' },
    })
    expect(fs.existsSync(cli.path('session.json'))).toBe(false)
    const { code, stderr } = await cli.text(['users', 'list'])
    expect([code, stderr]).toEqual([1, 'You are not logged in: portcullis login\n'])
  })
})

/** Others' `script` takes other words. */
const hasTerminals = spawnSync('script', ['--version']).stdout?.includes('util-linux') ?? false

test.skipIf(!hasTerminals)('a terminal shows nothing of a secret that is typed', async () => {
  const typed = randomSecret()
  const profile = ['--profile', cli.path('typed.json')]
  const { code, stdout } = await cli.text(
    ['profile', 'make', '--credential', 'pc1_x', ...profile],
    {
      terminal: true,
      answers: [async (said) => (said.includes('Secret: ') ? `${typed}\r` : undefined)],
    },
  )
  expect(code).toBe(0)
  expect(stdout).toContain('credential  pc1_x')
  expect(stdout).not.toContain(typed)
  expect(cli.read('typed.json').credential.secret).toBe(typed)
})
