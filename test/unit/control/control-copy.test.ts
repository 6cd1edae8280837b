import { assert, constantFrom, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ControlCopies, CURRENT_MS, IN_FORCE_MS } from '../../../src/control/control-copy.ts'
import type { Move } from '../../../src/control/level.ts'
import type { WideTrip } from '../../../src/control/trip.ts'

const ORDER = { operation: 'order.write', symbols: ['BTC-USD'] }
const CLOSED: WideTrip = { level: 'closed', scope: { type: 'global' } }

function codeOf(copies: ControlCopies, move: Move, nowMs: number): string {
  const judged = copies.judge(move, ORDER, nowMs)
  return judged.ok ? 'passes' : judged.error.code
}

function copyOf(trips: readonly WideTrip[], ageMs = 0, askedMs = 10_000): ControlCopies {
  const copies = new ControlCopies()
  copies.keep({ trips, ageMs }, askedMs, askedMs + 50)
  return copies
}

describe('I6: a copy that is too old', () => {
  test.each<[Move, string]>([
    ['read', 'passes'],
    ['cancel', 'passes'],
    ['reducing', 'control_stale'],
    ['order', 'control_stale'],
    ['account', 'control_stale'],
    ['withdrawal', 'control_stale'],
  ])('%s: %s', (move, expected) => {
    expect(codeOf(copyOf([]), move, 10_000 + CURRENT_MS)).toBe('passes')
    expect(codeOf(copyOf([]), move, 10_001 + CURRENT_MS)).toBe(expected)
    expect(codeOf(new ControlCopies(), move, 0)).toBe(expected)
  })

  test('still closes what it knows to be closed', () => {
    expect(codeOf(copyOf([CLOSED]), 'read', 90_000)).toBe('halted')
  })

  test('is older by what the view said', () => {
    expect(codeOf(copyOf([], 1_000), 'order', 10_000 + CURRENT_MS - 1_000)).toBe('passes')
    expect(codeOf(copyOf([], 1_000), 'order', 10_001 + CURRENT_MS - 1_000)).toBe('control_stale')
    expect(codeOf(copyOf([], Number.POSITIVE_INFINITY), 'order', 10_050)).toBe('control_stale')
  })

  test('a clock that was set back makes it no younger, and does not keep the next one out', () => {
    const copies = copyOf([])
    expect(codeOf(copies, 'order', 9_000)).toBe('control_stale')
    expect(copies.takeRenewal(9_000)).toBe('before')
    copies.keep({ trips: [], ageMs: 0 }, 9_000, 9_010)
    expect(codeOf(copies, 'order', 9_020)).toBe('passes')
  })
})

test('a copy that comes late does not take the place of a newer one', () => {
  const copies = copyOf([CLOSED], 0, 20_000)
  copies.keep({ trips: [], ageMs: 0 }, 19_990, 20_100)
  expect(codeOf(copies, 'read', 20_100)).toBe('halted')
})

describe('renewal', () => {
  test('before the first request, beside those that use an ageing one, by one of them', () => {
    expect(new ControlCopies().takeRenewal(0)).toBe('before')
    const copies = copyOf([])
    expect(copies.takeRenewal(10_999)).toBe('none')
    expect(copies.takeRenewal(11_000)).toBe('beside')
    expect(copies.takeRenewal(11_001)).toBe('none')
    expect(copies.takeRenewal(11_500)).toBe('before')
    expect(copies.takeRenewal(11_501)).toBe('before')
  })

  test('that failed is tried again after half a second, and nobody waits meanwhile', () => {
    const copies = new ControlCopies()
    copies.failed(1_000)
    expect(copies.takeRenewal(1_499)).toBe('none')
    expect(copies.takeRenewal(1_500)).toBe('before')
    copies.keep({ trips: [], ageMs: 60_000 }, 1_500, 1_510)
    expect(copies.takeRenewal(1_511)).toBe('none')
    expect(copies.takeRenewal(2_010)).toBe('before')
  })
})

test('I6: whatever the delays, nothing passes two seconds after a trip', () => {
  const delay = integer({ min: 0, max: 3_000 })
  assert(
    property(
      delay,
      delay,
      delay,
      delay,
      constantFrom<Move>('order', 'withdrawal'),
      (toView, back, toControl, later, move) => {
        // The worker asks at 0; the view asks the control when it is asked, and hears what was true in between.
        const viewAsksMs = toView
        const trueAtMs = viewAsksMs + toControl
        const answeredMs = trueAtMs + back
        // The trip comes just after the view was answered: the copy does not have it.
        const trippedMs = trueAtMs + 1
        const copies = new ControlCopies()
        copies.keep({ trips: [], ageMs: trueAtMs - viewAsksMs }, 0, answeredMs)
        const judgedMs = answeredMs + later
        if (codeOf(copies, move, judgedMs) === 'passes')
          expect(judgedMs).toBeLessThan(trippedMs + IN_FORCE_MS)
      },
    ),
  )
})
