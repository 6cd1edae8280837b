/**
 * How rare a value is among those seen before, however heavy their tail: peaks over threshold, as in Siffer et al.,
 * "Anomaly Detection in Streams with Extreme Value Theory" (KDD 2017), with running moments in place of a fit.
 */

/** Values beyond this quantile are the tail. */
const SHARE = 0.05
/** After so many values the oldest are as good as forgotten. */
const MEMORY = 8_000
/** How far the quantile moves at first, and how fast that falls with the number of values. */
const GAIN = 30
/** Of the generalised Pareto distribution: 0 is exponential; from 0.5 on the variance would be infinite. */
const HEAVIEST = 0.4
/** No single value moves what is learnt as more than this many mean excesses: nobody teaches it their attack at once. */
const MOST_EXCESSES = 30
/** A deviation this many times the usual one says nothing of the usual one. */
const MOST_SPREADS = 8
const FEW = 20

export class Tail {
  #quantile = 0
  #spread = 0
  #excess = 0
  #variance = 0
  /** How many values lay in the tail, up to what memory holds. */
  #excesses = 0

  /** What it is, as numbers. */
  get numbers(): readonly number[] {
    return [this.#quantile, this.#spread, this.#excess, this.#variance, this.#excesses]
  }

  static readonly SIZE = 5

  static from(numbers: readonly number[]): Tail {
    const tail = new Tail()
    const [quantile = 0, spread = 0, excess = 0, variance = 0, excesses = 0] = numbers
    tail.#quantile = quantile
    tail.#spread = spread
    tail.#excess = excess
    tail.#variance = variance
    tail.#excesses = excesses
    return tail
  }

  /** −log10 of the chance to see so large a value or a larger one; excesses are at least `floor` on average. */
  surprise(value: number, floor: number): number {
    const beyond = value - this.#quantile
    if (!(beyond > 0)) return 0
    const mean = Math.max(this.#excess, floor)
    if (mean === 0) return Number.POSITIVE_INFINITY
    const shape = this.#shape()
    const scale = mean * (1 - shape)
    const exponent = shape > 0 ? Math.log1p((shape * beyond) / scale) / shape : beyond / scale
    return (exponent - Math.log(SHARE)) / Math.LN10
  }

  /** Learns a value, the `count`-th. */
  learn(value: number, count: number): void {
    if (count === 1) this.#quantile = value
    const gain = Math.max(1 / count, 1 / MEMORY)
    const most = count < FEW ? Number.POSITIVE_INFINITY : MOST_SPREADS * this.#spread
    this.#spread += (Math.min(Math.abs(value - this.#quantile), most) - this.#spread) * gain
    const step = this.#spread * Math.min(2 / Math.sqrt(count), GAIN * gain)
    this.#quantile += step * ((value > this.#quantile ? 1 : 0) - SHARE)
    if (value > this.#quantile) this.#learnExcess(value - this.#quantile)
  }

  #learnExcess(beyond: number): void {
    const known = this.#excesses >= FEW && this.#excess > 0
    const excess = known ? Math.min(beyond, MOST_EXCESSES * this.#excess) : beyond
    this.#excesses = Math.min(this.#excesses + 1, MEMORY * SHARE)
    const difference = excess - this.#excess
    this.#excess += difference / this.#excesses
    this.#variance += (difference * difference - this.#variance) / this.#excesses
  }

  /** By moments: the variance of a heavy tail exceeds its squared mean. */
  #shape(): number {
    if (!(this.#variance > 0)) return 0
    const shape = (1 - (this.#excess * this.#excess) / this.#variance) / 2
    return Math.min(HEAVIEST, Math.max(0, shape))
  }
}
