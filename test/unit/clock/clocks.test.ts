import { describe, expect, test } from 'vitest'
import { Clocks, type ClockPolicy } from '../../../src/clock/clocks.ts'
import { exchangeAt, exchangeOf } from '../../support/exchange.ts'

const NOW = 1_800_000_000_000
const POLICY: ClockPolicy = {
  received: 'broker-received-at',
  sent: 'broker-sent-at',
  unit: 'ms',
  windowSeconds: 60,
  driftPpm: 500,
  smallestStepMs: 128,
  cpuLagMs: 10,
  warnMs: 250,
  criticalMs: 1_000,
}

describe('clocks that are apart', () => {
  // @control cat/clock pci/10.6
  test.each([
    [0, []],
    // 10 ms for the lag and 1 ms for truncation, on one side: the middle is 5.5 ms lower.
    [255, []],
    [256, ['clock_apart']],
    [-245, ['clock_apart']],
    [1_005, ['clock_apart']],
    [1_006, ['clock_far_apart']],
    [-3_600_000, ['clock_far_apart']],
  ])('by %d ms are told as %j', (offsetMs, rules) => {
    const { bound, alarms } = new Clocks().observe('FRA', exchangeAt(NOW, offsetMs), POLICY)
    expect(alarms.map(({ rule }) => rule)).toEqual(rules)
    for (const { features } of alarms) expect(features).toEqual({ ...bound })
  })
})

test('a clock that is set is told, with how far back it concerns', () => {
  const clocks = new Clocks()
  clocks.observe('FRA', exchangeAt(NOW), POLICY)
  const { bound, alarms } = clocks.observe('FRA', exchangeAt(NOW + 7_500, 200), POLICY)
  expect(alarms).toEqual([{ rule: 'clock_inconsistent', features: { ...bound, windowSeconds: 8 } }])
})

test('received before it was sent, by every offset that was possible, breaks causality as well', () => {
  const clocks = new Clocks()
  clocks.observe('FRA', exchangeAt(NOW), POLICY)
  const { alarms } = clocks.observe('FRA', exchangeAt(NOW + 7_500, -200), POLICY)
  expect(alarms.map(({ rule }) => rule)).toEqual(['clock_inconsistent', 'clock_causality'])
})

test('answered before it was asked breaks causality, and gives no bound', () => {
  const exchange = exchangeOf(NOW, `${NOW + 4}.000`, `${NOW + 1}.000`, NOW + 8)
  expect(new Clocks().observe('FRA', exchange, POLICY)).toEqual({
    bound: undefined,
    alarms: [{ rule: 'clock_causality', features: { windowSeconds: 0 } }],
  })
})

test('each place is compared with itself alone', () => {
  const clocks = new Clocks()
  clocks.observe('FRA', exchangeAt(NOW), POLICY)
  expect(clocks.observe('NRT', exchangeAt(NOW + 1, 200), POLICY).alarms).toEqual([])
  expect(clocks.observe('FRA', exchangeAt(NOW + 2), POLICY).bound?.samples).toBe(2)
})
