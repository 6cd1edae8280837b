/**
 * How one kind of client signs. A dialect says who is asking, which octets were signed and where the
 * proof is. It never sees a secret and never decides.
 */
import type { Refusal } from '../refusal.ts'
import type { Result } from '../lib/result.ts'

export const DIALECT_IDS = ['compact', 'rfc9421'] as const
export type DialectId = (typeof DIALECT_IDS)[number]

/** A request as it stood on the wire, before its body is read. */
export interface RequestHead {
  readonly method: string
  /** Path and query exactly as sent. */
  readonly target: string
  readonly path: string
  /** What follows the first `?`, or `undefined` where there is none. */
  readonly query: string | undefined
  /** The Host header as sent. */
  readonly authority: string
  /** The scheme that the client used. */
  readonly scheme: 'http' | 'https'
  readonly headers: Headers
}

/** What the signature covers of each part of a request. What it leaves open must be bound elsewhere. */
export interface Coverage {
  readonly method: boolean
  readonly path: boolean
  readonly query: boolean
  readonly body: boolean
}

/** Who says to have signed, when, and how to rebuild the octets that were signed. Nothing is proved yet. */
export interface Claim {
  readonly dialect: Dialect
  readonly credentialId: string
  /** The client's clock, in milliseconds since 1970. */
  readonly signedAtMs: number
  /** After this the client itself wants the request refused, in milliseconds since 1970. */
  readonly expiresAtMs?: number
  readonly nonce: string
  /** An algorithm that the client names: it must agree with the credential's. */
  readonly algorithm?: string
  readonly signature: Uint8Array
  /** The signed octets, or `undefined` when the body is not the one that was signed. */
  stringToSign(body: Uint8Array): Promise<Uint8Array | undefined>
}

export interface Dialect {
  readonly id: DialectId
  /** The resolution of the signed time, in milliseconds. */
  readonly clockUnitMs: 1 | 1000
  readonly covers: Coverage
  /** Whether the request carries any sign of this dialect, well formed or not. */
  speaks(headers: Headers): boolean
  claim(head: RequestHead): Result<Claim, Refusal>
}

/** A nonce is 16 to 64 visible ASCII characters; a comma would hide a header sent twice. */
export const NONCE = /^[\x21-\x2b\x2d-\x7e]{16,64}$/

/** Longest text that can be a credential id of ours. */
export const CREDENTIAL_ID = /^[A-Za-z0-9_-]{1,128}$/
