/** What a key's own object knows and is asked. Plain data: it crosses RPC and is stored. */
import * as v from 'valibot'
import { KINDS, type Kind } from '../access/kind.ts'
import type { Budget, LimitOverride } from '../access/limit.ts'
import type { Result } from '../lib/result.ts'
import type { Refusal } from '../refusal.ts'

/** From the most permissive to the strictest. */
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
  /** Its own limits, in place of its tier's of the same name or beside them. */
  readonly limits: readonly LimitOverride[]
}

const KeySchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    keyId: v.string(),
    account: v.string(),
    user: v.string(),
    tier: v.string(),
    status: v.picklist(KEY_STATUSES),
    permissions: v.array(v.string()),
    addresses: v.array(v.string()),
    credentials: v.array(v.object({ id: v.string(), endsAtMs: v.exactOptional(v.number()) })),
    limits: v.array(
      v.object({
        name: v.string(),
        limit: v.number(),
        windowSeconds: v.number(),
        kinds: v.exactOptional(v.array(v.picklist(KINDS))),
        untilMs: v.exactOptional(v.number()),
      }),
    ),
  }),
)

/** Reads a key that was kept as JSON. @throws when it is not one. */
export function readKey(stored: string): Key {
  return v.parse(KeySchema, stored)
}

/** Where the object is that a key was moved to: whoever asks is to ask there. */
export interface Moved {
  readonly movedTo: string
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
  /** How often the key's object is known to have been restored from an older state. */
  readonly epoch: number
}

/** The state of one limit after the verdict. */
export interface LimitState extends Omit<Budget, 'id' | 'enforced'> {
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
  /** The limits that this request spends; for the gateway's own calls all that the key has. */
  readonly limits: readonly LimitState[]
  /** The limit of the gateway's own calls. */
  readonly gatewayLimit: LimitState
}

/** The limit of the calls under `/gw/`, which spend nothing of the tier's. */
export const GATEWAY_LIMIT: Budget = {
  id: 'gateway',
  name: 'gateway',
  limit: 10,
  windowSeconds: 1,
  kinds: KINDS,
  enforced: true,
}
