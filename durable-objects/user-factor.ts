/** A person's second factor: sealed where it is stored, judged by `src/session/second-factor.ts`. */
import { TWO_FACTORS } from '../src/access/step-up.ts'
import { open, seal, type Sealed } from '../src/credential/envelope.ts'
import type { KeyEncryptionKey } from '../src/credential/kek/provider.ts'
import { ok, type Result } from '../src/lib/result.ts'
import type { Secret } from '../src/lib/secret.ts'
import { refuse, type Refusal } from '../src/refusal.ts'
import type { Begin } from '../src/session/person-calls.ts'
import { confirmOtp, judgeOtp, type OtpJudgement } from '../src/session/second-factor.ts'
import { matchingSteps, newTotpSecret, totpText, totpUri } from '../src/session/totp.ts'
import type { StoredFactor, UserStore } from './user-store.ts'

/** A secret, and which of those that were ever stored it is. */
export interface Opened {
  readonly secret: Secret
  readonly sealed: string
}

export class UserFactor {
  readonly #store: UserStore
  readonly #kek: KeyEncryptionKey

  constructor(store: UserStore, kek: KeyEncryptionKey) {
    this.#store = store
    this.#kek = kek
  }

  /** A new secret, and as it is stored. */
  async make(userId: string): Promise<{ readonly secret: Secret; readonly sealed: Sealed }> {
    const secret = newTotpSecret()
    return { secret, sealed: await seal(secret, contextOf(userId), this.#kek) }
  }

  /** The secret that is stored. To be had before anything is decided: to open it waits. */
  async opened(): Promise<Opened | undefined> {
    const [person, factor] = [this.#store.readPerson(), this.#store.readFactor()]
    if (person === undefined || factor === undefined) return undefined
    const { sealed } = factor
    const secret = await open(sealed, contextOf(person.userId), this.#kek)
    return secret && { secret, sealed: sealed.value }
  }

  /** The factor, if it still is the one whose secret was opened: it may have been reset meanwhile. */
  #current({ sealed }: Opened): StoredFactor | undefined {
    const factor = this.#store.readFactor()
    return factor?.sealed.value === sealed ? factor : undefined
  }

  /** Judges the code by which an owner shows that the enrolment arrived. */
  confirm(opened: Opened, otp: string, nowMs: number): Result<void, Refusal> {
    const factor = this.#current(opened)
    if (factor === undefined) return notEnrolled()
    if (factor.state.confirmed)
      return refuse('conflict', { detail: 'The second factor is confirmed already.' })
    const judged = confirmOtp(factor.state, matchingSteps(opened.secret, otp, nowMs), nowMs)
    this.#store.writeFactor(judged.next)
    return judged.verdict === 'accepted' ? ok(undefined) : refusedOtp(judged)
  }

  /** Judges a one-time password; the attempt that was accepted last is answered alike. */
  judge(opened: Opened, otp: string, attempt: string, nowMs: number): Result<void, Refusal> {
    const factor = this.#current(opened)
    if (factor === undefined) return notEnrolled()
    if (factor.attempt === attempt) return ok(undefined)
    const judged = judgeOtp(factor.state, matchingSteps(opened.secret, otp, nowMs), nowMs)
    const accepted = judged.verdict === 'accepted'
    this.#store.writeFactor(judged.next, accepted ? attempt : undefined)
    return accepted ? ok(undefined) : refusedOtp(judged)
  }

  /** What a session is begun with: a one-time password, or a recovery code, whose hash is given. */
  show(
    opened: Opened,
    { otp, attempt }: Begin,
    codeHash: string | undefined,
    nowMs: number,
  ): Result<'otp' | 'recovery', Refusal> {
    const confirmed = this.#store.readFactor()?.state.confirmed ?? false
    if (codeHash !== undefined && confirmed && this.#store.takeRecovery(codeHash))
      return ok('recovery')
    const judged = this.judge(opened, otp, attempt, nowMs)
    return judged.ok ? ok('otp') : judged
  }
}

/** What an authenticator is shown, once. */
export function enrolment(secret: Secret, name: string) {
  return { secret: totpText(secret), uri: totpUri(secret, { issuer: 'Portcullis', label: name }) }
}

export function notEnrolled() {
  return refuse('step_up_required', {
    reason: 'no second factor',
    detail: 'This person has no confirmed second factor. Enrol and confirm one first.',
    members: { acr_values: TWO_FACTORS },
  })
}

function refusedOtp({ verdict, retryAfterSeconds }: OtpJudgement) {
  return refuse('step_up_required', {
    reason: `the one-time password was ${verdict}`,
    detail:
      verdict === 'blocked'
        ? 'Too many wrong one-time passwords. An owner or security officer has to reset your second factor.'
        : verdict === 'delayed'
          ? 'Too many wrong one-time passwords. Wait, then send a new one.'
          : 'The one-time password is wrong or was used before. Send the next one.',
    members: { acr_values: TWO_FACTORS },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}

function contextOf(userId: string) {
  return { user: userId, purpose: 'totp' }
}
