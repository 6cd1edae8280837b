/** Compact JWS with whatever header, claims and key an attacker may choose. */
import { CompactSign, type CompactJWSHeaderParameters, type CryptoKey } from 'jose'
import { toBase64Url, utf8 } from '../../src/lib/bytes.ts'

/** Signed as the header's `alg` says. */
export function signed(
  header: CompactJWSHeaderParameters,
  claims: unknown,
  key: CryptoKey | Uint8Array,
): Promise<string> {
  return new CompactSign(utf8(JSON.stringify(claims))).setProtectedHeader(header).sign(key)
}

/** What a library refuses to make: any header, and any text in the signature's place. */
export function forged(header: unknown, claims: unknown, signature = ''): string {
  return `${encoded(header)}.${encoded(claims)}.${signature}`
}

/** The token with another header or other claims under its old signature. */
export function tampered(jws: string, part: 'header' | 'claims', value: unknown): string {
  const [header = '', claims = '', signature = ''] = jws.split('.')
  return part === 'header'
    ? `${encoded(value)}.${claims}.${signature}`
    : `${header}.${encoded(value)}.${signature}`
}

function encoded(value: unknown): string {
  return toBase64Url(utf8(JSON.stringify(value)))
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=. ,'

/** The text with one character changed into another one; the seeds choose which. */
export function mutated(text: string, position: number, letter: number): string {
  const at = position % text.length
  const old = text.charAt(at)
  const others = LETTERS.split('').filter((other) => other !== old)
  return text.slice(0, at) + others[letter % others.length] + text.slice(at + 1)
}
