import { expect, test } from 'vitest'
import { judgeStepUp, type Shown } from '../../../src/access/step-up.ts'

const NOW = 1_800_000_000_000
const NOTHING: Shown = { sessionMs: undefined, personMs: undefined, otp: false }
const judge = (shown: Partial<Shown>, maxAgeSeconds: number | undefined = 300) => {
  const demand = maxAgeSeconds === 0 ? undefined : { maxAgeSeconds }
  const result = judgeStepUp(demand, { ...NOTHING, ...shown }, NOW)
  return result.ok ? result.value : result.error.reason
}

// @control mission/step-up
test('a second factor is fresh up to its last second', () => {
  expect(judge({ sessionMs: NOW - 300_000 })).toBe('met')
  expect(judge({ sessionMs: NOW - 300_001 })).toBe('the second factor is too old')
  expect(judge({})).toBe('no second factor')
})

test('in a session its own counts, however lately the person began another', () => {
  expect(judge({ sessionMs: NOW - 301_000, personMs: NOW })).toBe('the second factor is too old')
  expect(judge({ personMs: NOW - 10 })).toBe('met')
})

test('a password is judged where one is demanded, however fresh the session, and nowhere else', () => {
  expect(judge({ otp: true, sessionMs: NOW })).toBe('otp-due')
  expect(judge({ otp: true }, 0)).toBe('met')
  expect(judge({}, 0)).toBe('met')
})
