/** The real object in workerd: its storage, its clock, its eviction. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Key } from '../../src/guard/key.ts'
import { newGuard, order, read, START } from './support.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('I1: a signed order is admitted once', () => {
  // @control mission/replay
  test('of 200 simultaneous copies', async () => {
    const guard = await newGuard()
    const copy = order()
    const verdicts = await Promise.all(
      Array.from({ length: 200 }, (_, i) => guard.ask({ ...copy, attempt: `copy-${i}` })),
    )
    expect(verdicts.filter(({ code }) => code === 'admitted')).toHaveLength(1)
    expect(new Set(verdicts.map(({ code }) => code))).toEqual(new Set(['admitted', 'replayed']))
  })

  test('also after the object was evicted', async () => {
    const guard = await newGuard()
    const first = order()
    expect((await guard.ask(first)).code).toBe('admitted')
    await guard.evict()
    expect((await guard.ask({ ...first, attempt: 'other' })).code).toBe('replayed')
  })

  test('and the same attempt hears the same verdict again, evicted or not', async () => {
    const guard = await newGuard()
    const first = order()
    const { sequence } = await guard.ask(first)
    expect(await guard.ask(first)).toMatchObject({ code: 'admitted', sequence })
    await guard.evict()
    expect(await guard.ask(first)).toMatchObject({ code: 'admitted', sequence })
    expect(await guard.rows('admission')).toHaveLength(1)
  })

  test('a read cannot come back as an order, nor an order as a read', async () => {
    const guard = await newGuard()
    const asked = read()
    await guard.ask(asked)
    expect((await guard.ask(order({ replayId: asked.replayId }))).code).toBe('replayed')
    const placed = order()
    await guard.ask(placed)
    expect((await guard.ask(read({ replayId: placed.replayId }))).code).toBe('replayed')
  })
})

describe('a read’s nonce', () => {
  test('is single use', async () => {
    const guard = await newGuard()
    const first = read()
    expect((await guard.ask(first)).code).toBe('admitted')
    expect((await guard.ask({ ...first, attempt: 'other' })).code).toBe('replayed')
  })

  test('is not admitted again after an eviction; what was signed later is', async () => {
    const guard = await newGuard()
    const first = read()
    await guard.ask(first)
    await guard.sleep(11_000)
    expect((await guard.ask({ ...first, attempt: 'other' })).code).toBe('retry_fresh')
    expect((await guard.ask(read())).code).toBe('admitted')
  })
})

describe('a read whose signature could be a write’s', () => {
  const bare = { nonced: false, fenced: true }

  test('is remembered though it was refused: it must not come back as an order', async () => {
    const guard = await newGuard({ permissions: ['order.write'] })
    const refused = read(bare)
    expect((await guard.ask(refused)).code).toBe('permission_missing')
    const asOrder = order({ ...bare, replayId: refused.replayId })
    expect((await guard.ask(asOrder)).code).toBe('retry_fresh')
    await guard.evict()
    expect((await guard.ask({ ...asOrder, attempt: 'later' })).code).toBe('retry_fresh')
  })

  test('asked again under its own attempt it is judged again', async () => {
    const guard = await newGuard({ permissions: [] })
    const refused = read(bare)
    await guard.ask(refused)
    expect((await guard.ask(refused)).code).toBe('permission_missing')
  })
})

describe('I3: the next request is judged by the new state', () => {
  test.each<[Partial<Key>, string]>([
    [{ status: 'revoked' }, 'key_revoked'],
    [{ status: 'suspended' }, 'key_suspended'],
    [{ permissions: [] }, 'permission_missing'],
    [{ addresses: ['198.51.100.0/24'] }, 'address_not_allowed'],
    [{ credentials: [{ id: 'cred', endsAtMs: START }] }, 'credential_expired'],
  ])('%j', async (change, code) => {
    const guard = await newGuard()
    expect((await guard.ask(order())).code).toBe('admitted')
    await guard.put(change)
    expect((await guard.ask(order())).code).toBe(code)
    await guard.evict()
    expect((await guard.ask(order())).code).toBe(code)
  })

  test('a change of permissions forgets neither quota nor replays', async () => {
    const guard = await newGuard()
    const first = order()
    for (const ask of [first, ...Array.from({ length: 9 }, () => order())]) await guard.ask(ask)
    await guard.put({ permissions: ['order.write'] })
    expect((await guard.ask(order())).code).toBe('rate_limited')
    expect((await guard.ask({ ...first, attempt: 'other' })).code).toBe('replayed')
  })

  // @control mission/revocation rts6/21-stop
  test(
    'of 10,000 requests that start after a revocation was acknowledged none is admitted',
    { timeout: 60_000 },
    async () => {
      const guard = await newGuard({ tier: 'unmetered' })
      // Some are on their way while it is revoked: those may go either way.
      const before = Array.from({ length: 50 }, () => guard.ask(read()))
      expect(await guard.stub().setStatus('revoked')).toBe(true)
      await Promise.all(before)
      const codes = new Set<string>()
      for (let round = 0; round < 100; round += 1) {
        if (round === 50) await guard.evict()
        const answers = Array.from({ length: 100 }, () => guard.ask(read()))
        for (const { code } of await Promise.all(answers)) codes.add(code)
      }
      expect(codes).toEqual(new Set(['key_revoked']))
    },
  )

  test('a revoked key stays revoked', async () => {
    const guard = await newGuard()
    expect(await guard.stub().setStatus('revoked')).toBe(true)
    expect(await guard.stub().setStatus('active')).toBe(false)
    expect((await guard.ask(order())).code).toBe('key_revoked')
  })

  test('a suspended key can be resumed', async () => {
    const guard = await newGuard()
    await guard.stub().setStatus('suspended')
    expect((await guard.ask(order())).code).toBe('key_suspended')
    expect(await guard.stub().setStatus('active')).toBe(true)
    expect((await guard.ask(order())).code).toBe('admitted')
  })
})

describe('I5: recorded before it can act', () => {
  test('the row of an admitted order holds attempt, request and record together', async () => {
    const guard = await newGuard()
    const ask = order()
    const { sequence } = await guard.ask(ask)
    const [row] = await guard.rows('admission')
    expect(row).toMatchObject({
      replay_id: ask.replayId,
      attempt: ask.attempt,
      request_hash: 'hash',
      sequence,
    })
    const { record } = row ?? {}
    expect(typeof record === 'string' && JSON.parse(record)).toMatchObject({
      type: 'admission',
      requestId: ask.requestId,
      account: 'acct',
      sequence,
    })
  })

  test('if the row cannot be written there is no verdict, and nothing was spent', async () => {
    const guard = await newGuard()
    await runInDurableObject(guard.stub(), (_object, state) => {
      state.storage.sql.exec(
        `CREATE TRIGGER full BEFORE INSERT ON admission BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
      )
    })
    await expect(guard.ask(order())).rejects.toThrow('disk full')
    await runInDurableObject(
      guard.stub(),
      (_object, state) => void state.storage.sql.exec('DROP TRIGGER full'),
    )
    expect(await guard.rows('lease')).toMatchObject([{ sequence: 0 }])
    const next = await guard.ask(order())
    expect(next).toMatchObject({ code: 'admitted', sequence: 1 })
    expect(next.limits.map(({ remaining }) => remaining)).toEqual([9, 99_999])
  })
})

test('the sequence has no gaps: admitted, refused, asleep, replayed', async () => {
  const guard = await newGuard()
  const sequences = []
  for (let i = 0; i < 30; i += 1) {
    if (i % 7 === 6) await guard.sleep(15_000)
    await guard.pass(100)
    sequences.push((await guard.ask(i % 3 === 0 ? read() : order())).sequence)
  }
  expect(sequences).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
})

test('an object that holds no key admits nothing', async () => {
  const verdict = await env.KEY_GUARD.getByName('nobody').admit(order())
  expect(verdict).toBeUndefined()
})

test('a key of a tier that the policy does not have is refused', async () => {
  await expect(newGuard({ tier: 'platinum' })).rejects.toThrow('no tier "platinum"')
})
