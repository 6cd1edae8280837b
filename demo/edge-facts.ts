/** What the local edge tells the Worker about a connection, in the words of Cloudflare's edge. */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'

/** Headers that the real edge owns: a client's copy never reaches the Worker. */
const EDGE_OWNED = /^(?:cf-|mf-|x-forwarded-|x-test-edge|true-client-ip$|cdn-loop$)/
/** Headers that concern one connection only. */
export const HOP_BY_HOP =
  /^(?:expect|connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/

/** Where an address of the loopback network pretends to be, by its second octet. */
const PLACES: readonly object[] = [
  {
    country: 'DE',
    city: 'Frankfurt',
    colo: 'FRA',
    asn: 64_500,
    latitude: '50.11',
    longitude: '8.68',
    timezone: 'Europe/Berlin',
  },
  {
    country: 'US',
    city: 'New York',
    colo: 'EWR',
    asn: 64_501,
    latitude: '40.71',
    longitude: '-74.01',
    timezone: 'America/New_York',
  },
  {
    country: 'JP',
    city: 'Tokyo',
    colo: 'NRT',
    asn: 64_502,
    latitude: '35.68',
    longitude: '139.69',
    timezone: 'Asia/Tokyo',
  },
  {
    country: 'GB',
    city: 'London',
    colo: 'LHR',
    asn: 64_503,
    latitude: '51.51',
    longitude: '-0.13',
    timezone: 'Europe/London',
  },
  {
    country: 'SG',
    city: 'Singapore',
    colo: 'SIN',
    asn: 64_504,
    latitude: '1.35',
    longitude: '103.82',
    timezone: 'Asia/Singapore',
  },
]

/** The client's headers as they came, without what the edge owns, then what the edge says. */
export function runtimeHeaders(request: IncomingMessage, testToken: string): string[] {
  const kept = pairs(request.rawHeaders).filter(([name]) => {
    const lower = name.toLowerCase()
    return !EDGE_OWNED.test(lower) && !HOP_BY_HOP.test(lower)
  })
  const chunked =
    request.headers['transfer-encoding'] === undefined ? [] : [['Transfer-Encoding', 'chunked']]
  const { remoteAddress = '' } = request.socket
  return [
    ...kept,
    ...chunked,
    ['Connection', 'keep-alive'],
    ['CF-Connecting-IP', remoteAddress],
    [
      'MF-CF-Blob',
      JSON.stringify({
        ...place(remoteAddress),
        ...connection(request),
        ...testPlace(request, testToken),
      }),
    ],
  ].flat()
}

export function pairs(raw: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i] ?? '', raw[2 * i + 1] ?? ''])
}

function place(address: string): object {
  const octet = Number(address.split('.')[1] ?? 0)
  return PLACES[octet] ?? PLACES[0] ?? {}
}

function connection({ socket, httpVersion }: IncomingMessage): object {
  const facts = { httpProtocol: `HTTP/${httpVersion}` }
  if (!(socket instanceof TLSSocket)) return facts
  return {
    ...facts,
    tlsVersion: socket.getProtocol(),
    tlsCipher: socket.getCipher().name,
    tlsClientAuth: clientAuth(socket),
  }
}

/** What Cloudflare says of a client's certificate (`request.cf.tlsClientAuth`); nothing here is ever revoked. */
function clientAuth(socket: TLSSocket): object {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) {
    return { certPresented: '0', certVerified: 'NONE', certRevoked: '0' }
  }
  const hex = (fingerprint: string) => fingerprint.replaceAll(':', '').toLowerCase()
  return {
    certPresented: '1',
    certVerified: socket.authorized ? 'SUCCESS' : `FAILED:${String(socket.authorizationError)}`,
    certRevoked: '0',
    certFingerprintSHA1: hex(certificate.fingerprint),
    certFingerprintSHA256: hex(certificate.fingerprint256),
    certSerial: certificate.serialNumber,
    certSubjectDN: certificate.subject,
    certIssuerDN: certificate.issuer,
    certNotBefore: certificate.validFrom,
    certNotAfter: certificate.validTo,
    certRFC9440: `:${certificate.raw.toString('base64')}:`,
    certRFC9440TooLarge: certificate.raw.length > 10_000,
  }
}

/** What a test says of its place: believed only with the token that `demo.json` holds. */
function testPlace({ headers }: IncomingMessage, token: string): object {
  const sent = Buffer.from(String(headers['x-test-edge-token'] ?? ''))
  const expected = Buffer.from(token)
  const asked = headers['x-test-edge']
  if (
    sent.length !== expected.length ||
    !timingSafeEqual(sent, expected) ||
    typeof asked !== 'string'
  )
    return {}
  try {
    const parsed: unknown = JSON.parse(asked)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}
