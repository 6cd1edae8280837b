/**
 * What both assemblies share: keys from a KV namespace, `hono-rate-limiter` on Durable Objects as its documentation
 * shows it, and the way to the origin.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { DurableObjectStore, type DurableObjectRateLimiter } from '@hono-rate-limiter/cloudflare'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { rateLimiter } from 'hono-rate-limiter'
import { fromBase64 } from '../../../src/lib/bytes.ts'

export { DurableObjectRateLimiter } from '@hono-rate-limiter/cloudflare'

interface Bindings {
  readonly ORIGIN: Fetcher
  readonly SECRETS: KVNamespace
  readonly LIMITER: DurableObjectNamespace<DurableObjectRateLimiter>
}

/** For Hono: what a deployment binds, and what authentication leaves for the stages after it. */
export interface Assembly {
  readonly Bindings: Bindings
  readonly Variables: { caller: Caller }
}

/** Who is asking, proved or about to be. */
interface Caller {
  readonly id: string
  readonly key: CryptoKey
  readonly perSecond: number
}

/** A key as it lies in the namespace, under its id. */
export interface Stored {
  /** Base64. */
  readonly secret: string
  readonly perSecond: number
}

/** Reading the namespace and importing a key cost more than the rest of a request, so each is done once an isolate. */
const callers = new Map<string, Caller>()

/** The owner of this id, or nothing. */
export async function callerOf(env: Bindings, id: string): Promise<Caller | undefined> {
  const known = callers.get(id)
  if (known !== undefined) return known
  const stored = await env.SECRETS.get<Stored>(id, 'json')
  const secret = stored === null ? undefined : fromBase64(stored.secret)
  if (stored === null || secret === undefined) return undefined
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['verify'])
  const caller = { id, key, perSecond: stored.perSecond }
  callers.set(id, caller)
  return caller
}

/** The limit of the caller. It stands behind authentication: a stranger spends nothing of anybody's. */
export const limited = createMiddleware<Assembly>((c, next) =>
  rateLimiter<Assembly>({
    windowMs: 1_000,
    limit: (context) => context.get('caller').perSecond,
    keyGenerator: (context) => context.get('caller').id,
    store: new DurableObjectStore({ namespace: c.env.LIMITER }),
  })(c, next),
)

/** What proves who asks stays here, and so do headers that change what a request does and that nobody signed. */
const NOT_FORWARDED = [
  'authorization',
  'pc-key',
  'pc-timestamp',
  'pc-nonce',
  'pc-signature',
  'pc-otp',
  'idempotency-key',
]

/** Passes the request on. */
export async function forward(c: Context<Assembly>): Promise<Response> {
  const headers = new Headers(c.req.raw.headers)
  for (const name of NOT_FORWARDED) headers.delete(name)
  const { method } = c.req
  const body = method === 'GET' || method === 'HEAD' ? null : await c.req.arrayBuffer()
  return c.env.ORIGIN.fetch(c.req.url, { method, headers, body, redirect: 'manual' })
}

/** Puts keys into the namespace. Reached by a socket of its own, in the bench alone. */
export class Seeder extends WorkerEntrypoint<Bindings> {
  override async fetch(request: Request): Promise<Response> {
    const seeds = await request.json<readonly (Stored & { readonly id: string })[]>()
    await Promise.all(
      seeds.map(({ id, ...stored }) => this.env.SECRETS.put(id, JSON.stringify(stored))),
    )
    return new Response()
  }
}
