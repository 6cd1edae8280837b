/**
 * A stand-in for Cloudflare's edge, and named as such: it ends TLS, passes the target on as it came, takes
 * away every header that only an edge may set, and says where the client is. Nothing else here is imitated.
 */
import fs from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import { pipeline, type Duplex } from 'node:stream'
import { HOP_BY_HOP, pairs, runtimeHeaders } from './edge-facts.ts'
import type { Gate } from './gate.ts'
import type { KeyPairFiles } from './pki.ts'

export interface EdgeOptions {
  readonly port: number
  readonly tlsPort: number
  readonly keyPair: KeyPairFiles
  /** The authority whose client certificates count as verified. */
  readonly clientCa: string
  /** Lets a test say where it is; without it the two test headers are dropped. */
  readonly testToken: string
  /** Closed while the runtime is being replaced. */
  readonly gate: Gate
  /** Where workerd listens now. */
  runtime(): URL
}

export async function startEdge(options: EdgeOptions): Promise<void> {
  // More would only wait inside the runtime, behind each other's answers.
  const agent = new http.Agent({ keepAlive: true, maxSockets: 128 })
  const forOrigins = new http.Agent({ keepAlive: true })
  const limits = { maxHeaderSize: 128 * 1024 }
  const pass = (request: IncomingMessage, response: ServerResponse) =>
    isForOrigins(request)
      ? relay(request, response, options, forOrigins)
      : options.gate.pass(response, () => relay(request, response, options, agent))
  const plain = http.createServer(limits, pass)
  const tls = https.createServer(
    {
      ...limits,
      key: fs.readFileSync(options.keyPair.key),
      cert: fs.readFileSync(options.keyPair.certificate),
      // 1.2 too: the Worker's floor is what refuses it, as in production.
      minVersion: 'TLSv1.2',
      // A client's certificate is asked for, not demanded: whether it suffices is for the Worker to say.
      requestCert: true,
      rejectUnauthorized: false,
      ca: fs.readFileSync(options.clientCa),
    },
    pass,
  )
  for (const server of [plain, tls]) {
    server.on('clientError', refuseSocket)
    server.on('checkExpectation', pass)
  }
  await Promise.all([listen(plain, options.port), listen(tls, options.tlsPort)])
}

/**
 * An origin asks for the gateway's keys while it serves a request: neither behind a gate nor in the queue may it wait
 * for those who wait for its answer.
 */
function isForOrigins({ url = '' }: IncomingMessage): boolean {
  return url.startsWith('/.well-known/')
}

/** What is not HTTP at all, or more of it than the edge takes. */
function refuseSocket(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  const headers = Object.entries({ ...OWN_ANSWER, connection: 'close' }).map((pair) =>
    pair.join(': '),
  )
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\n${headers.join('\r\n')}\r\n\r\n`)
  else socket.destroy()
}

function listen(server: http.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', backlog: 1_024 }, resolve)
  })
}

/** What the real edge sets on answers of its own is not ours to say; these are what the gateway promises. */
const OWN_ANSWER = {
  'content-type': 'text/plain',
  'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

function relay(
  request: IncomingMessage,
  response: ServerResponse,
  options: EdgeOptions,
  agent: http.Agent,
): void {
  if (isOdd(request)) {
    response.writeHead(400, { ...OWN_ANSWER, connection: 'close' }).end('Bad request\n')
    return
  }
  const hasBody =
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0
  const { hostname, port } = options.runtime()
  const upstream = http.request({
    agent,
    hostname,
    port,
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    // The body goes only to a Worker that asks for it: one that has answered already would drop the connection.
    headers: [
      ...runtimeHeaders(request, options.testToken),
      ...(hasBody ? ['Expect', '100-continue'] : []),
    ],
    setDefaultHeaders: false,
  })
  upstream.once('continue', () => request.pipe(upstream))
  upstream.once('response', (answer) => {
    const headers = pairs(answer.rawHeaders).filter(
      ([name]) => !HOP_BY_HOP.test(name.toLowerCase()),
    )
    response.writeHead(answer.statusCode ?? 502, headers.flat())
    // What the Worker did not want is read to its end all the same: only then does its sender listen.
    if (upstream.listenerCount('continue') > 0) request.resume()
    // The runtime may end in the middle of its answer: then the client's must end too, and not hang.
    pipeline(answer, response, () => upstream.destroy())
  })
  // Like the real edge it never repeats a request: whether the Worker acted on it is not known here.
  upstream.once('error', () => {
    if (response.headersSent) response.destroy()
    else response.writeHead(502, OWN_ANSWER).end('The local edge cannot reach the runtime\n')
  })
  response.once('close', () => upstream.destroy())
  if (hasBody) upstream.flushHeaders()
  else upstream.end()
}

/**
 * What workerd would silently make something else of: an absolute target, whose authority it drops; a fragment;
 * a transfer coding beside `chunked`.
 */
function isOdd({ url = '', headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding']
  return (
    !url.startsWith('/') ||
    url.includes('#') ||
    (coding !== undefined && coding.toLowerCase() !== 'chunked')
  )
}
