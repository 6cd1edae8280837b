/** Who is asking, as the key's object judges it: sessions, roles, places, names, second factors. */
import { describe, expect, test } from 'vitest'
import { decide } from '../../../src/guard/decide.ts'
import type { Admission, Key, Standing } from '../../../src/guard/key.ts'
import { SeenReads } from '../../../src/guard/seen.ts'
import { ASK, KEY, NOW } from '../../support/asked.ts'

const STANDING: Standing = {
  version: 5,
  roles: ['client'],
  permissions: ['order.write', 'account.read', 'withdrawal.write'],
  sessionsFrom: 3,
  ended: [{ sid: 'ended', untilMs: NOW + 1 }],
}
const SESSION = {
  sid: 'sid',
  version: 5,
  authTimeMs: NOW - 100_000,
  permissions: ['order.write', 'account.read'],
}
function outcome(ask: Partial<Admission>, key: Partial<Key> = {}) {
  const state = {
    key: { ...KEY, standing: STANDING, ...key },
    reads: new SeenReads({ readMs: 0, fenceMs: 0 }),
    spendings: [],
    floorMs: 0,
    unacknowledged: 0,
    admitted: () => undefined,
  }
  const judged = decide(state, { ...ASK, ...ask }, { nowMs: NOW, lagMs: 0 })
  return judged.ok ? judged.value : judged.error.code
}

const good = { repeated: undefined, otpDue: false }

describe('a session', () => {
  test('is good while its person says so', () => {
    expect(outcome({ session: SESSION })).toEqual(good)
    expect(outcome({ session: { ...SESSION, version: 3 } })).toEqual(good)
  })

  test.each([
    ['that ended alone', { ...SESSION, sid: 'ended' }],
    ['from before all ended', { ...SESSION, version: 2 }],
  ])('%s is nobody’s', (_what, session) => {
    expect(outcome({ session })).toBe('unauthorized')
  })

  test('of a key that no person stands for is nobody’s', () => {
    expect(outcome({ session: SESSION }, { standing: undefined })).toBe('unauthorized')
  })

  test('may do no more than it was begun for', () => {
    const session = { ...SESSION, permissions: ['account.read'] }
    expect(outcome({ session })).toBe('permission_missing')
  })
})

test('a key may do no more than the roles of its person, and a person no more than the key', () => {
  const without = { ...STANDING, permissions: ['account.read'] }
  expect(outcome({}, { standing: without })).toBe('permission_missing')
  expect(outcome({ permission: 'withdrawal.write' })).toBe('permission_missing')
})

test('a key that has expired is refused whatever its credentials say', () => {
  expect(outcome({}, { expiresAtMs: NOW + 1 })).toEqual(good)
  expect(outcome({}, { expiresAtMs: NOW })).toBe('credential_expired')
})

// @control mission/mtls-client
test('a key that is bound to a client certificate is good with that one alone', () => {
  const certificate = 'ab'.repeat(32)
  expect(outcome({ certificate }, { certificate })).toEqual(good)
  for (const other of [undefined, 'cd'.repeat(32), ''])
    expect(outcome({ certificate: other }, { certificate })).toBe('client_certificate_required')
})

describe('a key that is bound to symbols and accounts', () => {
  const key = { symbols: ['BTC-USD'], accounts: ['a1'] }

  // @control mission/scopes rts6/15(5)-instruments
  test('trades these, and names what it lacks', () => {
    expect(outcome({ symbol: 'BTC-USD', account: 'a1' }, key)).toEqual(good)
    expect(outcome({ symbol: 'ETH-USD', account: 'a1' }, key)).toBe('permission_missing')
    expect(outcome({ symbol: 'BTC-USD', account: 'a2' }, key)).toBe('permission_missing')
  })

  test('trades nothing where the request names nothing, and cancels all the same', () => {
    expect(outcome({}, key)).toBe('permission_missing')
    expect(outcome({ kind: 'cancel' }, key)).toEqual(good)
    // What two readers could read in two ways stands for no name at all.
    expect(outcome({ kind: 'cancel', symbol: '' }, key)).toBe('permission_missing')
  })
})

describe('where a second factor is demanded', () => {
  const stepUp = { maxAgeSeconds: 300 }

  test('a session is good whose own is fresh', () => {
    expect(outcome({ stepUp, session: SESSION })).toEqual(good)
    const session = { ...SESSION, authTimeMs: NOW - 300_001 }
    expect(outcome({ stepUp, session })).toBe('step_up_required')
  })

  test('a signed request brings a password, which is still to be judged', () => {
    expect(outcome({ stepUp, otp: 'sent' })).toEqual({ ...good, otpDue: true })
    expect(outcome({ stepUp, otp: 'possible' })).toBe('step_up_required')
  })

  test('only who cannot bring one may lean on a session of the same person', () => {
    const standing = { ...STANDING, steppedUpMs: NOW - 1_000 }
    expect(outcome({ stepUp, otp: 'impossible' }, { standing })).toEqual(good)
    expect(outcome({ stepUp, otp: 'possible' }, { standing })).toBe('step_up_required')
    const old = { ...STANDING, steppedUpMs: NOW - 300_001 }
    expect(outcome({ stepUp, otp: 'impossible' }, { standing: old })).toBe('step_up_required')
    expect(outcome({ stepUp, otp: 'impossible' })).toBe('step_up_required')
  })

  test('a password that nobody demanded is not looked at', () => {
    expect(outcome({ otp: 'sent' })).toEqual(good)
  })
})
