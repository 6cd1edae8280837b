/** The limits of the real object, across evictions and clocks. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FEED_PERMISSION } from '../../src/access/permission.ts'
import { readWindows } from '../../src/guard/stored-windows.ts'
import { newGuard, order, read, START } from './support.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('I2: limits', () => {
  // @control mission/limits rts6/15(1)(d)
  test('admit exactly what they say, and name the wait', async () => {
    const guard = await newGuard()
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => guard.ask(order())))
    expect(verdicts.filter(({ code }) => code === 'admitted')).toHaveLength(10)
    const refused = verdicts.find(({ code }) => code === 'rate_limited')
    expect(refused?.decision).toMatchObject({
      error: { members: { limit: 'burst' }, retryAfterSeconds: 1 },
    })
    vi.setSystemTime(START + 999)
    expect((await guard.ask(order())).code).toBe('rate_limited')
    vi.setSystemTime(START + 1_000)
    expect((await guard.ask(order())).code).toBe('admitted')
  })

  test('hold after an eviction: ten, eleven seconds of silence, ten, and ten refusals', async () => {
    const guard = await newGuard()
    for (let i = 0; i < 10; i += 1) await guard.ask(order())
    await guard.sleep(11_000)
    const codes = []
    for (let i = 0; i < 20; i += 1) codes.push((await guard.ask(order())).code)
    expect(codes).toEqual([...Array(10).fill('admitted'), ...Array(10).fill('rate_limited')])
  })

  test('after a crash short limits count as full, for one window', async () => {
    const guard = await newGuard()
    await guard.ask(order())
    await guard.ask(order())
    await guard.evict()
    vi.setSystemTime(START + 400)
    expect((await guard.ask(order())).decision).toMatchObject({
      error: { code: 'rate_limited', retryAfterSeconds: 1 },
    })
    vi.setSystemTime(START + 1_399)
    expect((await guard.ask(order())).code).toBe('rate_limited')
    vi.setSystemTime(START + 1_400)
    expect((await guard.ask(order())).code).toBe('admitted')
  })

  test('a refusal is a decision too, but it admitted nothing: it closes no window', async () => {
    const guard = await newGuard()
    await guard.ask(order({ permission: 'withdrawal.write' }))
    await guard.evict()
    expect((await guard.ask(order())).code).toBe('admitted')
  })

  // @control mission/limits
  test('the day’s count survives evictions', async () => {
    const guard = await newGuard()
    for (let i = 0; i < 5; i += 1) {
      vi.setSystemTime(START + i * 11_000)
      await guard.ask(order())
      await guard.sleep(0)
    }
    vi.setSystemTime(START + 60_000)
    const { limits } = await guard.ask(order())
    expect(limits.find(({ name }) => name === 'day')).toMatchObject({
      limit: 100_000,
      remaining: 99_994,
    })
  })

  test('a clock that steps back reopens no window: decisions never go back in time', async () => {
    const guard = await newGuard()
    for (let i = 0; i < 10; i += 1) await guard.ask(order())
    vi.setSystemTime(START - 5_000)
    expect(await guard.ask(order())).toMatchObject({ code: 'rate_limited', decidedAtMs: START })
    await guard.evict()
    expect(await guard.ask(order())).toMatchObject({ code: 'rate_limited', decidedAtMs: START })
  })

  test('I8: by a clock that is behind the last decision, the wait is longer, and true', async () => {
    const guard = await newGuard()
    for (let i = 0; i < 10; i += 1) await guard.ask(order())
    vi.setSystemTime(START - 1_500)
    const { decision } = await guard.ask(order())
    expect(decision).toMatchObject({ error: { code: 'rate_limited', retryAfterSeconds: 3 } })
    vi.setSystemTime(START + 500)
    expect((await guard.ask(order())).code).toBe('rate_limited')
    vi.setSystemTime(START + 1_500)
    expect((await guard.ask(order())).code).toBe('admitted')
  })

  test('all counts are one row, and what no longer counts is not kept', async () => {
    const guard = await newGuard()
    for (const days of [0, 0.5, 1.5, 3]) {
      vi.setSystemTime(START + days * 86_400_000)
      await guard.ask(order())
    }
    const leases = await guard.rows('lease')
    expect(leases).toHaveLength(1)
    const { windows } = leases[0] ?? {}
    const stored = readWindows(typeof windows === 'string' ? windows : '')
    expect(stored.map(({ id, slots }) => [id, slots.length])).toEqual([
      ['day:order+account+withdrawal', 1],
      ['day:cancel', 0],
      ['day:read', 0],
    ])
  })

  test('what is refused spends nothing', async () => {
    const guard = await newGuard()
    for (let i = 0; i < 30; i += 1) await guard.ask(order({ permission: 'withdrawal.write' }))
    expect((await guard.ask(order())).limits[0]).toMatchObject({ name: 'burst', remaining: 9 })
  })

  test('the gateway’s own calls have a limit of their own', async () => {
    const guard = await newGuard()
    const own = () => read({ budget: 'gateway', permission: undefined })
    const verdicts = await Promise.all(Array.from({ length: 12 }, () => guard.ask(own())))
    expect(verdicts.filter(({ code }) => code === 'admitted')).toHaveLength(10)
    expect((await guard.ask(order())).code).toBe('admitted')
  })

  test('the broker’s feed has one that suits a broker, for keys that may feed alone', async () => {
    const feed = () => read({ budget: 'feed', permission: undefined })
    const admitted = async (permissions: readonly string[]) => {
      const guard = await newGuard({ permissions })
      const verdicts = await Promise.all(Array.from({ length: 220 }, () => guard.ask(feed())))
      const own = await guard.ask(read({ budget: 'gateway', permission: undefined }))
      return [verdicts.filter(({ code }) => code === 'admitted').length, own.code]
    }
    expect(await admitted([FEED_PERMISSION])).toEqual([200, 'admitted'])
    expect(await admitted(['order.write'])).toEqual([10, 'rate_limited'])
  })
})

describe('budgets', () => {
  // @control mission/limits rts6/15(1)(d)
  test('a storm of orders stops neither a cancel nor a look', async () => {
    const guard = await newGuard({ permissions: ['order.write', 'order.cancel', 'account.read'] })
    const storm = await Promise.all(Array.from({ length: 40 }, () => guard.ask(order())))
    expect(storm.filter(({ code }) => code === 'rate_limited')).toHaveLength(30)
    const cancel = order({ kind: 'cancel', permission: 'order.cancel' })
    expect(await guard.ask(cancel)).toMatchObject({
      code: 'admitted',
      limits: [{ name: 'burst', kinds: ['cancel'], remaining: 9 }, { name: 'day' }],
    })
    expect((await guard.ask(read())).code).toBe('admitted')
  })

  test('a key’s own limit replaces its tier’s, at once, and until it ends', async () => {
    const guard = await newGuard()
    await guard.ask(order())
    const limits = [{ name: 'burst', limit: 3, windowSeconds: 1, untilMs: START + 5_000 }]
    await guard.put({ limits })
    const codes = []
    for (let i = 0; i < 4; i += 1) codes.push((await guard.ask(order())).code)
    // What was spent before the change counts.
    expect(codes).toEqual(['admitted', 'admitted', 'rate_limited', 'rate_limited'])
    await guard.pass(5_000)
    expect((await guard.ask(order())).limits).toMatchObject([
      { name: 'burst', limit: 10, remaining: 9 },
      { name: 'day', remaining: 99_996 },
    ])
  })

  test('a limit of its own for certain kinds binds these alone', async () => {
    const limits = [{ name: 'orders', limit: 2, windowSeconds: 1, kinds: ['order' as const] }]
    const guard = await newGuard({ limits })
    for (let i = 0; i < 3; i += 1) expect((await guard.ask(read())).code).toBe('admitted')
    await guard.sleep(12_000)
    for (let i = 0; i < 3; i += 1) expect((await guard.ask(read())).code).toBe('admitted')
    const codes = []
    for (let i = 0; i < 3; i += 1) codes.push((await guard.ask(order())).code)
    expect(codes).toEqual(['admitted', 'admitted', 'rate_limited'])
  })

  test('another tier forgets nothing that was spent', async () => {
    const guard = await newGuard()
    for (let i = 0; i < 5; i += 1) await guard.ask(order())
    await guard.put({ tier: 'pro' })
    const { limits } = await guard.ask(order())
    const [burst] = limits
    expect(burst?.limit).toBeGreaterThan(10)
    expect(burst?.remaining).toBe((burst?.limit ?? 0) - 6)
  })

  test('a limit that could never be kept is refused', async () => {
    const name = 'gateway'
    await expect(newGuard({ limits: [{ name, limit: 5, windowSeconds: 1 }] })).rejects.toThrow(
      'limits[0].name: "gateway" is reserved',
    )
  })
})

describe('the lease', () => {
  test('a busy key writes rarely and sets one alarm', async () => {
    const guard = await newGuard({ tier: 'market_maker' })
    for (let i = 0; i < 60; i += 1) {
      await guard.ask(read())
      await guard.pass(50)
    }
    const [lease] = await guard.rows('lease')
    expect(lease).toMatchObject({ open: 1 })
    expect(Number(lease?.['sequence'])).toBeLessThan(60)
  })

  test('an alarm closes it; one with traffic opens the next in the same write', async () => {
    const guard = await newGuard()
    await guard.ask(read())
    await guard.ask(read())
    expect(await guard.rows('lease')).toMatchObject([{ open: 1, sequence: 2 }])
    await guard.pass(4_000)
    expect(await guard.rows('lease')).toMatchObject([{ open: 1, sequence: 2 }])
    await guard.pass(4_000)
    expect(await guard.rows('lease')).toMatchObject([
      { open: 0, sequence: 2, reserved_sequence: 2 },
    ])
  })

  test('a late alarm finds an object that has forgotten: it takes what was reserved for spent', async () => {
    const guard = await newGuard()
    await guard.ask(order())
    await guard.ask(order())
    await guard.evict()
    vi.setSystemTime(START + 30_000)
    await guard.pass(0)
    expect(await guard.rows('lease')).toMatchObject([{ open: 0 }])
    expect(await guard.rows('gap')).toHaveLength(1)
    const { limits } = await guard.ask(order())
    const left = limits.find(({ name }) => name === 'day')?.remaining ?? 0
    expect(left).toBeLessThan(99_997)
    expect(left).toBeGreaterThanOrEqual(95_000)
  })
})
