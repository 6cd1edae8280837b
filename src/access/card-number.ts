/**
 * Finds payment card numbers (PAN) in what a client sends. A trading gateway has no business with them: one that passed
 * would bring the gateway, its log and the broker into the scope of PCI DSS (v4.0.1, section 4). By length, by the ranges
 * of issuers (ISO/IEC 7812-1, as the card schemes publish them) and by the check digit (ISO/IEC 7812-1 annex B, Luhn).
 */

/**
 * What may stand between groups: a blank of any width, a dash of any length, an invisible sign, a dot, a slash or an
 * underscore. No comma: it stands between the numbers of a list.
 */
const BETWEEN = String.raw`[\s\p{Z}\p{Pd}\p{Cf}\u2212._/]`
const BETWEEN_GROUPS = new RegExp(BETWEEN, 'gu')

/** As cards are written: digits alone, or groups of 4-4-4-4(-3), 4-6-5 and 4-6-4 with one sign between them. */
const DIGITS = [
  String.raw`[2-6]\d{12,18}`,
  String.raw`[2-6]\d{3}(?<a>${BETWEEN})\d{4}\k<a>\d{4}\k<a>\d{4}(?:\k<a>\d{3})?`,
  String.raw`3\d{3}(?<b>${BETWEEN})\d{6}\k<b>\d{4,5}`,
].join('|')

/** Neither within a word, such as an id in hexadecimal, nor the digits of a decimal before or after its point. */
const CANDIDATE = new RegExp(
  String.raw`(?<![0-9A-Za-z]|\d\.)(?:${DIGITS})(?![0-9A-Za-z]|\.\d)`,
  'gu',
)

interface Issuer {
  /** The first digits, from and to. */
  readonly from: string
  readonly to: string
  readonly lengths: readonly number[]
}

const LONG = [16, 17, 18, 19] as const

const ISSUERS: readonly Issuer[] = [
  // Visa.
  { from: '4', to: '4', lengths: [13, 16, 18, 19] },
  // Mastercard.
  { from: '51', to: '55', lengths: [16] },
  { from: '2221', to: '2720', lengths: [16] },
  // American Express.
  { from: '34', to: '34', lengths: [15] },
  { from: '37', to: '37', lengths: [15] },
  // Discover.
  { from: '6011', to: '6011', lengths: LONG },
  { from: '644', to: '659', lengths: LONG },
  // Diners Club.
  { from: '300', to: '305', lengths: [14, ...LONG] },
  { from: '36', to: '36', lengths: [14, ...LONG] },
  { from: '38', to: '39', lengths: [14, ...LONG] },
  // JCB.
  { from: '3528', to: '3589', lengths: LONG },
  // UnionPay.
  { from: '62', to: '62', lengths: LONG },
]

/** Where each card number of a text begins. */
export function* cardNumbersIn(text: string): Generator<number> {
  for (const { 0: written, index } of text.matchAll(CANDIDATE)) {
    const digits = written.replaceAll(BETWEEN_GROUPS, '')
    if (isIssued(digits) && isChecked(digits)) yield index
  }
}

function isIssued(digits: string): boolean {
  return ISSUERS.some(({ from, to, lengths }) => {
    const begin = digits.slice(0, from.length)
    return from <= begin && begin <= to && lengths.includes(digits.length)
  })
}

/** Every second digit from the right is doubled; the sum of all digits ends in 0. */
function isChecked(digits: string): boolean {
  let sum = 0
  for (let at = digits.length - 1, twice = false; at >= 0; at -= 1, twice = !twice) {
    const digit = Number(digits[at])
    const value = twice ? 2 * digit : digit
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}

const ESCAPE = /\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))/g

const SHORT: Readonly<Record<string, string>> = {
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Stands for an escaped quote or backslash, which would look like the end of a text or like another escape. */
const NEITHER = '\u{FFFD}'

/** A JSON text with what its escapes mean. Texts still end at quotes, and only there. */
function withoutEscapes(text: string): string {
  if (!text.includes('\\')) return text
  return text.replaceAll(ESCAPE, (_whole, hex: string | undefined, short: string | undefined) => {
    const sign =
      hex === undefined ? SHORT[short ?? ''] : String.fromCodePoint(Number.parseInt(hex, 16))
    return sign === undefined || sign === '"' || sign === '\\' ? NEITHER : sign
  })
}

/** The name of a member whose value begins before `index`, when nothing but a text or a number stands between. */
const MEMBER_BEFORE = /"([^"\\]{1,64})"\s*:\s*(?:"[^"\\]*|-?)$/

/** Whether a JSON text has a card number elsewhere than in the values of these names, however it is escaped. */
export function isCardInJson(text: string, except: ReadonlySet<string>): boolean {
  const plain = withoutEscapes(text)
  for (const index of cardNumbersIn(plain)) {
    const [, name] = MEMBER_BEFORE.exec(plain.slice(Math.max(0, index - 256), index)) ?? []
    if (name === undefined || !except.has(name)) return true
  }
  return false
}

/** Whether a query or a form (`application/x-www-form-urlencoded`) has one elsewhere than in these names. */
export function isCardInForm(text: string, except: ReadonlySet<string>): boolean {
  for (const [name, value] of new URLSearchParams(text))
    if (hasCard(name) || (hasCard(value) && !except.has(name))) return true
  return false
}

/** Whether a text of its own has one; it may hold JSON, as a parameter does that is a list. */
export function hasCard(text: string): boolean {
  return cardNumbersIn(withoutEscapes(text)).next().done !== true
}
