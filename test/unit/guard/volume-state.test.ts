import { expect, test } from 'vitest'
import { STATE_BYTES, VolumeDetector } from '../../../src/guard/volume.ts'
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

test('the same series has the same scores', () => {
  const [one, other] = [0, 1].map(() => feed(new VolumeDetector(), bursty(1), 0, 10 * DAY))
  expect(one).toEqual(other)
})

test('the state takes 2 KiB at most, after one value as after a million', () => {
  const detector = new VolumeDetector()
  const counts = bursty(1)
  detector.observe(START_MS, 1)
  expect(detector.encode()).toHaveLength(STATE_BYTES)
  for (let i = 1; i < 1_000_000; i += 1) detector.observe(START_MS + i * 60_000, counts(i))
  expect(detector.encode()).toHaveLength(STATE_BYTES)
  expect(STATE_BYTES).toBeLessThanOrEqual(2_048)
}, 60_000)

test('what is restored goes on as if nothing had happened, wherever it is cut', () => {
  for (const cut of [0, 1, 100, 151, 3 * DAY, 8 * DAY + 17]) {
    const counts = daily(cut, 40)
    const whole = new VolumeDetector()
    feed(whole, counts, 0, cut)
    const restored = VolumeDetector.decode(whole.encode())
    expect(restored.encode()).toEqual(whole.encode())
    const rest = Array.from({ length: 3 * DAY }, (_, i) => counts(cut + i))
    const after = (bucket: number) => rest[bucket - cut] ?? 0
    const expected = feed(whole, after, cut, cut + 3 * DAY)
    expect(feed(restored, after, cut, cut + 3 * DAY)).toEqual(expected)
  }
})

test('octets of another form begin anew', () => {
  const fresh = new VolumeDetector().encode()
  const old = learnt(steady(1, 20), 1).encode()
  old[7] = 1
  for (const bytes of [new Uint8Array(), new Uint8Array(STATE_BYTES), old, fresh.slice(1)])
    expect(VolumeDetector.decode(bytes).encode()).toEqual(fresh)
})

test('what is no number or no time changes nothing', () => {
  const detector = learnt(steady(1, 20), 5)
  const before = detector.encode()
  for (const [timeMs, value] of [
    [START_MS + 6 * DAY * BUCKET_MS, Number.NaN],
    [Number.NaN, 20],
    [Number.POSITIVE_INFINITY, 20],
  ] as const)
    expect(detector.observe(timeMs, value).score).toBe(0)
  expect(detector.encode()).toEqual(before)
})

test('huge values are told of, and leave numbers that go on working', () => {
  for (const huge of [Number.MAX_VALUE, Number.POSITIVE_INFINITY, -Number.MAX_VALUE]) {
    const detector = learnt(steady(1, 20), 10)
    expect(alarms(feed(detector, () => huge, 10 * DAY, 10 * DAY + 3))).toBeGreaterThan(0)
    const later = feed(detector, steady(2, 20), 10 * DAY + 3, 30 * DAY)
    expect(later.every(({ surprise }) => surprise >= 0 && surprise < 1)).toBe(true)
    expect(alarms(feed(detector, steady(3, 200), 30 * DAY, 31 * DAY))).toBeGreaterThan(0)
  }
})

test('scores are in [0, 1], whatever values and times come', () => {
  const detector = new VolumeDetector()
  const wild = [0, -1, 1e-300, 1e300, -1e300, 3, 3, 3, Number.MIN_VALUE, 1e15]
  for (let i = 0; i < 20_000; i += 1) {
    const atMs = START_MS + ((i * 7_919) % 1_000) * BUCKET_MS * (i % 5 === 0 ? -1 : 1)
    const { score, surprise } = detector.observe(atMs, wild[(i * i) % wild.length] ?? 0)
    expect(score >= 0 && score <= 1 && surprise >= 0 && surprise <= 1).toBe(true)
  }
})

test('a clock that goes back, or leaps, tells of nothing by itself', () => {
  for (const leapMs of [-3_600_000, -90 * 86_400_000, 7 * 86_400_000, 365 * 86_400_000]) {
    const counts = steady(1, 40)
    const detector = learnt(counts, 10)
    const volumes = Array.from({ length: DAY }, (_, i) =>
      detector.observe(START_MS + (10 * DAY + i) * BUCKET_MS + leapMs, counts(i)),
    )
    expect(alarms(volumes)).toBe(0)
  }
})

test('a gap is no silence: what is missing was not counted', () => {
  const counts = steady(1, 40)
  expect(alarms(feed(learnt(counts, 10), counts, 13 * DAY, 14 * DAY))).toBe(0)
})

test('after a gap, what was before it is forgotten', () => {
  const busy = (bucket: number) => 3 * steady(bucket, 40)(bucket)
  const [straight, gap] = [10 * DAY + 24, 13 * DAY].map((next) => {
    const detector = learnt(steady(1, 40), 10)
    feed(detector, busy, 10 * DAY, 10 * DAY + 24)
    const { surprise, features } = detector.observe(START_MS + next * BUCKET_MS, 120)
    const average = features.find(({ name }) => name === 'middle_average')
    return [surprise, (average?.seen ?? 0) - (average?.expected ?? 0)] as const
  })
  expect(straight?.[0]).toBeGreaterThan(2 * (gap?.[0] ?? 1))
  expect(straight?.[1]).toBeGreaterThan(5 * (gap?.[1] ?? 1))
})

test('what it is restored from holds the peak of the span that it was cut in', () => {
  const counts = (bucket: number) => (bucket % 144 === 5 ? 500 : steady(bucket, 20)(bucket))
  const [whole, restored] = [0, 1].map((cut) => {
    let detector = learnt(counts, 5)
    feed(detector, counts, 5 * DAY, 5 * DAY + 20)
    if (cut === 1) detector = VolumeDetector.decode(detector.encode())
    return feed(detector, counts, 5 * DAY + 20, 7 * DAY)
  })
  expect(restored).toEqual(whole)
})
