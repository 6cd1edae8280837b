/** Requests as the verifier sees them, signed by our client or by hand. */
import { sign, type RequestToSign, type SigningCredential } from '../../src/client/sign.ts'
import { fromBase64 } from '../../src/lib/bytes.ts'
import { Secret } from '../../src/lib/secret.ts'
import { ALGORITHMS } from '../../src/signature/algorithm.ts'
import type { Claim, DialectId, RequestHead, Signed } from '../../src/signature/dialect.ts'
import { DIALECTS } from '../../src/signature/dialects.ts'
import { verifySigned } from '../../src/signature/verify.ts'

export const NOW = 1_800_000_000_000
/** Base64 of 32 bytes that spell that they are no secret. */
export const SECRET = btoa('an obviously fake secret of 32 b')
export const ID = 'pc1_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'

export function credential(dialect: SigningCredential['dialect']): SigningCredential {
  return { id: ID, dialect, secret: SECRET }
}

export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An order as a customer's program would send it. */
export async function signedOrder(
  dialect: SigningCredential['dialect'],
  change: Partial<RequestToSign> = {},
): Promise<Sent> {
  const request = {
    method: 'POST',
    url: 'https://gw.example:8443/v1/orders?dry=1',
    body: '{"symbol":"BTC-USD"}',
    headers: {},
    ...change,
  }
  const headers = await sign(request, credential(dialect), {
    nowMs: NOW,
    nonce: 'nonce-0123456789abcdef',
  })
  return {
    ...request,
    body: typeof request.body === 'string' ? request.body : '',
    headers: { ...request.headers, ...headers },
  }
}

export function headOf({ method, url, headers }: Omit<Sent, 'body'>): RequestHead {
  const [, scheme = 'https', authority = '', target = '/'] =
    /^(https?):\/\/([^/]*)(.*)$/.exec(url) ?? []
  const [path = '', ...rest] = target.split('?')
  return {
    method,
    target,
    path,
    query: rest.length === 0 ? undefined : rest.join('?'),
    authority,
    scheme: scheme === 'http' ? 'http' : 'https',
    headers: new Headers(headers),
  }
}

/** What was claimed, or the code with which the claim was refused. */
export async function claimed(
  dialect: DialectId,
  sent: Sent,
): Promise<{ claim: Claim; signed: Signed } | string> {
  const claim = DIALECTS[dialect].claim(headOf(sent))
  if (!claim.ok) return claim.error.code
  const signed = await claim.value.signed(new TextEncoder().encode(sent.body))
  return signed.ok ? { claim: claim.value, signed: signed.value } : signed.error.code
}

/** `verified`, or the code or step at which the request failed. */
export async function verdictOn(dialect: DialectId, sent: Sent, secret = SECRET): Promise<string> {
  const made = await claimed(dialect, sent)
  if (typeof made === 'string') return made
  const key = await ALGORITHMS['hmac-sha256'].importKey(
    new Secret(fromBase64(secret) ?? new Uint8Array()),
  )
  const octets = await verifySigned(made.signed, 'hmac-sha256', key)
  return octets === undefined ? 'not verified' : 'verified'
}
