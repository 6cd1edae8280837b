import { expect, test } from 'vitest'
import { editFirm } from '../../../src/risk/firm-edit.ts'
import type { Limits } from '../../../src/risk/limits.ts'
import { START_MS } from '../../support/account.ts'

const BY = { user: 'user_risk', keyId: 'key_risk', requestId: 'r', reason: 'because' }
const TWO = { ...BY, approver: 'user_other', ticket: 'T-1' }
const HOUR_MS = 3_600_000

// @control 15c3-5/faq-18
test('nobody lifts alone what was halted for everybody for a time', () => {
  const halt = edit([], { halted: ['BTC-USD'] }, START_MS + HOUR_MS, BY)
  if (!halt.ok) throw new Error('Cannot halt')
  const halted = [halt.value.version]
  expect(edit(halted, {}, undefined, BY).ok).toBe(false)
  expect(edit(halted, {}, START_MS + HOUR_MS, TWO).ok).toBe(true)
})

test('a raise for everybody ends within the time that the policy allows', () => {
  const tight = edit([], { maxOrderValue: '10' }, undefined, BY)
  if (!tight.ok) throw new Error('Cannot tighten')
  const limited = [tight.value.version]
  expect(edit(limited, {}, START_MS + 2 * HOUR_MS + 1, TWO).ok).toBe(false)
  expect(edit(limited, {}, START_MS + 2 * HOUR_MS, TWO).ok).toBe(true)
  expect(edit(limited, { maxOrderValue: '1' }, START_MS + 9 * HOUR_MS, BY).ok).toBe(true)
})

function edit(
  versions: Parameters<typeof editFirm>[0],
  firm: Limits,
  untilMs: number | undefined,
  by: typeof BY,
) {
  const limits = { firm, symbols: {} }
  const wanted = { limits, untilMs, ifRevision: versions.length }
  return editFirm(versions, { firm: {}, symbols: {} }, wanted, by, {
    nowMs: START_MS,
    maxRaiseMs: 2 * HOUR_MS,
  })
}
