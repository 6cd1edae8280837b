/**
 * What may be used only once. With a nonce the id is made from it, so that a nonce is single use even with
 * another body; without one it is made from the octets that were signed, never from the signature's text, so
 * that two spellings of one signature have one id.
 */
import { concat, sha256, toHex, utf8 } from '../lib/bytes.ts'
import type { Claim, Signed } from './dialect.ts'

/** SHA-256 in hexadecimal. The parts before the last cannot contain the separator, so no two ids collide. */
export async function replayId(
  { dialect, credentialId }: Claim,
  { nonce }: Signed,
  octets: Uint8Array,
): Promise<string> {
  const head = `replay\n${dialect.id}\n${credentialId}\n`
  const named =
    nonce === undefined ? concat(utf8(`${head}octets\n`), octets) : utf8(`${head}nonce\n${nonce}`)
  return toHex(await sha256(named))
}

/** Names the request itself: the same attempt must ask about the same octets. */
export async function requestHash(octets: Uint8Array): Promise<string> {
  return toHex(await sha256(octets))
}
