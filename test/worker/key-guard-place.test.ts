/** A key's object that moves, and one that comes back from an older state. */
import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { shardOf } from '../../src/audit/shipment.ts'
import { BoundedMap } from '../../src/lib/bounded-map.ts'
import { admitWhereItIs } from '../../src/wiring.ts'
import { newGuard, order, pass, read, START } from './support.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
})

afterEach(() => {
  vi.useRealTimers()
})

type Guard = Awaited<ReturnType<typeof newGuard>>

const TABLES = [
  'key',
  'permission',
  'address',
  'credential',
  'key_limit',
  'lease',
  'admission',
  'gap',
  'change',
]

/** Everything the object has stored, to be put back later: what a restore from a point in time does. */
async function snapshot(guard: Guard): Promise<() => Promise<void>> {
  const tables = await Promise.all(
    TABLES.map(async (name) => [name, await guard.rows(name)] as const),
  )
  return async () => {
    await runInDurableObject(guard.stub(), (_object, { storage }) => {
      for (const [name, rows] of tables) {
        storage.sql.exec(`DELETE FROM ${name}`)
        for (const row of rows) {
          const values = Object.values(row)
          const marks = values.map(() => '?').join(', ')
          storage.sql.exec(`INSERT INTO ${name} VALUES (${marks})`, ...values)
        }
      }
    })
    await guard.evict()
  }
}

describe('moving a key', () => {
  test('takes everything along: orders, counts, numbers, status', async () => {
    const guard = await newGuard()
    const placed = order()
    const { sequence } = await guard.ask(placed)
    for (let i = 0; i < 5; i += 1) await guard.ask(order())
    const name = `${guard.keyId}@apac`
    await guard.stub().moveTo(name, 'apac')
    vi.setSystemTime(START + 2_000)

    const places = new BoundedMap<string>(10)
    const ask = (what: ReturnType<typeof order>) =>
      admitWhereItIs(env.KEY_GUARD, places, guard.keyId, what)
    expect((await ask({ ...placed, attempt: 'other' }))?.decision).toMatchObject({
      error: { code: 'replayed' },
    })
    expect(await ask(placed)).toMatchObject({ sequence, decision: { ok: true } })
    const next = await ask(order())
    expect(next?.decision.ok).toBe(true)
    expect(next?.sequence).toBe(8)
    expect(next?.limits.find((limit) => limit.name === 'day')?.remaining).toBe(99_993)
    expect(places.get(guard.keyId)).toBe(name)
  })

  test('leaves a signpost that keeps nothing and admits nothing', async () => {
    const guard = await newGuard()
    await guard.ask(order())
    const name = `${guard.keyId}@oc`
    await guard.stub().moveTo(name, 'oc')
    for (const sleep of [false, true]) {
      if (sleep) await guard.evict()
      expect(await guard.stub().admit(order())).toEqual({ movedTo: name })
      expect(await guard.stub().put(await keyOf(name))).toEqual({ movedTo: name })
      expect(await guard.stub().setStatus('revoked')).toEqual({ movedTo: name })
    }
    expect(await guard.rows('admission')).toEqual([])
    expect(await guard.rows('key')).toEqual([])
  })

  test('what was not shipped before is shipped from the other side, and nobody need ask', async () => {
    const guard = await newGuard()
    await guard.ask(order())
    const target = env.KEY_GUARD.getByName(`${guard.keyId}@afr`)
    await guard.stub().moveTo(`${guard.keyId}@afr`, 'afr')
    await pass(target, 80_000)
    const left = await runInDurableObject(target, (_object, state) =>
      state.storage.sql.exec('SELECT * FROM admission').toArray(),
    )
    expect(left).toEqual([])
  })

  test('short limits hold across the move', async () => {
    const guard = await newGuard()
    for (let i = 0; i < 10; i += 1) await guard.ask(order())
    await guard.stub().moveTo(`${guard.keyId}@me`, 'me')
    const places = new BoundedMap<string>(10)
    const verdict = await admitWhereItIs(env.KEY_GUARD, places, guard.keyId, order())
    expect(verdict?.decision).toMatchObject({ error: { code: 'rate_limited' } })
  })

  test('that breaks off admits nothing on either side, and goes on by itself', async () => {
    const guard = await newGuard()
    await guard.ask(order())
    const name = `${guard.keyId}@sam`
    const target = env.KEY_GUARD.getByName(name)
    const sql = (statement: string) =>
      runInDurableObject(target, (_object, state) => void state.storage.sql.exec(statement))
    await sql(`CREATE TRIGGER down BEFORE INSERT ON key BEGIN SELECT RAISE(ABORT, 'down'); END`)
    expect(await guard.stub().moveTo(name, 'sam')).toBe(false)
    expect(await guard.stub().admit(order())).toBeUndefined()
    expect(await target.admit(order())).toBeUndefined()
    await guard.evict()
    await sql('DROP TRIGGER down')
    await guard.pass(10_000)
    expect(await guard.stub().admit(order())).toEqual({ movedTo: name })
    expect(await target.admit(order())).toMatchObject({ decision: { ok: true } })
  })

  test('is refused by an object that holds no key, or whose key moves elsewhere', async () => {
    // Asked inside the object: a call that throws across objects is reported beside the test.
    const refusal = (name: string, to: string) =>
      runInDurableObject(env.KEY_GUARD.getByName(name), (object) =>
        object.moveTo(to, 'weur').then(String, (error: Error) => error.message),
      )
    expect(await refusal('nobody at all', 'x')).toContain('holds none')
    const guard = await newGuard()
    const name = `${guard.keyId}@weur`
    expect(await guard.stub().moveTo(name, 'weur')).toBe(true)
    expect(await guard.stub().moveTo(name, 'weur')).toBe(true)
    expect(await refusal(guard.keyId, 'elsewhere')).toContain('moves elsewhere already')
  })

  test('twice is a chain that callers follow once', async () => {
    const guard = await newGuard()
    const [first, second] = [`${guard.keyId}@1`, `${guard.keyId}@2`]
    await guard.stub().moveTo(first, 'weur')
    await env.KEY_GUARD.getByName(first).moveTo(second, 'eeur')
    const places = new BoundedMap<string>(10)
    vi.setSystemTime(START + 5_000)
    const verdict = await admitWhereItIs(env.KEY_GUARD, places, guard.keyId, order())
    expect(verdict?.decision.ok).toBe(true)
    expect(places.get(guard.keyId)).toBe(second)
  })
})

async function keyOf(name: string) {
  const key = await runInDurableObject(env.KEY_GUARD.getByName(name), (_object, state) =>
    state.storage.sql.exec('SELECT * FROM key').toArray(),
  )
  expect(key).toHaveLength(1)
  return {
    keyId: 'any',
    account: 'acct',
    user: 'user',
    tier: 'retail',
    status: 'active' as const,
    permissions: [],
    addresses: [],
    credentials: [],
    limits: [],
  }
}

describe('an object restored from an older state', () => {
  test('is sealed before it serves, when the restore was announced', async () => {
    const guard = await newGuard()
    await guard.ask(order())
    await guard.sleep(12_000)
    const restore = await snapshot(guard)
    const lost = [order(), order(), read()]
    const numbers = []
    for (const ask of lost) numbers.push((await guard.ask(ask)).sequence)
    await guard.stub().setStatus('suspended')
    await guard.pass(8_000)
    await restore()

    const asked = (ask: ReturnType<typeof order>) => guard.ask({ ...ask, epoch: 1 })
    // The suspension is not in the restored state: it comes from the audit log.
    expect((await asked(order())).code).toBe('key_suspended')
    await guard.stub().setStatus('active')
    for (const ask of lost)
      expect((await asked({ ...ask, attempt: 'other' })).code).toBe('retry_fresh')
    expect((await asked(order())).code).toBe('retry_fresh')
    await guard.pass(2_001)
    const { code, sequence, limits } = await asked(order())
    expect(code).toBe('admitted')
    expect(Math.max(...numbers)).toBeLessThan(sequence)
    // One before, two that were lost and one now; of the lost read nobody knows.
    expect(limits.find(({ name }) => name === 'day')?.remaining).toBe(99_996)
  })

  test('is refused while the audit log cannot be asked', async () => {
    const guard = await newGuard()
    const log = env.AUDIT_LOG.getByName(shardOf(guard.keyId))
    const sql = (statement: string) =>
      runInDurableObject(log, (_object, state) => void state.storage.sql.exec(statement))
    await sql('ALTER TABLE change RENAME TO away')
    expect((await guard.ask(order({ epoch: 1 }))).code).toBe('no key')
    expect((await guard.ask(order({ epoch: 1 }))).code).toBe('no key')
    await sql('ALTER TABLE away RENAME TO change')
    expect((await guard.ask(order({ epoch: 1 }))).code).toBe('retry_fresh')
    await guard.pass(3_000)
    expect((await guard.ask(order({ epoch: 1 }))).code).toBe('admitted')
  })

  test('seals itself once: the next request is an ordinary one', async () => {
    const guard = await newGuard()
    expect((await guard.ask(order({ epoch: 1 }))).code).toBe('retry_fresh')
    await guard.pass(3_000)
    expect((await guard.ask(order({ epoch: 1 }))).code).toBe('admitted')
    await guard.sleep(20_000)
    expect((await guard.ask(order({ epoch: 1 }))).code).toBe('admitted')
    expect((await guard.ask(order({ epoch: 0 }))).code).toBe('admitted')
  })

  test('when nobody said so, the audit log finds out: it holds other records under the same numbers', async () => {
    const guard = await newGuard()
    await guard.ask(order())
    await guard.sleep(12_000)
    const restore = await snapshot(guard)
    await guard.ask(order())
    await guard.sleep(8_000)
    await restore()
    const fork = await guard.ask(order())
    expect(fork.code).toBe('admitted')
    await guard.pass(4_000)
    expect((await guard.ask(order())).code).toBe('retry_fresh')
    await guard.pass(3_000)
    const { sequence } = await guard.ask(order())
    expect(sequence).toBeGreaterThan(2 ** 40)
    // What was admitted on the wrong branch is kept too, and nothing is found out twice.
    await guard.sleep(100_000)
    expect(await guard.rows('admission')).toEqual([])
    expect(await guard.rows('gap')).toEqual([])
    expect((await guard.ask(order())).code).toBe('admitted')
  })

  test('a revocation that only one of two states has holds', async () => {
    const guard = await newGuard()
    await guard.sleep(12_000)
    const restore = await snapshot(guard)
    await guard.stub().setStatus('revoked')
    await guard.sleep(8_000)
    await restore()
    await guard.put({ permissions: ['order.write'] })
    await guard.pass(4_000)
    expect((await guard.ask(order())).code).toBe('key_revoked')
    await guard.sleep(20_000)
    expect((await guard.ask(order())).code).toBe('key_revoked')
  })
})
