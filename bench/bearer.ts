/** The request of a client that has a bearer token in place of a signature. */
import { createHmac } from 'node:crypto'
import { onTheWire, type BenchKey } from './keys.ts'

const LIFETIME_SECONDS = 600

/** A read with a token of this key, signed with its own secret. */
export function bearerRequest(key: BenchKey, port: number, nowMs = Date.now()): Buffer {
  const authorization = `Bearer ${token(key, Math.floor(nowMs / 1_000))}`
  return onTheWire('GET', '/v1/account', port, { authorization }, '')
}

/** A JSON Web Token (RFC 7519), as an issuer signs it that is not what verifies it. */
function token({ id, secret }: BenchKey, now: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = part({ alg: 'HS256', typ: 'JWT', kid: id })
  const claims = part({ sub: id, iat: now, exp: now + LIFETIME_SECONDS })
  const signed = `${header}.${claims}`
  const key = Buffer.from(secret, 'base64')
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}
