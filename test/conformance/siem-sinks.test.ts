/** The outbox's requests over real sockets, to mocks of sinks that answer as theirs document. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import zlib from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { post } from '../../durable-objects/siem-post.ts'
import type { ActiveSink } from '../../src/siem/outbox.ts'
import { SINK_TYPES } from '../../src/siem/sinks/sink.ts'
import { SINKS } from '../../src/siem/sinks/table.ts'
import { PRODUCT } from '../support/records.ts'
import { outgoing, sinkOf, TOKEN } from '../support/sinks.ts'

const servers: http.Server[] = []

interface Got {
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

type Answering = (response: http.ServerResponse, got: Got) => void

/** The other end of a sink, and what it got. */
async function mockSink(answering: Answering): Promise<{ origin: string; got: Got[] }> {
  const got: Got[] = []
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = zlib.gunzipSync(Buffer.concat(chunks)).toString('utf8')
      const arrived = { path: request.url ?? '', headers: request.headers, body }
      got.push(arrived)
      answering(response, arrived)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address: string | AddressInfo | null = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { origin: `http://127.0.0.1:${port}`, got }
}

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

const EVENTS = outgoing(3)

function encoded(type: ActiveSink['type'], origin: string) {
  const { url, token } = sinkOf(type)
  const batch = { events: EVENTS, range: 'shard-0 0..3 1-3/3', log: PRODUCT.log, nowMs: 0 }
  return SINKS[type].encode(batch, { url: new URL(url.pathname, origin), token })
}

// @control soc2/CC6.7
test.each(SINK_TYPES)(
  '%s: the request arrives whole, compressed, with its credential',
  async (type) => {
    const mock = await mockSink((response) => response.writeHead(202).end('{"errors":false}'))
    const sent = encoded(type, mock.origin)
    const answer = await post(sent)
    expect(answer).toEqual({ status: 202, body: '{"errors":false}', retryAfter: undefined })
    const [got] = mock.got
    expect(mock.origin + (got?.path ?? '')).toBe(sent.url)
    expect(got?.headers['content-encoding']).toBe('gzip')
    expect(got?.headers).toMatchObject(sent.headers)
    expect(got?.body).toBe(sent.body)
  },
)

// @control soc2/CC6.7 owasp/API7
test('a redirect is not followed: the credential goes nowhere else', async () => {
  const elsewhere = await mockSink((response) => response.writeHead(200).end())
  const mock = await mockSink((response) =>
    response.writeHead(307, { location: `${elsewhere.origin}/` }).end(),
  )
  const answer = await post(encoded('splunk-hec', mock.origin))
  expect(answer).toMatchObject({ status: 307 })
  expect(elsewhere.got).toEqual([])
  expect(SINKS['splunk-hec'].judge(307, '', { events: EVENTS })).toEqual({
    outcome: 'retry',
    why: 'misconfigured',
  })
})

test('an answer that never comes, or never ends, is a time-out; a closed door is none', async () => {
  const silent = await mockSink(() => {})
  const endless = await mockSink((response) => {
    response.writeHead(200).write('{')
  })
  const broken = await mockSink((response) => response.destroy())
  const answers = await Promise.all(
    [silent.origin, endless.origin, broken.origin, 'http://127.0.0.1:9'].map((origin) =>
      post(encoded('datadog', origin)),
    ),
  )
  expect(answers).toEqual(['timeout', 'timeout', 'unreachable', 'unreachable'])
}, 20_000)

test('of an answer without end no more than a megabyte is read', async () => {
  const mock = await mockSink((response) => {
    response.writeHead(200)
    const chunk = 'x'.repeat(65_536)
    for (let i = 0; i < 64; i += 1) response.write(chunk)
    response.end()
  })
  const answer = await post(encoded('elastic-bulk', mock.origin))
  const { body } = typeof answer === 'string' ? { body: answer } : answer
  expect(body.length).toBeGreaterThan(900_000)
  expect(body.length).toBeLessThanOrEqual(1_048_576)
  // What was cut says nothing of any event.
  expect(SINKS['elastic-bulk'].judge(200, body, { events: EVENTS }).outcome).toBe('retry')
})

test('Retry-After is heard, and nothing of the credential is in what comes back', async () => {
  const mock = await mockSink((response, { headers }) =>
    response.writeHead(429, { 'retry-after': '7' }).end(String(headers['dd-api-key']).length + ''),
  )
  const answer = await post(encoded('datadog', mock.origin))
  expect(answer).toEqual({ status: 429, body: String(TOKEN.length), retryAfter: '7' })
})
