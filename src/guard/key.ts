/** What a key's own object knows and is asked. Plain data: it crosses RPC and is stored. */
import type { Kind } from '../access/kind.ts'
import type { Limit } from '../access/policy.ts'
import type { Result } from '../lib/result.ts'
import type { Refusal } from '../refusal.ts'

export const KEY_STATUSES = ['active', 'suspended', 'revoked'] as const
export type KeyStatus = (typeof KEY_STATUSES)[number]

/** A key: what a customer has. It keeps its status, permissions and quota when its credentials change. */
export interface Key {
  readonly keyId: string
  readonly account: string
  readonly user: string
  readonly tier: string
  readonly status: KeyStatus
  readonly permissions: readonly string[]
  /** Networks in CIDR form from which it may be used; none means any. */
  readonly addresses: readonly string[]
  readonly credentials: readonly KeyCredential[]
}

export interface KeyCredential {
  readonly id: string
  /** From this instant the credential is refused, in milliseconds since 1970. */
  readonly endsAtMs?: number
}

/** One signed request, asked about once. Its signature has verified. */
export interface Admission {
  /** Random, made by the Worker: asking again with the same one gets the same verdict. */
  readonly attempt: string
  readonly requestId: string
  readonly requestHash: string
  readonly replayId: string
  /** Whether the id is made from a nonce. Without one, honest parallel reads may carry one signature. */
  readonly nonced: boolean
  /** Whether a read's signature could also be that of a write: then a forgotten read must not come back as one. */
  readonly fenced: boolean
  readonly credentialId: string
  readonly signedAtMs: number
  /** Until when the signed time can be accepted anywhere, in milliseconds since 1970. */
  readonly freshUntilMs: number
  readonly operation: string
  readonly route: string
  readonly kind: Kind
  /** `undefined` for the gateway's own calls, which any key may make. */
  readonly permission: string | undefined
  readonly weight: number
  /** Which limits are spent: those of the tier, or the one of the gateway's own calls. */
  readonly budget: 'tier' | 'gateway'
  readonly address: string | undefined
}

/** The state of one limit after the verdict. */
export interface LimitState extends Limit {
  readonly remaining: number
  /** Whole seconds until units come back; equals `Retry-After` when this limit refused. */
  readonly resetSeconds: number
}

/** Who the caller is, as the key's object knows it. */
export interface Grant {
  readonly keyId: string
  readonly account: string
  readonly user: string
  readonly tier: string
  readonly permissions: readonly string[]
  /** When the key was used before this call, in milliseconds since 1970. */
  readonly lastUsedMs: number | undefined
}

export interface Verdict {
  /** Gap-free number of this decision among all of the key's. */
  readonly sequence: number
  /** When the key's object decided, by its own clock, in milliseconds since 1970. */
  readonly decidedAtMs: number
  readonly decision: Result<Grant, Refusal>
  /** The limits of the key's tier. */
  readonly limits: readonly LimitState[]
  /** The limit of the gateway's own calls. */
  readonly gatewayLimit: LimitState
}

/** The limit of the calls under `/gw/`, which spend nothing of the tier's. */
export const GATEWAY_LIMIT: Limit = { name: 'gateway', limit: 10, windowSeconds: 1 }
