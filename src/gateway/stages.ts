/**
 * What is known of a request at each step of its path. Each stage extends the one before it, so that a
 * step left out or taken too early is a type error.
 */
import type { Operation } from '../access/policy.ts'
import type { Credential } from '../credential/credential.ts'
import type { Grant, Verdict } from '../guard/key.ts'
import type { Claim, DialectId, RequestHead, Signed } from '../signature/dialect.ts'

/** The certificate a client showed. A revoked one is `verified` at the edge, so both are asked. */
export interface ClientCertificate {
  readonly status: 'none' | 'verified' | 'refused'
  /** As the origin gets it (RFC 9440), when it is verified and not too large. */
  readonly header: string | undefined
}

/** Where the edge says the client is. Never read from anything the client sends. */
export interface Place {
  readonly address: string | undefined
  readonly country: string | undefined
  readonly asn: number | undefined
  readonly colo: string | undefined
  readonly tlsVersion: string | undefined
  readonly clientCertificate: ClientCertificate
}

export interface Received {
  /** 128 random bits in hexadecimal; also the trace id. */
  readonly requestId: string
  readonly receivedAtMs: number
  readonly head: RequestHead
  readonly place: Place
  /** Not yet read: how much a stranger may make us read is decided by later steps. */
  readonly body: ReadableStream<Uint8Array> | null
}

/** Who answers an operation: the broker, or the gateway itself. */
export type Target = 'origin' | 'gateway'

export interface Routed extends Received {
  readonly operation: Operation
  readonly target: Target
  /** The route as the policy writes it. */
  readonly route: string
  /** The one dialect that may use it, where the route is a venue's. */
  readonly venue: DialectId | undefined
}

export interface Claimed extends Routed {
  readonly claim: Claim
}

export interface Identified extends Claimed {
  /** `undefined` for an id that we did not mint: refused by the next step, with the same work as any other. */
  readonly credential: Credential | undefined
}

export interface Verified extends Claimed {
  readonly credential: Credential
  readonly bodyBytes: Uint8Array
  readonly signed: Signed
  /** The octets that the signature proved. */
  readonly signedOctets: Uint8Array
  /** SHA-256 of these octets, hexadecimal: names the request in every record of it. */
  readonly requestHash: string
}

/** The key's object has spoken; what it said may be no. */
export interface Judged extends Verified {
  readonly verdict: Verdict
}

export interface Admitted extends Judged {
  readonly grant: Grant
}

/** However far a request came. */
export type Reached = Received & {
  readonly [Fact in Exclude<keyof Admitted, keyof Received>]?: Admitted[Fact] | undefined
}

/** Who was admitted, and whether their dialect can sign headers. */
export interface Caller extends Pick<Admitted, 'grant' | 'credential' | 'verdict'> {
  readonly signable: boolean
}

/** What goes to the origin: admitted for a caller, or open to anyone. */
export interface Outbound extends Routed {
  readonly outbound: { readonly target: string; readonly body: Uint8Array }
  readonly caller: Caller | undefined
}
