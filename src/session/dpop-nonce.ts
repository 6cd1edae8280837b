/**
 * Nonces for DPoP proofs (RFC 9449 section 8) that need no memory: the time of issue and a MAC over it. They
 * bound how long ahead a proof can be made; that each proof is used once is the replay memory's work.
 */
import type { KeyRing } from '../credential/key-ring.ts'
import { RingMac } from '../credential/ring-mac.ts'
import { equalBytes, toBase64Url, utf8 } from '../lib/bytes.ts'

/** Counted from the start of the unit in which it was issued. */
export const NONCE_LIFETIME_MS = 300_000
/** Nonces of one unit are alike: the client learns the time from them and nothing else. */
const UNIT_MS = 10_000
/** How far ahead the clock of the host that issued it may be. */
const AHEAD_MS = 5_000
const MAC_BYTES = 12

/** The unit in base36, `.`, and 96 bits of MAC in base64url. */
const FORM = /^([0-9a-z]{1,9})\.([A-Za-z0-9_-]{16})$/

export class DpopNonces {
  readonly #ring: KeyRing
  readonly #macs: RingMac

  constructor(ring: KeyRing) {
    this.#ring = ring
    this.#macs = new RingMac(ring)
  }

  async mint(nowMs: number): Promise<string> {
    const unit = Math.floor(nowMs / UNIT_MS).toString(36)
    const mac = await this.#mac(this.#ring.current, unit)
    if (mac === undefined) throw new Error('Cannot mint a nonce: the ring lacks its current key')
    return `${unit}.${mac}`
  }

  /** Whether the nonce was minted under a key of the ring, and not too long ago. */
  async good(nonce: string | undefined, nowMs: number): Promise<boolean> {
    const [, unit, mac] = FORM.exec(nonce ?? '') ?? []
    if (unit === undefined || mac === undefined) return false
    const ageMs = nowMs - Number.parseInt(unit, 36) * UNIT_MS
    if (ageMs >= NONCE_LIFETIME_MS || ageMs < -AHEAD_MS) return false
    for (const version of this.#ring.keys.keys()) {
      const expected = await this.#mac(version, unit)
      if (expected !== undefined && equalBytes(utf8(expected), utf8(mac))) return true
    }
    return false
  }

  async #mac(version: string, unit: string): Promise<string | undefined> {
    const mac = await this.#macs.sign(version, `dpop-nonce\n${unit}`)
    return mac && toBase64Url(mac.subarray(0, MAC_BYTES))
  }
}
