/**
 * `local`: key-encryption keys held as a Workers secret. AES-256-GCM with a random 96-bit IV in front of
 * the ciphertext (NIST SP 800-38D section 8.2.2: at most 2^32 wraps under one key).
 */
import type { Secret } from '../../lib/secret.ts'
import { openBytes, sealBytes } from '../aes-gcm.ts'
import type { KeyRing } from '../key-ring.ts'
import type { KeyEncryptionKey } from './provider.ts'

export function localKeyEncryptionKey(ring: KeyRing): KeyEncryptionKey {
  return {
    current: `local:${ring.current}`,

    async wrap(dataKey, context) {
      const key = ring.keys.get(ring.current)
      if (key === undefined)
        throw new Error('Cannot wrap a data key: the ring lacks its current key')
      return sealBytes(key, dataKey, context)
    },

    async unwrap(id, wrapped, context): Promise<Secret | undefined> {
      const key = id.startsWith('local:') ? ring.keys.get(id.slice('local:'.length)) : undefined
      return key === undefined ? undefined : openBytes(key, wrapped, context)
    },
  }
}
