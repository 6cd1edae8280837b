/**
 * Compact JWS (RFC 7515 section 3.1) as both tokens and proofs are read. Stricter than the library about the
 * text: it takes padding, white space and spare bits, and with those one signature would have many spellings.
 */
import { compactVerify, decodeProtectedHeader, type CryptoKey, type JWK } from 'jose'
import { fromBase64Url } from '../lib/bytes.ts'

/** In characters, all of which are ASCII. Nothing of ours is longer, and more is not looked at. */
export const MAX_JWS_LENGTH = 4096

/** The protected header, not yet believed, or `undefined` when the text is not exactly one compact JWS. */
export function headerOf(jws: string): unknown {
  if (jws.length > MAX_JWS_LENGTH) return undefined
  const parts = jws.split('.')
  if (parts.length !== 3) return undefined
  if (parts.some((part) => part === '' || fromBase64Url(part) === undefined)) return undefined
  try {
    return decodeProtectedHeader(jws)
  } catch {
    return undefined
  }
}

const utf8Only = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The JSON that the key signed with this algorithm and no other, or `undefined`. */
export async function signedClaims(
  jws: string,
  key: CryptoKey | JWK,
  algorithm: string,
): Promise<unknown> {
  try {
    const { payload } = await compactVerify(jws, key, { algorithms: [algorithm] })
    return JSON.parse(utf8Only.decode(payload))
  } catch {
    return undefined
  }
}
