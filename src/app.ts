/** The HTTP face: the gateway's open endpoints, and the path of `gateway/path.ts` for everything else. */
import { Hono, type Context } from 'hono'
import policy from '../gateway.config.ts'
import { OPENAPI } from './gateway/openapi.ts'
import { complete, json } from './gateway/reply.ts'
import { travel, turnAway } from './gateway/path.ts'
import { receive, splitUrl } from './gateway/receive.ts'
import { callRecord, writeRecord } from './gateway/record.ts'
import type { Received } from './gateway/stages.ts'
import { DIALECTS } from './signature/dialects.ts'
import { portsFor, sharedFor, type Shared } from './wiring.ts'

interface AppTypes {
  Bindings: Env
  Variables: { received: Received; shared: Shared }
}

const clock = { nowMs: () => Date.now(), record: writeRecord }

/** Routes are matched as they are on the wire: Hono's own reading of the path would decode it. */
export const app = new Hono<AppTypes>({
  getPath: (request) => splitUrl(request.url).target.split('?')[0] ?? '',
})

app.use(async function receiveFirst(c, next): Promise<Response | undefined> {
  const shared = await sharedFor(c.env)
  const { received, judged } = receive(c.req.raw, Date.now(), shared.config)
  if (!judged.ok) return turnAway(received, judged.error, clock)
  c.set('received', received)
  c.set('shared', shared)
  await next()
  return undefined
})

app.get('/gw/v1/time', (c) => open(c, { epochMs: Date.now() }))

app.get('/gw/v1/health', (c) => {
  const { tlsVersion, clientCertificate } = c.var.received.place
  return open(c, {
    status: 'ok',
    tls: {
      floor: '1.3',
      enforced: tlsVersion !== undefined,
      version: tlsVersion ?? null,
      clientCertificate: clientCertificate.status,
    },
  })
})

app.get('/gw/v1/openapi.json', (c) => open(c, OPENAPI))

app.get('/.well-known/jwks.json', (c) =>
  open(c, { keys: [c.var.shared.config.assertionKey.publicJwk] }),
)

// Each venue's own time endpoint: its clients set their clocks by it, so it must be the gateway's clock.
for (const id of policy.dialects) {
  const endpoint = DIALECTS[id].timeEndpoint
  if (endpoint !== undefined) app.get(endpoint.path, (c) => open(c, endpoint.body(Date.now())))
}

app.all('*', (c) =>
  travel(
    c.var.received,
    portsFor(c.env, c.var.shared, (work) => c.executionCtx.waitUntil(work)),
  ),
)

/** Whatever was thrown is a bug or an outage: the caller learns nothing of it and nothing is forwarded. */
app.onError((error, c) => {
  writeRecord({
    v: 1,
    type: 'fault',
    message: error.name === 'ConfigError' ? error.message : error.name,
  })
  return turnAway(
    c.get('received') ?? receive(c.req.raw, Date.now(), { plainHttpAllowed: true }).received,
    { code: 'internal', reason: 'a fault', retryAfterSeconds: 1 },
    clock,
  )
})

/** An endpoint that anyone may read. */
function open(c: Context<AppTypes>, value: unknown): Response {
  const reached = c.var.received
  const response = complete(json(value), reached)
  writeRecord(callRecord(reached, { decision: 'answered', status: response.status }, Date.now()))
  return response
}
