/**
 * How one kind of client signs. A dialect says who is asking, which octets were signed and where the
 * proof is. It never sees a secret and never decides.
 */
import type { Fields } from '../lib/http.ts'
import type { Result } from '../lib/result.ts'
import type { Refusal, RefusalCode } from '../refusal.ts'
import type { AlgorithmId } from './algorithm.ts'

export const DIALECT_IDS = ['compact', 'rfc9421', 'binance'] as const
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
  readonly headers: Fields
}

/** What the signature covers of each part of a request. What it leaves open must be bound elsewhere. */
export interface Coverage {
  readonly method: boolean
  readonly path: boolean
  readonly query: boolean
  readonly body: boolean
}

/** Who says to be asking. Nothing is proved yet. */
export interface Claim {
  readonly dialect: Dialect
  readonly credentialId: string
  /** What was signed, once the body is there, or why it cannot be what its client signed. */
  signed(body: Uint8Array): Promise<Result<Signed, Refusal>>
}

/** What a client says to have signed, when, and its proof. */
export interface Signed {
  /** The client's clock, in milliseconds since 1970. */
  readonly signedAtMs: number
  /** A window that the request itself asks for, in milliseconds. */
  readonly windowMs?: number
  /** After this the client itself wants the request refused, in milliseconds since 1970. */
  readonly expiresAtMs?: number
  /** Single use. Dialects without one are told apart by what they sign. */
  readonly nonce?: string
  /** An algorithm that the client names: it must agree with the credential's. */
  readonly algorithm?: string
  readonly signature: Uint8Array
  /** The octets that were signed. More than one where clients differ in what they escape; none is ambiguous. */
  readonly octets: readonly Uint8Array[]
  /** What is forwarded in place of target and body, where these carry the proof itself. */
  readonly forward?: { readonly target: string; readonly body: Uint8Array }
}

/** How a venue's own clients are told no, so that they raise the right error. */
export interface NativeRefusal {
  readonly members: Readonly<Record<string, string | number>>
}

/** How much of one limit is used. */
export interface LimitUsage {
  readonly limit: number
  readonly windowSeconds: number
  readonly remaining: number
}

export interface Dialect {
  readonly id: DialectId
  /** The algorithms that its credentials may have; the first is the common one. */
  readonly algorithms: readonly [AlgorithmId, ...AlgorithmId[]]
  /** The resolution of the signed time, in milliseconds. */
  readonly clockUnitMs: 1 | 1000
  readonly covers: Coverage
  /** The venue's own time endpoint, answered at the edge so that its clients can set their clocks. */
  readonly timeEndpoint?: { readonly path: string; body(nowMs: number): object }
  /** Whether the request carries any sign of this dialect, well formed or not. */
  speaks(headers: Fields): boolean
  /** The one id that the headers name, whatever else is wrong with the request. */
  names(headers: Fields): string | undefined
  claim(head: RequestHead): Result<Claim, Refusal>
  /** Whether its signature covers `idempotency-key` and `pc-otp` where they are sent. */
  readonly bindsHeaders: boolean
  /**
   * The venue's own headers about limits.
   *
   * @param ordered whether this answers an order that was taken: some venues count these beside.
   */
  nativeLimits?(limits: readonly LimitUsage[], ordered: boolean): Readonly<Record<string, string>>
  /** The venue's own members of a refusal. */
  nativeRefusal?(code: RefusalCode, outcomeUnknown: boolean): NativeRefusal
}

/** Whether a dialect's signature says which operation it is for. */
export function bindsOperation({ covers }: Dialect): boolean {
  return covers.method && covers.path
}

/** A nonce is 16 to 64 visible ASCII characters; a comma would hide a header sent twice. */
export const NONCE = /^[\x21-\x2b\x2d-\x7e]{16,64}$/

/** Longest text that can be a credential id of ours. */
export const CREDENTIAL_ID = /^[A-Za-z0-9_-]{1,128}$/
