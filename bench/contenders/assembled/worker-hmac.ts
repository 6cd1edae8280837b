/** Assembled (i): a small middleware that verifies the compact dialect, a limiter, the origin. */
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { fromHex, sha256, toHex, utf8 } from '../../../src/lib/bytes.ts'
import { callerOf, forward, limited, type Assembly } from './worker-parts.ts'

export { DurableObjectRateLimiter, Seeder } from './worker-parts.ts'

/** How old a signature may be and how far ahead its clock, in milliseconds. */
const WINDOW_MS = 10_000
const LEAD_MS = 1_000

const signed = createMiddleware<Assembly>(async (c, next) => {
  const unauthorized = () => c.text('Unauthorized', 401)
  const [id, timestamp, nonce, signature, host] = [
    'pc-key',
    'pc-timestamp',
    'pc-nonce',
    'pc-signature',
    'host',
  ].map((name) => c.req.header(name) ?? '')
  if (!id || !nonce || !host) return unauthorized()
  if (timestamp === undefined || !/^[0-9]{13}$/.test(timestamp)) return unauthorized()
  const offsetMs = Number(timestamp) - Date.now()
  if (offsetMs < -WINDOW_MS || offsetMs > LEAD_MS) return unauthorized()
  const proof = signature?.length === 64 ? fromHex(signature) : undefined
  if (proof === undefined) return unauthorized()

  const caller = await callerOf(c.env, id)
  if (caller === undefined) return unauthorized()
  const { pathname, search } = new URL(c.req.url)
  const hash = toHex(await sha256(new Uint8Array(await c.req.arrayBuffer())))
  const target = pathname + search
  const lines = ['PC1', timestamp, nonce, c.req.method, host.toLowerCase(), target, hash].join('\n')
  if (!(await crypto.subtle.verify('HMAC', caller.key, proof, utf8(lines)))) return unauthorized()

  c.set('caller', caller)
  return next()
})

export default new Hono<Assembly>().use(signed, limited).all('*', forward)
