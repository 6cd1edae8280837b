/**
 * What may be used only once. The id is made from the nonce, which every string to sign contains: so a
 * nonce is single use even with another body, and two spellings of one signature have one id.
 */
import { sha256, toHex, utf8 } from '../lib/bytes.ts'
import type { Claim } from './dialect.ts'

/** SHA-256 in hexadecimal; the parts cannot contain the separator. */
export async function replayId(claim: Claim): Promise<string> {
  return toHex(
    await sha256(utf8(['replay', claim.dialect.id, claim.credentialId, claim.nonce].join('\n'))),
  )
}

/** Names the request itself: the same attempt must ask about the same octets. */
export async function requestHash(stringToSign: Uint8Array): Promise<string> {
  return toHex(await sha256(stringToSign))
}
