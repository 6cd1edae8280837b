/** The README's own commands and clients, run as they stand there. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { Demo } from '../support/node/demo.ts'
import { readmeBlock } from '../support/node/readme.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const run = promisify(execFile)
const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

test('an RFC 9421 library that is not ours places an order', async () => {
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module', '--eval', readmeBlock('rfc9421-client')],
    {
      cwd: ROOT,
      env: { ...process.env, DEMO: demo.path('demo.json') },
    },
  )
  expect(stdout).toMatch(/^201 \{"id":"ord_/)
  const [line, ...more] = demo.journal().filter(({ method }) => method === 'POST')
  expect(more).toEqual([])
  const { account, id } = demo.key('trade')
  expect(line).toMatchObject({
    assertion: { sub: account, credential: id },
    tls: { client: 'portcullis gateway' },
  })
})

test('an unmodified ccxt client trades', async () => {
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module', '--eval', readmeBlock('ccxt-client')],
    { cwd: ROOT, env: { ...process.env, DEMO: demo.path('demo.json') } },
  )
  expect(stdout).toBe('1000000 open canceled\n')
})

test('the command that `npm start` prints places an order', async () => {
  const [, name = '', method = '', target = '', body = ''] =
    / call (\S+) (\S+) (\S+) '(.*)'/.exec(demo.output) ?? []
  const words = [
    'src/cli/main.ts',
    'call',
    name,
    method,
    target,
    body,
    '--demo',
    demo.path('demo.json'),
  ]
  const { stdout } = await run(process.execPath, words, { cwd: ROOT })
  expect(stdout).toMatch(/^201 Created\n/)
  expect(demo.journal().at(-1)).toMatchObject({ method: 'POST', status: 201 })
})

test('the command line says 1 for a refusal and 2 for wrong use', async () => {
  const code = (...words: string[]) =>
    run(process.execPath, ['src/cli/main.ts', ...words, '--demo', demo.path('demo.json')], {
      cwd: ROOT,
    }).then(
      () => 0,
      (error: { code?: number; stderr?: string }) => ({ code: error.code, stderr: error.stderr }),
    )
  expect(await code('call', 'read-only', 'POST', '/v1/orders', '{}')).toMatchObject({ code: 1 })
  expect(await code('call', 'nobody', 'GET', '/v1/time')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('No key "nobody"'),
  })
  expect(await code('call', 'trade')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Usage'),
  })
  expect(await code('fly')).toMatchObject({ code: 2 })
  expect(await code('sign', 'trade', 'GET', '/v1/time', '--json')).toBe(0)
  expect(await code('policy', 'check')).toBe(0)
  const { stdout } = await run(process.execPath, ['src/cli/main.ts', 'policy', 'check'], {
    cwd: ROOT,
  })
  expect(stdout).toContain('    burst: 10 units in any 1 s, for each of orders, cancels and reads')
  expect(stdout).toContain('60 failed authentications in a minute from one network')
  expect(stdout).toContain('20 of them with one id')
  expect(await code('policy', 'burn')).toMatchObject({ code: 2 })
})

test('people and keys are looked after by the commands', async () => {
  const commands = readmeBlock('people').replaceAll('.portcullis', demo.state)
  const { stdout } = await run('sh', ['-euc', commands], {
    cwd: ROOT,
    env: { ...process.env, PORTCULLIS_STATE: demo.state },
  })
  expect(stdout).toMatch(/^logged in {2}user-owner\n/)
  expect(stdout).toMatch(/\nkey_\w+ +a new program +user-alpha +acct-alpha +retail +active +-\n/)
  expect(stdout).toContain('\nEvery session of user-owner has ended.\n')
  expect(stdout).toMatch(/\nEnded the session \w+ of user-security\.\n$/)
})

test('the secrets that `npm run secrets` makes are ones that a deployment can use, new each time', async () => {
  const make = async (): Promise<Record<string, string>> =>
    JSON.parse((await run(process.execPath, ['demo/make-secrets.ts'], { cwd: ROOT })).stdout)
  const [one, two] = [await make(), await make()]
  const places = {
    ORIGIN_URL: 'https://broker.example',
    ISSUER: 'https://gateway.example',
    AUDIT_ORIGIN: 'gateway.example/audit',
  }
  expect((await readConfig({ ...places, ...one })).plainHttpAllowed).toBe(false)
  expect(Object.keys(one).toSorted()).toEqual([
    'ASSERTION_KEY',
    'AUDIT_LOG_KEYS',
    'BOOTSTRAP_SECRET',
    'CREDENTIAL_ID_KEY',
    'CREDENTIAL_KEK',
  ])
  for (const [name, value] of Object.entries(one)) expect(two[name]).not.toBe(value)
})
