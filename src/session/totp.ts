/**
 * Time-based one-time passwords (RFC 6238) in the one form that every authenticator app knows: SHA-1, six digits,
 * thirty seconds. otplib computes, synchronously: a decision in a Durable Object must not wait between load and store.
 */
import { generateSync, generateURI } from 'otplib/functional'
import { equalBytes, toBase32, utf8 } from '../lib/bytes.ts'
import { Secret } from '../lib/secret.ts'

/** RFC 4226 section 4, R6: the length of an HMAC-SHA-1. */
const SECRET_BYTES = 20
const STEP_SECONDS = 30

/** A fresh secret of 160 random bits. */
export function newTotpSecret(): Secret {
  return new Secret(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))
}

/** The secret as a person types it into an app: base32 in upper case without padding. */
export function totpText(secret: Secret): string {
  return toBase32(secret.reveal()).toUpperCase()
}

/** Who asks for the code and whose it is, as an app shows it. */
export interface TotpNames {
  readonly issuer: string
  readonly label: string
}

/** The `otpauth://` URI that an app reads from a QR code. It holds the secret. */
export function totpUri(secret: Secret, { issuer, label }: TotpNames): string {
  return generateURI({
    issuer: shown(issuer),
    label: shown(label),
    secret: totpText(secret),
    algorithm: 'sha1',
    digits: 6,
    period: STEP_SECONDS,
  })
}

/** The colon separates issuer and label, and half of a surrogate pair has no percent-encoding. */
function shown(name: string): string {
  return name.toWellFormed().replaceAll(':', ' ')
}

/**
 * Of which steps this is the code: of the one before `nowMs`, the one at it and the one after it. Two neighbours may
 * share a code, so it can be several; and where the last of them shares it with the step beyond, that one is named
 * too, so that whoever counts the code as used counts all of it.
 */
export function matchingSteps(secret: Secret, otp: string, nowMs: number): readonly number[] {
  // Only spares the computation: the comparison is of the whole text and would refuse it too.
  if (!/^[0-9]{6}$/.test(otp)) return []
  const given = utf8(otp)
  const nowStep = Math.floor(nowMs / 1000 / STEP_SECONDS)
  // All three are computed and compared, whichever is the first to match.
  const matches = [nowStep - 1, nowStep, nowStep + 1].filter((step) => isCode(secret, given, step))
  for (let step = nowStep + 2; matches.at(-1) === step - 1; step += 1) {
    if (isCode(secret, given, step)) matches.push(step)
  }
  return matches
}

function isCode(secret: Secret, given: Uint8Array, step: number): boolean {
  // otplib computes nothing before 1970.
  if (step < 0) return false
  const code = generateSync({
    secret: secret.reveal(),
    algorithm: 'sha1',
    digits: 6,
    period: STEP_SECONDS,
    epoch: step * STEP_SECONDS,
  })
  return equalBytes(utf8(code), given)
}
