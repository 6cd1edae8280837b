/**
 * A time that an origin wrote into a header: what its clock may have shown. A number of nanoseconds since 1970 does not
 * fit into a floating-point number, so the digits are cut as text; microseconds do, exactly, until the year 2255.
 */

export const CLOCK_UNITS = ['s', 'ms', 'us', 'ns'] as const
export type ClockUnit = (typeof CLOCK_UNITS)[number]

/** What the clock may have shown, whichever way its owner rounded: before, after or to the nearest of its last digit. */
export interface Reading {
  /** As it was written, cut after the microsecond: for people. */
  readonly atUs: number
  readonly earliestUs: number
  readonly latestUs: number
}

/** How many decimal places of the unit a microsecond is. */
const PLACES_TO_US = { s: 6, ms: 3, us: 0, ns: -3 } as const satisfies Record<ClockUnit, number>

/** No sign, no exponent, no space, no second value that was joined on: whatever else is there, this is not a time. */
const WRITTEN = /^(0|[1-9][0-9]{0,18})(?:\.([0-9]{1,9}))?$/

/** The reading that a header's text is, or `undefined` where it is none. */
export function readStamp(text: string | null, unit: ClockUnit): Reading | undefined {
  const [, whole, fraction = ''] = WRITTEN.exec(text ?? '') ?? []
  if (whole === undefined) return undefined
  const places = PLACES_TO_US[unit] - fraction.length
  const digits = whole + fraction
  const reading = places < 0 ? cut(digits.slice(0, places)) : shift(digits, places)
  return Number.isSafeInteger(reading.latestUs) ? reading : undefined
}

/** Coarser than a microsecond, or just as fine: the last digit may be one too high or too low. */
function shift(digits: string, places: number): Reading {
  const atUs = Number(digits + '0'.repeat(places))
  const digitUs = 10 ** places
  return { atUs, earliestUs: atUs - digitUs, latestUs: atUs + digitUs }
}

/** Finer than a microsecond: what was cut off is less than one, and so is what the last digit may be off by. */
function cut(digits: string): Reading {
  const atUs = Number(digits)
  return { atUs, earliestUs: atUs - 1, latestUs: atUs + 2 }
}
