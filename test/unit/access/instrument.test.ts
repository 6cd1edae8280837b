import * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  compileInstruments,
  compileNames,
  InstrumentsSchema,
} from '../../../src/access/instrument.ts'

const written = (aapl: object = {}) => ({
  'BTC-USD': { currency: 'USD', venues: { binance: 'BTCUSDT' } },
  AAPL: { currency: 'USD', ...aapl },
})

function issues(instruments: object): readonly string[] {
  const { issues: found = [] } = v.safeParse(InstrumentsSchema, instruments)
  return found.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`)
}

test('what is traded, by symbol', () => {
  const all = v.parse(InstrumentsSchema, written({ mic: 'XNAS', multiplier: '0.5' }))
  expect([...compileInstruments(all)]).toEqual([
    ['BTC-USD', { symbol: 'BTC-USD', currency: 'USD', multiplier: 10n ** 18n }],
    ['AAPL', { symbol: 'AAPL', currency: 'USD', mic: 'XNAS', multiplier: 5n * 10n ** 17n }],
  ])
})

test('a name stands for a symbol at its venue, and nowhere else', () => {
  const problems: string[] = []
  const symbolOf = compileNames(v.parse(InstrumentsSchema, written()), problems)
  expect(problems).toEqual([])
  expect(symbolOf('binance', 'BTCUSDT')).toBe('BTC-USD')
  expect(symbolOf('binance', 'BTC-USD')).toBeUndefined()
  expect(symbolOf('binance', 'AAPL')).toBeUndefined()
  expect(symbolOf(undefined, 'AAPL')).toBe('AAPL')
  for (const name of ['BTCUSDT', 'aapl', 'constructor', ''])
    expect(symbolOf(undefined, name)).toBeUndefined()
})

test.each([
  [{ currency: 'usd' }, 'currency: must be a currency such as USD'],
  [{ isin: 'US0378331006' }, 'isin: must be an ISIN (ISO 6166)'],
  [{ isin: 'us0378331005' }, 'isin: must be an ISIN (ISO 6166)'],
  [{ isin: 'US037833100' }, 'isin: must be an ISIN (ISO 6166)'],
  [{ mic: 'XNASD' }, 'mic: must be a MIC (ISO 10383)'],
  [{ multiplier: '0' }, 'multiplier: must be a decimal such as 0.01'],
  [{ multiplier: '1e2' }, 'multiplier: must be a decimal such as 0.01'],
  [
    { venues: { binance: 'A B' } },
    'venues.binance: must be a symbol of at most 64 visible ASCII characters',
  ],
])('%o is refused', (change, problem) => {
  expect(issues(written(change))).toEqual([`AAPL.${problem}`])
})

test('no instrument at all, or one without a name, is refused', () => {
  expect(issues({})).toEqual([': must name at least one instrument'])
  for (const name of ['', 'A B', 'é', 'A'.repeat(65)])
    expect(issues({ [name]: { currency: 'USD' } }).join()).toContain('must be a symbol')
})

test.each(['US0378331005', 'GB0002634946', 'DE000BAY0017', 'AU0000XVGZA3', 'US5949181045'])(
  '%s is an ISIN',
  (isin) => {
    expect(issues(written({ isin }))).toEqual([])
  },
)
