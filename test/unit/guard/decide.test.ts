import { describe, expect, test } from 'vitest'
import { decide, MOST_WAITING, type Admitted, type GuardState } from '../../../src/guard/decide.ts'
import type { Admission, Key } from '../../../src/guard/key.ts'
import { SeenReads } from '../../../src/guard/seen.ts'
import type { Spending } from '../../../src/guard/shortfall.ts'
import { SlidingWindow } from '../../../src/guard/window.ts'
import { ASK, KEY, NOW } from '../../support/asked.ts'

/** A decision at this instant, by a clock that is right. */
const at = (nowMs: number) => ({ nowMs, lagMs: 0 })

const SEEN = {
  attempt: 'attempt-1',
  requestHash: 'h',
  sequence: 3,
  signedAtMs: NOW,
  forgetAtMs: NOW + 1,
  fenced: false,
}

const READ: Partial<Admission> = {
  kind: 'read',
  permission: 'account.read',
  operation: 'account.read',
}

interface World {
  readonly key?: Partial<Key>
  readonly admitted?: Admitted
  readonly readMarkMs?: number
  readonly fenceMs?: number
  readonly floorMs?: number
  readonly unacknowledged?: number
  readonly limit?: number
}

function spending(name: string, limit: number, windowSeconds: number): Spending {
  const budget = { id: name, name, limit, windowSeconds, kinds: ['order' as const], enforced: true }
  return { budget, window: new SlidingWindow(limit, windowSeconds * 1000) }
}

function world({ key = {}, admitted, limit = 10, ...given }: World = {}): GuardState {
  return {
    key: { ...KEY, ...key },
    reads: new SeenReads({ readMs: given.readMarkMs ?? 0, fenceMs: given.fenceMs ?? 0 }),
    spendings: [spending('burst', limit, 1)],
    floorMs: given.floorMs ?? 0,
    unacknowledged: given.unacknowledged ?? 0,
    admitted: () => admitted,
  }
}

function codeOf(state: GuardState, ask: Partial<Admission> = {}, nowMs = NOW): string {
  const judged = decide(state, { ...ASK, ...ask }, at(nowMs))
  return judged.ok ? 'admitted' : judged.error.code
}

test('admits what nothing speaks against', () => {
  expect(codeOf(world())).toBe('admitted')
})

describe.each<[string, World, Partial<Admission>, string]>([
  ['a revoked key', { key: { status: 'revoked' } }, {}, 'key_revoked'],
  ['a suspended key', { key: { status: 'suspended' } }, {}, 'key_suspended'],
  ['a credential that is not the key’s', {}, { credentialId: 'other' }, 'credential_expired'],
  [
    'a credential that has ended',
    { key: { credentials: [{ id: 'cred', endsAtMs: NOW }] } },
    {},
    'credential_expired',
  ],
  ['a missing permission', { key: { permissions: ['account.read'] } }, {}, 'permission_missing'],
  ['another address', { key: { addresses: ['198.51.100.0/24'] } }, {}, 'address_not_allowed'],
  [
    'no address at all',
    { key: { addresses: ['0.0.0.0/0'] } },
    { address: undefined },
    'address_not_allowed',
  ],
  [
    'a used id',
    { admitted: { attempt: 'other', requestHash: 'h', sequence: 7, decidedAtMs: 1 } },
    {},
    'replayed',
  ],
  [
    'a used id in a read',
    { admitted: { attempt: 'other', requestHash: 'h', sequence: 7, decidedAtMs: 1 } },
    READ,
    'replayed',
  ],
  ['a read from before the mark', { readMarkMs: NOW }, READ, 'retry_fresh'],
])('%s', (_what, given, ask, code) => {
  // @control soc2/CC6.1 15c3-5(c)(2)(iii)
  test(`is refused as ${code}`, () => {
    expect(codeOf(world(given), ask)).toBe(code)
  })
})

test('a credential works until the very instant at which it ends', () => {
  const credentials = [{ id: 'cred', endsAtMs: NOW + 1 }]
  expect(codeOf(world({ key: { credentials } }))).toBe('admitted')
})

test('the read mark concerns reads alone: an order has its own durable row', () => {
  expect(codeOf(world({ readMarkMs: NOW + 5_000 }))).toBe('admitted')
})

test('the gateway’s own calls need no permission, but an active key', () => {
  const own = { ...READ, permission: undefined }
  expect(codeOf(world({ key: { permissions: [] } }), own)).toBe('admitted')
  expect(codeOf(world({ key: { status: 'suspended' } }), own)).toBe('key_suspended')
})

test('the same attempt gets its verdict again and spends nothing, even when the limit is used up', () => {
  const state = world({
    admitted: { attempt: 'attempt-1', requestHash: 'h', sequence: 7, decidedAtMs: 1 },
    limit: 1,
  })
  state.spendings[0]?.window.spend(NOW, 1)
  expect(decide(state, ASK, at(NOW))).toEqual({
    ok: true,
    value: { repeated: { sequence: 7, decidedAtMs: 1 }, otpDue: false },
  })
})

test('an attempt that asks about other octets is not the same attempt', () => {
  const admitted = {
    attempt: 'attempt-1',
    requestHash: 'of something else',
    sequence: 7,
    decidedAtMs: 1,
  }
  expect(codeOf(world({ admitted }))).toBe('replayed')
})

test('a revoked key gets no verdict again', () => {
  const state = world({
    admitted: { attempt: 'attempt-1', requestHash: 'h', sequence: 7, decidedAtMs: 1 },
    key: { status: 'revoked' },
  })
  expect(codeOf(state)).toBe('key_revoked')
})

test('a read that was seen is refused to another attempt', () => {
  const state = world()
  state.reads.add('id', SEEN, NOW)
  expect(codeOf(state, READ)).toBe('admitted')
  expect(codeOf(state, { ...READ, attempt: 'attempt-2' })).toBe('replayed')
  expect(codeOf(state, { attempt: 'attempt-2' }), 'as an order').toBe('replayed')
})

describe('without a nonce', () => {
  const bare = { nonced: false }

  test('parallel reads carry one signature and are all admitted', () => {
    const state = world()
    state.reads.add('id', SEEN, NOW)
    expect(codeOf(state, { ...READ, ...bare, attempt: 'attempt-2' })).toBe('admitted')
  })

  test('what was seen as a read is not believed as anything else', () => {
    const state = world()
    state.reads.add('id', SEEN, NOW)
    expect(codeOf(state, { ...bare, attempt: 'attempt-2' })).toBe('retry_fresh')
  })

  test('what an order burnt is refused as an order and as a read', () => {
    const admitted = { attempt: 'other', requestHash: 'h', sequence: 7, decidedAtMs: 1 }
    expect(codeOf(world({ admitted }), bare)).toBe('replayed')
    expect(codeOf(world({ admitted }), { ...READ, ...bare })).toBe('replayed')
  })

  test('the read mark does not concern its reads: they may repeat anyway', () => {
    expect(codeOf(world({ readMarkMs: NOW }), { ...READ, ...bare })).toBe('admitted')
  })
})

describe('the fence', () => {
  const fenced = { nonced: false, fenced: true }

  test.each([
    [-1, 'retry_fresh'],
    [0, 'retry_fresh'],
    [250, 'retry_fresh'],
    [251, 'admitted'],
  ])('an order signed %i ms after the last read that may be forgotten: %s', (afterMs, code) => {
    expect(codeOf(world({ fenceMs: NOW }), { ...fenced, signedAtMs: NOW + afterMs })).toBe(code)
  })

  test('says how long is missing', () => {
    const judged = decide(
      world({ fenceMs: NOW }),
      { ...ASK, ...fenced, signedAtMs: NOW - 3_000 },
      at(NOW),
    )
    expect(judged).toMatchObject({ error: { code: 'retry_fresh', retryAfterSeconds: 4 } })
  })

  test('concerns only dialects in which a read could come back as an order', () => {
    expect(codeOf(world({ fenceMs: NOW }), { nonced: false, signedAtMs: NOW })).toBe('admitted')
  })
})

// @control mission/retry-after
test('I8: names the limit that holds up longest, in whole seconds, never 0', () => {
  const state = world({ limit: 1 })
  const day = spending('day', 1, 86_400)
  state.spendings[0]?.window.spend(NOW, 1)
  const burst = decide(state, ASK, at(NOW + 999))
  expect(burst).toMatchObject({
    error: { code: 'rate_limited', members: { limit: 'burst' }, retryAfterSeconds: 1 },
  })
  day.window.spend(NOW, 1)
  const both = decide({ ...state, spendings: [...state.spendings, day] }, ASK, at(NOW))
  expect(both).toMatchObject({ error: { code: 'daily_quota', members: { limit: 'day' } } })
})

test('what is refused has spent nothing', () => {
  const state = world({ key: { status: 'suspended' } })
  decide(state, ASK, at(NOW))
  expect(state.spendings[0]?.window.remaining(NOW)).toBe(10)
})

describe('the floor', () => {
  test('an unsafe request signed at or before it may have been admitted and forgotten', () => {
    expect(codeOf(world({ floorMs: NOW }))).toBe('retry_fresh')
    expect(codeOf(world({ floorMs: NOW }), { signedAtMs: NOW + 1 })).toBe('admitted')
    expect(codeOf(world({ floorMs: NOW }), { ...READ })).toBe('admitted')
  })

  test('says how long is missing', () => {
    const judged = decide(world({ floorMs: NOW + 2_000 }), ASK, at(NOW))
    expect(judged).toMatchObject({ error: { code: 'retry_fresh', retryAfterSeconds: 3 } })
  })
})

test('I5: while the audit log takes nothing, orders stop before cancels, and reads go on', () => {
  const full = world({ unacknowledged: MOST_WAITING })
  expect(codeOf(full)).toBe('audit_unavailable')
  const cancel = { kind: 'cancel', permission: 'order.write' } as const
  expect(codeOf(full, cancel)).toBe('admitted')
  expect(codeOf(world({ unacknowledged: MOST_WAITING * 2 }), cancel)).toBe('audit_unavailable')
  expect(codeOf(world({ unacknowledged: MOST_WAITING * 2 }), READ)).toBe('admitted')
})
