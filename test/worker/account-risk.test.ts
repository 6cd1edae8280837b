import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { shardOf } from '../../src/audit/shipment.ts'
import { ONE, order } from '../support/account.ts'
import { BY, newAccount, passed } from './risk-account.ts'

const PENDING_MS = 61_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

// A thousand calls at once take longer than a test has by default.
describe('a limit of an account', { timeout: 60_000 }, () => {
  // @control 15c3-5(c)(1)(i) mission/pre-trade
  test('admits exactly a hundred of a thousand simultaneous orders of three keys', async () => {
    const { stub, ask } = await newAccount()
    const asks = Array.from({ length: 1_000 }, (_, i) => ask({ keyId: `key_${i % 3}` }))
    const verdicts = await Promise.all(asks.map((one) => stub().judge(one)))
    expect(passed(verdicts)).toHaveLength(100)
    const refused = verdicts.filter((verdict) => 'refused' in verdict)
    expect(refused).toHaveLength(900)
    expect(await stub().describe()).toMatchObject({ totals: { openValue: '10000', open: 100 } })
  })

  test('holds across a crash among them, with answers, outages and clients that left', async () => {
    const { account, stub, ask, crash } = await newAccount()
    const some = (n: number) =>
      Promise.all(Array.from({ length: n }, (_, i) => stub().judge(ask({ keyId: `key_${i % 3}` }))))
    const first = passed(await some(60))
    expect(first).toHaveLength(60)
    // Twenty rest, twenty are unknown, of the others nobody ever hears: their Worker is gone. And the object is lost
    // before it has written what it heard.
    for (const [i, number] of first.slice(0, 40).entries())
      await stub().settle(number, i < 20 ? [{ status: 'open', orderId: `ord-${i}` }] : undefined)
    await crash()
    expect(passed(await some(940))).toHaveLength(40)
    vi.setSystemTime(Date.now() + PENDING_MS)
    await runDurableObjectAlarm(stub())
    await crash()
    expect(passed(await some(10))).toHaveLength(0)
    expect(await stub().describe()).toMatchObject({ totals: { openValue: '10000', unknown: 100 } })
    // The broker's own list ends it: what is not on it trades no more. Nothing is stuck for ever.
    const requestId = (number: number) => `request-${account}-${number}`
    const orders = Array.from({ length: 20 }, (_, i) => ({
      orderId: `ord-${i}`,
      requestId: requestId(first[i] ?? 0),
      status: 'open' as const,
    }))
    vi.setSystemTime(Date.now() + PENDING_MS)
    await stub().tell({ executions: [], positions: [], open: { orders, ageMs: 0 } }, BY)
    expect(await stub().describe()).toMatchObject({
      totals: { openValue: '2000', open: 20, unknown: 0 },
    })
    await crash()
    expect(passed(await some(100))).toHaveLength(80)
  })

  test('the same attempt is counted once, whatever happened to its answer', async () => {
    const { stub, ask, crash } = await newAccount()
    const one = ask()
    const verdict = await stub().judge(one)
    await crash()
    expect(await stub().judge(one)).toEqual(verdict)
    expect(await stub().describe()).toMatchObject({ totals: { openValue: '100' } })
    await stub().forget(one.attempt)
    expect(await stub().describe()).toMatchObject({ totals: { openValue: '0' } })
  })
})

describe('the order record', () => {
  // @control rts24 rts6/28 2017/565/74 cat/meno
  test('reaches the audit log without a gap, once, with who asked and what became of it', async () => {
    const { account, stub, ask } = await newAccount()
    for (let i = 0; i < 101; i += 1) await stub().judge(ask())
    await runDurableObjectAlarm(stub())
    const waiting = await runInDurableObject(stub(), (_object, state) =>
      state.storage.sql.exec('SELECT shipped FROM progress').one(),
    )
    expect(waiting['shipped']).toBe(101)
    const shard = env.AUDIT_LOG.getByName(shardOf(account))
    await shard.sweep()
    const records = new Array<string>()
    for (let after = 0; ;) {
      const page = await shard.read(after)
      records.push(...page.records)
      if (page.next === after) break
      after = page.next
    }
    const own = records
      .map((text): unknown => JSON.parse(text))
      .filter((one) => JSON.stringify(one).includes(`"account":"${account}"`))
    expect(own).toHaveLength(101)
  })
})

describe('what an order costs', () => {
  test('one row when it is judged, and none more when the next one carries its answer', async () => {
    const { stub, ask } = await newAccount({
      account: { maxOpenValue: '1000000' },
      keys: {},
      symbols: {},
    })
    const first = passed([await stub().judge(ask())])[0] ?? 0
    const rows = await runInDurableObject(stub(), async (object, state) => {
      const before = state.storage.sql.exec('SELECT total_changes() AS n').one()['n']
      await object.judge(ask())
      object.settle(first, [{ status: 'filled' }])
      await object.judge(ask())
      return (
        Number(state.storage.sql.exec('SELECT total_changes() AS n').one()['n']) - Number(before)
      )
    })
    expect(rows).toBe(2)
  })
})

test('amounts are exact to eighteen places', async () => {
  const { stub, ask } = await newAccount({ account: { maxOpenValue: '1' }, keys: {}, symbols: {} })
  const tiny = order({ quantity: ONE - 1n, price: ONE })
  expect(passed([await stub().judge(ask({}, [tiny]))])).toHaveLength(1)
  expect(passed([await stub().judge(ask({}, [order({ quantity: 2n, price: ONE })]))])).toHaveLength(
    0,
  )
  expect(passed([await stub().judge(ask({}, [order({ quantity: 1n, price: ONE })]))])).toHaveLength(
    1,
  )
})
