/** Starting, stopping and starting again, as a person does. */
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Demo, order } from '../support/node/demo.ts'

const run = promisify(execFile)
const ROOT = path.resolve(import.meta.dirname, '../..')
const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

function alive(pid: number): boolean {
  try {
    // A zombie has ended too; only its parent has not looked yet.
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('a second start on the same state is refused and harms nothing', async () => {
  const again = run(process.execPath, ['demo/start.ts', '--fresh'], {
    cwd: ROOT,
    env: { ...process.env, ...demo.environment },
  })
  await expect(again).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('already runs on'),
  })
  expect((await demo.call(demo.key('trade'), order('still-there'))).status).toBe(201)
})

test('Ctrl-C ends everything and takes demo.json away; the next start has keys, orders and the audit key as they were', async () => {
  const { keys, runtimePid } = demo.file
  const jwks = (await demo.send({ method: 'GET', target: '/.well-known/jwks.json' })).body
  await demo.end('SIGINT')
  expect(fs.existsSync(demo.path('demo.json'))).toBe(false)
  await demo.until(() => !alive(runtimePid))
  await demo.start()
  expect(demo.file.keys).toEqual(keys)
  expect((await demo.send({ method: 'GET', target: '/.well-known/jwks.json' })).body).toBe(jwks)
  const { body } = await demo.call(demo.key('trade'), { method: 'GET', target: '/v1/orders' })
  expect(body).toContain('still-there')
})

test('a starter that was killed outright leaves nothing behind once it is started again, even afresh', async () => {
  const { runtimePid, keys } = demo.file
  await demo.end('SIGKILL')
  expect(alive(runtimePid)).toBe(true)
  await demo.start('--fresh')
  await demo.until(() => !alive(runtimePid))
  expect(demo.file.keys.map(({ id }) => id)).not.toEqual(keys.map(({ id }) => id))
})

test('what is secret is readable by its owner alone', () => {
  for (const name of [
    'demo.json',
    'keys.json',
    'secrets.json',
    'pki/gateway.key.pem',
    'pki/broker.key.pem',
    'pki/edge.key.pem',
  ]) {
    expect(fs.statSync(demo.path(name)).mode & 0o077, name).toBe(0)
  }
})

test.each([
  [{ PORT: 'x' }, 'PORT must be a port'],
  [{ TLS_PORT: '70000' }, 'TLS_PORT must be a port'],
])('a start with %j says what is wrong', async (environment, message) => {
  const start = run(process.execPath, ['demo/start.ts'], {
    cwd: ROOT,
    env: { ...process.env, PORTCULLIS_STATE: demo.path('other'), ...environment },
  })
  await expect(start).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
})
