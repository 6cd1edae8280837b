/** Series of counts, made by chance that can be repeated: one value for each bucket, by its number. */
import { VolumeDetector, type Volume } from '../../src/guard/volume.ts'
import { random } from './random.ts'

export const BUCKET_MS = 300_000
/** A Monday. */
export const START_MS = Date.UTC(2026, 0, 5)
export const DAY = 86_400_000 / BUCKET_MS

export type Counts = (bucket: number) => number

/** About as many each time: the sum of twenty trials. */
export function steady(seed: number, mean: number): Counts {
  const chance = random(seed)
  return () => {
    let sum = 0
    for (let i = 0; i < 20; i += 1) sum += chance.below(mean + 1) / 10
    return Math.round(sum)
  }
}

/** Quiet by night, busy by day, half of it at the weekend. */
export function daily(seed: number, mean: number): Counts {
  const noise = steady(seed, 10)
  return (bucket) => {
    const hour = 1 + Math.sin((2 * Math.PI * (bucket % DAY)) / DAY)
    const weekend = Math.floor(bucket / DAY) % 7 >= 5
    return Math.round(mean * hour * (weekend ? 0.5 : 1)) + noise(bucket)
  }
}

/** One bucket in 400 has hundreds of times the others' mean. */
export function bursty(seed: number): Counts {
  const chance = random(seed)
  return () => (chance.below(400) === 0 ? 18_000 + chance.below(18_000) : 10 + chance.below(21))
}

/** Feeds buckets `from` to `to` (left out), and gives what the detector said of each. */
export function feed(
  detector: VolumeDetector,
  counts: Counts,
  from: number,
  to: number,
): readonly Volume[] {
  return Array.from({ length: to - from }, (_, index) => {
    const bucket = from + index
    return detector.observe(START_MS + bucket * BUCKET_MS, counts(bucket))
  })
}

/** A detector that knows a series for so many days. */
export function learnt(counts: Counts, days: number): VolumeDetector {
  const detector = new VolumeDetector()
  feed(detector, counts, 0, days * DAY)
  return detector
}

export function alarms(volumes: readonly Volume[]): number {
  return volumes.filter(({ alarm }) => alarm).length
}
