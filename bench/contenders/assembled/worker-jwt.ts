/** Assembled (ii): a bearer token that `jose` verifies, a limiter, the origin. */
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { errors, jwtVerify } from 'jose'
import { callerOf, forward, limited, type Assembly } from './worker-parts.ts'

export { DurableObjectRateLimiter, Seeder } from './worker-parts.ts'

const withToken = createMiddleware<Assembly>(async (c, next) => {
  const token = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  const caller = token === undefined ? undefined : await verified(c.env, token)
  if (caller === undefined) return c.text('Unauthorized', 401)
  c.set('caller', caller)
  return next()
})

/** The caller whose own secret signed the token: `kid` says whose to try, and `sub` must agree. */
async function verified(env: Assembly['Bindings'], token: string) {
  try {
    const { payload, protectedHeader } = await jwtVerify(
      token,
      async ({ kid }) => {
        const caller = await callerOf(env, kid ?? '')
        if (caller === undefined) throw new errors.JWKSNoMatchingKey()
        return caller.key
      },
      { algorithms: ['HS256'], requiredClaims: ['sub', 'exp'] },
    )
    if (payload.sub !== protectedHeader.kid) return undefined
    return await callerOf(env, payload.sub ?? '')
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}

export default new Hono<Assembly>().use(withToken, limited).all('*', forward)
