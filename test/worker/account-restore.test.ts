/** An account's object, and the firm's, that come back from an older state. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { text } from '../../durable-objects/rows.ts'
import { shardOf } from '../../src/audit/shipment.ts'
import { ONE } from '../support/account.ts'
import { BY, forksOf, newAccount, recordsOf, TIGHT } from './restored-account.ts'

const CANCEL = { action: 'cancel', target: { by: 'id', value: 'any' } } as const
const MINUTE_MS = 61_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  Reflect.set(env, 'RESTORED_ACCOUNTS', '')
  vi.useRealTimers()
})

function later(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

describe('an account that was restored and was not told', { timeout: 60_000 }, () => {
  test('finds out with its next record; what came second is a fork, and only cancels pass', async () => {
    const one = newAccount()
    await one.pass(2)
    await one.ship()
    const restore = await one.snapshot()
    await one.pass(3)
    await one.ship()
    await restore()
    await one.pass(2)
    await one.ship()
    expect(await forksOf(one.account)).toEqual(['orders order_event 3', 'orders order_event 4'])
    expect([await one.end(), await one.end([CANCEL])]).toEqual(['restored', 'passed'])
    await one.ship()
    const numbers = (await recordsOf(one.account)).flatMap((record) =>
      record?.type === 'order_event' ? [record.number] : [],
    )
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(await forksOf(one.account)).toHaveLength(2)
  })

  test('finds out though it gave more numbers than were known, and though nobody hears the answer', async () => {
    const one = newAccount()
    await one.pass(1)
    await one.ship()
    const restore = await one.snapshot()
    await one.pass(2)
    await one.ship()
    await restore()
    await one.pass(5)
    const shard = env.AUDIT_LOG.getByName(shardOf(one.account))
    const { events, last } = await runInDurableObject(one.stub(), (_object, { storage }) => {
      const rows = storage.sql.exec(
        'SELECT number, events FROM entry WHERE number > 1 ORDER BY number',
      )
      const all = rows.toArray()
      return {
        events: all.flatMap((row): unknown[] => JSON.parse(text(row['events']))).map(String),
        last: all.length,
      }
    })
    expect(last).toBe(5)
    await shard.ship('lost', `change:orders:${one.account}`, `[${events.join(',')}]`)
    await one.ship()
    expect(await forksOf(one.account)).toEqual(['orders order_event 2', 'orders order_event 3'])
    expect(await one.end()).toBe('restored')
  })

  test('finds out by a change that it makes', async () => {
    const one = newAccount()
    await one.set()
    await one.ship()
    const restore = await one.snapshot()
    await one.set({ ...TIGHT, account: { maxOpenValue: '10' } })
    await one.ship()
    await restore()
    expect(await one.set({ ...TIGHT, account: { maxOpenValue: '900' } })).toBe('done')
    await one.ship()
    expect(await forksOf(one.account)).toEqual(['account change 2'])
    expect(await one.end()).toBe('restored')
    const { restored } = await one.stub().describe()
    expect(restored?.missing).toContain('limits, set anew')
  })

  test('what is sent again because nobody heard the answer is no fork', async () => {
    const one = newAccount()
    await one.pass(3)
    await one.ship()
    await runInDurableObject(one.stub(), (_object, { storage }) => {
      storage.sql.exec('UPDATE progress SET shipped = 0')
    })
    await evictDurableObject(one.stub())
    await one.pass(2)
    await one.ship()
    expect(await forksOf(one.account)).toEqual([])
    expect(await one.end()).toBe('passed')
  })
})

describe('an account that was restored and is told so', { timeout: 60_000 }, () => {
  test('lets nothing but cancels pass from the first request on, and gives no number twice', async () => {
    const one = newAccount()
    await one.pass(2)
    await one.ship()
    const restore = await one.snapshot()
    await one.pass(3)
    await one.ship()
    Reflect.set(env, 'RESTORED_ACCOUNTS', `${one.account}:1`)
    await restore()
    expect([await one.end(), await one.end([CANCEL])]).toEqual(['restored', 'passed'])
    await one.ship()
    expect(await forksOf(one.account)).toEqual([])
    const changes = (await recordsOf(one.account)).flatMap((record) =>
      record?.type === 'change' ? [record.what] : [],
    )
    expect(changes).toEqual(['risk.restored'])
  })

  test('works again after the broker listed what is open, limits were set and a person said so', async () => {
    const one = newAccount()
    await one.pass(1)
    await one.ship()
    const restore = await one.snapshot()
    await one.pass(1)
    await one.ship()
    Reflect.set(env, 'RESTORED_ACCOUNTS', `${one.account}:1`)
    await restore()
    const stranger = {
      orderId: 'o',
      requestId: `request-${one.account}-2`,
      status: 'open' as const,
    }
    expect(await one.confirm()).toMatch(/a list of the broker.*limits, set anew/)
    // Not long enough after: something may still be on its way.
    await one.list([])
    expect(await one.set()).toBe('done')
    expect(await one.confirm()).toMatch(/a list of the broker/)
    later(2 * MINUTE_MS)
    await one.list([stranger])
    expect(await one.confirm()).toMatch(/the end of 1 open orders/)
    expect(await one.end()).toBe('restored')
    await one.list([])
    expect(await one.confirm()).toBe('done')
    expect(await one.end()).toBe('passed')
    await evictDurableObject(one.stub())
    expect(await one.end()).toBe('passed')
    expect(await one.stub().describe()).toMatchObject({
      restored: undefined,
      totals: { openValue: '200', dailyValue: '800', dailyOrders: 8 },
    })
    expect(await one.confirm()).toBe('It was not restored.')
    // The next restore is another.
    Reflect.set(env, 'RESTORED_ACCOUNTS', `${one.account}:2`)
    await evictDurableObject(one.stub())
    expect(await one.end()).toBe('restored')
  })

  test('judges nothing while the audit log cannot say how far its numbers were given', async () => {
    const one = newAccount()
    await one.pass(1)
    Reflect.set(env, 'RESTORED_ACCOUNTS', `${one.account}:1`)
    await evictDurableObject(one.stub())
    const shard = env.AUDIT_LOG.getByName(shardOf(one.account))
    const rename = (from: string, to: string) =>
      runInDurableObject(shard, (_object, { storage }) => {
        storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`)
      })
    await rename('slot', 'away')
    await expect(one.end([CANCEL])).rejects.toThrow(/does not answer/)
    await rename('away', 'slot')
    expect(await one.end([CANCEL])).toBe('passed')
  })

  test('believes neither positions nor overrides from before', async () => {
    const one = newAccount()
    const positions = [{ symbol: 'BTC-USD', quantity: ONE, ageMs: 0 }]
    await one.stub().tell({ executions: [], positions, open: undefined }, BY)
    const untilMs = Date.now() + 60_000
    await one.edit({ type: 'override.ask', orderHash: 'aa'.repeat(32), untilMs })
    Reflect.set(env, 'RESTORED_ACCOUNTS', `${one.account}:1`)
    await evictDurableObject(one.stub())
    expect(await one.stub().describe()).toMatchObject({ positions: [], overrides: [] })
  })
})

test('the firm that was restored lets through only what reduces, until its limits are set anew', async () => {
  const stub = env.FIRM_RISK.getByName('firm')
  expect((await stub.copy()).limits.firm.reduceOnly).toBeUndefined()
  Reflect.set(env, 'RESTORED_ACCOUNTS', 'firm:1')
  expect((await stub.copy()).limits.firm.reduceOnly).toBe(true)
  const { revision } = await stub.describe()
  const limits = { firm: { maxOpenValue: '1000' }, symbols: {} }
  expect(await stub.edit({ limits, untilMs: undefined, ifRevision: revision }, BY)).toMatchObject({
    ok: true,
  })
  expect((await stub.copy()).limits.firm.reduceOnly).toBeUndefined()
})
