/** `Content-Digest` (RFC 9530), wherever it was said: in a signed header, or in a claim of a proof. */
import { equalBytes } from '../lib/bytes.ts'
import { readDictionary } from '../lib/http.ts'

/** The two that RFC 9530 section 5 calls active. */
const DIGESTS = { 'sha-256': 'SHA-256', 'sha-512': 'SHA-512' } as const

/** Whether the field names at least one active digest, and each one that it names is that of the body. */
export async function digestMatches(field: string, body: Uint8Array): Promise<boolean> {
  const digests = readDictionary(field)
  if (digests === undefined) return false
  let active = 0
  for (const [name, hash] of Object.entries(DIGESTS)) {
    const expected = digests.get(name)
    if (expected === undefined) continue
    active += 1
    if (!(expected[0] instanceof ArrayBuffer)) return false
    const actual = new Uint8Array(await crypto.subtle.digest(hash, body))
    if (!equalBytes(new Uint8Array(expected[0]), actual)) return false
  }
  return active > 0
}
