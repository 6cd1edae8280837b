/**
 * Which headers cross the gateway. Towards the origin by allow-list: a header that nobody signed and nobody
 * listed is not forwarded, so no client can speak to the origin in the gateway's or the edge's name.
 */
import type { Fields } from '../lib/http.ts'
import { toHex } from '../lib/bytes.ts'

/** What only describes the client and the form of the body: forwarded for anyone. */
const DESCRIBING = [
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'user-agent',
] as const

/** What changes what a request does: forwarded where the caller's signature could cover it. */
const ACTING = [
  'content-digest',
  'content-encoding',
  'content-language',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'prefer',
] as const

/** Of the origin's answer these stay behind: connection matters, and what only the gateway may set. */
const NOT_FROM_ORIGIN = [
  'alt-svc',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'server',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-powered-by',
] as const

export interface OriginHeaderRules {
  /** Further names, from the policy. */
  readonly allowed: readonly string[]
  /** Whether the caller's dialect can sign headers. */
  readonly signable: boolean
  readonly requestId: string
  /** The verified client certificate, if there is one (RFC 9440). */
  readonly clientCertificate: string | undefined
}

/** The headers for the origin, with request id and trace (W3C Trace Context) set by the gateway. */
export function originHeaders(
  from: Fields,
  { allowed, signable, requestId, clientCertificate }: OriginHeaderRules,
): Record<string, string> {
  const span = toHex(crypto.getRandomValues(new Uint8Array(8)))
  const headers: Record<string, string> = {
    'x-request-id': requestId,
    traceparent: `00-${requestId}-${span}-01`,
  }
  if (clientCertificate !== undefined) headers['client-cert'] = clientCertificate
  for (const name of signable ? forwardedNames(allowed) : DESCRIBING) {
    const value = from.get(name)
    if (value !== null) headers[name] = value
  }
  return headers
}

/** Every header of a client that may reach the origin. @param allowed further names, from the policy. */
export function forwardedNames(allowed: readonly string[]): readonly string[] {
  return [...DESCRIBING, ...ACTING, ...allowed]
}

/** Leaves of the headers of an origin's answer what does not only concern its own connection. */
export function removeForeign(headers: Headers): void {
  for (const name of NOT_FROM_ORIGIN) if (headers.has(name)) headers.delete(name)
}
