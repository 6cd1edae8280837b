/**
 * The algorithms a credential may have, one row each. The credential names its algorithm; what a request
 * says about it can only agree or be refused.
 */
import type { Secret } from '../lib/secret.ts'

export const ALGORITHM_IDS = ['hmac-sha256'] as const
export type AlgorithmId = (typeof ALGORITHM_IDS)[number]

interface Algorithm {
  /** Makes the key that checks signatures from the stored key material. */
  importKey(material: Secret): Promise<CryptoKey>
  /** The web standard's own comparison: constant time, no text in between. */
  verify(key: CryptoKey, signature: Uint8Array, signed: Uint8Array): Promise<boolean>
}

export const ALGORITHMS = {
  'hmac-sha256': {
    importKey: (material) =>
      crypto.subtle.importKey('raw', material.reveal(), { name: 'HMAC', hash: 'SHA-256' }, false, [
        'verify',
      ]),
    verify: (key, signature, signed) => crypto.subtle.verify('HMAC', key, signature, signed),
  },
} as const satisfies Record<AlgorithmId, Algorithm>
