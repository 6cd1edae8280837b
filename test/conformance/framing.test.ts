/** Messages that are not what they should be, octet by octet: refused, and nothing hidden in them reaches the broker. */
import net from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Demo, order } from '../support/node/demo.ts'
import { raw, statusOf } from '../support/node/raw.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

describe('malformed on the wire', () => {
  const HEAD = 'POST /v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\n'

  test.each<[string, string | Buffer]>([
    ['not HTTP', 'hello\r\n\r\n'],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no Host', 'GET /v1/time HTTP/1.1\r\n\r\n'],
    ['two Hosts', 'GET /v1/time HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    [
      'TE and CL',
      `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`,
    ],
    ['two lengths', `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`],
    ['a length with a sign', `${HEAD}Content-Length: +5\r\n\r\nhello`],
    ['another transfer coding', `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['a hidden transfer coding', `${HEAD}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['a bare line feed in a header', `${HEAD}X-A: a\nX-B: b\r\n\r\n`],
    ['a folded header', `${HEAD}X-A: a\r\n b\r\n\r\n`],
    ['a NUL in a header', `${HEAD}X-A: a\0b\r\n\r\n`],
    ['a header without a name', `${HEAD}: a\r\n\r\n`],
    ['a bad chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`],
    ['an unknown method', 'BREW /v1/time HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a space in the target', 'GET /v1/ time HTTP/1.1\r\nHost: a\r\n\r\n'],
    [
      'octets above ASCII in the target',
      Buffer.from('GET /v1/\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n', 'latin1'),
    ],
    ['a quote in the query', 'GET /v1/time?x="y" HTTP/1.1\r\nHost: a\r\n\r\n'],
    [
      'too many header octets',
      `GET /v1/time HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`,
    ],
    [
      'far too many header octets',
      `GET /v1/time HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(200_000)}\r\n\r\n`,
    ],
    ['a very long target', `GET /v1/time?${'a'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['a CONNECT', 'CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n'],
    [
      'an upgrade',
      'GET /v1/time HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
  ])('%s', async (_what, octets) => {
    const before = demo.journal().length
    const status = statusOf(await raw(demo, octets, 1_500))
    // Nothing, where the connection is simply closed: that too is a no.
    expect([0, 400, 401, 404, 405, 413, 414, 417, 431]).toContain(status)
    expect(demo.journal()).toHaveLength(before)
  })

  /** The head of a signed order, line by line, and its body. */
  async function signed(name: string) {
    const wire = order(name)
    const body = String(wire.body)
    const headers = {
      host: new URL(demo.file.gateway).host,
      ...(await demo.signed(demo.key('hot'), wire)),
    }
    return {
      lines: [
        'POST /v1/orders HTTP/1.1',
        ...Object.entries(headers).map((pair) => pair.join(': ')),
      ],
      body,
    }
  }

  type Signed = Awaited<ReturnType<typeof signed>>
  const plain = ({ lines, body }: Signed, ...more: string[]) =>
    `${[...lines, ...more].join('\r\n')}\r\n\r\n${body}`
  const length = ({ body }: Signed) => `Content-Length: ${body.length}`

  test('the same order, well formed, goes through: what follows fails for its form alone', async () => {
    const order1 = await signed('well-formed')
    expect(statusOf(await raw(demo, plain(order1, length(order1))))).toBe(201)
  })

  test.each<[string, (order1: Signed, hidden: Signed) => string]>([
    ['two Hosts', (one) => plain(one, length(one), 'Host: evil.example')],
    [
      'TE and CL',
      (one, hidden) =>
        `${[...one.lines, 'Content-Length: 5', 'Transfer-Encoding: chunked'].join('\r\n')}\r\n\r\n0\r\n\r\n${plain(hidden, length(hidden))}`,
    ],
    [
      'two lengths',
      (one, hidden) =>
        `${plain(one, length(one), 'Content-Length: 0')}${plain(hidden, length(hidden))}`,
    ],
    ['a length with a sign', (one) => plain(one, `Content-Length: +${one.body.length}`)],
    [
      'a hidden transfer coding',
      (one) =>
        `${[...one.lines, length(one), 'Transfer-Encoding : chunked'].join('\r\n')}\r\n\r\n${one.body}`,
    ],
    [
      'another transfer coding',
      (one) =>
        `${[...one.lines, 'Transfer-Encoding: gzip, chunked'].join('\r\n')}\r\n\r\n${one.body.length.toString(16)}\r\n${one.body}\r\n0\r\n\r\n`,
    ],
    ['a folded header', (one) => plain(one, length(one), 'X-A: a\r\n b')],
    ['a bare line feed', (one) => plain(one, length(one), 'X-A: a\nX-B: b')],
    ['a NUL', (one) => plain(one, length(one), 'X-A: a\0b')],
    [
      'a nonce twice',
      (one) => plain(one, length(one), one.lines.find((line) => line.startsWith('pc-nonce')) ?? ''),
    ],
    [
      'a key twice',
      (one) => plain(one, length(one), one.lines.find((line) => line.startsWith('pc-key')) ?? ''),
    ],
  ])(
    '%s, signed: 400, and neither it nor what it hides reaches the broker',
    async (_what, octets) => {
      const before = demo.journal().length
      const heard = await raw(demo, octets(await signed('odd'), await signed('hidden')), 1_500)
      expect(statusOf(heard)).toBe(400)
      expect(demo.journal()).toHaveLength(before)
    },
  )

  test('a body that comes one octet at a time is waited for', async () => {
    const slow = await signed('slow')
    const { hostname, port } = new URL(demo.file.gateway)
    const heard = await new Promise<string>((resolve) => {
      let answer = ''
      const socket = net.connect(Number(port), hostname)
      socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
      socket.on('close', () => resolve(answer))
      const head = `${[...slow.lines, length(slow), 'Connection: close'].join('\r\n')}\r\n\r\n`
      const octets = [head, ...Array.from(slow.body)]
      const drip = setInterval(() => {
        const next = octets.shift()
        if (next === undefined) clearInterval(drip)
        else socket.write(next)
      }, 10)
    })
    expect(statusOf(heard)).toBe(201)
  })

  test('a body that never comes and a body that breaks off leave nothing behind', async () => {
    const key = demo.key('compact')
    const wire = order('truncated')
    const before = demo.journal().length
    const headers = await demo.signed(key, wire)
    const lines = Object.entries({
      host: new URL(demo.file.gateway).host,
      ...headers,
      'content-length': String(String(wire.body).length),
    }).map((pair) => pair.join(': '))
    const head = `POST /v1/orders HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
    await raw(demo, head, 500)
    await raw(demo, head + String(wire.body).slice(0, 20), 500)
    expect(demo.journal()).toHaveLength(before)
    // It was not used: the same signed request still goes through, once.
    expect(statusOf(await raw(demo, head + String(wire.body)))).toBe(201)
    expect(statusOf(await raw(demo, head + String(wire.body)))).toBe(409)
  })
})

test('nothing of all this was a fault of ours', async () => {
  expect(
    demo.records().filter(({ type, code }) => type === 'fault' || code === 'internal'),
  ).toEqual([])
  expect((await demo.send({ method: 'GET', target: '/gw/v1/health' })).status).toBe(200)
})
