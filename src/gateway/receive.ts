/** The first step: what reached us, as it stood on the wire, and whether it can be looked at at all. */
import { toHex } from '../lib/bytes.ts'
import { normalAuthority, ReadFields, type Fields } from '../lib/http.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { ClientCertificate, Place, Received } from './stages.ts'

export const MAX_BODY_BYTES = 1024 * 1024
export const MAX_HEADER_BYTES = 32 * 1024

/** Sent twice, these would say two things; the runtime joins them with a comma. */
const SINGLE_VALUED = [
  'pc-key',
  'pc-timestamp',
  'pc-nonce',
  'pc-signature',
  'pc-otp',
  'idempotency-key',
  'dpop',
]

/** What of a `Request` is looked at. Its `url` keeps the octets of the target, as workerd has them. */
export interface WireRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array> | null
  /** What the edge says of the connection. */
  readonly cf?: unknown
}

export interface ReceiveRules {
  /** Only for the local edge: a connection without TLS is let through. */
  readonly plainHttpAllowed: boolean
}

/**
 * Reads the facts of a request. They are answered beside the refusal, because even a refused request has an
 * id and is recorded.
 */
export function receive(
  request: WireRequest,
  nowMs: number,
  rules: ReceiveRules,
): { readonly received: Received; readonly judged: Result<Received, Refusal> } {
  const { authority, target } = splitUrl(request.url)
  const headers = new ReadFields(request.headers)
  const place = readPlace(headers, request.cf)
  const [path = '', ...rest] = target.split('?')
  const received: Received = {
    requestId: toHex(crypto.getRandomValues(new Uint8Array(16))),
    receivedAtMs: nowMs,
    head: {
      method: request.method,
      target,
      path,
      query: rest.length === 0 ? undefined : rest.join('?'),
      authority: headers.get('host') ?? authority,
      scheme: place.tlsVersion === undefined ? 'http' : 'https',
      headers,
    },
    place,
    body: request.body,
  }
  return { received, judged: judge(request, received, authority, rules) }
}

function judge(
  request: WireRequest,
  received: Received,
  urlAuthority: string,
  rules: ReceiveRules,
): Result<Received, Refusal> {
  const { head, place } = received
  if (place.tlsVersion === undefined ? !rules.plainHttpAllowed : place.tlsVersion !== 'TLSv1.3') {
    return refuse('tls_required', {
      reason: place.tlsVersion === undefined ? 'no TLS' : 'TLS below 1.3',
    })
  }
  if (head.target.length + headerBytes(head.headers) > MAX_HEADER_BYTES)
    return refuse('headers_too_large')
  if (!isUnchangedByParsing(request.url, urlAuthority, head.target)) {
    return refuse('malformed_request', { reason: 'URL parsing would change the target' })
  }
  if (normalAuthority(head.authority, head.scheme) !== normalAuthority(urlAuthority, head.scheme)) {
    return refuse('malformed_request', {
      reason: 'the Host header and the target name different hosts',
    })
  }
  if (SINGLE_VALUED.some((name) => head.headers.get(name)?.includes(','))) {
    return refuse('malformed_request', {
      reason: 'a header that may be sent once was repeated or holds a comma',
    })
  }
  const length = head.headers.get('content-length')
  if (length !== null && !/^[0-9]{1,15}$/.test(length))
    return refuse('malformed_request', { reason: 'Content-Length is not a number' })
  if (Number(length) > MAX_BODY_BYTES) return refuse('body_too_large', { reason: 'declared' })
  // It has no meaning (RFC 9110 section 9.3.1), and what has none could be given one by the origin.
  if (
    (head.method === 'GET' || head.method === 'HEAD') &&
    received.body !== null &&
    length !== '0'
  ) {
    return refuse('malformed_request', { reason: `${head.method} with a body` })
  }
  return ok(received)
}

/**
 * The runtime keeps the octets of the target in `request.url`; only a parsed URL loses them. It has dropped a
 * fragment and the authority of an absolute target by then, so the edge must refuse those.
 */
export function splitUrl(url: string): { readonly authority: string; readonly target: string } {
  const start = url.indexOf('://') + 3
  const slash = url.slice(start).search(/[/?#]/)
  if (slash < 0) return { authority: url.slice(start), target: '/' }
  return { authority: url.slice(start, start + slash), target: url.slice(start + slash) }
}

/**
 * What parsing can only leave as it is, and what nearly every target is: no dot after a slash, nothing escaped, and in
 * the query no character that the URL standard's query percent-encode set has.
 */
const PLAIN_AUTHORITY = /^[a-z0-9.-]+(?::[0-9]+)?$/
const PLAIN_TARGET = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+(?:\?[A-Za-z0-9._~&=,:-]*)?$/

/**
 * Signature, routing and forwarding must all see one text: a target that parsing would change (`%2e%2e`,
 * a backslash) could be judged as one path and forwarded as another. A bare `?` is harmless.
 */
function isUnchangedByParsing(url: string, authority: string, target: string): boolean {
  if (PLAIN_TARGET.test(target) && PLAIN_AUTHORITY.test(authority)) return true
  const parsed = URL.parse(url)
  if (parsed === null) return false
  const normal = parsed.pathname + parsed.search
  return normal === target || `${normal}?` === target
}

function headerBytes(headers: Fields): number {
  let bytes = 0
  for (const [name, value] of headers) bytes += name.length + value.length + 4
  return bytes
}

function readPlace(headers: Fields, edge: unknown): Place {
  const cf = members(edge)
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  return {
    address: headers.get('cf-connecting-ip') ?? undefined,
    country: text(cf['country']),
    asn: typeof cf['asn'] === 'number' ? cf['asn'] : undefined,
    colo: text(cf['colo']),
    tlsVersion: text(cf['tlsVersion']),
    clientCertificate: readCertificate(cf['tlsClientAuth']),
  }
}

/** `request.cf.tlsClientAuth`: strings throughout; `certVerified` is SUCCESS for a revoked certificate too. */
function readCertificate(auth: unknown): ClientCertificate {
  const facts = members(auth)
  const nothing = { header: undefined, thumbprint: undefined }
  if (facts['certPresented'] !== '1') return { status: 'none', ...nothing }
  if (facts['certVerified'] !== 'SUCCESS' || facts['certRevoked'] !== '0') {
    return { status: 'refused', ...nothing }
  }
  const header = facts['certRFC9440TooLarge'] === true ? undefined : facts['certRFC9440']
  const thumbprint = facts['certFingerprintSHA256']
  return {
    status: 'verified',
    header: typeof header === 'string' ? header : undefined,
    thumbprint: typeof thumbprint === 'string' ? thumbprint.toLowerCase() : undefined,
  }
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
