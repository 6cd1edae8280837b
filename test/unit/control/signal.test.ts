import { expect, test } from 'vitest'
import { SIGNAL_RULES, SignalGate, signalOf } from '../../../src/control/signal.ts'

const NOW = 1_800_000_000_000
const AT = '2027-01-15T08:00:00.000Z'
const SUBJECT = { type: 'network', id: '192.0.2.0/24' } as const

test('a signal says what was noticed, about whom, how grave it is and from what', () => {
  expect(signalOf('network_locked', SUBJECT, { level: 1 }, AT)).toEqual({
    v: 1,
    type: 'signal',
    at: AT,
    rule: 'network_locked',
    severity: 'low',
    confidence: 'high',
    technique: 'T1110',
    subject: SUBJECT,
    features: { level: 1 },
    count: 1,
  })
})

// @control soc2/CC7.2
test('each rule names a technique of ATT&CK and a period', () => {
  for (const [rule, { technique, periodMs }] of Object.entries(SIGNAL_RULES)) {
    expect(technique, rule).toMatch(/^(?:T\d{4}(?:\.\d{3})?|none)$/)
    expect(periodMs, rule).toBeGreaterThanOrEqual(60_000)
  }
})

test('is told once per subject and period, and then with the number that was withheld', () => {
  const gate = new SignalGate()
  const signal = signalOf('canary_used', { type: 'credential', id: 'pc1_x' }, {}, AT)
  expect(gate.pass(signal, NOW)).toEqual(signal)
  for (let i = 1; i <= 1_000; i += 1) expect(gate.pass(signal, NOW + i)).toBeUndefined()
  expect(gate.pass(signal, NOW + 59_999)).toBeUndefined()
  expect(gate.pass(signal, NOW + 60_000)).toEqual({ ...signal, count: 1_002 })
  expect(gate.pass(signal, NOW + 120_000)).toEqual(signal)
})

test('other subjects and rules are told all the same', () => {
  const gate = new SignalGate()
  for (const [rule, id] of [
    ['network_locked', 'a'],
    ['network_locked', 'b'],
    ['many_ids_one_network', 'a'],
  ] as const) {
    expect(gate.pass(signalOf(rule, { type: 'network', id }, {}, AT), NOW)).toBeDefined()
  }
})
