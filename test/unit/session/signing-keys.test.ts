import { describe, expect, test } from 'vitest'
import {
  planKeys,
  planRotation,
  PUBLISHED_AHEAD_MS,
  RETIRED_FOR_MS,
  type KeyPlan,
  type SigningKeyRow,
} from '../../../src/session/signing-keys.ts'

const DAY_MS = 86_400_000
const START = 1_800_000_000_000

/** What the object that holds them makes of a plan. */
function carryOut(keys: readonly SigningKeyRow[], plan: KeyPlan, nowMs: number): SigningKeyRow[] {
  const kept = keys.flatMap((key): SigningKeyRow[] => {
    const change = plan.become.find(({ kid }) => kid === key.kid)
    if (change?.state === 'gone') return []
    return [change === undefined ? key : { ...key, state: change.state, sinceMs: nowMs }]
  })
  const made = plan.make.map((state, i) => ({
    kid: `${state}-${nowMs}-${i}`,
    state,
    createdAtMs: nowMs,
    sinceMs: nowMs,
  }))
  return [...kept, ...made]
}

// @control pci/3.7
test('over years exactly one key signs, after it was published for a day, and retired ones outlive their tokens', () => {
  let keys: SigningKeyRow[] = []
  const signedUntil = new Map<string, number>()
  for (let nowMs = START; nowMs < START + 800 * DAY_MS;) {
    const plan = planKeys(keys, 30, nowMs)
    keys = carryOut(keys, plan, nowMs)
    const [current, ...others] = keys.filter(({ state }) => state === 'current')
    expect(others).toEqual([])
    expect(keys.filter(({ state }) => state === 'next')).toHaveLength(1)
    if (current === undefined) expect.fail('nobody signs')
    if (nowMs > START) expect(nowMs - current.createdAtMs).toBeGreaterThanOrEqual(0)
    if (nowMs > START && current.createdAtMs !== START)
      expect(current.sinceMs - current.createdAtMs).toBeGreaterThanOrEqual(PUBLISHED_AHEAD_MS)
    signedUntil.set(current.kid, nowMs)
    for (const [kid, lastMs] of signedUntil)
      if (nowMs - lastMs < 600_000) expect(keys.some((key) => key.kid === kid)).toBe(true)
    const againMs = planKeys(keys, 30, nowMs).againMs
    expect(againMs).toBeGreaterThan(nowMs)
    nowMs = Math.min(againMs, nowMs + 7 * DAY_MS)
  }
  expect(signedUntil.size).toBeGreaterThan(20)
  expect(keys.length).toBeLessThan(5)
})

describe('by command', () => {
  const started = carryOut([], planKeys([], 30, START), START)

  test('the next key signs once it was published long enough', () => {
    const early = planRotation(started, false, START + PUBLISHED_AHEAD_MS - 1)
    expect(early).toMatchObject({ ok: false, error: { code: 'conflict' } })
    const nowMs = START + PUBLISHED_AHEAD_MS
    const planned = planRotation(started, false, nowMs)
    if (!planned.ok) expect.fail('not turned')
    const states = carryOut(started, planned.value, nowMs).map(({ state }) => state)
    expect(states.toSorted()).toEqual(['current', 'next', 'retired'])
  })

  test('a compromised one verifies nothing from now on, nor does any before it', () => {
    const nowMs = START + 1
    const planned = planRotation(started, true, nowMs)
    if (!planned.ok) expect.fail('not turned')
    const after = carryOut(started, planned.value, nowMs)
    const compromised = started.find(({ state }) => state === 'current')?.kid
    expect(after.map(({ kid }) => kid)).not.toContain(compromised)
    expect(after.map(({ state }) => state).toSorted()).toEqual(['current', 'next'])
  })

  test('nothing is turned before there is a next key', () => {
    expect(planRotation([], true, START).ok).toBe(false)
  })
})

test('a retired key goes when what it signed has ended, and not before', () => {
  const keys: SigningKeyRow[] = [
    { kid: 'old', state: 'retired', createdAtMs: START, sinceMs: START },
    { kid: 'now', state: 'current', createdAtMs: START, sinceMs: START },
    { kid: 'next', state: 'next', createdAtMs: START, sinceMs: START },
  ]
  expect(planKeys(keys, 30, START + RETIRED_FOR_MS - 1)).toMatchObject({
    become: [],
    againMs: START + RETIRED_FOR_MS,
  })
  expect(planKeys(keys, 30, START + RETIRED_FOR_MS).become).toEqual([{ kid: 'old', state: 'gone' }])
})

test('without a next key nobody turns anything, and the schedule makes one', () => {
  const current: SigningKeyRow = { kid: 'a', state: 'current', createdAtMs: START, sinceMs: START }
  for (const keys of [[], [current]])
    expect(planRotation(keys, true, START)).toMatchObject({
      ok: false,
      error: { code: 'conflict' },
    })
  expect(planKeys([current], 30, START).make).toEqual(['next'])
})

test('where nobody signs any more a key is made that does, and the next one stays next', () => {
  const next: SigningKeyRow = { kid: 'b', state: 'next', createdAtMs: START, sinceMs: START }
  expect(planKeys([next], 30, START).make).toEqual(['current'])
  expect(planKeys([], 30, START).make).toEqual(['current', 'next'])
})
