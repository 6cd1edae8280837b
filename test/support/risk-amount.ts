/** Decimals of the risk calculator, which are nobody else's: a whole number and how many of its digits are places. */

export interface Amount {
  readonly units: bigint
  readonly places: number
}

export const NOTHING: Amount = { units: 0n, places: 0 }

/** @throws when the text is no plain decimal: then the test itself is wrong. */
export function amount(text: string): Amount {
  const [whole = '', fraction = ''] = text.split('.')
  return { units: BigInt(whole + fraction), places: fraction.length }
}

/** Of what an order holds: units of the eighteenth place. */
export function held(units: bigint): Amount {
  return { units, places: 18 }
}

function to({ units, places }: Amount, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - places)
}

export function compare(one: Amount, other: Amount): number {
  const places = Math.max(one.places, other.places)
  const difference = to(one, places) - to(other, places)
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}

export function isMore(one: Amount, other: Amount): boolean {
  return compare(one, other) > 0
}

export function higher(one: Amount, other: Amount | undefined): Amount {
  return other !== undefined && isMore(other, one) ? other : one
}

export function plus(one: Amount, other: Amount): Amount {
  const places = Math.max(one.places, other.places)
  return { units: to(one, places) + to(other, places), places }
}

export function minus(one: Amount, { units, places }: Amount): Amount {
  return plus(one, { units: -units, places })
}

export function by(one: Amount, other: Amount): Amount {
  return { units: one.units * other.units, places: one.places + other.places }
}

/** Of positive amounts: the quotient with so many places, never less than it is. */
export function overUp(one: Amount, other: Amount, places: number): Amount {
  const top = one.units * 10n ** BigInt(other.places + places)
  const bottom = other.units * 10n ** BigInt(one.places)
  const units = top / bottom
  return { units: units * bottom === top ? units : units + 1n, places }
}

/** Likewise, never more than it is. */
export function overDown(one: Amount, other: Amount, places: number): Amount {
  const top = one.units * 10n ** BigInt(other.places + places)
  return { units: top / (other.units * 10n ** BigInt(one.places)), places }
}

/** With so many places, never less than it is. */
export function roundUp(one: Amount, places: number): Amount {
  return overUp(one, amount('1'), places)
}

/** The shortest way to write it. */
export function written({ units, places }: Amount): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0')
  const cut = digits.length - places
  const fraction = digits.slice(cut).replace(/0+$/, '')
  const sign = units < 0n ? '-' : ''
  return `${sign}${digits.slice(0, cut)}${fraction === '' ? '' : `.${fraction}`}`
}
