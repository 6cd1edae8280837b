/**
 * What an isolate knows of the keys that sign sessions: read from their object once a minute, or when a token names
 * one that is not known yet. Plain values; whoever needs them and lacks them reads for itself.
 */
import { importJWK, type JWK } from 'jose'
import type { TokenKey } from './session/access-token.ts'
import { headerOf } from './session/compact.ts'

/** A key that was taken back verifies no longer than this, in milliseconds. */
const FRESH_MS = 60_000
/** While their object does not answer, what was read before is believed for this long, in milliseconds. */
const KEPT_MS = 600_000
/** A token with a made-up key id causes no more than one read in this time, in milliseconds. */
const UNKNOWN_MS = 5_000

export interface PublicKey {
  readonly kid: string
  readonly jwk: JWK
}

export class SessionKeys {
  #keys: ReadonlyMap<string, TokenKey> = new Map()
  #jwks: readonly JWK[] = []
  #readMs = Number.NEGATIVE_INFINITY

  /** The keys that verify, renewed by `read` when they are old or lack the one that the token names. */
  async forToken(
    token: string,
    nowMs: number,
    read: () => Promise<readonly PublicKey[]>,
  ): Promise<ReadonlyMap<string, TokenKey>> {
    const known = this.#keys.has(kidOf(token))
    const ageMs = nowMs - this.#readMs
    if (ageMs < FRESH_MS && (known || ageMs < UNKNOWN_MS)) return this.#keys
    try {
      await this.#renew(nowMs, read)
    } catch (error) {
      if (ageMs >= KEPT_MS) throw error
    }
    return this.#keys
  }

  /** Forgets what was read: somebody turned the keys. */
  forget(): void {
    this.#readMs = Number.NEGATIVE_INFINITY
    this.#keys = new Map()
  }

  /** What to publish: as of a minute ago at most. */
  async published(
    nowMs: number,
    read: () => Promise<readonly PublicKey[]>,
  ): Promise<readonly JWK[]> {
    if (nowMs - this.#readMs >= FRESH_MS) await this.#renew(nowMs, read)
    return this.#jwks
  }

  async #renew(nowMs: number, read: () => Promise<readonly PublicKey[]>): Promise<void> {
    const published = await read()
    const keys = new Map<string, TokenKey>()
    for (const { kid, jwk } of published) {
      const key = await importJWK(jwk, 'EdDSA')
      if (key instanceof CryptoKey) keys.set(kid, { key, alg: 'EdDSA' })
    }
    this.#keys = keys
    this.#jwks = published.map(({ jwk }) => jwk)
    this.#readMs = nowMs
  }
}

/** The key id that a token names: looked up, never believed. */
function kidOf(token: string): string {
  const header = headerOf(token)
  if (typeof header !== 'object' || header === null || !('kid' in header)) return ''
  return typeof header.kid === 'string' ? header.kid : ''
}
