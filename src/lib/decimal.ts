/**
 * Exact decimals: whole numbers of the eighteenth place. Money and quantities are never floating point; what does not
 * fit is refused, never rounded.
 */

/** Units of 10^-18. */
export type Decimal = bigint
/** A product of two decimals, in units of 10^-36: still exact. */
export type Product = bigint

export const PLACES = 18
/** Digits before the point: more than anything that is traded has. */
const MOST_WHOLE = 20
const ONE = 10n ** BigInt(PLACES)

/** What a decimal is written like: no sign but minus, no exponent, no other digits, no leading zero, no bare point. */
const WRITTEN = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/

/** The decimal that a text is, or `undefined` where it is none, too long, or finer than 18 places. */
export function readDecimal(text: string): Decimal | undefined {
  const [, sign, whole, fraction = ''] = WRITTEN.exec(text) ?? []
  if (whole === undefined || whole.length > MOST_WHOLE || fraction.length > PLACES) return undefined
  const units = BigInt(whole + fraction.padEnd(PLACES, '0'))
  return sign === '-' ? -units : units
}

/** The same for what may be neither zero nor less. */
export function readPositive(text: string): Decimal | undefined {
  const value = readDecimal(text)
  return value !== undefined && value > 0n ? value : undefined
}

export function times(one: Decimal, other: Decimal): Product {
  return one * other
}

/** A decimal where products are compared or added. */
export function asProduct(value: Decimal): Product {
  return value * ONE
}

/** The shortest text of a decimal. */
export function decimalText(value: Decimal): string {
  return textOf(value, PLACES)
}

/** The shortest text of a product. */
export function productText(value: Product): string {
  return textOf(value, 2 * PLACES)
}

function textOf(value: bigint, places: number): string {
  const sign = value < 0n ? '-' : ''
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, '0')
  const fraction = digits.slice(-places).replace(/0+$/, '')
  return `${sign}${digits.slice(0, -places)}${fraction === '' ? '' : `.${fraction}`}`
}
