/**
 * `binance`: as Binance's spot clients sign (developers.binance.com, "request security"). The signature covers
 * the query and the form body, joined by nothing, and neither method nor path: what it leaves open is
 * closed here by shape, in the policy by routes, and in the key's object by the burn rule and the fence.
 */
import { fromHex, utf8 } from '../../lib/bytes.ts'
import { single, type Fields } from '../../lib/http.ts'
import { ok, type Result } from '../../lib/result.ts'
import { refuse, type Refusal } from '../../refusal.ts'
import {
  CREDENTIAL_ID,
  type Claim,
  type Dialect,
  type RequestHead,
  type Signed,
} from '../dialect.ts'
import { nativeRefusal } from './binance-errors.ts'
import { PARAMETERS } from './binance-parameters.ts'

/** The venue's own: what a request gets that names no window, and the widest it may name, in milliseconds. */
const DEFAULT_RECV_WINDOW_MS = 5_000
const MAX_RECV_WINDOW_MS = 60_000

/** Methods whose parameters may stand in a form. */
const TAKES_BODY: ReadonlySet<string> = new Set(['POST', 'PUT'])

export const binance: Dialect = {
  id: 'binance',
  algorithms: ['hmac-sha256'],
  clockUnitMs: 1,
  covers: { method: false, path: false, query: true, body: true },
  bindsHeaders: false,
  timeEndpoint: { path: '/api/v3/time', body: (nowMs) => ({ serverTime: nowMs }) },

  speaks: (headers) => headers.has('x-mbx-apikey'),

  names: (headers) => single(headers, 'x-mbx-apikey'),

  claim(head) {
    const key = single(head.headers, 'x-mbx-apikey')
    if (key === undefined || !CREDENTIAL_ID.test(key))
      return malformed('X-MBX-APIKEY is repeated or badly formed')
    return ok<Claim>({
      dialect: binance,
      credentialId: key,
      signed: async (body) => readSigned(head, readText(body)),
    })
  },

  nativeRefusal,

  nativeLimits: (limits, ordered) =>
    Object.fromEntries(
      limits.flatMap(({ limit, remaining, windowSeconds }) =>
        (ordered ? ['used-weight', 'order-count'] : ['used-weight']).map((what) => [
          `x-mbx-${what}-${interval(windowSeconds)}`,
          String(limit - remaining),
        ]),
      ),
    ),
}

/** The venue's short form of a window: a number and the largest unit that fits. */
function interval(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'm'],
  ] as const
  const [unit, letter] = units.find(([length]) => seconds % length === 0) ?? [1, 's']
  return `${seconds / unit}${letter}`
}

function malformed(reason: string) {
  return refuse('malformed_request', { reason })
}

/** Strictly: two bodies that decode to one text would share a signature. */
function readText(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return undefined
  }
}

function readSigned(head: RequestHead, body: string | undefined): Result<Signed, Refusal> {
  if (body === undefined) return malformed('the body is not UTF-8')
  const query = readPairs(head.query ?? '')
  const form = readPairs(body)
  if (query === undefined || form === undefined)
    return malformed('query or body are not plain name=value pairs')
  if (body !== '' && !isForm(head.headers)) return malformed('the body is not a form')
  // Moved as a whole, parameters would keep their signature and an origin that looks in one place would miss them.
  if (body !== '' && !TAKES_BODY.has(head.method)) return malformed(`${head.method} with a body`)
  const pairs = [...query, ...form]
  const names = new Set(pairs.map(({ name }) => name))
  if (names.size !== pairs.length) return malformed('a parameter is repeated')

  const value = (name: string) => pairs.find((pair) => pair.name === name)?.value
  const signature = readSignature(value('signature'))
  const timestamp = value('timestamp')
  const windowMs = readWindow(value('recvWindow'))
  // A call without a signature (the venue has some that need the key alone) proves nothing here.
  if (signature === undefined)
    return refuse('unauthorized', { reason: 'the request carries no signature' })
  if (timestamp === undefined || !/^[0-9]{13}$/.test(timestamp))
    return malformed('timestamp is not in milliseconds')
  if (windowMs === undefined) return malformed('recvWindow is not a number up to 60000')

  const signedQuery = withoutSignature(query)
  const signedForm = withoutSignature(form)
  if (signedQuery.length > 0 && signedForm.length > 0 && !hasOneCut(signedQuery, signedForm)) {
    return malformed('query and body can be cut in more than one way')
  }
  const sent = { query: joined(signedQuery), form: joined(signedForm) }
  const written = asWritten(sent.query)
  return ok({
    signedAtMs: Number(timestamp),
    windowMs,
    signature,
    octets: [sent.query, ...(written === undefined ? [] : [written])].map((text) =>
      utf8(text + sent.form),
    ),
    forward: {
      target: head.path + (sent.query === '' ? '' : `?${sent.query}`),
      body: utf8(sent.form),
    },
  })
}

interface Pair {
  readonly name: string
  readonly value: string
}

/**
 * Pairs as they are on the wire, or `undefined` where anything is not exactly one name, one `=` and one value:
 * an empty part is what is left when a parameter list is cut elsewhere than its client cut it.
 */
function readPairs(text: string): readonly Pair[] | undefined {
  if (text === '') return []
  const pairs: Pair[] = []
  for (const part of text.split('&')) {
    const [name, value, ...rest] = part.split('=')
    if (name === undefined || !/^[A-Za-z][A-Za-z0-9]*$/.test(name)) return undefined
    if (value === undefined || value === '' || rest.length > 0) return undefined
    pairs.push({ name, value })
  }
  return pairs
}

function withoutSignature(pairs: readonly Pair[]): readonly Pair[] {
  return pairs.filter(({ name }) => name !== 'signature')
}

function joined(pairs: readonly Pair[]): string {
  return pairs.map(({ name, value }) => `${name}=${value}`).join('&')
}

/**
 * Where query and body are both signed, nothing marks where one ends: `a=1` and `b=2` sign as `a=1b=2`, and so
 * do `a=` and `1b=2`. The cut is certain only if exactly one end of the text between the two `=` is the name of
 * a parameter that the venue knows.
 */
function hasOneCut(query: readonly Pair[], form: readonly Pair[]): boolean {
  const last = query.at(-1)
  const first = form[0]
  if (last === undefined || first === undefined) return true
  const between = last.value + first.name
  const cuts = Array.from({ length: between.length }, (_, at) => between.slice(at)).filter((end) =>
    PARAMETERS.has(end),
  )
  return cuts.length === 1 && cuts[0] === first.name
}

/**
 * Some of ccxt's calls sign the query before the URL parser escapes it. The text they signed is the decoded one,
 * and it counts only if escaping it gives this very query: any other spelling of the same text is refused.
 */
function asWritten(query: string): string | undefined {
  if (!query.includes('%')) return undefined
  let decoded: string
  try {
    decoded = decodeURIComponent(query)
  } catch {
    return undefined
  }
  return URL.parse(`https://h/?${decoded}`)?.search === `?${query}` ? decoded : undefined
}

function readSignature(text: string | undefined): Uint8Array | undefined {
  return text !== undefined && /^[0-9a-fA-F]{64}$/.test(text)
    ? fromHex(text.toLowerCase())
    : undefined
}

/** The window the request asks for: up to three decimals, at most the venue's. */
function readWindow(text: string | undefined): number | undefined {
  if (text === undefined) return DEFAULT_RECV_WINDOW_MS
  const windowMs = /^[0-9]{1,5}(?:\.[0-9]{1,3})?$/.test(text) ? Number(text) : Number.NaN
  return windowMs <= MAX_RECV_WINDOW_MS ? windowMs : undefined
}

function isForm(headers: Fields): boolean {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  return type === undefined || type === 'application/x-www-form-urlencoded'
}
