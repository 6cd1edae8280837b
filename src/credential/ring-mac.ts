/**
 * HMAC-SHA-256 under the keys of a ring. Whoever uses it begins the text with a purpose of its own, so that
 * what was made for one use is worth nothing in another.
 */
import { utf8 } from '../lib/bytes.ts'
import type { KeyRing } from './key-ring.ts'

export class RingMac {
  readonly #ring: KeyRing
  /** Imported keys by version: plain values, safe to share between requests. */
  readonly #imported = new Map<string, CryptoKey>()

  constructor(ring: KeyRing) {
    this.#ring = ring
  }

  /** The MAC of a text, 32 octets, or `undefined` when the ring has no key of that version. */
  async sign(version: string, text: string): Promise<Uint8Array | undefined> {
    const key = this.#imported.get(version) ?? (await this.#import(version))
    return key && new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(text)))
  }

  async #import(version: string): Promise<CryptoKey | undefined> {
    const secret = this.#ring.keys.get(version)
    if (secret === undefined) return undefined
    const key = await crypto.subtle.importKey(
      'raw',
      secret.reveal(),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    )
    this.#imported.set(version, key)
    return key
  }
}
