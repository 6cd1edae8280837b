/**
 * What a series usually is at this hour: a slow mean, a profile of the day and one of the week, mixed by how well
 * each foretold what came. A series without a season falls back on its mean by itself.
 */
const HOUR_MS = 3_600_000
const DAY_HOURS = 24
const WEEK_HOURS = 168
/** The part of a new value in a cell of an hour, if the whole hour had that value. */
const DAY_GAIN = 0.3
const WEEK_GAIN = 0.4
/** The part of a new value in the mean, and of a new error in the mean error. */
const LEVEL_GAIN = 0.005
const ERROR_GAIN = 0.002
/** How decidedly the better predictor is preferred. */
const PREFERENCE = 4

export interface Forecast {
  /** The slow mean. */
  readonly level: number
  /** What the hour lets one expect. */
  readonly expected: number
}

export class Season {
  #level = 0
  #levelError = 0
  #dayError = 0
  #weekError = 0
  readonly #day: Float32Array
  readonly #week: Float32Array

  static readonly SIZE = 4
  static readonly CELLS = DAY_HOURS + WEEK_HOURS

  constructor(
    cells: Float32Array = new Float32Array(Season.CELLS).fill(Number.NaN),
    numbers: readonly number[] = [],
  ) {
    const [level = 0, levelError = 0, dayError = 0, weekError = 0] = numbers
    this.#level = level
    this.#levelError = levelError
    this.#dayError = dayError
    this.#weekError = weekError
    this.#day = cells.slice(0, DAY_HOURS)
    this.#week = cells.slice(DAY_HOURS, Season.CELLS)
  }

  get numbers(): readonly number[] {
    return [this.#level, this.#levelError, this.#dayError, this.#weekError]
  }

  get cells(): Float32Array {
    const cells = new Float32Array(Season.CELLS)
    cells.set(this.#day)
    cells.set(this.#week, DAY_HOURS)
    return cells
  }

  /** Foretells the value at this time from what was learnt before it. */
  forecast(timeMs: number): Forecast {
    const day = read(this.#day, timeMs) ?? this.#level
    const week = read(this.#week, timeMs) ?? day
    const errors = [this.#levelError, this.#dayError, this.#weekError]
    const expected = mix([this.#level, day, week], errors)
    return { level: this.#level, expected }
  }

  /** Learns a value, the `count`-th, that stands for `spanMs`. */
  learn(timeMs: number, value: number, count: number, spanMs: number): void {
    if (count === 1) this.#level = value
    const day = read(this.#day, timeMs) ?? this.#level
    const week = read(this.#week, timeMs) ?? day
    const errorGain = Math.max(ERROR_GAIN, 1 / count)
    this.#levelError += (Math.abs(value - this.#level) - this.#levelError) * errorGain
    this.#dayError += (Math.abs(value - day) - this.#dayError) * errorGain
    this.#weekError += (Math.abs(value - week) - this.#weekError) * errorGain
    this.#level += (value - this.#level) * Math.max(LEVEL_GAIN, 1 / count)
    const hours = Math.min(1, spanMs / HOUR_MS)
    write(this.#day, timeMs, value, DAY_GAIN * hours)
    write(this.#week, timeMs, value, WEEK_GAIN * hours)
  }
}

/** The two cells whose middles lie around a time, and how near the second is. */
function around(cells: Float32Array, timeMs: number) {
  const hour = timeMs / HOUR_MS - 0.5
  const before = Math.floor(hour)
  const first = ((before % cells.length) + cells.length) % cells.length
  return { first, second: (first + 1) % cells.length, near: hour - before }
}

function read(cells: Float32Array, timeMs: number): number | undefined {
  const { first, second, near } = around(cells, timeMs)
  const value = (cells[first] ?? 0) * (1 - near) + (cells[second] ?? 0) * near
  return Number.isNaN(value) ? undefined : value
}

function write(cells: Float32Array, timeMs: number, value: number, gain: number): void {
  const { first, second, near } = around(cells, timeMs)
  blend(cells, first, value, gain * (1 - near))
  blend(cells, second, value, gain * near)
}

function blend(cells: Float32Array, index: number, value: number, gain: number): void {
  const old = cells[index] ?? 0
  cells[index] = Number.isNaN(old) ? value : old + (value - old) * gain
}

/** The mean of the forecasts, each weighed by a power of how much better than the best it was. */
function mix(forecasts: readonly number[], errors: readonly number[]): number {
  const best = Math.min(...errors)
  let sum = 0
  let weights = 0
  for (const [index, forecast] of forecasts.entries()) {
    const error = errors[index] ?? 0
    const weight = error === best ? 1 : (best / error) ** PREFERENCE
    sum += forecast * weight
    weights += weight
  }
  return sum / weights
}
