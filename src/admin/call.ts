/** One call of the gateway's own: who makes it, what it brings, and what it may reach. */
import * as v from 'valibot'
import type { GatewayPolicy } from '../access/policy.ts'
import type { Role } from '../access/role.ts'
import type { Provenance } from '../audit/provenance.ts'
import type { Signal } from '../control/signal.ts'
import type { CredentialRecord } from '../credential/credential.ts'
import type { CredentialRequest } from '../credential/issue.ts'
import type { Grant, Key, KeyView, Verdict } from '../guard/key.ts'
import type { Edit } from '../guard/edit.ts'
import { decodeUtf8Strict, parseStrict } from '../lib/json.ts'
import { ok, type Result } from '../lib/result.ts'
import type { Secret } from '../lib/secret.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Session, TokenParties } from '../session/access-token.ts'
import type { DpopNonces } from '../session/dpop-nonce.ts'
import type { Refreshing } from '../session/person.ts'
import type {
  Begin,
  Begun,
  Enrolment,
  NewPerson,
  PersonView,
  SessionView,
} from '../session/person-calls.ts'
import type { RefreshTokens } from '../session/refresh-token.ts'
import type { SigningKeyRow } from '../session/signing-keys.ts'
import type { RequestHead } from '../signature/dialect.ts'
import type { EvidencePort } from './evidence-port.ts'
import type { KillPort } from './kill-port.ts'
import type { RiskPort } from './risk-port.ts'
import { ownOperation, type OwnOperation, type OwnSpec } from './operation.ts'
import type { Given } from './parameters.ts'

/** A person's object. Every call may fail: then nothing is known of what it did. */
export interface UserPort {
  create(person: NewPerson, by: Provenance): Promise<PersonView & Partial<Enrolment>>
  describe(): Promise<PersonView | undefined>
  confirmTotp(otp: string, by: Provenance): Promise<Result<readonly string[], Refusal>>
  resetTotp(by: Provenance, byOwner: boolean): Promise<Result<Enrolment, Refusal>>
  judgeOtp(attempt: string, otp: string): Promise<Result<void, Refusal>>
  begin(ask: Begin): Promise<Result<Begun, Refusal>>
  refresh(
    sid: string,
    shown: Omit<Refreshing, 'secretHash'> & { readonly secret: string },
  ): Promise<Result<Begun, Refusal>>
  endSession(sid: string, by: Provenance): Promise<Result<void, Refusal>>
  endSessions(by: Provenance): Promise<Result<void, Refusal>>
  sessions(): Promise<readonly SessionView[]>
  authorize(sid: string, version: number): Promise<readonly Role[] | undefined>
  setRoles(
    roles: readonly Role[],
    ifRevision: number,
    by: Provenance,
  ): Promise<Result<PersonView, Refusal>>
  /** Answers the key that is there: not the one that is given, if somebody made it before. */
  addKey(key: Key, by: Provenance): Promise<Result<Key, Refusal>>
}

export interface Reservation {
  readonly by: string
  readonly idempotencyKey: string
  readonly fingerprint: string
}

/** Which people and keys there are. */
export interface DirectoryPort {
  enter(
    entry: { id: string; type: 'user' | 'key'; user: string; account: string },
    reservation: Reservation | undefined,
  ): Promise<Result<string, Refusal>>
  /** The id that the same call was given before, or this one. */
  reserve(id: string, reservation: Reservation): Promise<Result<string, Refusal>>
  enterFirst(userId: string): Promise<boolean>
  isFirst(userId: string): Promise<boolean>
  endBootstrap(): Promise<void>
  list(
    type: 'user' | 'key',
    page: { user: string | undefined; after: string; most: number },
  ): Promise<readonly string[]>
  has(type: 'user' | 'key', id: string): Promise<boolean>
  keysOf(account: string, after: string, most: number): Promise<readonly string[]>
  /** Whether a key was ever made for the account, and whether this one was. */
  hasAccount(account: string): Promise<boolean>
  hasKey(account: string, id: string): Promise<boolean>
}

export interface SigningKeysPort {
  published(): Promise<readonly SigningKeyRow[]>
  sign(session: Session, parties: TokenParties): Promise<string>
  rotate(compromised: boolean, by: Provenance): Promise<Result<readonly SigningKeyRow[], Refusal>>
}

export interface OwnPorts {
  readonly policy: GatewayPolicy
  readonly parties: TokenParties
  readonly nonces: DpopNonces
  readonly refreshTokens: RefreshTokens
  readonly directory: DirectoryPort
  readonly signingKeys: SigningKeysPort
  readonly evidence: EvidencePort
  readonly risk: RiskPort
  readonly kill: KillPort
  /** The one-time secret with which the first owner is made; `undefined` where none is set. */
  readonly bootstrapSecret: Secret | undefined
  nowMs(): number
  /** Tells whoever watches. */
  signal(signal: Signal): void
  user(userId: string): UserPort
  /** The key as its object has it, wherever that was moved; `undefined` where there is none. */
  describeKey(keyId: string): Promise<KeyView | undefined>
  editKey(keyId: string, edit: Edit): Promise<Result<KeyView, Refusal>>
  issue(request: CredentialRequest, material: Secret): Promise<CredentialRecord>
  storeCredential(record: CredentialRecord): Promise<void>
  /** Takes one back that no key has. */
  dropCredential(id: string): Promise<void>
  /** Whether the deployment was told that this secret was published somewhere. */
  knownSecret(digest: string): Promise<boolean>
}

/** Whoever calls: what their key's object said, and for a session what the person's object said. */
export interface Actor {
  readonly grant: Grant
  readonly verdict: Verdict
  readonly credentialId: string
  readonly attempt: string
  readonly session: Session | undefined
  readonly roles: readonly Role[]
  /** Over everybody's, or over one's own alone. */
  readonly reach: 'any' | 'own'
}

export interface Call {
  readonly actor: Actor
  readonly requestId: string
  readonly head: RequestHead
  readonly params: Readonly<Record<string, string>>
  /** What the query says, as far as the call's row names it. */
  readonly query: Readonly<Record<string, string | undefined>>
  /** The header fields that the call's row names, as far as they were sent. */
  readonly given: Given
  readonly bodyBytes: Uint8Array
  /** The client's network, in CIDR form. */
  readonly network: string
  /** The revision that `If-Match` names. */
  readonly ifRevision: number | undefined
  readonly ports: OwnPorts
}

export interface Answer {
  readonly body?: unknown
  readonly revision?: number
  /** Where it is not the one that the call's row says. */
  readonly status?: number
}

export type Answered = Promise<Result<Answer, Refusal>>

export interface Own {
  readonly operation: OwnOperation
  run(call: Call): Answered
}

type Schema = v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>

/** A call that takes no body. */
export function own(spec: OwnSpec, run: (call: Call) => Answered): Own {
  return { operation: ownOperation(spec), run }
}

/** A call whose body is validated before anything else is done with it. */
export function ownWithBody<S extends Schema>(
  spec: OwnSpec & { readonly takes: S },
  run: (call: Call, body: v.InferOutput<S>) => Answered,
): Own {
  return {
    operation: ownOperation(spec),
    async run(call) {
      const body = readJson(call.bodyBytes, spec.takes)
      return body.ok ? run(call, body.value) : body
    },
  }
}

/** The body by its schema. Every problem at once, each with its place (RFC 6901). */
export function readJson<S extends Schema>(
  bytes: Uint8Array,
  schema: S,
): Result<v.InferOutput<S>, Refusal> {
  const text = decodeUtf8Strict(bytes)
  const parsed = text === undefined ? undefined : parseStrict(text)
  if (parsed?.ok !== true) {
    return refuse('invalid_body', {
      detail: 'The body is not JSON that can be read in one way alone.',
      members: { errors: [{ pointer: '', reason: 'not JSON, or a member is there twice' }] },
    })
  }
  const checked = v.safeParse(schema, parsed.value)
  if (checked.success) return ok(checked.output)
  const errors = checked.issues.map((issue) => ({
    pointer: (issue.path ?? []).map(({ key }) => `/${pointerStep(key)}`).join(''),
    reason: issue.expected === 'never' ? 'is not a member of this body' : issue.message,
  }))
  return refuse('invalid_body', { detail: 'The body is not what this takes.', members: { errors } })
}

function pointerStep(key: unknown): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 64)
}

/** Whose word a change is. */
export function provenanceOf(
  { actor, requestId }: Call,
  reason: string,
  more: Pick<Provenance, 'approver' | 'ticket'> = {},
): Provenance {
  const { grant, session } = actor
  return { user: grant.user, keyId: grant.keyId, sid: session?.sid, requestId, reason, ...more }
}
