/** The classes that ccxt raises for these numbers are tested with ccxt itself, over sockets. */
import { expect, test } from 'vitest'
import { REFUSALS, type RefusalCode } from '../../../src/refusal.ts'
import { binance } from '../../../src/signature/dialects/binance.ts'

const CODES = Object.keys(REFUSALS).filter((code): code is RefusalCode => code in REFUSALS)

test('every refusal has a number of the venue’s and a sentence', () => {
  for (const code of CODES) {
    for (const unknown of [true, false]) {
      expect(binance.nativeRefusal?.(code, unknown).members, code).toEqual({
        code: expect.any(Number),
        msg: expect.stringMatching(/^[A-Z].*\.$/),
      })
    }
  }
})

test('an order that may have been placed is never told in a way that makes a client send it again', () => {
  // What Binance's clients retry on: overload, limits, time.
  const retried = new Set([-1001, -1003, -1006, -1007, -1008, -1015, -1021])
  for (const code of CODES) {
    expect(retried.has(Number(binance.nativeRefusal?.(code, true).members['code'])), code).toBe(
      false,
    )
  }
})

test('what must be signed again is told as a wrong time, what was used as a duplicate', () => {
  expect(binance.nativeRefusal?.('retry_fresh', false).members['code']).toBe(-1021)
  expect(binance.nativeRefusal?.('timestamp_skew', false).members['code']).toBe(-1021)
  expect(binance.nativeRefusal?.('replayed', false).members['code']).toBe(-2010)
})

test('limits are told in the venue’s own headers', () => {
  const limits = [1, 60, 3_600, 86_400, 90].map((windowSeconds) => ({
    limit: 10,
    remaining: 3,
    windowSeconds,
  }))
  expect(binance.nativeLimits?.(limits, false)).toEqual({
    'x-mbx-used-weight-1s': '7',
    'x-mbx-used-weight-1m': '7',
    'x-mbx-used-weight-1h': '7',
    'x-mbx-used-weight-1d': '7',
    'x-mbx-used-weight-90s': '7',
  })
})

test('an order that was taken is counted beside, as the venue does', () => {
  const limits = [{ limit: 10, remaining: 3, windowSeconds: 60 }]
  expect(binance.nativeLimits?.(limits, true)).toEqual({
    'x-mbx-used-weight-1m': '7',
    'x-mbx-order-count-1m': '7',
  })
})

test('its clients set their clocks by the gateway’s', () => {
  expect(binance.timeEndpoint?.body(5)).toEqual({ serverTime: 5 })
})
