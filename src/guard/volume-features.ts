/**
 * What the volume detector looks at with each value: how far it is from the mean and from what the hour lets one expect,
 * the step from the last value, averages over three spans, and how restless the series is. Each is a number that has
 * tails; how rare it is, `volume-tail.ts` says.
 */
import type { Forecast } from './volume-season.ts'

export const FEATURES = [
  'level',
  'season',
  'step',
  'short_average',
  'middle_average',
  'long_average',
  'roughness',
] as const
export type FeatureName = (typeof FEATURES)[number]

/** One feature of one value. */
export interface Reading {
  readonly name: FeatureName
  readonly expected: number
  readonly seen: number
  /** What its tails are of: one where only more is unusual, else one for each direction. */
  readonly sides: readonly number[]
  /** No tail of it is thinner than this. */
  readonly floor: number
}

/** Over how many values each average goes. */
const SPANS = [6, 24, 96] as const
const AVERAGES = ['short_average', 'middle_average', 'long_average'] as const
const ROUGHNESS_SPAN = 24
const SCALE_GAIN = 0.005
/** Excesses are at least this part of the usual deviation: who is always alike is not suspect for a hair. */
const FLOOR = 0.15
/** The least scale there is: rounding of what was added up. */
const NOTHING = 1e-9
/** Roughness is compared by its logarithm. */
const LOG_FLOOR = 0.02
/** What lies further from what is expected than this many usual errors is learnt as if it lay there. */
const MOST_ERRORS = 8
const MOST_FIRST_ERRORS = 5
/** Until then nothing is bounded: the usual error is not known yet. */
const FEW = 100

export class Movement {
  #last = 0
  /** Mean absolute deviation from the mean, error of the forecast, step. */
  #deviation = 0
  #error = 0
  #step = 0
  /** The step's mean over the last values alone. */
  #roughness = 0
  /** Averages of the error over the three spans. */
  #errors: readonly number[] = [0, 0, 0]

  static readonly SIZE = 8

  constructor(numbers: readonly number[] = []) {
    const [last = 0, deviation = 0, error = 0, step = 0, roughness = 0, ...errors] = numbers
    this.#last = last
    this.#deviation = deviation
    this.#error = error
    this.#step = step
    this.#roughness = roughness
    this.#errors = SPANS.map((_, index) => errors[index] ?? 0)
  }

  get numbers(): readonly number[] {
    return [this.#last, this.#deviation, this.#error, this.#step, this.#roughness, ...this.#errors]
  }

  /** The value as what is foretold may learn it: nobody teaches it their attack at once. */
  bounded(value: number, { expected }: Forecast, count: number): number {
    if (count <= FEW) return value
    const most = MOST_ERRORS * this.#error
    return Math.max(expected - most, Math.min(expected + most, value))
  }

  /** Takes the `count`-th value; `missed` is how many are missing before it. */
  take(value: number, forecast: Forecast, count: number, missed: number): readonly Reading[] {
    const deviation = value - forecast.level
    const error = value - forecast.expected
    const step = Math.abs(count === 1 ? 0 : value - this.#last)
    this.#last = value
    const gain = Math.max(SCALE_GAIN, 1 / count)
    const most = count <= FEW ? Number.POSITIVE_INFINITY : MOST_FIRST_ERRORS * this.#error
    this.#deviation += (Math.abs(deviation) - this.#deviation) * gain
    this.#error += (Math.min(Math.abs(error), most) - this.#error) * gain
    this.#step += (step - this.#step) * gain
    this.#roughness += (step - this.#roughness) / Math.min(ROUGHNESS_SPAN, count)
    this.#errors = SPANS.map((span, index) => {
      const average = (this.#errors[index] ?? 0) * (1 - 1 / span) ** missed
      return average + (error - average) / Math.min(span, count)
    })
    return this.#readings(value, forecast, step)
  }

  #readings(value: number, { level, expected }: Forecast, step: number): readonly Reading[] {
    const floor = FLOOR * this.#deviation
    const both = (distance: number) => [distance, -distance]
    const log = Math.log(this.#roughness + floor + NOTHING)
    return [
      { name: 'level', expected: level, seen: value, sides: both(value - level), floor },
      { name: 'season', expected, seen: value, sides: both(value - expected), floor },
      { name: 'step', expected: this.#step, seen: step, sides: [step], floor },
      ...AVERAGES.map((name, index) => {
        const error = this.#errors[index] ?? 0
        return { name, expected, seen: expected + error, sides: both(error), floor }
      }),
      {
        name: 'roughness',
        expected: this.#step,
        seen: this.#roughness,
        sides: both(log),
        floor: LOG_FLOOR,
      },
    ]
  }
}

/** How many tails all features have together. */
export const SIDES = 2 * FEATURES.length - 1
