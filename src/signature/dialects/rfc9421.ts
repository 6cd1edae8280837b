/**
 * `rfc9421`: HTTP Message Signatures (RFC 9421) in the gateway's profile. The client chooses the order of
 * the components; the gateway chooses which must be there.
 */
import { serializeInnerList, type InnerList, type Item } from 'structured-headers'
import { utf8 } from '../../lib/bytes.ts'
import { normalAuthority, readDictionary, type Fields } from '../../lib/http.ts'
import { ok, type Result } from '../../lib/result.ts'
import { refuse, type Refusal } from '../../refusal.ts'
import { BOUND_HEADERS } from '../bound-headers.ts'
import { digestMatches } from '../content-digest.ts'
import { CREDENTIAL_ID, NONCE, type Claim, type Dialect, type RequestHead } from '../dialect.ts'

const TAG = 'portcullis'
const REQUIRED = ['@method', '@authority', '@path', '@query'] as const
const PARAMETERS = new Set(['created', 'expires', 'nonce', 'alg', 'keyid', 'tag'])

/** What each derived component stands for (RFC 9421 section 2.2); anything else starting with @ is refused. */
const DERIVED: Readonly<Record<string, (head: RequestHead) => string>> = {
  '@method': (head) => head.method,
  '@authority': (head) => normalAuthority(head.authority, head.scheme),
  '@scheme': (head) => head.scheme,
  '@target-uri': (head) =>
    `${head.scheme}://${normalAuthority(head.authority, head.scheme)}${head.target}`,
  '@request-target': (head) => head.target,
  '@path': (head) => head.path,
  '@query': (head) => `?${head.query ?? ''}`,
}

export const rfc9421: Dialect = {
  id: 'rfc9421',
  algorithms: ['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256'],
  clockUnitMs: 1000,
  covers: { method: true, path: true, query: true, body: true },
  bindsHeaders: true,

  speaks: (headers) => headers.has('signature-input') || headers.has('signature'),

  names(headers) {
    const inputs = readDictionary(headers.get('signature-input'))
    const named = [...(inputs?.values() ?? [])].map(([, parameters]) => parameters.get('keyid'))
    return named.length === 1 && typeof named[0] === 'string' ? named[0] : undefined
  },

  claim(head) {
    const labelled = chooseSignature(head.headers)
    if (!labelled.ok) return labelled
    const { input, signature } = labelled.value
    const base = signatureBase(head, input)
    if (base === undefined)
      return malformed('a covered component is unknown, repeated, absent or parameterised')
    const covered = new Set(input[0].map(([name]) => name))
    const missing = [...REQUIRED, ...BOUND_HEADERS.filter((name) => head.headers.has(name))].some(
      (name) => !covered.has(name),
    )
    if (missing) return refuse('unauthorized', { reason: 'a required component is not covered' })

    const parameters = readParameters(input)
    if (parameters === undefined) {
      return malformed('a signature parameter is missing, unknown or badly formed')
    }
    const { credentialId, ...rest } = parameters
    return ok<Claim>({
      dialect: rfc9421,
      credentialId,
      async signed(body) {
        if (!(await bodyIsSigned(head.headers, covered, body))) {
          return refuse('unauthorized', { reason: 'the content digest is not that of the body' })
        }
        return ok({ ...rest, signature, octets: [utf8(base)] })
      },
    })
  },
}

function malformed(reason: string) {
  return refuse('malformed_request', { reason })
}

interface Labelled {
  readonly input: InnerList
  readonly signature: Uint8Array
}

/** The one signature made for us (RFC 9421 section 3.2.1): chosen by tag, never "any that verifies". */
function chooseSignature(headers: Fields): Result<Labelled, Refusal> {
  const inputs = readDictionary(headers.get('signature-input'))
  const signatures = readDictionary(headers.get('signature'))
  if (inputs === undefined || signatures === undefined)
    return malformed('Signature-Input or Signature cannot be parsed')
  if (
    inputs.size !== signatures.size ||
    [...inputs.keys()].some((label) => !signatures.has(label))
  ) {
    return malformed('Signature-Input and Signature name different labels')
  }
  const ours = [...inputs].filter(([, input]) => input[1].get('tag') === TAG)
  const [label, input] = ours[0] ?? []
  if (label === undefined || input === undefined)
    return refuse('unauthorized', { reason: 'no signature carries our tag' })
  if (ours.length > 1) return malformed('more than one signature carries our tag')
  const signature = signatures.get(label)
  if (!isInnerList(input) || signature === undefined || !(signature[0] instanceof ArrayBuffer)) {
    return malformed('the signature is not a list of components with a byte sequence')
  }
  return ok({ input, signature: new Uint8Array(signature[0]) })
}

function isInnerList(member: Item | InnerList): member is InnerList {
  return Array.isArray(member[0])
}

function readParameters([, parameters]: InnerList) {
  if ([...parameters.keys()].some((name) => !PARAMETERS.has(name))) return undefined
  const created = parameters.get('created')
  const expires = parameters.get('expires')
  const nonce = parameters.get('nonce')
  const keyid = parameters.get('keyid')
  const alg = parameters.get('alg')
  if (!isSeconds(created) || typeof nonce !== 'string' || !NONCE.test(nonce)) return undefined
  if (typeof keyid !== 'string' || !CREDENTIAL_ID.test(keyid)) return undefined
  if (alg !== undefined && typeof alg !== 'string') return undefined
  if (expires !== undefined && (!isSeconds(expires) || expires < created)) return undefined
  return {
    credentialId: keyid,
    signedAtMs: created * 1000,
    nonce,
    ...(alg === undefined ? {} : { algorithm: alg }),
    ...(expires === undefined ? {} : { expiresAtMs: expires * 1000 }),
  }
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 1e11
}

/** The signature base (RFC 9421 section 2.5), or `undefined` when it cannot be built without guessing. */
export function signatureBase(head: RequestHead, input: InnerList): string | undefined {
  const seen = new Set<unknown>()
  const lines: string[] = []
  for (const [name, parameters] of input[0]) {
    if (typeof name !== 'string' || parameters.size > 0 || seen.has(name)) return undefined
    seen.add(name)
    const value = componentValue(head, name)
    if (value === undefined) return undefined
    lines.push(`"${name}": ${value}`)
  }
  return [...lines, `"@signature-params": ${serializeInnerList(input)}`].join('\n')
}

function componentValue(head: RequestHead, name: string): string | undefined {
  if (name.startsWith('@')) return Object.hasOwn(DERIVED, name) ? DERIVED[name]?.(head) : undefined
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return undefined
  return head.headers.get(name)?.trim()
}

/** Whether the covered Content-Digest (RFC 9530) is that of the body; no body needs none. */
async function bodyIsSigned(
  headers: Fields,
  covered: ReadonlySet<unknown>,
  body: Uint8Array,
): Promise<boolean> {
  const text = headers.get('content-digest')
  if (text === null) return body.length === 0
  return covered.has('content-digest') && digestMatches(text, body)
}
