/**
 * `compact`: the gateway's own dialect for curl and small programs. Four headers, one HMAC-SHA256 over
 * lines that name everything the request consists of.
 */
import { fromHex, sha256, toHex, utf8 } from '../../lib/bytes.ts'
import { single } from '../../lib/http.ts'
import { ok } from '../../lib/result.ts'
import { refuse } from '../../refusal.ts'
import { CREDENTIAL_ID, NONCE, type Claim, type Dialect, type RequestHead } from '../dialect.ts'
import { BOUND_HEADERS } from '../bound-headers.ts'

const HEADERS = ['pc-key', 'pc-timestamp', 'pc-nonce', 'pc-signature'] as const

export const compact: Dialect = {
  id: 'compact',
  algorithms: ['hmac-sha256'],
  clockUnitMs: 1,
  covers: { method: true, path: true, query: true, body: true },
  bindsHeaders: true,

  speaks: (headers) => HEADERS.some((name) => headers.has(name)),

  names: (headers) => single(headers, 'pc-key'),

  claim(head) {
    const [key, timestamp, nonce, signature] = HEADERS.map(
      (name) => single(head.headers, name) ?? '',
    )
    if (key === undefined || !CREDENTIAL_ID.test(key)) return malformed('PC-Key')
    // Thirteen digits: a shorter or longer text could be cut in two ways, and none is needed until 2286.
    if (timestamp === undefined || !/^[0-9]{13}$/.test(timestamp)) return malformed('PC-Timestamp')
    if (nonce === undefined || !NONCE.test(nonce)) return malformed('PC-Nonce')
    const proof = fromHex(signature ?? '')
    if (proof?.length !== 32) return malformed('PC-Signature')
    return ok<Claim>({
      dialect: compact,
      credentialId: key,
      signed: async (body) =>
        ok({
          signedAtMs: Number(timestamp),
          nonce,
          signature: proof,
          octets: [utf8(await lines(head, timestamp, nonce, body))],
        }),
    })
  },
}

function malformed(header: string) {
  return refuse('malformed_request', { reason: `${header} is missing, repeated or badly formed` })
}

async function lines(
  head: RequestHead,
  timestamp: string,
  nonce: string,
  body: Uint8Array,
): Promise<string> {
  const bound = BOUND_HEADERS.flatMap((name) => {
    const value = head.headers.get(name)
    return value === null ? [] : [`${name}:${value}`]
  })
  return [
    'PC1',
    timestamp,
    nonce,
    head.method,
    head.authority.toLowerCase(),
    head.target,
    toHex(await sha256(body)),
    ...bound,
  ].join('\n')
}
