/**
 * Signs requests as a customer's program does, on web standards alone. Shares no rule with the verifier:
 * what the two agree on is the contract, not each other's code.
 */
import { fromBase64, sha256, toBase64, toHex, utf8 } from '../lib/bytes.ts'

export interface SigningCredential {
  readonly id: string
  readonly dialect: 'compact' | 'rfc9421'
  /** Base64 of the secret's bytes, as it was shown once. */
  readonly secret: string
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
  const secret = fromBase64(credential.secret)
  if (secret === undefined) throw new TypeError('Cannot sign the request: the secret is not base64')
  const body =
    typeof request.body === 'string' ? utf8(request.body) : (request.body ?? new Uint8Array())
  const url = new URL(request.url)
  const bound = MUST_SIGN.flatMap((name) => {
    const value = request.headers?.[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const parts = {
    method: request.method.toUpperCase(),
    url,
    body,
    bound,
    nowMs,
    nonce,
    id: credential.id,
    secret,
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
  readonly secret: Uint8Array
}

async function signCompact({ method, url, body, bound, nowMs, nonce, id, secret }: Parts) {
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
    'pc-signature': toHex(await hmac(secret, utf8(text))),
  }
}

async function signRfc9421({ method, url, body, bound, nowMs, nonce, id, secret }: Parts) {
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
  const parameters = `(${covered});created=${Math.floor(nowMs / 1000)};nonce="${nonce}";keyid="${id}";alg="hmac-sha256";tag="portcullis"`
  const base = [
    ...components.map(([name, value]) => `"${name}": ${value}`),
    `"@signature-params": ${parameters}`,
  ].join('\n')
  return {
    ...Object.fromEntries(digest),
    'signature-input': `pc=${parameters}`,
    signature: `pc=:${toBase64(await hmac(secret, utf8(base)))}:`,
  }
}

async function hmac(secret: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey(
    'raw',
    secret,
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, data))
}
