import { describe, expect, test } from 'vitest'
import { accountProblems, firmProblems } from '../../../src/risk/limit-problems.ts'

const isInstrument = (symbol: string) => symbol === 'BTC-USD'
const NIGHT = [{ days: [1], from: '22:00', to: '06:00' }]

describe('limits that would hold for nothing', () => {
  test('name no instrument, or no key of the account', () => {
    const limits = {
      account: { restricted: ['BTC-USD', 'BTC/USD'], allowed: ['btc-usd'], halted: ['__proto__'] },
      keys: { key_1: {}, key_2: { halted: ['X'] } },
      symbols: { 'A/B': {}, 'BTC-USD': { restricted: ['X'] } },
    }
    const problems = accountProblems(limits, '/limits', isInstrument, (id) => id === 'key_1')
    expect(problems.map(({ pointer }) => pointer)).toEqual([
      '/limits/account/restricted/1',
      '/limits/account/allowed/0',
      '/limits/account/halted/0',
      '/limits/keys/key_2',
      '/limits/keys/key_2/halted/0',
      '/limits/symbols/A~1B',
      '/limits/symbols/BTC-USD/restricted/0',
    ])
  })

  test('are open from a time until one before it', () => {
    const late = [{ days: [1], from: '22:00', to: '24:00' }]
    const limits = {
      firm: { hours: [...late, ...NIGHT] },
      symbols: { 'BTC-USD': { hours: NIGHT } },
    }
    expect(firmProblems(limits, '/limits', isInstrument).map(({ pointer }) => pointer)).toEqual([
      '/limits/firm/hours/1',
      '/limits/symbols/BTC-USD/hours/0',
    ])
  })
})
