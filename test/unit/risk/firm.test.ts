import { describe, expect, test } from 'vitest'
import { grantFor, NO_GRANT, type FirmGrant, type Totals } from '../../../src/risk/firm.ts'
import type { Limits } from '../../../src/risk/limits.ts'
import { ONE } from '../../support/account.ts'

const NONE: Totals = { open: 0n, daily: 0n }

function value(units: number): bigint {
  return BigInt(units) * ONE * ONE
}

function ofOpen(units: number): Totals {
  return { open: value(units), daily: 0n }
}

function ask(
  [keeps, wants]: readonly [number, number],
  limit: string,
  held: FirmGrant = NO_GRANT,
  others: Totals = NONE,
): number {
  const question = held.question + 1
  const limits: Limits = { maxOpenValue: limit }
  const asked = { keeps: ofOpen(keeps), wants: ofOpen(wants), question }
  return Number(grantFor(asked, held, others, limits).open / ONE / ONE)
}

describe('what an account holds of what the firm may come to', () => {
  // @control 15c3-5(c)(1)(i)
  test('is never less than its orders come to, however low the limit has become', () => {
    expect(ask([16, 17], '5')).toBe(16)
    expect(ask([16, 17], '20', NO_GRANT, ofOpen(30))).toBe(16)
    expect(ask([0, 17], '20', NO_GRANT, ofOpen(30))).toBe(0)
  })

  test('is what is left where that is more than it keeps', () => {
    expect(ask([3, 17], '20', NO_GRANT, ofOpen(10))).toBe(10)
  })

  test('falls to what it wants when it gives back', () => {
    expect(ask([4, 4], '20', { ...ofOpen(16), question: 7 })).toBe(4)
  })

  test('is nothing ahead of what it keeps when it only says what that is', () => {
    expect(ask([4, 4], '1000000')).toBe(4)
  })

  test('does not change by a question that was answered', () => {
    const held = { ...ofOpen(16), question: 7 }
    const late = { keeps: NONE, wants: ofOpen(1), question: 7 }
    expect(grantFor(late, held, NONE, { maxOpenValue: '20' })).toBe(held)
  })
})
