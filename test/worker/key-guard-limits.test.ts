/** The limits of the real object, across evictions and clocks. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { newGuard, order, read, START } from './support.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('I2: limits', () => {
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
    await guard.evict()
    vi.setSystemTime(START + 11_000)
    const codes = []
    for (let i = 0; i < 20; i += 1) codes.push((await guard.ask(order())).code)
    expect(codes).toEqual([...Array(10).fill('admitted'), ...Array(10).fill('rate_limited')])
  })

  test('a start within the window of the last decision treats short limits as full, once', async () => {
    const guard = await newGuard()
    await guard.ask(order())
    await guard.evict()
    vi.setSystemTime(START + 400)
    const refused = await guard.ask(order())
    expect(refused.decision).toMatchObject({
      error: { code: 'rate_limited', retryAfterSeconds: 1 },
    })
    vi.setSystemTime(START + 1_000)
    // The refusal is a decision too, but it admitted nothing: it closes nothing.
    await guard.evict()
    expect((await guard.ask(order())).code).toBe('admitted')
  })

  test('the day’s count survives evictions', async () => {
    const guard = await newGuard()
    for (let i = 0; i < 5; i += 1) {
      vi.setSystemTime(START + i * 11_000)
      await guard.ask(order())
      await guard.evict()
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

  test('slots that no longer count are not kept', async () => {
    const guard = await newGuard()
    for (const days of [0, 0.5, 1.5, 3]) {
      vi.setSystemTime(START + days * 86_400_000)
      await guard.ask(order())
    }
    expect(await guard.rows('slot')).toHaveLength(1)
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
})
