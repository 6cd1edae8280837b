/** Requests of binance's clients, as the dialect reads them. */
import { utf8 } from '../../src/lib/bytes.ts'
import { Secret } from '../../src/lib/secret.ts'
import { ALGORITHMS } from '../../src/signature/algorithm.ts'
import { binance } from '../../src/signature/dialects/binance.ts'
import { verifySigned } from '../../src/signature/verify.ts'
import { headOf } from './request.ts'

export interface Captured {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly string[])[]
  readonly body: string
}

export async function read({ method, target, headers, body }: Captured) {
  const sent = Object.fromEntries(headers.map(([name, value]) => [name ?? '', value ?? '']))
  const claim = binance.claim(headOf({ method, url: `https://gw.example${target}`, headers: sent }))
  return claim.ok ? claim.value.signed(utf8(body)) : claim
}

export async function verdict(request: Captured, secret: string): Promise<string> {
  const signed = await read(request)
  if (!signed.ok) return signed.error.code
  const key = await ALGORITHMS['hmac-sha256'].importKey(new Secret(utf8(secret)))
  return (await verifySigned(signed.value, 'hmac-sha256', key)) === undefined
    ? 'not verified'
    : 'verified'
}
