/**
 * Envelope encryption of one credential's key material: its own random data key seals it, the
 * key-encryption key wraps the data key, and both are bound to the credential, its key and the purpose.
 */
import { fromBase64, toBase64, utf8 } from '../lib/bytes.ts'
import { Secret } from '../lib/secret.ts'
import { openBytes, sealBytes } from './aes-gcm.ts'
import type { KeyEncryptionKey } from './kek/provider.ts'

/**
 * What a sealed value belongs to and is for. A value moved to another place does not open, nor does one
 * whose record says something else about it than when it was sealed.
 */
export type SealContext = Readonly<Record<string, string | number>>

/** A sealed value as it is stored; bytes in base64. */
export interface Sealed {
  /** Which key-encryption key wrapped the data key. */
  readonly kek: string
  readonly dataKey: string
  readonly value: string
}

/** Seals `secret` under a fresh data key. */
export async function seal(
  secret: Secret,
  context: SealContext,
  kek: KeyEncryptionKey,
): Promise<Sealed> {
  const dataKey = new Secret(crypto.getRandomValues(new Uint8Array(32)))
  const [wrapped, value] = await Promise.all([
    kek.wrap(dataKey, bind(context, 'data-key')),
    sealBytes(dataKey, secret, bind(context, 'value')),
  ])
  return { kek: kek.current, dataKey: toBase64(wrapped), value: toBase64(value) }
}

/** Opens a sealed value, or answers `undefined`; it never says which part was wrong. */
export async function open(
  sealed: Sealed,
  context: SealContext,
  kek: KeyEncryptionKey,
): Promise<Secret | undefined> {
  const wrapped = fromBase64(sealed.dataKey)
  const value = fromBase64(sealed.value)
  if (wrapped === undefined || value === undefined) return undefined
  const dataKey = await kek.unwrap(sealed.kek, wrapped, bind(context, 'data-key'))
  return dataKey === undefined ? undefined : openBytes(dataKey, value, bind(context, 'value'))
}

/** JSON of sorted pairs: no two contexts have the same text. */
function bind(context: SealContext, part: 'data-key' | 'value'): Uint8Array {
  const pairs = Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return utf8(JSON.stringify(['portcullis', 1, part, pairs]))
}
