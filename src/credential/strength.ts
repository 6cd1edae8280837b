/**
 * Whether a secret that a customer brings may be used. Nobody can see that bytes are random; but what a person
 * chose can be written shorter than random bytes can, and of these at most 2^-n can be written n bits shorter. So
 * a secret is refused where one of a few fixed ways of writing it saves more than chance would in 2^-40.
 */
import { fromBase64, fromHex, sha256, toBase64Url, toHex, utf8 } from '../lib/bytes.ts'
import { decodeUtf8Strict } from '../lib/json.ts'
import { deltas, savedByRepeats, savedByWords } from './predictable.ts'

const MIN_BYTES = 32
/** Longer than any key has a use for; it bounds the work. */
const MAX_BYTES = 1_024

/** With two ways of being a text there are eight ways of looking, so chance refuses with less than 2^(3-44). */
const MAX_SAVED_BITS = 44

/**
 * Why an imported secret must not be used: a sentence that holds nothing of it, or `undefined` where nothing is
 * seen against it. A text of hexadecimal or base64 is judged by the bytes that it stands for. What was random and
 * then published looks random: only a list of such secrets can tell.
 *
 * @param known whether a secret with this {@link secretDigest} was published.
 */
export async function secretProblem(
  secret: Uint8Array,
  known?: (digest: string) => boolean | Promise<boolean>,
): Promise<string | undefined> {
  const content = contentOf(secret)
  if (content.length < MIN_BYTES) return `The secret has fewer than ${MIN_BYTES} bytes`
  if (content.length > MAX_BYTES) return `The secret has more than ${MAX_BYTES} bytes`
  if (isAscii(content) || isUnicode(content))
    return `The secret is a text; it must be ${MIN_BYTES} or more random bytes, or their hexadecimal or base64`
  if (isPredictable(content)) return 'The secret has a pattern; it must be random bytes'
  if (known !== undefined && (await known(await secretDigest(secret))))
    return 'The secret was published'
  return undefined
}

/** SHA-256, in hexadecimal, of the bytes that a secret stands for: the same for a text and for what it decodes to. */
export async function secretDigest(secret: Uint8Array): Promise<string> {
  return toHex(await sha256(contentOf(secret)))
}

/** The bytes that a text of hexadecimal or base64 stands for, if there are enough; else the bytes themselves. */
function contentOf(secret: Uint8Array): Uint8Array {
  if (!isAscii(secret) || secret.length > 2 * MAX_BYTES) return secret
  const text = String.fromCharCode(...secret).trim()
  const decoded = fromHex(text.toLowerCase()) ?? fromAnyBase64(text)
  return decoded !== undefined && decoded.length >= MIN_BYTES ? decoded : secret
}

/** Base64 in either alphabet, with padding or without. Spare bits must be zero, as an encoder leaves them. */
function fromAnyBase64(text: string): Uint8Array | undefined {
  const digits = text
    .replace(/={1,2}$/, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
  return fromBase64(digits.padEnd(Math.ceil(digits.length / 4) * 4, '='))
}

/** Printable ASCII, tabs and line ends alone: 98 of 256 values, so 2^-44 for 32 random bytes. */
function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || TEXT_CONTROLS.has(byte))
}

const TEXT_CONTROLS: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d])

/**
 * UTF-8 without control characters. Random bytes are that with less than 0.465^length: characters of one to four
 * bytes have 98/256, 0.029, 0.0037 and 0.00024, and 0.465 solves for their sum. It is 2^-44 from 40 bytes.
 */
function isUnicode(bytes: Uint8Array): boolean {
  if (bytes.length < 40) return false
  const text = decodeUtf8Strict(bytes)
  return text !== undefined && !/[^\P{Cc}\t\n\r]/u.test(text)
}

/** Looked at as bytes and as the digits of base64, which is how a phrase becomes bytes unnoticed. */
function isPredictable(content: Uint8Array): boolean {
  // The last digit may hold fewer bits than six: fixed ones, which are no pattern of the secret's.
  const digits = utf8(toBase64Url(content)).slice(0, Math.floor((content.length * 8) / 6))
  const bytes = { values: [...content], bits: 8 }
  const sixes = { values: Array.from(digits, (digit) => DIGITS.indexOf(digit)), bits: 6 }
  const saved = [
    savedByWords(bytes.values, 8, 128 - 62),
    savedByWords([...digits], 6, 64 - 62),
    ...[bytes, sixes].flatMap((values) => [savedByRepeats(values), savedByRepeats(deltas(values))]),
  ]
  return saved.some((bits) => bits > MAX_SAVED_BITS)
}

/** Base64url's digits in the order of their values, as character codes. */
const DIGITS = utf8('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
