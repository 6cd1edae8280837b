/** Decimal texts as whole numbers of their smallest unit: a broker does not add money in floating point. */

/** Units of `10^-places`, or `undefined` when the text is not a positive decimal with at most that many. */
export function parseDecimal(text: unknown, places: number): number | undefined {
  if (typeof text !== 'string') return undefined
  const [, whole, fraction = ''] = /^(0|[1-9][0-9]{0,11})(?:\.([0-9]+))?$/.exec(text) ?? []
  if (whole === undefined || fraction.length > places) return undefined
  const units = Number(whole + fraction.padEnd(places, '0'))
  return Number.isSafeInteger(units) && units > 0 ? units : undefined
}

/** The shortest text for a whole number of units. */
export function formatDecimal(units: bigint, places: number): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0')
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '')
  return sign + digits.slice(0, digits.length - places) + (fraction === '' ? '' : `.${fraction}`)
}
