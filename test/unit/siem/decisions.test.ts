import { expect, test } from 'vitest'
import { REFUSALS } from '../../../src/refusal.ts'
import { DECISIONS, decisionOf, decisionOn, ENDINGS } from '../../../src/siem/decisions.ts'

const CODES = Object.keys(REFUSALS)

// @control mission/siem
test('every way of saying no has its row, and nothing else has', () => {
  expect(Object.keys(DECISIONS)).toEqual(CODES)
})

test('a refusal is a failure: denied, challenged, or let through to an origin that failed', () => {
  for (const code of CODES) {
    const { status_id, action_id, disposition_id } = decisionOn('refused', code, 400)
    expect(status_id, code).toBe(2)
    const expected = code.startsWith('origin_') ? 1 : disposition_id === 23 ? 4 : 2
    expect(action_id, code).toBe(expected)
  }
})

test.each([
  ['unauthorized', 2, 26, false],
  ['key_revoked', 2, 26, false],
  ['replayed', 2, 2, true],
  ['malformed_request', 2, 25, false],
  ['body_too_large', 2, 25, false],
  ['rate_limited', 2, 2, false],
  ['step_up_required', 4, 23, false],
  ['origin_timeout', 1, 27, false],
  ['audit_unavailable', 2, 27, true],
] as const)('%s: action %i, disposition %i', (code, action_id, disposition_id, is_alert) => {
  expect(DECISIONS[code]).toMatchObject({ action_id, disposition_id, is_alert })
})

test('an ending that is no refusal is judged by what was answered', () => {
  expect(decisionOn('forwarded', undefined, 201)).toBe(ENDINGS.done)
  expect(decisionOn('answered', undefined, 304)).toBe(ENDINGS.done)
  expect(decisionOn('forwarded', undefined, 422)).toBe(ENDINGS.declined)
  expect(decisionOn('forwarded', undefined, 503)).toBe(ENDINGS.failed)
})

test('a code of a newer version is a refusal all the same', () => {
  for (const code of ['risk_of_a_newer_version', '__proto__', 'toString', '']) {
    expect(decisionOn('refused', code, 422), code).toBe(ENDINGS.refused)
    expect(decisionOf(code), code).toBeUndefined()
  }
})
