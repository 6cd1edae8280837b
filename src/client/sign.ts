/**
 * Signs requests as a customer's program does, on web standards alone. Shares no rule with the verifier:
 * what the two agree on is the contract, not each other's code.
 */
import { fromBase64, sha256, toBase64, toHex, utf8 } from '../lib/bytes.ts'

export interface SigningCredential {
  readonly id: string
  readonly dialect: 'compact' | 'rfc9421'
  /** `hmac-sha256` by default; the others are for `rfc9421`. */
  readonly alg?: 'hmac-sha256' | 'ed25519' | 'ecdsa-p256-sha256'
  /** Base64 of the secret's bytes, as it was shown once. */
  readonly secret?: string
  /** PKCS#8 PEM, for the algorithms with a public key. */
  readonly privateKey?: string
}

export interface RequestToSign {
  readonly method: string
  readonly url: string
  /** Headers that must be signed when they are sent: `idempotency-key`, `pc-otp`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface SignOptions {
  /** Milliseconds since 1970; the clock by default. */
  readonly nowMs?: number
  readonly nonce?: string
}

const MUST_SIGN = ['idempotency-key', 'pc-otp']

/** The headers to add to the request, lower case. */
export async function sign(
  request: RequestToSign,
  credential: SigningCredential,
  {
    nowMs = Date.now(),
    nonce = toHex(crypto.getRandomValues(new Uint8Array(16))),
  }: SignOptions = {},
): Promise<Record<string, string>> {
  const body =
    typeof request.body === 'string' ? utf8(request.body) : (request.body ?? new Uint8Array())
  const url = new URL(request.url)
  const bound = MUST_SIGN.flatMap((name) => {
    const value = request.headers?.[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const method = request.method.toUpperCase()
  const parts = {
    method,
    url,
    body,
    bound,
    nowMs,
    nonce,
    id: credential.id,
    sign: signerOf(credential),
  }
  return credential.dialect === 'compact' ? signCompact(parts) : signRfc9421(parts)
}

interface Parts {
  readonly method: string
  readonly url: URL
  readonly body: Uint8Array
  readonly bound: readonly (readonly [name: string, value: string])[]
  readonly nowMs: number
  readonly nonce: string
  readonly id: string
  readonly sign: Signer
}

interface Signer {
  readonly alg: string
  bytes(data: Uint8Array): Promise<Uint8Array>
}

async function signCompact({ method, url, body, bound, nowMs, nonce, id, sign: signer }: Parts) {
  const text = [
    'PC1',
    String(nowMs),
    nonce,
    method,
    url.host,
    url.pathname + url.search,
    toHex(await sha256(body)),
    ...bound.map(([name, value]) => `${name}:${value}`),
  ].join('\n')
  return {
    'pc-key': id,
    'pc-timestamp': String(nowMs),
    'pc-nonce': nonce,
    'pc-signature': toHex(await signer.bytes(utf8(text))),
  }
}

async function signRfc9421({ method, url, body, bound, nowMs, nonce, id, sign: signer }: Parts) {
  const digest =
    body.length === 0
      ? []
      : [['content-digest', `sha-256=:${toBase64(await sha256(body))}:`] as const]
  const components = [
    ['@method', method],
    ['@authority', url.host],
    ['@path', url.pathname],
    ['@query', url.search === '' ? '?' : url.search],
    ...digest,
    ...bound,
  ] as const
  const covered = components.map(([name]) => `"${name}"`).join(' ')
  const parameters = `(${covered});created=${Math.floor(nowMs / 1000)};nonce="${nonce}";keyid="${id}";alg="${signer.alg}";tag="portcullis"`
  const base = [
    ...components.map(([name, value]) => `"${name}": ${value}`),
    `"@signature-params": ${parameters}`,
  ].join('\n')
  return {
    ...Object.fromEntries(digest),
    'signature-input': `pc=${parameters}`,
    signature: `pc=:${toBase64(await signer.bytes(utf8(base)))}:`,
  }
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const
const PRIVATE_KEYS = {
  ed25519: { key: { name: 'Ed25519' }, signature: { name: 'Ed25519' } },
  'ecdsa-p256-sha256': {
    key: { name: 'ECDSA', namedCurve: 'P-256' },
    signature: { name: 'ECDSA', hash: 'SHA-256' },
  },
} as const

/** @throws {TypeError} when the credential lacks what its algorithm needs. */
function signerOf({ dialect, alg = 'hmac-sha256', secret, privateKey }: SigningCredential): Signer {
  if (alg === 'hmac-sha256') {
    const material = secret === undefined ? undefined : fromBase64(secret)
    if (material === undefined)
      throw new TypeError('Cannot sign the request: the secret is not base64')
    return { alg, bytes: async (data) => signWith(await importRaw(material), HMAC, data) }
  }
  const pkcs8 = fromBase64(privateKey?.replace(/-----[^-]+-----|\s/g, '') ?? '')
  if (dialect === 'compact' || pkcs8 === undefined || pkcs8.length === 0) {
    throw new TypeError(
      `Cannot sign the request: ${alg} needs a PKCS#8 private key and the dialect rfc9421`,
    )
  }
  const { key, signature } = PRIVATE_KEYS[alg]
  return {
    alg,
    bytes: async (data) =>
      signWith(
        await crypto.subtle.importKey('pkcs8', pkcs8, key, false, ['sign']),
        signature,
        data,
      ),
  }
}

function importRaw(material: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', material, HMAC, false, ['sign'])
}

async function signWith(
  key: CryptoKey,
  algorithm: { name: string; hash?: string },
  data: Uint8Array,
): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign(algorithm, key, data))
}
