import { array, assert, constantFrom, integer, property, subarray, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  confirmOtp,
  judgeOtp,
  NEW_FACTOR,
  type SecondFactor,
} from '../../../src/session/second-factor.ts'

const NOW = 1_800_000_000_000
const STEP = NOW / 30_000
const FACTOR: SecondFactor = { ...NEW_FACTOR, confirmed: true }

/** So many wrong codes in a row, each as soon as it is judged. */
function failing(count: number, before = FACTOR): SecondFactor {
  let factor = before
  for (let i = 0; i < count; i += 1) {
    factor = judgeOtp(factor, [], Math.max(NOW, factor.notBeforeMs)).next
  }
  return factor
}

describe('a code is accepted once', () => {
  test('and not a second time', () => {
    const first = judgeOtp(FACTOR, [STEP], NOW)
    expect(first).toEqual({ next: { ...FACTOR, lastStep: STEP }, verdict: 'accepted' })
    expect(judgeOtp(first.next, [STEP], NOW).verdict).toBe('used')
  })

  test('nor is an older one after a newer one', () => {
    const { next } = judgeOtp(FACTOR, [STEP + 1], NOW)
    expect(judgeOtp(next, [STEP], NOW).verdict).toBe('used')
    expect(judgeOtp(next, [STEP - 1], NOW).verdict).toBe('used')
    expect(judgeOtp(next, [STEP + 2], NOW).verdict).toBe('accepted')
  })

  test('nor under the step of a neighbour that shares it', () => {
    const early = judgeOtp(FACTOR, [STEP], NOW).next
    expect(judgeOtp(early, [STEP, STEP + 1], NOW).verdict).toBe('used')
    const both = judgeOtp(FACTOR, [STEP, STEP + 1], NOW).next
    expect(judgeOtp(both, [STEP + 1], NOW).verdict).toBe('used')
    expect(both.lastStep).toBe(STEP + 1)
  })

  // @control mission/totp nist/otp pci/8.4-8.5
  test('whatever is shown when: no step is ever accepted twice, nor one older than an accepted one', () => {
    const shown = tuple(
      integer({ min: -100_000, max: 4_000_000 }),
      subarray([-1, 0, 1, 2]),
      constantFrom(judgeOtp, confirmOtp),
    )
    assert(
      property(array(shown, { maxLength: 60 }), (attempts) => {
        let factor = FACTOR
        let newest = -1
        let nowMs = NOW
        for (const [gapMs, offsets, rule] of attempts) {
          // Steps between attempts are few compared to their windows, so that these overlap.
          nowMs += gapMs < 2_000_000 ? gapMs % 60_000 : gapMs
          const matches = offsets.map((offset) => Math.floor(nowMs / 30_000) + offset)
          const { next, verdict } = rule(factor, matches, nowMs)
          expect(next.lastStep).toBeGreaterThanOrEqual(factor.lastStep)
          if (verdict === 'accepted') {
            expect(Math.min(...matches)).toBeGreaterThan(newest)
            newest = Math.max(...matches)
          }
          factor = next
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('nor is a text accepted again under its own step or the next, where codes repeat all the time', () => {
  // Three codes for all steps: neighbours share them far more often than once in a million.
  const codesOfSteps = array(integer({ min: 0, max: 2 }), { minLength: 200, maxLength: 200 })
  const attemptsOver = array(tuple(integer({ min: -2, max: 3 }), integer({ min: 0, max: 2 })), {
    maxLength: 40,
  })
  assert(
    property(codesOfSteps, attemptsOver, (codes, attempts) => {
      let factor = FACTOR
      let step = 50
      const newest = new Map<number, number>()
      for (const [gap, code] of attempts) {
        step = Math.max(2, step + gap)
        // As `matchingSteps` tells them.
        const matches = [step - 1, step, step + 1].filter((at) => codes[at] === code)
        for (let at = step + 2; matches.at(-1) === at - 1; at += 1)
          if (codes[at] === code) matches.push(at)
        // Without failures: this is about use, not about delay.
        const { next, verdict } = judgeOtp({ ...factor, failures: 0, notBeforeMs: 0 }, matches, NOW)
        factor = next
        if (verdict !== 'accepted') continue
        expect(Math.min(...matches)).toBeGreaterThan((newest.get(code) ?? 0) + 1)
        newest.set(code, Math.max(...matches))
      }
    }),
    { numRuns: 300 },
  )
})

describe('a failure', () => {
  // @control pci/8.3.4
  test('costs nothing three times in a row; then 2 s, doubling up to an hour', () => {
    const waits = []
    let factor = FACTOR
    let nowMs = NOW
    for (let i = 0; i < 18; i += 1) {
      const { next, verdict, retryAfterSeconds = 0 } = judgeOtp(factor, [], nowMs)
      expect(verdict).toBe('wrong')
      expect(Math.max(0, next.notBeforeMs - nowMs)).toBe(retryAfterSeconds * 1000)
      waits.push(retryAfterSeconds)
      factor = next
      nowMs = Math.max(nowMs, next.notBeforeMs)
    }
    expect(waits).toEqual([
      0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_600, 3_600, 3_600, 3_600,
    ])
  })

  test('is also a code that was used', () => {
    const used = { ...FACTOR, lastStep: STEP, failures: 3 }
    expect(judgeOtp(used, [STEP], NOW)).toEqual({
      next: { ...used, failures: 4, notBeforeMs: NOW + 2_000 },
      verdict: 'used',
      retryAfterSeconds: 2,
    })
  })

  test('is forgotten with the next code that is accepted', () => {
    const failed = failing(10)
    const { next, verdict } = judgeOtp(failed, [STEP + 20], failed.notBeforeMs)
    expect(verdict).toBe('accepted')
    expect(next).toEqual({ ...FACTOR, lastStep: STEP + 20 })
  })
})

describe('during the delay', () => {
  const delayed = failing(4)

  test('no code is judged and nothing is counted', () => {
    for (const matches of [[], [STEP], [STEP, STEP + 1]]) {
      const judged = judgeOtp(delayed, matches, delayed.notBeforeMs - 1)
      expect(judged).toEqual({ next: delayed, verdict: 'delayed', retryAfterSeconds: 1 })
    }
  })

  test('the wait is told in whole seconds, rounded up, and is over when it was said to be', () => {
    const at = (leftMs: number) => judgeOtp(delayed, [STEP], delayed.notBeforeMs - leftMs)
    expect([2_000, 1_001, 1_000, 1].map((leftMs) => at(leftMs).retryAfterSeconds)).toEqual([
      2, 2, 1, 1,
    ])
    expect(at(0).verdict).toBe('accepted')
  })
})

describe('after a hundred consecutive failures', () => {
  // @control pci/8.3.4 nist/otp
  test('the factor is blocked, for good codes too, however long anyone waits', () => {
    const almost = failing(99)
    const last = judgeOtp(almost, [], almost.notBeforeMs)
    expect(last.verdict).toBe('blocked')
    expect(last.next.failures).toBe(100)
    expect(last).not.toHaveProperty('retryAfterSeconds')
    for (const rule of [judgeOtp, confirmOtp]) {
      expect(rule(last.next, [STEP * 2], NOW * 2)).toEqual({ next: last.next, verdict: 'blocked' })
    }
  })

  test('and not one failure earlier', () => {
    const almost = failing(99)
    expect(judgeOtp(almost, [STEP * 2], almost.notBeforeMs).verdict).toBe('accepted')
  })

  test('used codes count towards it', () => {
    const used = { ...FACTOR, lastStep: STEP, failures: 99 }
    expect(judgeOtp(used, [STEP], NOW).verdict).toBe('blocked')
  })

  test('no arrival gets more than a hundred codes judged', () => {
    assert(
      property(
        array(integer({ min: 0, max: 7_200_000 }), { minLength: 250, maxLength: 400 }),
        (gaps) => {
          let factor = FACTOR
          let nowMs = NOW
          let judged = 0
          for (const gap of gaps) {
            nowMs += gap
            const { next } = judgeOtp(factor, [], nowMs)
            if (next !== factor) judged += 1
            factor = next
          }
          expect(judged).toBeLessThanOrEqual(100)
          expect(factor.failures).toBe(judged)
        },
      ),
    )
  })
})

describe('a clock that goes backwards', () => {
  test('ends no delay early', () => {
    const delayed = failing(8)
    const judged = judgeOtp(delayed, [STEP], NOW - 86_400_000)
    expect(judged.verdict).toBe('delayed')
    expect(judged.next).toEqual(delayed)
    expect(judged.retryAfterSeconds).toBeGreaterThan(86_400)
  })

  test('brings no used or older code back', () => {
    const { next } = judgeOtp(FACTOR, [STEP], NOW)
    expect(judgeOtp(next, [STEP - 120], NOW - 3_600_000).verdict).toBe('used')
    expect(judgeOtp(next, [STEP], NOW - 30_000).verdict).toBe('used')
  })

  test('lifts no block', () => {
    expect(judgeOtp(failing(100), [STEP], 0).verdict).toBe('blocked')
  })
})

describe('a factor that is not confirmed', () => {
  test('opens nothing, and answers like one that was given a wrong code', () => {
    expect(judgeOtp(NEW_FACTOR, [STEP], NOW)).toEqual(judgeOtp(NEW_FACTOR, [], NOW))
    expect(judgeOtp(NEW_FACTOR, [STEP], NOW).verdict).toBe('wrong')
  })

  test('is confirmed by a code, and that code is used up', () => {
    const { next, verdict } = confirmOtp(NEW_FACTOR, [STEP], NOW)
    expect(verdict).toBe('accepted')
    expect(next).toEqual({ ...FACTOR, lastStep: STEP })
    expect(judgeOtp(next, [STEP], NOW).verdict).toBe('used')
    expect(judgeOtp(next, [STEP + 1], NOW).verdict).toBe('accepted')
  })

  test('is not confirmed by anything else', () => {
    const delayed = { ...failing(4), confirmed: false }
    const blocked = { ...failing(100), confirmed: false }
    for (const { next, verdict } of [
      confirmOtp(NEW_FACTOR, [], NOW),
      confirmOtp({ ...NEW_FACTOR, lastStep: STEP }, [STEP], NOW),
      confirmOtp(delayed, [STEP], NOW),
      confirmOtp(blocked, [STEP], NOW),
    ]) {
      expect(verdict).not.toBe('accepted')
      expect(next.confirmed).toBe(false)
    }
  })

  test('is guessed at no cheaper than a confirmed one', () => {
    const twice = [judgeOtp, confirmOtp].map((rule) =>
      rule({ ...NEW_FACTOR, failures: 3 }, [], NOW),
    )
    for (const { next } of twice)
      expect(next).toMatchObject({ failures: 4, notBeforeMs: NOW + 2_000 })
  })
})
