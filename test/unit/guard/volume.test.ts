import { describe, expect, test } from 'vitest'
import { ALARM, LEARNT_MS, LEARNT_VALUES, VolumeDetector } from '../../../src/guard/volume.ts'
import {
  alarms,
  bursty,
  BUCKET_MS,
  daily,
  DAY,
  feed,
  learnt,
  START_MS,
  steady,
} from '../../support/volume-series.ts'

describe('what is told of', () => {
  test('a change that lasts, whichever way', () => {
    for (const factor of [3, 0]) {
      const detector = learnt(steady(1, 20), 10)
      const changed = feed(detector, (b) => factor * steady(b, 20)(b), 10 * DAY, 11 * DAY)
      expect(alarms(changed.slice(0, 12))).toBeGreaterThan(0)
    }
  })

  test('silence in the middle of a busy day, within an hour', () => {
    const detector = learnt(daily(1, 60), 14)
    const noon = 14 * DAY + DAY / 4
    feed(detector, daily(2, 60), 14 * DAY, noon)
    const told = alarms(feed(detector, () => 0, noon, noon + 12))
    expect(told).toBeGreaterThan(0)
    expect(told).toBeLessThanOrEqual(2)
  })

  test('a night as busy as a day', () => {
    const detector = learnt(daily(1, 60), 14)
    const night = 14 * DAY + (3 * DAY) / 4
    feed(detector, daily(2, 60), 14 * DAY, night)
    expect(alarms(feed(detector, steady(3, 120), night, night + 12))).toBeGreaterThan(0)
  })

  test('one event once, not for as long as it lasts', () => {
    const detector = learnt(steady(1, 20), 10)
    const volumes = feed(detector, steady(2, 200), 10 * DAY, 12 * DAY)
    expect(alarms(volumes)).toBeGreaterThan(0)
    expect(alarms(volumes)).toBeLessThanOrEqual(3)
    expect(volumes.some(({ score, surprise }) => score === 0 && surprise >= ALARM)).toBe(true)
  })

  test('a second event that is much larger, soon after the first', () => {
    const detector = learnt(steady(1, 20), 20)
    const first = feed(detector, steady(2, 26), 20 * DAY, 20 * DAY + 12)
    const second = feed(detector, () => 400_000, 20 * DAY + 12, 20 * DAY + 18)
    expect(alarms(first)).toBe(1)
    expect(alarms(second)).toBeGreaterThan(0)
  })
})

describe('what is not', () => {
  test('bursts of hundreds of times the mean, where bursts are usual', () => {
    for (const seed of [1, 2, 3]) {
      const counts = bursty(seed)
      const detector = learnt(counts, 30)
      const values: number[] = []
      const volumes = feed(
        detector,
        (bucket) => {
          const value = counts(bucket)
          values.push(value)
          return value
        },
        30 * DAY,
        60 * DAY,
      )
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const bursts = volumes.filter((_, index) => (values[index] ?? 0) > 150 * mean)
      expect(Math.max(...values)).toBeGreaterThan(270 * mean)
      expect(bursts.length).toBeGreaterThan(10)
      expect(alarms(bursts)).toBeLessThanOrEqual(bursts.length / 10)
    }
  })

  test('every hour of a day and a week that has been seen', () => {
    const counts = daily(1, 60)
    const detector = learnt(counts, 21)
    expect(alarms(feed(detector, counts, 21 * DAY, 42 * DAY))).toBeLessThanOrEqual(1)
  })

  test('growth of a thousandth a day', () => {
    const counts = (bucket: number) => steady(bucket, 100)(bucket) * (1 + bucket / DAY / 1000)
    const detector = learnt(counts, 14)
    expect(alarms(feed(detector, counts, 14 * DAY, 60 * DAY))).toBeLessThanOrEqual(2)
  })

  test('a key that was always silent', () => {
    const detector = new VolumeDetector()
    const volumes = feed(detector, () => 0, 0, 30 * DAY)
    expect(volumes.every(({ score, surprise }) => score === 0 && surprise === 0)).toBe(true)
  })
})

describe('what it takes to be told of', () => {
  test('nothing is scored before enough values and two days', () => {
    const wild = (bucket: number) => (bucket % 97 === 0 ? 1e6 : 1)
    const early = feed(new VolumeDetector(), wild, 0, LEARNT_MS / BUCKET_MS)
    expect(early.every(({ score, alarm }) => score === 0 && !alarm)).toBe(true)
    const detector = new VolumeDetector()
    for (let i = 0; i < LEARNT_VALUES; i += 1)
      expect(detector.observe(START_MS + i * 3_600_000, wild(i)).score).toBe(0)
  })

  test('a leap of the clock is no two days', () => {
    const detector = new VolumeDetector()
    for (let i = 0; i < 200; i += 1) detector.observe(START_MS + i * 1_000, i % 3)
    detector.observe(START_MS + 30 * 86_400_000, 1)
    expect(detector.observe(START_MS + 30 * 86_400_000 + 1_000, 1e6).score).toBe(0)
  })
})

test('weights say what made the score: none is negative, together they are 1, the weightiest is first', () => {
  const detector = learnt(steady(1, 20), 10)
  const volumes = feed(detector, steady(2, 60), 10 * DAY, 10 * DAY + 50)
  const told = volumes.filter(({ surprise }) => surprise > 0)
  expect(told.length).toBeGreaterThan(10)
  for (const { features } of told) {
    const weights = features.map(({ weight }) => weight)
    expect(weights.every((weight) => weight > 0)).toBe(true)
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9)
    expect(weights).toEqual(weights.toSorted((one, other) => other - one))
  }
})

test('expected and seen are in the units of the series', () => {
  const detector = learnt(() => 50, 10)
  const [volume] = feed(detector, () => 500, 10 * DAY, 10 * DAY + 1)
  const level = volume?.features.find(({ name }) => name === 'level')
  const step = volume?.features.find(({ name }) => name === 'step')
  expect(volume?.alarm).toBe(true)
  expect(level?.expected).toBeCloseTo(50, 3)
  expect(level?.seen).toBe(500)
  expect(step?.seen).toBe(450)
})

test('what was told of is not learnt at once: back in its usual range, what foretells it still holds', () => {
  const detector = learnt(steady(1, 20), 10)
  feed(detector, () => 1e9, 10 * DAY, 10 * DAY + 1)
  const { features } = detector.observe(START_MS + (10 * DAY + 1) * BUCKET_MS, 20)
  const season = features.find(({ name }) => name === 'season')
  expect(Math.abs((season?.expected ?? 20) - 20)).toBeLessThan(5)
})
