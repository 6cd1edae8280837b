/**
 * What a user would assemble on the same platform from well-known parts: Hono, a small HMAC middleware or `jose`, and
 * `hono-rate-limiter` with its Durable Object.
 */
import type { Contender, World } from '../../contender.ts'
import type { BenchKey } from '../../keys.ts'
import { bundled, startWorkerd, type WorkerdRunning } from '../../workerd.ts'

/** Keys in one call of the seeder. */
const AT_ONCE = 500

/** True of both. */
const LACKS = [
  'a request sent twice is refused',
  // `DurableObjectRateLimiter` opens a window of one second at the first request and closes it by an alarm.
  'a limit that holds in any second: its windows are fixed, so up to twice as many pass around a boundary',
  'orders, cancels and reads counted apart',
  // Its Map has no expiry, and KV may answer with an old value for a minute.
  'revocation on the next request: an isolate keeps the keys that it has seen',
  'permissions, addresses and a list of routes',
  'an audit record of each decision, written before an order leaves',
  'a signed assertion of who is calling, for the origin',
  'secrets sealed at rest: they lie in KV as they are',
  'lock-out of networks that keep failing',
  'headers by allow-list, and Idempotency-Key under the signature',
]

export const assembledHmac: Contender = assembled(
  'assembled-hmac',
  'Hono + HMAC middleware + hono-rate-limiter',
  'worker-hmac.ts',
  LACKS,
)

export const assembledJwt: Contender = {
  ...assembled('assembled-jwt', 'Hono + jose + hono-rate-limiter', 'worker-jwt.ts', [
    'a signature over the request: who sees the token may send anything until it expires',
    ...LACKS,
  ]),
  credential: 'jwt',
}

function assembled(id: string, title: string, entry: string, lacks: readonly string[]): Contender {
  return {
    id,
    title,
    lacks,
    async start(world) {
      const running = await startWorkerd(
        world,
        id,
        await bundled(world, `bench/contenders/assembled/${entry}`),
        {
          kvNamespaces: ['SECRETS'],
          durableObjects: { LIMITER: { className: 'DurableObjectRateLimiter', useSQLite: true } },
        },
        { entrypoints: ['Seeder'] },
      )
      await seed(running, world)
      return running
    },
  }
}

async function seed(running: WorkerdRunning, world: World): Promise<void> {
  const url = running.entrypoints['Seeder']
  if (url === undefined) throw new Error('Cannot seed: the worker has no seeder')
  const keys = world.keys.filter(({ dialect }) => dialect === 'compact')
  const seedOf = ({ id, secret, perSecond }: BenchKey) => ({ id, secret, perSecond })
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const seeds = keys.slice(start, start + AT_ONCE).map(seedOf)
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(seeds) })
    if (!answer.ok) throw new Error(`Cannot seed: ${await answer.text()}`)
  }
}
