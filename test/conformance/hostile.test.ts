/** Bad input over raw sockets: always an answer that says no, never a fault of ours, nothing forwarded. */
import net from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, Demo, order } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import { raw, statusOf } from '../support/node/raw.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

describe('a refusal reaches its sender, whatever body is on its way', () => {
  test.each([
    ['/v1/orders', 1024 * 1024 + 1, 'body_too_large'],
    ['/v1/orders', 8_000_000, 'body_too_large'],
    ['/v1/nothing', 64 * 1024, 'unknown_operation'],
    ['/v1/nothing', 900_000, 'unknown_operation'],
    ['/v1/orders', 200_000, 'unauthorized'],
  ])('%s with %i octets: %s, 20 of 20', async (target, length, code) => {
    const body = 'x'.repeat(length)
    const answers = []
    for (let i = 0; i < 20; i += 1) answers.push(await demo.send({ method: 'POST', target, body }))
    expect(tally(answers.map(codeOf))).toEqual({ [code]: 20 })
    expect(answers[0]?.headers['strict-transport-security']).toContain('max-age')
  })

  test('a chunked body that is too long is refused when it is counted', async () => {
    const key = demo.key('compact')
    const wire = { method: 'POST', target: '/v1/orders', body: 'x'.repeat(1024 * 1024 + 1) }
    const headers = { ...(await demo.signed(key, wire)), 'transfer-encoding': 'chunked' }
    const { hostname, port } = new URL(demo.file.gateway)
    const head = [
      'POST /v1/orders HTTP/1.1',
      `Host: ${hostname}:${port}`,
      ...Object.entries(headers).map((pair) => pair.join(': ')),
    ]
    const chunks = `${wire.body.length.toString(16)}\r\n${wire.body}\r\n0\r\n\r\n`
    expect(statusOf(await raw(demo, `${head.join('\r\n')}\r\n\r\n${chunks}`))).toBe(413)
  })
})

test('a signed GET with a body is refused before anything is spent', async () => {
  for (const name of ['compact', 'trade']) {
    const answer = await demo.call(demo.key(name), {
      method: 'GET',
      target: '/v1/account',
      body: '{"a":1}',
    })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'malformed_request'])
  }
})

describe('what a signature says nothing about is not let through', () => {
  const signedGet = async (line: string, name: string, host?: string) => {
    const key = demo.key(name)
    const headers = await demo.signed(key, { method: 'GET', target: '/v1/account' })
    const lines = Object.entries({ host: host ?? new URL(demo.file.gateway).host, ...headers }).map(
      (pair) => pair.join(': '),
    )
    return raw(demo, `${line}\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`)
  }

  test.each(['compact', 'trade'])('targets in other forms, signed with %s', async (name) => {
    const before = demo.journal().length
    for (const target of [
      '/v1/account#x',
      '/v1/account?a=1#x',
      'http://evil.example/v1/account',
      'https://evil.example/v1/account',
      '*',
      'v1/account',
    ]) {
      expect([400, 401], target).toContain(
        statusOf(await signedGet(`GET ${target} HTTP/1.1`, name)),
      )
    }
    for (const target of [
      '/v1/./account',
      '/v1/x/../account',
      '/v1/x/%2e%2e/account',
      '/v1\\account',
      '/v1/%61ccount',
      '//v1/account',
      '/v1/account/',
      '/v1/account%00',
      '/v1/account%',
    ]) {
      expect([400, 401, 404], target).toContain(
        statusOf(await signedGet(`GET ${target} HTTP/1.1`, name)),
      )
    }
    expect(demo.journal()).toHaveLength(before)
    expect(statusOf(await signedGet('GET /v1/account HTTP/1.1', name))).toBe(200)
  })

  test('other hosts', async () => {
    const before = demo.journal().length
    for (const host of ['evil.example', '127.0.0.1', 'user@127.0.0.1', '127.0.0.1:1', '']) {
      const status = statusOf(await signedGet('GET /v1/account HTTP/1.1', 'compact', host))
      expect([400, 401], host).toContain(status)
    }
    expect(demo.journal()).toHaveLength(before)
  })
})

test('a client that leaves in the middle of its order: the order arrives once and is recorded', async () => {
  const key = demo.key('hot')
  const bodies = new Set<string>()
  for (let i = 0; i < 20; i += 1) {
    const wire = order(`left-${i}-`)
    const headers = await demo.signed(key, wire)
    const lines = Object.entries({
      host: new URL(demo.file.gateway).host,
      ...headers,
      'content-length': String(String(wire.body).length),
    }).map((pair) => pair.join(': '))
    const { hostname, port } = new URL(demo.file.gateway)
    const socket = net.connect(Number(port), hostname)
    await new Promise((resolve) =>
      socket.write(
        `POST /v1/orders HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${String(wire.body)}`,
        resolve,
      ),
    )
    setTimeout(() => socket.destroy(), i)
    bodies.add(String(wire.body))
  }
  await demo.until(
    () =>
      demo
        .records()
        .filter(({ operation, keyId }) => operation === 'order.write' && keyId === key.keyId)
        .length >= 1,
  )
  const arrived = demo.journal().filter(({ body }) => bodies.has(body))
  expect(new Set(arrived.map(({ body }) => body)).size).toBe(arrived.length)
  const recorded = () => new Set(demo.records().map(({ requestId }) => requestId))
  await demo.until(() => arrived.every(({ requestId }) => recorded().has(requestId)))
})

test('nothing of all this was a fault of ours', async () => {
  expect(
    demo.records().filter(({ type, code }) => type === 'fault' || code === 'internal'),
  ).toEqual([])
  expect((await demo.send({ method: 'GET', target: '/gw/v1/health' })).status).toBe(200)
})
