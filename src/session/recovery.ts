/**
 * Recovery codes: what a person keeps on paper for the day the authenticator is lost. Each works once; which are
 * left is for whoever stores their hashes.
 */
import { sha256, toBase32, toHex, utf8 } from '../lib/bytes.ts'

const CODES = 10
/** 80 bits: sixteen characters, four groups of four. */
const CODE_BYTES = 10

/** Ten fresh codes like `abcd-efgh-ijkl-mnop`. To be shown once: only their hashes are kept. */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: CODES }, () => {
    const text = toBase32(crypto.getRandomValues(new Uint8Array(CODE_BYTES)))
    return text.replaceAll(/.{4}(?=.)/g, '$&-')
  })
}

/** Whether a text could be one of these codes, however its groups and letters are written. */
export function isRecoveryCode(text: string): boolean {
  return /^[a-z2-7]{16}$/.test(normalised(text))
}

/**
 * What is stored of a code, in hexadecimal; every way to write the code has the same. One plain SHA-256, without salt
 * or stretching: those protect what people choose, and nobody guesses through 80 random bits.
 */
export async function recoveryHash(code: string): Promise<string> {
  return toHex(await sha256(utf8(normalised(code))))
}

/** People type capitals and leave out groups' dashes; word processors change dashes into longer ones. */
function normalised(text: string): string {
  return text.replaceAll(/[\s\p{Dash_Punctuation}]/gu, '').toLowerCase()
}
