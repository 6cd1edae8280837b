/** Who is calling, as the gateway asserts it: the broker believes this and nothing else. */
import { createHash } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose'

export interface Call {
  readonly method: string
  readonly target: string
  readonly body: Buffer
  readonly requestId: string | undefined
}

export interface IdentityRules {
  readonly jwksUrl: string
  readonly issuer: string
  readonly audience: string
}

/** Seconds for which a used assertion is remembered: longer than any assertion lives. */
const REMEMBER_SECONDS = 60

/** Checks assertions: signature, issuer, audience, time, that it is for this very request, and used once. */
export function assertionCheck({ jwksUrl, issuer, audience }: IdentityRules) {
  const jwks = createRemoteJWKSet(new URL(jwksUrl), { cooldownDuration: 1_000 })
  const used = new Map<string, number>()

  return async function check(token: string | undefined, call: Call): Promise<JWTPayload> {
    if (token === undefined) throw new Error('no assertion')
    const { payload } = await jwtVerify(token, jwks, {
      issuer,
      audience,
      algorithms: ['EdDSA'],
      typ: 'portcullis-assertion+jwt',
      maxTokenAge: '30s',
      clockTolerance: 2,
      requiredClaims: ['jti', 'iat', 'exp', 'method', 'path', 'body_sha256', 'operation'],
    })
    const bodyHash = createHash('sha256').update(call.body).digest('base64url')
    if (
      payload['method'] !== call.method ||
      payload['path'] !== call.target ||
      payload['body_sha256'] !== bodyHash
    ) {
      throw new Error('the assertion is for another request')
    }
    const { jti = '' } = payload
    if (jti !== call.requestId) throw new Error('the assertion is for another request id')
    const nowSeconds = Date.now() / 1000
    for (const [old, at] of used) {
      if (at > nowSeconds - REMEMBER_SECONDS) break
      used.delete(old)
    }
    if (used.has(jti)) throw new Error('the assertion was already used')
    used.set(jti, nowSeconds)
    return payload
  }
}
