/** An origin that answers garbage, behind the real gateway over real mTLS: an order is sent once, and never a fault of ours. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { factsOf } from '../../demo/metered/line.ts'
import { openPki } from '../../demo/pki.ts'
import { startRuntime, type Runtime } from '../../demo/runtime.ts'
import { openSecrets } from '../../demo/secrets.ts'
import { seed, type Seeded } from '../../demo/seed.ts'
import { sign } from '../../src/client/sign.ts'
import { order } from '../support/node/demo.ts'

const state = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-'))
const lines: string[] = []
let origin: tls.Server
let runtime: Runtime
let keys: Seeded['keys']
let answer = ''
let heard = 0

beforeAll(async () => {
  const pki = await openPki(path.join(state, 'pki'))
  const read = (name: string) => fs.readFileSync(name)
  origin = tls.createServer(
    {
      key: read(pki.broker.key),
      cert: read(pki.broker.certificate),
      ca: read(pki.gatewayCa),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', () => {
        heard += 1
        socket.end(Buffer.from(answer, 'latin1'))
      })
    },
  )
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  const address = origin.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const secrets = openSecrets(path.join(state, 'secrets.json'))
  runtime = await startRuntime({
    root: path.resolve(import.meta.dirname, '../..'),
    state,
    pki,
    secrets,
    originUrl: `https://127.0.0.1:${port}`,
    issuer: 'http://gateway.example',
    onLine: (line) => void lines.push(line),
    onRestart: () => undefined,
  })
  const files = [path.join(state, 'keys.json'), path.join(state, 'people.json')] as const
  keys = (await seed(runtime, secrets, ...files)).keys
})

afterAll(async () => {
  await runtime.miniflare.dispose()
  origin.close()
  fs.rmSync(state, { recursive: true, force: true })
})

test.each<[string, string, number[]]>([
  ['nothing', '', [502]],
  ['no HTTP', 'hello\r\n\r\n', [502]],
  ['a bad status line', 'HTTP/1.1 abc OK\r\n\r\n', [502]],
  ['a status above all', 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n', [502]],
  ['a status below all', 'HTTP/1.1 99 Odd\r\nContent-Length: 0\r\n\r\n', [502]],
  [
    'switching protocols',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    [502],
  ],
  ['an interim answer and no other', 'HTTP/1.1 100 Continue\r\n\r\n', [502]],
  [
    'two lengths',
    'HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    [502],
  ],
  [
    'a header that is none',
    'HTTP/1.1 201 Created\r\nhello\r\nContent-Length: 0\r\n\r\n',
    [502, 201],
  ],
  ['205 with a body', 'HTTP/1.1 205 Reset\r\nContent-Length: 2\r\n\r\n{}', [205, 502]],
  [
    'a redirect, which is not followed',
    'HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n',
    [302],
  ],
  ['octets that are no text', `HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\xff\xfe\x00`, [200]],
])('%s', async (_what, octets, statuses) => {
  answer = octets
  heard = 0
  const key = keys.find(({ name }) => name === 'hot') ?? expect.fail('no key')
  const { body, target } = order(`garbage-${crypto.randomUUID()}`)
  const { dialect, secret = '', id } = key
  const credential = {
    id,
    secret,
    dialect: dialect === 'compact' ? dialect : expect.fail('not compact'),
  }
  const url = new URL(target, runtime.url)
  const headers = await sign({ method: 'POST', url: url.href, body: String(body) }, credential)
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      ...headers,
      'cf-connecting-ip': '127.0.0.1',
      'content-type': 'application/json',
    },
    body: String(body),
    redirect: 'manual',
  })
  const text = await response.text().catch(() => '')
  expect(statuses).toContain(response.status)
  expect(heard).toBe(1)
  if (response.status === 502) {
    expect(JSON.parse(text)).toMatchObject({ code: 'origin_unreachable', outcome: 'unknown' })
  }
})

test('none of it was a fault of ours', () => {
  const records = lines.map(factsOf).filter((facts) => facts !== undefined)
  expect(records.length).toBeGreaterThanOrEqual(12)
  expect(records.filter(({ code, type }) => code === 'internal' || type === 'fault')).toEqual([])
})
