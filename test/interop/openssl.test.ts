/** The README's client that is nothing but openssl and curl. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Demo } from '../support/node/demo.ts'
import { readmeBlock } from '../support/node/readme.ts'

const run = promisify(execFile)
const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

test('openssl and curl place an order, and the broker gets it once', async () => {
  const { id, secret, account } = demo.key('compact')
  const env = { ...process.env, ID: id, SECRET: secret, PORT: new URL(demo.file.gateway).port }
  const { stdout } = await run('sh', ['-c', readmeBlock('compact-client')], { env })
  expect(JSON.parse(stdout)).toMatchObject({ status: 'open', price: '49000' })
  const lines = demo.journal().filter(({ method }) => method === 'POST')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({
    status: 201,
    assertion: { sub: account, credential: id },
    tls: { client: 'portcullis gateway' },
  })
})
