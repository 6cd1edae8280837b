import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RiskAsk, RiskVerdict } from '../../src/risk/account-port.ts'
import type { Limits } from '../../src/risk/limits.ts'
import { BY, newAccount, passed } from './risk-account.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const firmStub = () => env.FIRM_RISK.getByName('firm')

async function setLimits(firm: Limits): Promise<RiskAsk['firm']> {
  const { revision } = await firmStub().describe()
  const by = { ...BY, approver: 'user_other', ticket: 'T-1' }
  const untilMs = Date.now() + 86_400_000
  const limits = { firm, symbols: {} }
  const edited = await firmStub().edit({ limits, untilMs, ifRevision: revision }, by)
  if (!edited.ok) throw new Error('Cannot set the limit of the test')
  return { revision: edited.value.revision, ...edited.value.limits }
}

/** What accounts hold is left alone; beyond it there is room for so much. */
function setRoom(room: number, others: number) {
  return setLimits({ maxOpenValue: String(others + room) })
}

async function held(): Promise<number> {
  const { granted } = await firmStub().describe()
  return granted.reduce((sum, { open }) => sum + Number(open), 0)
}

/** An account wants so much more than it uses: then the firm hears first what all use. */
async function askFor(account: string, wants: bigint, question: number): Promise<void> {
  const nothing = { open: 0n, daily: 0n }
  await firmStub().reserve(account, { keeps: nothing, wants: { open: wants, daily: 0n }, question })
}

type Traded = Awaited<ReturnType<typeof newAccount>>

async function numbersOf({ stub, ask }: Traded, firm: RiskAsk['firm'], n: number) {
  const asks = Array.from({ length: n }, () => ask({ firm }))
  return passed(await Promise.all(asks.map((one) => stub().judge(one))))
}

async function take(account: Traded, firm: RiskAsk['firm'], n: number): Promise<number> {
  return (await numbersOf(account, firm, n)).length
}

describe('what the firm may come to', { timeout: 60_000 }, () => {
  const firm = { revision: 1, firm: { maxOpenValue: '10000' }, symbols: {} }

  async function setFirm(maxOpenValue: string) {
    const stub = env.FIRM_RISK.getByName('firm')
    const { revision } = await stub.describe()
    const limits = { firm: { maxOpenValue }, symbols: {} }
    const by = { ...BY, approver: 'user_other', ticket: 'T-1' }
    const untilMs = Date.now() + 86_400_000
    expect(await stub.edit({ limits, untilMs, ifRevision: revision }, by)).toMatchObject({
      ok: true,
    })
  }

  // @control 15c3-5(c)(1)(i) rts6/15(5)-thresholds
  test('is never exceeded by accounts together, whichever are lost meanwhile', async () => {
    await setFirm('10000')
    const accounts = await Promise.all([1, 2, 3, 4, 5].map(() => newAccount()))
    const all = new Array<RiskVerdict>()
    for (let round = 0; round < 6; round += 1) {
      const verdicts = await Promise.all(
        accounts.flatMap(({ stub, ask }) =>
          Array.from({ length: 10 }, () => stub().judge(ask({ firm }))),
        ),
      )
      all.push(...verdicts)
      await accounts[round % 5]?.crash()
      if (round === 2) await evictDurableObject(env.FIRM_RISK.getByName('firm'))
    }
    expect(passed(all).length).toBeLessThanOrEqual(100)
    expect(passed(all).length).toBeGreaterThanOrEqual(95)
    const refused = all.flatMap((verdict) => ('refused' in verdict ? [verdict.refused] : []))
    expect(new Set(refused.map(({ scope, control }) => `${scope} ${control}`))).toEqual(
      new Set(['firm max_open_value']),
    )
  })

  test('what an account gives back others may use', async () => {
    await setFirm('30000')
    const [one, other] = [await newAccount(), await newAccount()]
    const own = { ...firm, firm: { maxOpenValue: '30000' } }
    const numbers = await numbersOf(one, own, 200)
    expect(numbers.length).toBeGreaterThan(90)
    const without = await take(other, own, 200)
    for (const number of numbers) await one.stub().settle(number, [{ status: 'filled' }])
    await runDurableObjectAlarm(one.stub())
    expect(without + (await take(other, own, 200))).toBeGreaterThan(90)
  })
})

describe('a total of the firm that is lowered', { timeout: 60_000 }, () => {
  // @control 15c3-5(c)(1)(i)
  test('stays reserved for what is used, and is not given to others when it is raised again', async () => {
    const others = await held()
    const [one, other] = [await newAccount(), await newAccount()]
    expect(await take(one, await setRoom(10_000, others), 60)).toBe(60)
    const low = await setRoom(1_000, others)
    expect(await take(one, low, 5)).toBe(0)
    expect(await take(other, low, 5)).toBe(0)
    const high = await setRoom(10_000, others)
    const more = await take(other, high, 100)
    expect(more).toBeGreaterThan(30)
    expect(more).toBeLessThanOrEqual(40)
  })

  test('is not used up by what was granted under the one before', async () => {
    const others = await held()
    const one = await newAccount()
    expect(await take(one, await setRoom(1_000_000, others), 1)).toBe(1)
    const low = await setRoom(300, others)
    const verdicts = [await take(one, low, 10), await take(one, low, 10)]
    expect(verdicts).toEqual([2, 0])
  })
})

describe('a total of the firm that begins to hold', { timeout: 60_000 }, () => {
  const LARGE = { account: { maxOpenValue: '1000000' }, keys: {}, symbols: {} }

  // @control 15c3-5(c)(1)(i)
  test('counts what accounts used before: open, and of the day', async () => {
    const none = await setLimits({})
    const [one, other] = [await newAccount(LARGE), await newAccount(LARGE)]
    expect(await take(one, none, 30)).toBe(30)
    await setLimits({ maxOpenValue: '1000000000' })
    await askFor('nobody', 1n, 1)
    await askFor('nobody', 0n, 2)
    const used = await held()
    await setLimits({})
    expect(await take(one, none, 20)).toBe(20)
    const after = await setLimits({ maxOpenValue: String(used + 2_000 + 500) })
    expect(await take(other, after, 20)).toBe(5)
    const { granted } = await firmStub().describe()
    expect(granted.find(({ account }) => account === one.account)?.open).toBe('5000')
    await setLimits({})
    const daily = await setLimits({ maxDailyValue: '5000' })
    expect(await take(other, daily, 1)).toBe(0)
  })

  test('lets nobody have more while an account does not say what it uses', async () => {
    const none = await setLimits({})
    const [one, other] = [await newAccount(LARGE), await newAccount(LARGE)]
    expect(await take(one, none, 3)).toBe(3)
    await runInDurableObject(one.stub(), (object) => {
      vi.spyOn(object, 'use').mockRejectedValue(new Error('Not now'))
    })
    const firm = await setLimits({ maxOpenValue: '1000000000' })
    await expect(take(other, firm, 1)).rejects.toThrow('not said yet')
    await one.crash()
    expect(await take(other, firm, 1)).toBe(1)
  })

  test('counts again what was ordered by a copy of the limits from before', async () => {
    const none = await setLimits({})
    const [one, other] = [await newAccount(LARGE), await newAccount(LARGE)]
    expect(await take(one, none, 3)).toBe(3)
    const firm = await setLimits({ maxOpenValue: '1000000000' })
    expect(await take(other, firm, 1)).toBe(1)
    expect(await take(one, none, 4)).toBe(4)
    vi.setSystemTime(Date.now() + 20_000)
    await runDurableObjectAlarm(firmStub())
    const { granted } = await firmStub().describe()
    expect(granted.find(({ account }) => account === one.account)?.open).toBe('700')
  })
})
