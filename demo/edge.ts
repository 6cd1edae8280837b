/**
 * A stand-in for Cloudflare's edge, and named as such: it ends TLS, passes the target on as it came, takes
 * away every header that only an edge may set, and says where the client is. Nothing else here is imitated.
 */
import fs from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import { timingSafeEqual } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import type { KeyPairFiles } from './pki.ts'

export interface EdgeOptions {
  readonly port: number
  readonly tlsPort: number
  readonly keyPair: KeyPairFiles
  /** Lets a test say where it is; without it the two test headers are dropped. */
  readonly testToken: string
  /** Where workerd listens now. */
  runtime(): URL
}

/** Headers that the real edge owns: a client's copy never reaches the Worker. */
const EDGE_OWNED = /^(?:cf-|mf-|x-forwarded-|x-test-edge|true-client-ip$|cdn-loop$)/
const HOP_BY_HOP =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/

/** Where an address of the loopback network pretends to be, by its second octet. */
const PLACES: readonly object[] = [
  {
    country: 'DE',
    city: 'Frankfurt',
    colo: 'FRA',
    asn: 64_500,
    latitude: '50.11',
    longitude: '8.68',
    timezone: 'Europe/Berlin',
  },
  {
    country: 'US',
    city: 'New York',
    colo: 'EWR',
    asn: 64_501,
    latitude: '40.71',
    longitude: '-74.01',
    timezone: 'America/New_York',
  },
  {
    country: 'JP',
    city: 'Tokyo',
    colo: 'NRT',
    asn: 64_502,
    latitude: '35.68',
    longitude: '139.69',
    timezone: 'Asia/Tokyo',
  },
  {
    country: 'GB',
    city: 'London',
    colo: 'LHR',
    asn: 64_503,
    latitude: '51.51',
    longitude: '-0.13',
    timezone: 'Europe/London',
  },
  {
    country: 'SG',
    city: 'Singapore',
    colo: 'SIN',
    asn: 64_504,
    latitude: '1.35',
    longitude: '103.82',
    timezone: 'Asia/Singapore',
  },
]

export interface Edge {
  close(): void
}

export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1_024 })
  const limits = { maxHeaderSize: 128 * 1024 }
  const pass = (request: IncomingMessage, response: ServerResponse) =>
    relay(request, response, options, agent)
  const plain = http.createServer(limits, pass)
  const tls = https.createServer(
    {
      ...limits,
      key: fs.readFileSync(options.keyPair.key),
      cert: fs.readFileSync(options.keyPair.certificate),
      // 1.2 too: the Worker's floor is what refuses it, as in production.
      minVersion: 'TLSv1.2',
    },
    pass,
  )
  await Promise.all([listen(plain, options.port), listen(tls, options.tlsPort)])
  return {
    close() {
      for (const server of [plain, tls]) {
        server.close()
        server.closeAllConnections()
      }
      agent.destroy()
    },
  }
}

function listen(server: http.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', backlog: 1_024 }, resolve)
  })
}

function relay(
  request: IncomingMessage,
  response: ServerResponse,
  options: EdgeOptions,
  agent: http.Agent,
): void {
  const { hostname, port } = options.runtime()
  const upstream = http.request(
    {
      agent,
      hostname,
      port,
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: runtimeHeaders(request, options.testToken),
      setDefaultHeaders: false,
    },
    (answer) => {
      response.writeHead(
        answer.statusCode ?? 502,
        pairs(answer.rawHeaders)
          .filter(([name]) => !HOP_BY_HOP.test(name.toLowerCase()))
          .flat(),
      )
      answer.pipe(response)
    },
  )
  // Like the real edge it never repeats a request: whether the Worker acted on it is not known here.
  upstream.on('error', () => {
    if (response.headersSent) response.destroy()
    else
      response
        .writeHead(502, { 'content-type': 'text/plain' })
        .end('The local edge cannot reach the runtime\n')
  })
  response.on('close', () => upstream.destroy())
  request.pipe(upstream)
}

/** The client's headers as they came, without what the edge owns, then what the edge says. */
function runtimeHeaders(request: IncomingMessage, testToken: string): string[] {
  const kept = pairs(request.rawHeaders).filter(([name]) => {
    const lower = name.toLowerCase()
    return !EDGE_OWNED.test(lower) && !HOP_BY_HOP.test(lower)
  })
  const chunked =
    request.headers['transfer-encoding'] === undefined ? [] : [['Transfer-Encoding', 'chunked']]
  const { remoteAddress = '' } = request.socket
  return [
    ...kept,
    ...chunked,
    ['Connection', 'keep-alive'],
    ['CF-Connecting-IP', remoteAddress],
    [
      'MF-CF-Blob',
      JSON.stringify({
        ...place(remoteAddress),
        ...connection(request),
        ...testPlace(request, testToken),
      }),
    ],
  ].flat()
}

function pairs(raw: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i] ?? '', raw[2 * i + 1] ?? ''])
}

function place(address: string): object {
  const octet = Number(address.split('.')[1] ?? 0)
  return PLACES[octet] ?? PLACES[0] ?? {}
}

function connection({ socket, httpVersion }: IncomingMessage): object {
  const facts = { httpProtocol: `HTTP/${httpVersion}` }
  if (!(socket instanceof TLSSocket)) return facts
  return { ...facts, tlsVersion: socket.getProtocol(), tlsCipher: socket.getCipher().name }
}

/** What a test says of its place: believed only with the token that `demo.json` holds. */
function testPlace({ headers }: IncomingMessage, token: string): object {
  const sent = Buffer.from(String(headers['x-test-edge-token'] ?? ''))
  const expected = Buffer.from(token)
  const asked = headers['x-test-edge']
  if (
    sent.length !== expected.length ||
    !timingSafeEqual(sent, expected) ||
    typeof asked !== 'string'
  )
    return {}
  try {
    const parsed: unknown = JSON.parse(asked)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}
