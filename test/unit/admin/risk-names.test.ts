import { describe, expect, test } from 'vitest'
import policy from '../../../gateway.config.ts'
import {
  judgeAccountNames,
  judgeCaps,
  judgeFirmNames,
  knownAccount,
} from '../../../src/admin/risk-names.ts'
import type { Result } from '../../../src/lib/result.ts'
import type { Refusal } from '../../../src/refusal.ts'
import { nobody } from '../../support/own.ts'

/** One account with one key, and one that has sent orders and is not in the directory. */
const ports = {
  policy,
  directory: {
    ...nobody.directory,
    hasAccount: async (account: string) => account === 'acct-listed',
    hasKey: async (account: string, id: string) => account === 'acct-listed' && id === 'key_own',
  },
  risk: {
    ...nobody.risk,
    describeFirm: async () => ({
      revision: 0,
      limits: { firm: {}, symbols: {} },
      prices: [],
      expiresAt: undefined,
      granted: [{ account: 'acct-ordering', open: '0', daily: '0' }],
      history: [],
    }),
  },
}
const asking = { ports }

function pointers(judged: Result<void, Refusal>): readonly string[] {
  if (judged.ok) return []
  const errors = judged.error.members?.['errors']
  return Array.isArray(errors) ? errors.map(({ pointer }) => String(pointer)) : ['none']
}

test.each([
  ['acct-listed', true],
  ['acct-ordering', true],
  ['acct-typo', false],
])('the account %s is known: %s', async (account, known) => {
  const found = await knownAccount(asking, account)
  expect(found.ok).toBe(known)
  if (!found.ok) expect(found.error.code).toBe('not_found')
})

describe('limits that name what does not exist', () => {
  test('of a customer: instruments', () => {
    expect(pointers(judgeCaps(asking, { restricted: ['BTC-USD'] }))).toEqual([])
    expect(pointers(judgeCaps(asking, { restricted: ['BTC-USD', 'BTCUSDT', 'btc-usd'] }))).toEqual([
      '/limits/restricted/1',
      '/limits/restricted/2',
    ])
  })

  test('of the firm: instruments, and hours that never are', () => {
    const hours = [{ days: [1], from: '22:00', to: '02:00' }]
    expect(pointers(judgeFirmNames(asking, { firm: {}, symbols: { AAPL: {} } }))).toEqual([])
    expect(
      pointers(judgeFirmNames(asking, { firm: { hours }, symbols: { BTCUSDT: {} } })).length,
    ).toBe(2)
  })

  test('of an account: keys of another, and symbols', async () => {
    const limits = { account: {}, keys: { key_own: {} }, symbols: {} }
    expect(pointers(await judgeAccountNames(asking, 'acct-listed', limits))).toEqual([])
    expect(pointers(await judgeAccountNames(asking, 'acct-ordering', limits))).toEqual([
      '/limits/keys/key_own',
    ])
  })

  test('no more than twenty are told', () => {
    const restricted = Array.from({ length: 30 }, (_, i) => `NONE-${i}`)
    expect(pointers(judgeCaps(asking, { restricted }))).toHaveLength(20)
  })
})
