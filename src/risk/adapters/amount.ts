/** Amounts as clients write them. A form that two readers could take for two numbers is refused, and told by its name. */
import { readDecimal, type Decimal } from '../../lib/decimal.ts'
import { ok, type Result } from '../../lib/result.ts'

/** Digits that every reader of a JSON number keeps, whatever it stores it in (RFC 8259 section 6). */
const SAFE_DIGITS = 15

const NOT_POSITIVE = 'must be more than zero'
const TOO_LONG = 'must have at most 20 digits before the point and 18 after it'

/** Tried in this order: the first that fits says what is wrong. */
const FORMS: readonly (readonly [form: RegExp, reason: string])[] = [
  [/^\s*$/, 'must not be empty'],
  [/^\s|\s$/, 'must not begin or end with a space'],
  [/^\+/, 'must not begin with a plus sign'],
  [/^-(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/, NOT_POSITIVE],
  [/^[+-]?0x/i, 'must be a decimal number'],
  [/^[+-]?[0-9.]+e[+-]?[0-9]+$/i, 'must not have an exponent'],
  [/^-?0[0-9]/, 'must not begin with a needless zero'],
  [/^(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/, TOO_LONG],
]

/** An amount of something: a decimal that is more than zero. */
export function readAmount(text: string): Result<Decimal, string> {
  const value = readDecimal(text)
  if (value !== undefined) return value > 0n ? ok(value) : { ok: false, error: NOT_POSITIVE }
  const known = FORMS.find(([form]) => form.test(text))
  return { ok: false, error: known?.[1] ?? 'must be a decimal number such as 0.01' }
}

/**
 * Whether every reader takes a JSON number for the same one. Beyond fifteen digits a double may hold another, and an
 * exponent makes a thousand-digit number of four characters.
 */
export function isSafeNumber(text: string): boolean {
  const digits = /^-?([0-9]+)(?:\.([0-9]+))?$/.exec(text)
  if (digits === null) return false
  return `${digits[1]}${digits[2] ?? ''}`.replace(/^0+/, '').length <= SAFE_DIGITS
}
