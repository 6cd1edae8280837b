/**
 * What the pinned workerd does with odd targets: what it hands to a Worker, what a parsed URL makes of it, and
 * what `fetch` sends on. The raw-target rule rests on this table; a new release that changes it fails here.
 */
import http from 'node:http'
import net from 'node:net'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { receive } from '../../src/gateway/receive.ts'

const WORKER = `export default {
  async fetch(request, env) {
    const target = request.url.slice(request.url.indexOf('/', request.url.indexOf('://') + 3))
    const parsed = new URL(request.url)
    const forwarded = await env.ORIGIN.fetch('http://origin' + target)
    return Response.json({ target, parsed: parsed.pathname + parsed.search, forwarded: await forwarded.text() })
  }
}`

let origin: http.Server
let miniflare: Miniflare
let socket: URL

beforeAll(async () => {
  origin = http.createServer((request, response) => response.end(request.url))
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  const address = origin.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: WORKER,
      compatibilityDate: '2026-10-01',
      serviceBindings: { ORIGIN: { external: { address: `127.0.0.1:${port}`, http: {} } } },
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    }),
  )
  await miniflare.ready
  socket = await miniflare.unsafeGetDirectURL()
})

afterAll(async () => {
  await miniflare.dispose()
  origin.close()
})

interface Seen {
  readonly target: string
  readonly parsed: string
  readonly forwarded: string
}

function ask(target: string): Promise<Seen | number> {
  return new Promise((resolve) => {
    let heard = ''
    const connection = net.connect(Number(socket.port), socket.hostname)
    connection.write(
      Buffer.from(
        `GET ${target} HTTP/1.1\r\nHost: gw.example\r\nConnection: close\r\n\r\n`,
        'latin1',
      ),
    )
    connection.on('data', (chunk) => (heard += chunk.toString('utf8')))
    connection.on('close', () => {
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(heard)?.[1])
      resolve(
        status === 200
          ? JSON.parse(heard.slice(heard.indexOf('{'), heard.lastIndexOf('}') + 1))
          : status,
      )
    })
  })
}

/** Our rule on what the Worker sees. */
function rule(target: string): 'received' | 'refused' {
  const request = {
    url: `http://gw.example${target}`,
    method: 'GET',
    headers: new Headers({ host: 'gw.example' }),
    body: null,
    cf: {},
  }
  const { judged } = receive(request, 0, { plainHttpAllowed: true })
  return judged.ok ? 'received' : 'refused'
}

test.each<
  [target: string, seen: string, parsed: string, forwarded: string, ours: 'received' | 'refused']
>([
  ['/a?', '/a?', '/a', '/a?', 'received'],
  ["/a?x=it's", "/a?x=it's", '/a?x=it%27s', '/a?x=it%27s', 'refused'],
  ['/a?x=a|b', '/a?x=a|b', '/a?x=a|b', '/a?x=a|b', 'received'],
  ['/a?x=[1]{2}', '/a?x=[1]{2}', '/a?x=[1]{2}', '/a?x=[1]{2}', 'received'],
  ['/a?x=^', '/a?x=^', '/a?x=^', '/a?x=^', 'received'],
  [
    '/a?x=%7E&y=%zz&z=+',
    '/a?x=%7E&y=%zz&z=+',
    '/a?x=%7E&y=%zz&z=+',
    '/a?x=%7E&y=%zz&z=+',
    'received',
  ],
  ['/a//b', '/a//b', '/a//b', '/a//b', 'received'],
  ['/a%2Fb', '/a%2Fb', '/a%2Fb', '/a%2Fb', 'received'],
  ['/a/%2e%2e/b', '/a/%2e%2e/b', '/b', '/b', 'refused'],
  ['/a/../b', '/a/../b', '/b', '/b', 'refused'],
  ['/a/./b', '/a/./b', '/a/b', '/a/b', 'refused'],
  ['/a\\b', '/a\\b', '/a/b', '/a/b', 'refused'],
  ['/a{b}', '/a{b}', '/a%7Bb%7D', '/a%7Bb%7D', 'refused'],
])('%s', async (target, seen, parsed, forwarded, ours) => {
  expect(await ask(target)).toEqual({ target: seen, parsed, forwarded })
  expect(rule(seen)).toBe(ours)
})

test.each(['/a?x="q"', '/a?x=<>', '/a?x=é', '/a b', '/a\x7f'])(
  '%j is answered by the runtime itself',
  async (target) => {
    expect(await ask(target)).toBe(400)
  },
)

test('a fragment, and the authority of an absolute target, are gone before a Worker sees them: the edge must refuse both', async () => {
  expect(await ask('/a?x=1#f')).toMatchObject({ target: '/a?x=1' })
  expect(await ask('http://evil.example/a')).toMatchObject({ target: '/a' })
})
