/** The broker's own feed: it is taken as fast as a broker trades, and what is refused or lost on the way comes again. */
import fs from 'node:fs'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FeedLine } from '../../demo/feed.ts'
import { openPki } from '../../demo/pki.ts'
import { BrokerLine } from '../support/node/broker-line.ts'
import { Demo } from '../support/node/demo.ts'

describe('the gateway', () => {
  const demo = new Demo()
  const line = new BrokerLine(demo)
  beforeAll(() => demo.start())
  afterAll(() => demo.stop())

  test('takes far more than ten calls of the feed in a second', async () => {
    const beginMs = Date.now()
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => line.tell(`acct-fed-${i}`, { executions: [] })),
    )
    const seconds = Math.ceil((Date.now() - beginMs) / 1_000)
    expect(60 / seconds).toBeGreaterThan(10)
    expect(answers.map(({ status }) => status)).toEqual(Array(60).fill(200))
    expect(answers[0]?.headers['ratelimit-policy']).toBe('"feed";q=200;w=1')
  })
})

describe('the demo’s broker', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-feed-'))
  const heard: string[] = []
  const mishaps: (number | 'lost')[] = []
  let server: https.Server
  let line: FeedLine

  beforeAll(async () => {
    const pki = await openPki(folder)
    const read = (name: string) => fs.readFileSync(name)
    const own = { key: read(pki.edge.key), cert: read(pki.edge.certificate) }
    server = https.createServer(own, (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.once('end', () => {
        const mishap = mishaps.shift()
        if (mishap === 'lost') return request.socket.destroy()
        const { executions = [] } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
        if (mishap === undefined)
          for (const { orderId } of executions) heard.push(`${request.url?.slice(21)} ${orderId}`)
        return response.writeHead(mishap ?? 200).end('{}')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    line = new FeedLine(`https://localhost:${port}`, pki.serverCa, pki.feed)
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
    fs.rmSync(folder, { recursive: true })
  })

  const told = (...executions: readonly (readonly [account: string, orderId: string])[]) => ({
    prices: [],
    accounts: executions.map(([account, orderId]) => ({
      account,
      executions: [{ orderId, status: 'filled' }],
      positions: [],
    })),
  })

  test('tells again what was refused or lost, each account in order', async () => {
    // What trades before the gateway answers is told, too.
    const calls = [line.tell(told(['a', 'a1'], ['b', 'b1'])), line.tell(told(['a', 'a2']))]
    mishaps.push(429, 'lost', 503, 429, 'lost')
    const secret = Buffer.alloc(32).toString('base64')
    await line.open({ id: 'feed', secret })
    await Promise.all([...calls, line.tell(told(['b', 'b2'], ['a', 'a3']))])
    const of = (account: string) => heard.filter((one) => one.startsWith(account))
    expect(of('a')).toEqual(['a a1', 'a a2', 'a a3'])
    expect(of('b')).toEqual(['b b1', 'b b2'])
  })

  test('leaves what would be refused again', async () => {
    mishaps.push(422)
    await line.tell(told(['c', 'c1'], ['d', 'd1']))
    expect(heard.filter((one) => /^[cd]/.test(one))).toHaveLength(1)
  })
})
