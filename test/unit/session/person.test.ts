import { describe, expect, test } from 'vitest'
import {
  endOf,
  judgeRefresh,
  lives,
  standingOf,
  type Person,
  type StoredSession,
} from '../../../src/session/person.ts'

const NOW = 1_800_000_000_000
const LIFE = { idleSeconds: 3_600, maxSeconds: 43_200 }
const PERSON: Person = {
  userId: 'ann',
  name: 'Ann',
  createdAtMs: NOW,
  version: 9,
  sessionsFrom: 3,
  revision: 0,
  roles: ['client'],
}
const SESSION: StoredSession = {
  sid: 'sid',
  keyId: 'key_1',
  credentialId: 'one',
  createdAtMs: NOW,
  authTimeMs: NOW,
  refreshedAtMs: NOW,
  network: '192.0.2.0/24',
  jkt: undefined,
  amr: ['pop', 'otp'],
  generation: 4,
  refreshHash: 'hash',
  version: 5,
  endedAtMs: undefined,
  endedWhy: undefined,
}

// @control nist/sessions
test('a session ends when nobody refreshes it, and at last however often somebody does', () => {
  expect(endOf(SESSION, LIFE)).toBe(NOW + 3_600_000)
  const busy = { ...SESSION, refreshedAtMs: NOW + 43_000_000 }
  expect(endOf(busy, LIFE)).toBe(NOW + 43_200_000)
  expect(lives(SESSION, PERSON, LIFE, NOW + 3_599_999)).toBe(true)
  expect(lives(SESSION, PERSON, LIFE, NOW + 3_600_000)).toBe(false)
})

test('a session that was ended, or issued before all were, does not live', () => {
  expect(lives({ ...SESSION, endedAtMs: NOW }, PERSON, LIFE, NOW)).toBe(false)
  expect(lives(SESSION, { ...PERSON, sessionsFrom: 6 }, LIFE, NOW)).toBe(false)
})

describe('a refresh', () => {
  const shown = { generation: 4, secretHash: 'hash', network: SESSION.network, jkt: undefined }

  test('is good once, from the network and with the key that began the session', () => {
    expect(judgeRefresh(SESSION, shown)).toBe('good')
    expect(judgeRefresh(SESSION, { ...shown, network: '198.51.100.0/24' })).toBe('elsewhere')
    expect(judgeRefresh(SESSION, { ...shown, jkt: 'other' })).toBe('elsewhere')
    expect(judgeRefresh({ ...SESSION, jkt: 'bound' }, shown)).toBe('elsewhere')
  })

  test.each([
    ['an older generation', { ...shown, generation: 3 }],
    ['another secret', { ...shown, secretHash: 'hasj' }],
    ['an older one from elsewhere', { ...shown, generation: 3, network: '198.51.100.0/24' }],
  ])('with %s was somebody’s before', (_what, reused) => {
    expect(judgeRefresh(SESSION, reused)).toBe('reused')
  })
})

test('a key hears which sessions ended for as long as their tokens could be shown', () => {
  const ended = { ...SESSION, sid: 'gone', endedAtMs: NOW - 1_000 }
  const older = { ...SESSION, sid: 'older', endedAtMs: NOW - 3_600_000 }
  const later = { ...SESSION, sid: 'later', authTimeMs: NOW + 5 }
  const standing = standingOf(PERSON, ['market.read'], [SESSION, later, ended, older], LIFE, NOW)
  expect(standing).toEqual({
    version: 9,
    sessionsFrom: 3,
    roles: ['client'],
    permissions: ['market.read'],
    ended: [{ sid: 'gone', untilMs: NOW + 609_000 }],
    steppedUpMs: NOW + 5,
  })
  expect(standingOf(PERSON, [], [ended], LIFE, NOW).steppedUpMs).toBeUndefined()
})
