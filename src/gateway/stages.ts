/**
 * What is known of a request at each step of its path. Each stage extends the one before it, so that a
 * step left out or taken too early is a type error.
 */
import type { Operation } from '../access/policy.ts'
import type { Credential } from '../credential/credential.ts'
import type { Admission, Grant, Verdict } from '../guard/key.ts'
import type { OutcomeRecord } from '../audit/record.ts'
import type { Session } from '../session/access-token.ts'
import type { Claim, DialectId, RequestHead } from '../signature/dialect.ts'
import type { OwnOperation } from '../admin/operation.ts'
import type { OriginTimes } from './exchange.ts'

/** The certificate a client showed. A revoked one is `verified` at the edge, so both are asked. */
export interface ClientCertificate {
  readonly status: 'none' | 'verified' | 'refused'
  /** As the origin gets it (RFC 9440), when it is verified and not too large. */
  readonly header: string | undefined
  /** SHA-256 of a verified one, lower-case hexadecimal. */
  readonly thumbprint: string | undefined
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

export interface Routed extends Received {
  readonly operation: Operation
  /** The route as the policy writes it. */
  readonly route: string
  /** The one dialect that may use it, where the route is a venue's. */
  readonly venue: DialectId | undefined
  /** What the gateway does itself; `undefined` for the broker's. */
  readonly own: OwnOperation | undefined
}

/** A session's token as it was presented (RFC 6750, RFC 9449). Nothing is proved yet. */
export interface Token {
  readonly scheme: 'Bearer' | 'DPoP'
  readonly text: string
  readonly proof: string | undefined
}

export interface Presented extends Routed {
  readonly token: Token
}

export interface Claimed extends Routed {
  readonly claim: Claim
}

export interface Identified extends Claimed {
  /** `undefined` for an id that we did not mint: refused by the next step, with the same work as any other. */
  readonly credential: Credential | undefined
}

/** What was proved: that this very request is its caller's, and when they made it. */
export interface Proof {
  readonly replayId: string
  /** Whether the id is made from something that is used once. */
  readonly nonced: boolean
  readonly signedAtMs: number
  /** Until when the time can be accepted anywhere, in milliseconds since 1970. */
  readonly freshUntilMs: number
  /** Whether what the caller proved covers headers that change what a request does. */
  readonly bindsHeaders: boolean
  /** The one-time password that was sent, and covered. */
  readonly otp: string | undefined
}

/** Signed in a dialect, or made in the name of a session. */
export interface Verified extends Routed {
  readonly claim: Claim | undefined
  readonly token?: Token | undefined
  readonly session: Session | undefined
  /** The nonce for the client's next proof (RFC 9449 section 8.2). */
  readonly nextNonce: string | undefined
  readonly credential: Pick<Credential, 'id' | 'keyId' | 'canary'>
  readonly bodyBytes: Uint8Array
  readonly proof: Proof
  /** What is forwarded in place of target and body, where these carry the proof itself. */
  readonly stripped: { readonly target: string; readonly body: Uint8Array } | undefined
  /** SHA-256 of what was proved, hexadecimal: names the request in every record of it. */
  readonly requestHash: string
}

/** The key's object has spoken; what it said may be no. */
export interface Judged extends Verified {
  readonly verdict: Verdict
  /** The name under which it was judged: asking again with it gets the same answer. */
  readonly attempt: string
}

export interface Admitted extends Judged {
  readonly grant: Grant
  /** What the key's object was asked. */
  readonly ask: Admission
  /** The signed word that the admission was recorded, of what is unsafe. */
  readonly receipt?: string
  /** Orders that were turned away before the account's object saw them. */
  readonly refusedOrders?: OutcomeRecord['refusedOrders']
  /** When it was at the origin, of what is unsafe. */
  readonly exchange?: OriginTimes | undefined
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
  /** What the kill switch has to know of its orders; absent where it has none. */
  readonly orders?: { readonly reduces: boolean; readonly symbols: readonly string[] } | undefined
}
