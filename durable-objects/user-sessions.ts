/** A person's sessions: rows on one side, the rules of `src/session/person.ts` on the other. */
import policy from '../gateway.config.ts'
import { permissionsOf } from '../src/access/policy.ts'
import type { Role } from '../src/access/role.ts'
import { TWO_FACTORS } from '../src/access/step-up.ts'
import type { Provenance } from '../src/audit/provenance.ts'
import { sha256, toHex, utf8 } from '../src/lib/bytes.ts'
import { ok, type Result } from '../src/lib/result.ts'
import { refuse, type Refusal } from '../src/refusal.ts'
import {
  endOf,
  judgeRefresh,
  LISTED_MS,
  lives,
  MOST_SESSIONS,
  REUSED,
  type Refreshing,
  type StoredSession,
} from '../src/session/person.ts'
import type { Begin, Begun, SessionView } from '../src/session/person-calls.ts'
import { PROOF_MAX_AGE_MS, PROOF_MAX_AHEAD_MS } from '../src/session/dpop.ts'
import { isRecoveryCode, recoveryHash } from '../src/session/recovery.ts'
import { newRandomId } from '../src/session/refresh-token.ts'
import type { KeyLine } from './key-line.ts'
import { notEnrolled, type UserFactor } from './user-factor.ts'
import type { UserStore } from './user-store.ts'
import type { UserWord } from './user-word.ts'

const LIFE = policy.session
/** For how long a proof is remembered: its age at most, and what hosts' clocks differ by. In milliseconds. */
const PROOF_KEPT_MS = PROOF_MAX_AGE_MS + PROOF_MAX_AHEAD_MS + 5_000

export interface SessionParts {
  readonly store: UserStore
  readonly factor: UserFactor
  readonly keys: KeyLine
  readonly word: UserWord
}

export class UserSessions {
  readonly #store: UserStore
  readonly #factor: UserFactor
  readonly #keys: KeyLine
  readonly #word: UserWord

  constructor({ store, factor, keys, word }: SessionParts) {
    this.#store = store
    this.#factor = factor
    this.#keys = keys
    this.#word = word
  }

  /** Begins a session of whoever signed for it and shows a one-time password, or a recovery code. */
  async begin(ask: Begin): Promise<Result<Begun, Refusal>> {
    const opened = await this.#factor.opened()
    const refreshSecret = newRandomId()
    const refreshHash = await hashOf(refreshSecret)
    const codeHash = isRecoveryCode(ask.otp) ? await recoveryHash(ask.otp) : undefined
    const person = this.#store.readPerson()
    if (opened === undefined || person === undefined) return notEnrolled()
    const nowMs = Date.now()
    const result = this.#store.transaction((): Result<StoredSession, Refusal> => {
      if (!this.#isNewProof(ask.proofId, nowMs)) return usedProof
      const shown = this.#factor.show(opened, ask, codeHash, nowMs)
      if (!shown.ok) return shown
      this.#makeRoom(nowMs)
      const session: StoredSession = {
        sid: newRandomId(),
        keyId: ask.keyId,
        credentialId: ask.credentialId,
        createdAtMs: nowMs,
        authTimeMs: nowMs,
        refreshedAtMs: nowMs,
        network: ask.network,
        jkt: ask.jkt,
        amr: ['pop', shown.value],
        generation: 1,
        refreshHash,
        version: person.version + 1,
        endedAtMs: undefined,
        endedWhy: undefined,
      }
      this.#store.writeSession(session)
      this.#word.commit(person, { what: 'session.begun', after: { sid: session.sid } }, ask.by)
      return ok(session)
    })
    return result.ok ? ok(this.#begun(result.value, refreshSecret)) : result
  }

  /** Goes on with a session, or ends it when its refresh token was used before. */
  async refresh(
    sid: string,
    shown: Omit<Refreshing, 'secretHash'> & { readonly secret: string },
  ): Promise<Result<Begun, Refusal>> {
    const secretHash = await hashOf(shown.secret)
    const refreshSecret = newRandomId()
    const refreshHash = await hashOf(refreshSecret)
    const before = this.#store.readSession(sid)
    // Whoever holds an old token learns nothing of the key.
    const good = before !== undefined && judgeRefresh(before, { ...shown, secretHash }) === 'good'
    const alive = good ? await this.#keys.alive(before.keyId, before.credentialId) : undefined
    if (alive !== undefined && !alive.ok) return alive
    const [person, session] = [this.#store.readPerson(), this.#store.readSession(sid)]
    const nowMs = Date.now()
    if (person === undefined || session === undefined || !lives(session, person, LIFE, nowMs))
      return ended
    const judged = judgeRefresh(session, { ...shown, secretHash })
    if (judged === 'elsewhere')
      return refuse('unauthorized', { reason: 'a refresh token from elsewhere' })
    if (judged === 'reused') return this.#endReused(session)
    if (!this.#isNewProof(shown.proofId, nowMs)) return usedProof
    const next = {
      ...session,
      generation: session.generation + 1,
      refreshHash,
      refreshedAtMs: nowMs,
      version: person.version,
    }
    this.#store.writeSession(next)
    return ok(this.#begun(next, refreshSecret))
  }

  /** A proof is used once (RFC 9449 section 11.1): here as where the key's object remembers it. */
  #isNewProof(id: string | undefined, nowMs: number): boolean {
    return id === undefined || this.#store.takeProof(id, nowMs, nowMs + PROOF_KEPT_MS)
  }

  async #endReused({ sid }: StoredSession): Promise<Result<never, Refusal>> {
    await this.end(sid, undefined, 'its refresh token was used twice')
    return refuse('unauthorized', { reason: REUSED })
  }

  /** Ends one session. In force for every request that starts after the answer. */
  async end(
    sid: string,
    by: Provenance | undefined,
    why = by?.reason ?? 'ended',
  ): Promise<Result<void, Refusal>> {
    const known = this.#store.transaction(() => {
      const [person, session] = [this.#store.readPerson(), this.#store.readSession(sid)]
      if (person === undefined || session === undefined) return false
      if (session.endedAtMs === undefined) {
        this.#store.writeSession({ ...session, endedAtMs: Date.now(), endedWhy: why })
        this.#word.commit(person, { what: 'session.ended', after: { sid, why } }, by)
      }
      return true
    })
    return known ? this.#word.tell() : refuse('not_found')
  }

  /** Ends every session. */
  async endAll(by: Provenance): Promise<Result<void, Refusal>> {
    const known = this.#store.transaction(() => {
      const person = this.#store.readPerson()
      if (person === undefined) return false
      const from = { ...person, sessionsFrom: person.version + 1 }
      this.#word.commit(from, { what: 'sessions.ended' }, by)
      return true
    })
    return known ? this.#word.tell() : refuse('not_found')
  }

  list(): readonly SessionView[] {
    const person = this.#store.readPerson()
    if (person === undefined) return []
    const nowMs = Date.now()
    return this.#store.readSessions().map((session) => ({
      sid: session.sid,
      keyId: session.keyId,
      createdAtMs: session.createdAtMs,
      authTimeMs: session.authTimeMs,
      refreshedAtMs: session.refreshedAtMs,
      endsAtMs: session.endedAtMs ?? endOf(session, LIFE),
      network: session.network,
      bound: session.jkt !== undefined,
      status: lives(session, person, LIFE, nowMs) ? 'active' : 'ended',
    }))
  }

  /** What somebody in a session may do to the gateway: their roles as they are now; `undefined` when it has ended. */
  authorize(sid: string, version: number): readonly Role[] | undefined {
    const [person, session] = [this.#store.readPerson(), this.#store.readSession(sid)]
    if (person === undefined || session === undefined) return undefined
    const good = version >= person.sessionsFrom && lives(session, person, LIFE, Date.now())
    return good ? person.roles : undefined
  }

  /** Forgets what ended long ago and, where there are too many, ends what was unused for longest. */
  #makeRoom(nowMs: number): void {
    const person = this.#store.readPerson()
    if (person === undefined) return
    const sessions = this.#store.readSessions()
    for (const session of sessions) {
      const endedMs = session.endedAtMs ?? endOf(session, LIFE)
      if (endedMs + LISTED_MS < nowMs) this.#store.forgetSession(session.sid)
    }
    const living = sessions
      .filter((session) => lives(session, person, LIFE, nowMs))
      .toSorted((a, b) => b.refreshedAtMs - a.refreshedAtMs)
    for (const session of living.slice(MOST_SESSIONS - 1))
      this.#store.writeSession({ ...session, endedAtMs: nowMs, endedWhy: 'too many sessions' })
  }

  #begun(session: StoredSession, refreshSecret: string): Begun {
    const person = this.#store.readPerson()
    const roles = person?.roles ?? []
    return {
      user: person?.userId ?? '',
      sid: session.sid,
      keyId: session.keyId,
      credentialId: session.credentialId,
      version: session.version,
      roles,
      permissions: permissionsOf(policy, roles),
      amr: session.amr,
      acr: TWO_FACTORS,
      authTimeMs: session.authTimeMs,
      network: session.network,
      jkt: session.jkt,
      endsAtMs: endOf(session, LIFE),
      generation: session.generation,
      refreshSecret,
    }
  }
}

const usedProof = refuse('unauthorized', {
  reason: 'a DPoP proof was used twice',
  detail: 'This DPoP proof was used before. Make one for each request.',
})

const ended = refuse('unauthorized', { reason: 'the session has ended' })

async function hashOf(text: string): Promise<string> {
  return toHex(await sha256(utf8(text)))
}
