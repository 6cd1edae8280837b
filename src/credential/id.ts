/**
 * Credential ids that we minted can be told from any other text without asking anybody: they end in a
 * short MAC under a Workers secret, whose version they name. An id that we did not mint never reaches KV.
 */
import { equalBytes, toBase32, toHex, utf8 } from '../lib/bytes.ts'
import type { KeyRing } from './key-ring.ts'
import { RingMac } from './ring-mac.ts'

/** `pc`, the key version, `_`, 128 random bits and 64 bits of MAC, both in base32. */
const FORM = /^pc([1-9][0-9]{0,2})_([a-z2-7]{26})([a-z2-7]{13})$/
const RANDOM_BYTES = 16
const MAC_BYTES = 8
const FINGERPRINT_BYTES = 8

export class CredentialIds {
  readonly #ring: KeyRing
  readonly #macs: RingMac

  constructor(ring: KeyRing) {
    this.#ring = ring
    this.#macs = new RingMac(ring)
  }

  async mint(): Promise<string> {
    const body = `pc${this.#ring.current}_${toBase32(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)))}`
    const mac = await this.#mac(this.#ring.current, body)
    if (mac === undefined)
      throw new Error('Cannot mint a credential id: the ring lacks its current key')
    return body + mac
  }

  /** Whether the id was minted here. Takes the same work for every well-formed id. */
  async minted(id: string): Promise<boolean> {
    const [, version, random, mac] = FORM.exec(id) ?? []
    if (version === undefined || random === undefined || mac === undefined) return false
    const expected = await this.#mac(version, `pc${version}_${random}`)
    return expected !== undefined && equalBytes(utf8(expected), utf8(mac))
  }

  /**
   * Stands for an id that somebody claimed, whoever's it is or nobody's: 64 bits of a MAC in hexadecimal, so that a
   * secret sent in an id's place can neither be read nor guessed from it. It changes with the current key.
   */
  async fingerprint(claimed: string): Promise<string> {
    const mac = await this.#macs.sign(this.#ring.current, `claimed-id\n${claimed}`)
    if (mac === undefined)
      throw new Error('Cannot make a fingerprint: the ring lacks its current key')
    return toHex(mac.subarray(0, FINGERPRINT_BYTES))
  }

  async #mac(version: string, body: string): Promise<string | undefined> {
    const mac = await this.#macs.sign(version, `credential-id\n${body}`)
    return mac && toBase32(mac.subarray(0, MAC_BYTES))
  }
}
