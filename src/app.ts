/**
 * The HTTP face: `gateway/path.ts` for the broker's traffic, and a router for the gateway's own endpoints. The router
 * has nothing to say about the broker's, and each of its requests would pay for it.
 */
import { Hono } from 'hono'
import policy from '../gateway.config.ts'
import type { OutcomeRecord } from './audit/record.ts'
import { openapi } from './gateway/openapi.ts'
import { json } from './gateway/reply.ts'
import { answer, travel, turnAway } from './gateway/path.ts'
import { receive } from './gateway/receive.ts'
import { Console } from './gateway/line.ts'
import type { Received } from './gateway/stages.ts'
import { PROOF_ALGORITHMS } from './session/dpop.ts'
import { DIALECTS } from './signature/dialects.ts'
import { RequestPorts, sharedFor, type Shared } from './wiring.ts'

/** A request that can be looked at, and what it may be answered with. */
interface Arrived {
  readonly received: Received
  readonly shared: Shared
  readonly ports: RequestPorts
}

/** Where nothing could be made ready, the console still hears of it. */
const bareConsole = new Console({ version: 'unknown', log: 'none' })
const bare = {
  nowMs: () => Date.now(),
  console: bareConsole,
  record: (record: OutcomeRecord) => bareConsole.record(record),
  judge: { policy: policy.version },
}

export async function serve(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  // First of all: this is the point at which a request is stamped, and nothing may move it.
  const receivedAtMs = Date.now()
  let known: Received | undefined
  let ports: RequestPorts | undefined
  try {
    const shared = await sharedFor(env)
    const { received, judged } = receive(request, receivedAtMs, shared.config)
    known = received
    ports = new RequestPorts(env, shared, ctx)
    if (!judged.ok) return turnAway(received, judged.error, ports)
    if (isOwn(received.head.path)) return await own.fetch(request, { received, shared, ports })
    return await travel(received, ports)
  } catch (error) {
    known ??= receive(request, receivedAtMs, { plainHttpAllowed: true }).received
    return fault(error, known, ports ?? bare)
  }
}

/** Whatever was thrown is a bug or an outage: the caller learns nothing of it and nothing is forwarded. */
function fault(error: unknown, reached: Received, ports: RequestPorts | typeof bare): Response {
  const { name, message } = error instanceof Error ? error : new Error('not an error')
  ports.console.fault({
    atMs: Date.now(),
    where: 'gateway',
    code: name,
    // A configuration's problems name variables and no value; whatever else is thrown may quote anything.
    detail: name === 'ConfigError' ? message : 'a fault',
    requestId: reached.requestId,
  })
  const refusal = { code: 'internal', reason: 'a fault', retryAfterSeconds: 1 } as const
  return turnAway(reached, refusal, ports)
}

/** Routes are matched as they are on the wire: Hono's own reading of the path would decode it. */
const own = new Hono<{ Bindings: Arrived }>({
  getPath: (_, options) => options?.env?.received.head.path ?? '',
})

/** Each venue's own time endpoint: its clients set their clocks by it, so it must be the gateway's clock. */
const times = policy.dialects.flatMap((id) => DIALECTS[id].timeEndpoint ?? [])
const timePaths = new Set(times.map(({ path }) => path))

function isOwn(path: string): boolean {
  return path.startsWith('/gw/') || path.startsWith('/.well-known/') || timePaths.has(path)
}

/** An endpoint that anyone may read. */
function open(path: string, value: (received: Received, shared: Shared) => unknown): void {
  own.get(path, ({ env: { received, shared, ports } }) =>
    answer(received, json(value(received, shared)), 'answered', ports),
  )
}

open('/gw/v1/time', () => ({ epochMs: Date.now() }))

open('/gw/v1/health', ({ place: { tlsVersion, clientCertificate } }) => ({
  status: 'ok',
  tls: {
    floor: '1.3',
    enforced: tlsVersion !== undefined,
    version: tlsVersion ?? null,
    clientCertificate: clientCertificate.status,
  },
}))

open('/gw/v1/openapi.json', () => openapi())

own.get('/.well-known/jwks.json', async ({ env: { received, shared, ports } }) => {
  const { config } = shared
  const sessions = await ports.publishedKeys()
  const keys = [config.assertionKey.publicJwk, ...sessions]
  return answer(received, json({ keys }), 'answered', ports)
})

/** OAuth's clients look here for where to refresh and which keys sign (RFC 8414). */
open('/.well-known/oauth-authorization-server', (_, { config: { issuer } }) => ({
  issuer,
  token_endpoint: `${issuer}/gw/v1/sessions/refresh`,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  grant_types_supported: ['refresh_token'],
  response_types_supported: [],
  token_endpoint_auth_methods_supported: ['none'],
  dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
}))

for (const endpoint of times) open(endpoint.path, () => endpoint.body(Date.now()))

// What a key asks of itself travels like any other request.
own.all('*', ({ env: { received, ports } }) => travel(received, ports))
own.onError((error) => {
  throw error
})
