import type { Secret } from '../../lib/secret.ts'

/**
 * A key-encryption key, wherever it lives. `context` is bound to the wrapped key, so that a wrapped key
 * copied into another record does not open.
 */
export interface KeyEncryptionKey {
  /** The id under which new data keys are wrapped, stored beside each so that old records stay readable. */
  readonly current: string
  /** Wraps a data key under the current key. */
  wrap(dataKey: Secret, context: Uint8Array): Promise<Uint8Array>
  /** Opens what was wrapped under `id`, or answers `undefined`: another key, another context, or altered. */
  unwrap(id: string, wrapped: Uint8Array, context: Uint8Array): Promise<Secret | undefined>
}
