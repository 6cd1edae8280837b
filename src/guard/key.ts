/** What a key's own object knows and is asked. Plain data: it crosses RPC and is stored. */
import * as v from 'valibot'
import { KINDS, type Kind } from '../access/kind.ts'
import type { Budget, Limit, LimitOverride } from '../access/limit.ts'
import { HoldsSchema, type Hold } from '../control/hold.ts'
import type { Force } from '../control/level.ts'
import type { Result } from '../lib/result.ts'
import { ROLES, type Role } from '../access/role.ts'
import type { StepUp } from '../access/step-up.ts'
import type { Refusal } from '../refusal.ts'
import { ALGORITHM_IDS, type AlgorithmId } from '../signature/algorithm.ts'
import { DIALECT_IDS, type DialectId } from '../signature/dialect.ts'

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
  /** How often somebody edited it: what an `ETag` says. */
  readonly revision?: number | undefined
  /** What people call it. */
  readonly name?: string | undefined
  readonly createdAtMs?: number | undefined
  /** From this instant all of it is refused, in milliseconds since 1970. */
  readonly expiresAtMs?: number | undefined
  /** SHA-256 of the one client certificate with which it may be used, lower-case hexadecimal. */
  readonly certificate?: string | undefined
  /** The symbols and accounts that it may name, where an operation says where it names one; none means any. */
  readonly symbols?: readonly string[] | undefined
  readonly accounts?: readonly string[] | undefined
  /** What the object of the key's user last said; a key without it has no sessions. */
  readonly standing?: Standing | undefined
  /** Trips of the kill switch that hold it, or its account. */
  readonly holds?: readonly Hold[] | undefined
}

/** What a person may do and which of their sessions live, as their own object said it at some version. */
export interface Standing {
  /** Grows with every change of the person; an older word than the last changes nothing. */
  readonly version: number
  readonly roles: readonly Role[]
  /** What these roles allow at the broker, by the policy that is deployed now. */
  readonly permissions: readonly string[]
  /** Sessions that were issued under a lower version have ended. */
  readonly sessionsFrom: number
  /** Sessions that ended alone, until their last token has. */
  readonly ended: readonly EndedSession[]
  /** The latest second factor of a session of this person that lives, in milliseconds since 1970. */
  readonly steppedUpMs?: number | undefined
}

export interface EndedSession {
  readonly sid: string
  readonly untilMs: number
}

const StandingSchema = v.object({
  version: v.number(),
  roles: v.array(v.picklist(ROLES)),
  permissions: v.array(v.string()),
  sessionsFrom: v.number(),
  ended: v.array(v.object({ sid: v.string(), untilMs: v.number() })),
  steppedUpMs: v.optional(v.number()),
})

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
    credentials: v.array(
      v.object({
        id: v.string(),
        endsAtMs: v.optional(v.number()),
        createdAtMs: v.optional(v.number()),
        dialect: v.optional(v.picklist(DIALECT_IDS)),
        algorithm: v.optional(v.picklist(ALGORITHM_IDS)),
        rotation: v.optional(v.string()),
      }),
    ),
    limits: v.array(
      v.object({
        name: v.string(),
        limit: v.number(),
        windowSeconds: v.number(),
        kinds: v.optional(v.array(v.picklist(KINDS))),
        untilMs: v.optional(v.number()),
      }),
    ),
    revision: v.optional(v.number()),
    name: v.optional(v.string()),
    createdAtMs: v.optional(v.number()),
    expiresAtMs: v.optional(v.number()),
    certificate: v.optional(v.string()),
    symbols: v.optional(v.array(v.string())),
    accounts: v.optional(v.array(v.string())),
    standing: v.optional(StandingSchema),
    holds: v.optional(HoldsSchema),
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
  readonly endsAtMs?: number | undefined
  readonly createdAtMs?: number | undefined
  readonly dialect?: DialectId | undefined
  readonly algorithm?: AlgorithmId | undefined
  /** The rotation that made it, where that may be repeated: it makes one. */
  readonly rotation?: string | undefined
}

/** The session in whose name a request is made: what its token says. */
export interface SessionFacts {
  readonly sid: string
  /** The person's version under which the token was issued. */
  readonly version: number
  /** When its second factor was last shown, in milliseconds since 1970. */
  readonly authTimeMs: number
  readonly permissions: readonly string[]
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
  /** Which limits are spent: those of the tier, or one of the gateway's own calls. */
  readonly budget: 'tier' | OwnBudget
  readonly address: string | undefined
  /** SHA-256 of the verified client certificate, lower-case hexadecimal. */
  readonly certificate?: string | undefined
  /** What the request names, where its operation says where; absent when it names none. */
  readonly symbol?: string | undefined
  readonly account?: string | undefined
  readonly session?: SessionFacts | undefined
  /** What the operation demands of a second factor, and whether a one-time password came or could have come. */
  readonly stepUp?: StepUp | undefined
  readonly otp?: 'sent' | 'possible' | 'impossible' | undefined
  /** How often the key's object is known to have been restored from an older state. */
  readonly epoch: number
  /** Which worker asks, and by which policy: for the record. */
  readonly judge?: Judge | undefined
}

/** A worker's version, and the first half of its policy's SHA-256 in hexadecimal. */
export interface Judge {
  readonly worker?: string
  readonly policy: string
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
  /** The level of the kill switch that holds the key or its account; `undefined` where none does. */
  readonly force?: Force | undefined
  /** Whether a one-time password is still to be judged, by the object of the key's user. */
  readonly otpDue: boolean
  /** When the credential ends, in milliseconds since 1970. */
  readonly credentialEndsAtMs: number | undefined
  /** When the key was used before this call, in milliseconds since 1970. */
  readonly lastUsedMs: number | undefined
}

/** When a credential was last used, in milliseconds since 1970. */
export type CredentialsUsed = readonly { readonly id: string; readonly atMs: number }[]

/** A key as people see it. */
export interface KeyView {
  readonly key: Key
  readonly lastUsedMs: number | undefined
  readonly credentialsUsed: CredentialsUsed
  /** The limits in force now. */
  readonly limits: readonly Limit[]
}

export interface Verdict {
  /** Gap-free number of this decision among all of the key's. */
  readonly sequence: number
  /** When the key's object decided, by its own clock, in milliseconds since 1970. */
  readonly decidedAtMs: number
  readonly decision: Result<Grant, Refusal>
  /** Whose key it is, also where the decision is no: for the record. */
  readonly whose?: { readonly account: string; readonly user: string }
  /** The limits that this request spends; for the gateway's own calls all that the key has. */
  readonly limits: readonly LimitState[]
  /** The limit of the gateway's own calls that this one spends, or that such a call would. */
  readonly gatewayLimit: LimitState
}

/** What the gateway's own calls spend: the broker's feed, made by the broker's key, has a limit of its own. */
export type OwnBudget = 'gateway' | 'feed'

/** The limit of the calls under `/gw/`, which spend nothing of the tier's. */
export const GATEWAY_LIMIT: Budget = {
  id: 'gateway',
  name: 'gateway',
  limit: 10,
  windowSeconds: 1,
  kinds: KINDS,
  enforced: true,
}

/** The limit of the broker's feed: what trades comes account by account, in as many calls as there are accounts. */
export function feedLimit(perSecond: number): Budget {
  return { ...GATEWAY_LIMIT, id: 'feed', name: 'feed', limit: perSecond }
}
