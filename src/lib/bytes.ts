/**
 * Octets and their texts. Decoders are strict: they accept exactly the text that the matching encoder
 * writes, because a signature that can be spelled in two ways is a replay id with a hole in it.
 */
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** UTF-8 octets of a text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Octets one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX[byte]
  return text
}

/** The value of each lower-case hexadecimal digit by its character code. */
const NO_NIBBLE = 16
const NIBBLES = new Uint8Array(128).fill(NO_NIBBLE)
for (let value = 0; value < 16; value += 1) NIBBLES[value.toString(16).charCodeAt(0)] = value

/** Octets of a lower-case hexadecimal text, or `undefined` when it is anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i += 1) {
    const high = NIBBLES[text.charCodeAt(2 * i)] ?? NO_NIBBLE
    const low = NIBBLES[text.charCodeAt(2 * i + 1)] ?? NO_NIBBLE
    if ((high | low) >= NO_NIBBLE) return undefined
    bytes[i] = (high << 4) | low
  }
  return bytes
}

const LETTERS = encoder.encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
/** Up to so many octets the platform's own encoder is faster, and takes them in one call. */
const FEW = 512

/** Base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  if (bytes.length <= FEW) return btoa(String.fromCharCode(...bytes))
  const whole = bytes.length - (bytes.length % 3)
  const text = new Uint8Array((whole / 3) * 4)
  for (let i = 0, at = 0; i < whole; i += 3, at += 4) {
    const three = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    text[at] = LETTERS[three >>> 18] ?? 0
    text[at + 1] = LETTERS[(three >>> 12) & 63] ?? 0
    text[at + 2] = LETTERS[(three >>> 6) & 63] ?? 0
    text[at + 3] = LETTERS[three & 63] ?? 0
  }
  return decoder.decode(text) + btoa(String.fromCharCode(...bytes.subarray(whole)))
}

/** Base64url without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return urlSafe(toBase64(bytes))
}

/** Base64 in the alphabet that a URL may hold, without padding (RFC 4648 section 5). */
export function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The value of each letter by its character code, in both alphabets. */
const NO_SEXTET = 64
const SEXTETS = sextetsOf('+/')
const URL_SEXTETS = sextetsOf('-_')

function sextetsOf(last: string): Uint8Array {
  const sextets = new Uint8Array(128).fill(NO_SEXTET)
  for (const [value, code] of LETTERS.subarray(0, 62).entries()) sextets[code] = value
  sextets[last.charCodeAt(0)] = 62
  sextets[last.charCodeAt(1)] = 63
  return sextets
}

/**
 * Octets of a base64 text, or `undefined` when it is not the canonical spelling: `atob` alone skips
 * white space and ignores spare bits, so one value would have many texts.
 */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return decoded(text, text.length - padding, SEXTETS)
}

/** Octets of a base64url text without padding (RFC 4648 section 5), or `undefined` when it is not the canonical spelling. */
export function fromBase64Url(text: string): Uint8Array | undefined {
  return decoded(text, text.length, URL_SEXTETS)
}

/** Of the first `length` letters; the bits that fill up no octet must be 0. */
function decoded(text: string, length: number, sextets: Uint8Array): Uint8Array | undefined {
  if (length % 4 === 1) return undefined
  const bytes = new Uint8Array(Math.floor((length * 3) / 4))
  let at = 0
  let buffer = 0
  let bits = 0
  for (let i = 0; i < length; i += 1) {
    const sextet = sextets[text.charCodeAt(i)] ?? NO_SEXTET
    if (sextet === NO_SEXTET) return undefined
    buffer = (buffer << 6) | sextet
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[at] = buffer >>> bits
    buffer &= (1 << bits) - 1
    at += 1
  }
  return buffer === 0 ? bytes : undefined
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** Base32 in lower case without padding (the alphabet of RFC 4648 section 6). */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32.charAt((buffer >>> bits) & 31)
    }
    buffer &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + BASE32.charAt((buffer << (5 - bits)) & 31)
}

/** Whether two byte strings are equal, in time that depends on their lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i += 1) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** Of no octets, which is the body of every read. */
const SHA256_OF_NOTHING = fromHex(
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
)

/** SHA-256 (FIPS 180-4). */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length === 0 && SHA256_OF_NOTHING !== undefined) return SHA256_OF_NOTHING.slice()
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}
