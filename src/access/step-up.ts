/**
 * When a second factor is asked for again, and whether what a request brings is enough. RFC 9470 for sessions; the
 * same rule for signed requests, which bring a one-time password with them or follow a session that was just begun.
 */
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'

/** What a session has to have shown: possession of a signing credential, and a one-time password. */
export const TWO_FACTORS = 'urn:portcullis:acr:2fa'

/** How old the last second factor may be, in seconds. */
export interface StepUp {
  readonly maxAgeSeconds: number
}

export interface Shown {
  /** When the caller's session last showed a second factor, in milliseconds since 1970. */
  readonly sessionMs: number | undefined
  /** When any session of this person that lives last did: it counts for requests that cannot carry a password. */
  readonly personMs: number | undefined
  /** Whether the request carries a one-time password, inside its signature. */
  readonly otp: boolean
}

/** Whether nothing more is needed, or the password that came with the request is still to be judged. */
export function judgeStepUp(
  demand: StepUp | undefined,
  shown: Shown,
  nowMs: number,
): Result<'met' | 'otp-due', Refusal> {
  // A password that nobody asked for is not looked at: wrong ones would delay the person for nothing.
  if (demand === undefined) return ok('met')
  if (shown.otp) return ok('otp-due')
  const latestMs = shown.sessionMs ?? shown.personMs
  if (latestMs !== undefined && nowMs - latestMs <= demand.maxAgeSeconds * 1000) return ok('met')
  return refuse('step_up_required', {
    reason: latestMs === undefined ? 'no second factor' : 'the second factor is too old',
    detail:
      'This needs a fresh second factor: send PC-OTP inside the signature, or begin a new session.',
    members: { acr_values: TWO_FACTORS, max_age: demand.maxAgeSeconds },
  })
}
