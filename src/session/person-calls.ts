/** What a person's object is asked and answers. Plain data: it crosses RPC. */
import type { Role } from '../access/role.ts'
import type { Provenance } from '../audit/provenance.ts'

export interface NewPerson {
  readonly userId: string
  readonly name: string
  readonly roles: readonly Role[]
}

/** What an authenticator needs. Shown once. */
export interface Enrolment {
  readonly totp: { readonly secret: string; readonly uri: string }
}

export interface PersonView {
  readonly userId: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly createdAtMs: number
  readonly revision: number
  readonly totpConfirmed: boolean
  readonly recoveryCodesLeft: number
  readonly keys: readonly string[]
}

/** A session that a signed request asks for. */
export interface Begin {
  readonly attempt: string
  /** A one-time password, or a recovery code. */
  readonly otp: string
  readonly keyId: string
  readonly credentialId: string
  readonly network: string
  readonly jkt: string | undefined
  /** What the proof of that key is used up as. */
  readonly proofId: string | undefined
  readonly by: Provenance
}

/** What a token is made of. */
export interface Begun {
  readonly user: string
  readonly sid: string
  readonly keyId: string
  readonly credentialId: string
  readonly version: number
  readonly roles: readonly Role[]
  readonly permissions: readonly string[]
  readonly amr: readonly string[]
  readonly acr: string
  readonly authTimeMs: number
  readonly network: string
  readonly jkt: string | undefined
  readonly endsAtMs: number
  readonly generation: number
  readonly refreshSecret: string
}

export interface SessionView {
  readonly sid: string
  readonly keyId: string
  readonly createdAtMs: number
  readonly authTimeMs: number
  readonly refreshedAtMs: number
  readonly endsAtMs: number
  readonly network: string
  /** Whether each use has to prove possession of a key. */
  readonly bound: boolean
  readonly status: 'active' | 'ended'
}
