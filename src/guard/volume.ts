/**
 * How unusual the volume of a key is: a series of counts, one a bucket, judged online by what came before. It takes
 * the same time and space for the millionth value as for the first, and its state is plain numbers (`STATE_BYTES`).
 *
 * Each feature of a value (`volume-features.ts`) is turned into the chance of something so rare (`volume-tail.ts`);
 * what is rarer than one in fifty adds up, over features and over the last few values. So a spike must be extreme to be
 * told of, while a change that lasts need not, and a series that bursts all the time is not told of for bursting.
 *
 * One alert an event: after a score, what is not three times as surprising is scored 0, for a time that grows with
 * what was seen. Nothing here knows the whole series, its least or its greatest value.
 */
import { FEATURES, Movement, SIDES, type FeatureName, type Reading } from './volume-features.ts'
import { Season } from './volume-season.ts'
import { Tail } from './volume-tail.ts'

/** From this score on, it is an alarm. */
export const ALARM = 0.5
/** So many values are learnt before any is weighed, */
export const LEARNT_VALUES = 150
/** and none is scored before two days: who has seen each hour but once cannot tell an hour from an event. */
export const LEARNT_MS = 2 * 86_400_000

/** Of a feature, in −log10 of a chance: what is this usual says nothing. */
const USUAL = 1.7
/** No feature alone says more than this. */
const MOST = 6
/** Over how many values evidence is averaged. */
const EVIDENCE_SPAN = 6
/** Averaged evidence, relative to the usual peak of it, that is an alarm. */
const ALARMING = 1.2
/** Over so many values each peak of the evidence is taken, and so many peaks are remembered. */
const PEAK_SPAN = 144
const PEAKS = 10
/** A peak is remembered as no higher than this plus twice the usual one: a single event does not deafen. */
const HIGHEST_PEAK = 1
/** After a score only what surprises so many times as much has one; this falls by e in the time below. */
const SILENCED = 3
const SILENCE_LEAST = 100
const SILENCE_SHARE = 0.04
const SILENCE_MOST = 300
/** How fast the usual time between values follows. */
const INTERVAL_GAIN = 0.02
const MOST_INTERVALS = 4
/** So large a count is as good as infinite, and its square still is a number. */
const LARGEST = 1e15
/** Averages have forgotten everything by then. */
const MOST_MISSED = 1_000

const FORMAT = 1
const OWN_NUMBERS = 8
const NUMBERS = OWN_NUMBERS + Season.SIZE + Movement.SIZE + FEATURES.length + SIDES * Tail.SIZE
/** What a detector takes, stored. */
export const STATE_BYTES = NUMBERS * 8 + Season.CELLS * 4

/** What made a score, the weightiest first; weights sum to 1. */
export interface Contribution {
  readonly name: FeatureName
  readonly expected: number
  readonly seen: number
  readonly weight: number
}

export interface Volume {
  /** In [0, 1]; 0 while it learns, and while the same event goes on. */
  readonly score: number
  /** The score, had there been no alert before. */
  readonly surprise: number
  readonly alarm: boolean
  readonly features: readonly Contribution[]
}

const NOTHING: Volume = { score: 0, surprise: 0, alarm: false, features: [] }

export class VolumeDetector {
  #count = 0
  #learntMs = 0
  #atMs = 0
  #intervalMs = 0
  /** What is not more surprising is silenced. */
  #silenced = 0
  /** The peak of the evidence in this span, and the mean of the peaks before. */
  #peak = 0
  #usualPeak = 0
  #season = new Season()
  #movement = new Movement()
  #tails: readonly Tail[] = Array.from({ length: SIDES }, () => new Tail())
  /** Averaged evidence, by feature. */
  #evidence: readonly number[] = FEATURES.map(() => 0)

  /** Takes the count of a bucket that ended at `timeMs`. When the clock goes back, no time has passed. */
  observe(timeMs: number, value: number): Volume {
    if (Number.isNaN(value) || !Number.isFinite(timeMs)) return NOTHING
    const count = ++this.#count
    const seen = Math.max(-LARGEST, Math.min(LARGEST, value))
    const missed = this.#advance(timeMs)
    const forecast = this.#season.forecast(this.#atMs)
    const learnt = this.#movement.bounded(seen, forecast, count)
    const readings = this.#movement.take(seen, forecast, count, missed)
    this.#season.learn(this.#atMs, learnt, count, this.#intervalMs)
    this.#weigh(readings, missed)
    return this.#judge(readings, missed)
  }

  /** How many values are missing before this one. */
  #advance(timeMs: number): number {
    const gapMs = this.#count === 1 ? 0 : Math.max(0, timeMs - this.#atMs)
    this.#atMs = timeMs
    const usualMs = this.#intervalMs
    // One leap of the clock is neither the usual time between values, nor time in which something was learnt.
    const knownMs = usualMs === 0 ? gapMs : Math.min(gapMs, MOST_INTERVALS * usualMs)
    this.#learntMs += knownMs
    this.#intervalMs += (knownMs - usualMs) * (usualMs === 0 ? 1 : INTERVAL_GAIN)
    if (usualMs === 0) return 0
    return Math.min(MOST_MISSED, Math.max(0, Math.round(gapMs / usualMs) - 1))
  }

  /** Evidence first, then learning: what a value is compared with does not know it. */
  #weigh(readings: readonly Reading[], missed: number): void {
    let next = 0
    this.#evidence = readings.map(({ sides, floor }, index) => {
      let most = 0
      for (const side of sides) {
        const tail = this.#tails[next++]
        if (tail === undefined) continue
        if (this.#count > LEARNT_VALUES) most = Math.max(most, tail.surprise(side, floor))
        tail.learn(side, this.#count)
      }
      const evidence = Math.max(0, Math.min(MOST, most) - USUAL)
      const average = (this.#evidence[index] ?? 0) * (1 - 1 / EVIDENCE_SPAN) ** missed
      return average + (evidence - average) / EVIDENCE_SPAN
    })
  }

  #judge(readings: readonly Reading[], missed: number): Volume {
    const total = this.#evidence.reduce((sum, one) => sum + one, 0)
    const relative = total / (1 + this.#usualPeak)
    this.#rememberPeak(total)
    if (this.#count <= LEARNT_VALUES || this.#learntMs < LEARNT_MS) return NOTHING
    const share = Math.max(SILENCE_LEAST, SILENCE_SHARE * this.#count)
    this.#silenced *= Math.exp(-(1 + missed) / Math.min(SILENCE_MOST, share))
    const surprise = relative / (relative + ALARMING)
    const features = contributions(readings, this.#evidence, total)
    if (relative <= this.#silenced) return { score: 0, surprise, alarm: false, features }
    const alarm = surprise >= ALARM
    if (alarm) this.#silenced = SILENCED * relative
    return { score: surprise, surprise, alarm, features }
  }

  /** Who is surprising every day is less so for it. */
  #rememberPeak(total: number): void {
    this.#peak = Math.max(this.#peak, Math.min(total, HIGHEST_PEAK + 2 * this.#usualPeak))
    if (this.#count % PEAK_SPAN !== 0) return
    const gain = Math.max(1 / PEAKS, 1 / (this.#count / PEAK_SPAN + 2))
    this.#usualPeak += (this.#peak - this.#usualPeak) * gain
    this.#peak = 0
  }

  /** Everything it knows, `STATE_BYTES` long. */
  encode(): Uint8Array {
    const numbers = Float64Array.from([
      FORMAT,
      this.#count,
      this.#learntMs,
      this.#atMs,
      this.#intervalMs,
      this.#silenced,
      this.#peak,
      this.#usualPeak,
      ...this.#season.numbers,
      ...this.#movement.numbers,
      ...this.#evidence,
      ...this.#tails.flatMap((tail) => tail.numbers),
    ])
    const bytes = new Uint8Array(STATE_BYTES)
    bytes.set(new Uint8Array(numbers.buffer))
    bytes.set(new Uint8Array(this.#season.cells.buffer), NUMBERS * 8)
    return bytes
  }

  /** Goes on where one was encoded, or begins anew where the format is another. */
  static decode(bytes: Uint8Array): VolumeDetector {
    const detector = new VolumeDetector()
    if (bytes.length !== STATE_BYTES) return detector
    const { buffer } = Uint8Array.from(bytes)
    const numbers = [...new Float64Array(buffer, 0, NUMBERS)]
    const cells = new Float32Array(buffer, NUMBERS * 8, Season.CELLS)
    const take = (length: number) => numbers.splice(0, length)
    const [format, count = 0, learntMs = 0, atMs = 0, intervalMs = 0, ...heard] = take(OWN_NUMBERS)
    const [silenced = 0, peak = 0, usualPeak = 0] = heard
    if (format !== FORMAT) return detector
    detector.#count = count
    detector.#learntMs = learntMs
    detector.#atMs = atMs
    detector.#intervalMs = intervalMs
    detector.#silenced = silenced
    detector.#peak = peak
    detector.#usualPeak = usualPeak
    detector.#season = new Season(cells, take(Season.SIZE))
    detector.#movement = new Movement(take(Movement.SIZE))
    detector.#evidence = take(FEATURES.length)
    detector.#tails = detector.#tails.map(() => Tail.from(take(Tail.SIZE)))
    return detector
  }
}

function contributions(
  readings: readonly Reading[],
  evidence: readonly number[],
  total: number,
): readonly Contribution[] {
  if (total === 0) return []
  return readings
    .map(({ name, expected, seen }, index) => {
      return { name, expected, seen, weight: (evidence[index] ?? 0) / total }
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight)
}
