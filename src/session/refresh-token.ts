/**
 * Refresh tokens: they name their person, session and generation, and end in a MAC, so that a text which we did not
 * mint reaches nobody's object. Each is good once; one of an older generation was used before, by somebody.
 */
import { equalBytes, toBase32, utf8 } from '../lib/bytes.ts'
import type { KeyRing } from '../credential/key-ring.ts'
import { RingMac } from '../credential/ring-mac.ts'

export interface RefreshToken {
  readonly user: string
  readonly sid: string
  /** How often the session was refreshed before, plus one. */
  readonly generation: number
  /** 128 random bits in base32: the person's object knows their hash. */
  readonly secret: string
}

const FORM =
  /^pcr([1-9][0-9]{0,2})_([A-Za-z0-9_-]{1,64})\.([a-z2-7]{26})\.([1-9][0-9]{0,8})\.([a-z2-7]{26})\.([a-z2-7]{26})$/
const MAC_BYTES = 16

export class RefreshTokens {
  readonly #ring: KeyRing
  readonly #mac: RingMac

  constructor(ring: KeyRing) {
    this.#ring = ring
    this.#mac = new RingMac(ring)
  }

  async mint({ user, sid, generation, secret }: RefreshToken): Promise<string> {
    const body = `pcr${this.#ring.current}_${user}.${sid}.${generation}.${secret}`
    const text = `${body}.${await this.#sign(this.#ring.current, body)}`
    if (!FORM.test(text)) throw new Error('Cannot mint a refresh token: a part of it has no form')
    return text
  }

  /** What the token says, or `undefined` when it was not minted here. */
  async read(text: string): Promise<RefreshToken | undefined> {
    const [, version = '', user = '', sid = '', generation, secret = '', mac = ''] =
      FORM.exec(text) ?? []
    if (generation === undefined) return undefined
    const expected = await this.#sign(version, text.slice(0, text.lastIndexOf('.')))
    if (expected === undefined || !equalBytes(utf8(expected), utf8(mac))) return undefined
    return { user, sid, generation: Number(generation), secret }
  }

  async #sign(version: string, body: string): Promise<string | undefined> {
    const mac = await this.#mac.sign(version, `refresh-token\n${body}`)
    return mac && toBase32(mac.subarray(0, MAC_BYTES))
  }
}

/** 128 random bits in base32: for a session's id, or the secret of a refresh token. */
export function newRandomId(): string {
  return toBase32(crypto.getRandomValues(new Uint8Array(16)))
}
