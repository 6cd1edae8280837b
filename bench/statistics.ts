/**
 * What the rounds say together. A ratio is taken within a round, so that a machine that becomes slower for a minute
 * changes both of its sides; what is left of the noise is in the spread. Pure: no clock, no process.
 */

/** A ratio, and the interval that the same ratio of another run is expected in. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** Of a normal distribution all but a thousandth lies within as many standard deviations. */
const SURE = 3.29
/** Standard deviations of a normal distribution in its median absolute deviation. */
const PER_DEVIATION = 1.4826
/** How much less a median knows than a mean: its standard error, in those of the mean. */
const MEDIAN_ERROR = Math.sqrt(Math.PI / 2)
/** What differs between two runs and not between rounds of one, such as where memory lies. As a logarithm. */
const DRIFT = Math.log(1.05)

/** @throws when there are none. */
export function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b)
  const low = ascending[Math.ceil(values.length / 2) - 1]
  const high = ascending[Math.floor(values.length / 2)]
  if (low === undefined || high === undefined) throw new Error('Nothing has no median')
  return (low + high) / 2
}

/** Of positive numbers. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

/**
 * The median of each row's ratios, one ratio a round, with the interval that holds all but a thousandth of other runs'
 * medians. The noise of a row is how its rounds differ, or how those of all rows do where that is more: a few rounds
 * that happen to be alike prove nothing.
 */
export function spreads(rows: readonly (readonly number[])[]): Spread[] {
  const deviations = rows.map(deviationsOf)
  const common = noiseOf(deviations.flat(), Math.min(...rows.map((row) => row.length)))
  return rows.map((row, i) => {
    const noise = Math.max(common, noiseOf(deviations[i] ?? [], row.length))
    // The other run's median has an error, too.
    const error = noise * MEDIAN_ERROR * Math.sqrt(2 / row.length)
    const half = Math.exp(Math.hypot(SURE * few(row.length) * error, DRIFT))
    const middle = median(row)
    return { median: middle, low: middle / half, high: middle * half }
  })
}

/**
 * How much less is known of the noise itself from a few rounds: twice as wide at two, nothing from ten on. By trial: with
 * two rounds and without it 50 of 54 ratios agreed, where all should have.
 */
function few(rounds: number): number {
  return 1 + 4 / rounds ** 2
}

/** How far each is from the median, as logarithms: half as much and twice as much are equally far. */
function deviationsOf(row: readonly number[]): number[] {
  const middle = median(row)
  return row.map((ratio) => Math.abs(Math.log(ratio / middle)))
}

/** The standard deviation, whatever a few rounds were that something else disturbed. */
function noiseOf(deviations: readonly number[], rounds: number): number {
  // One value is its own median: some of the noise is lost there, the more the fewer rounds there are.
  const lost = Math.sqrt(rounds / Math.max(rounds - 1, 1))
  return PER_DEVIATION * median(deviations) * lost
}

/** Whether another run found the same. */
export function agrees(stated: Spread, found: number): boolean {
  return found >= stated.low && found <= stated.high
}
