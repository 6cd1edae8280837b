/** A key's object that comes back from an older state. */
import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { shardOf } from '../../src/audit/shipment.ts'
import { newGuard, order, read, START } from './support.ts'

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

describe('an object restored from an older state', () => {
  // @control rts6/14 soc2/A1
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
    await guard.pass(2_251)
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
    await sql('ALTER TABLE line RENAME TO away')
    expect((await guard.ask(order({ epoch: 1 }))).code).toBe('no key')
    expect((await guard.ask(order({ epoch: 1 }))).code).toBe('no key')
    await sql('ALTER TABLE away RENAME TO line')
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
    expect(await guard.rows('gap')).toEqual([])
    expect((await guard.ask(order())).code).toBe('admitted')
  })

  test('keeps its own limits and what was spent of them', async () => {
    const limits = [{ name: 'hour', limit: 5, windowSeconds: 3_600 }]
    const guard = await newGuard({ limits })
    for (let i = 0; i < 5; i += 1) await guard.ask(order())
    await guard.pass(10_000)
    expect((await guard.ask(order({ epoch: 1 }))).code).toBe('retry_fresh')
    await guard.pass(3_000)
    expect((await guard.ask(order({ epoch: 1 }))).code).toBe('rate_limited')
  })

  test('restored to before a seal, gives no number twice', async () => {
    const guard = await newGuard()
    await guard.ask(read())
    await guard.sleep(12_000)
    const restore = await snapshot(guard)
    const numbers: number[] = []
    for (const epoch of [1, 2]) {
      await restore()
      await guard.pass(20_000)
      await guard.ask(read({ epoch }))
      await guard.pass(3_000)
      for (let i = 0; i < 3; i += 1) numbers.push((await guard.ask(read({ epoch }))).sequence)
      await guard.pass(20_000)
    }
    expect(new Set(numbers).size).toBe(6)
  })

  test('restored to before it was moved, is a signpost again', async () => {
    const guard = await newGuard()
    await guard.sleep(12_000)
    const restore = await snapshot(guard)
    const name = `${guard.keyId}@weur`
    await guard.stub().moveTo(name, 'weur')
    await runInDurableObject(guard.stub(), (_object, state) => {
      state.storage.sql.exec('DELETE FROM moved')
    })
    await restore()
    expect(await guard.stub().admit(order({ epoch: 1 }))).toEqual({ movedTo: name })
  })
})

/** A key that was revoked, restored to before it was. */
async function newGuardWithLostRevocation(): Promise<Guard> {
  const guard = await newGuard()
  await guard.sleep(12_000)
  const restore = await snapshot(guard)
  await guard.stub().setStatus('revoked')
  await guard.sleep(8_000)
  await restore()
  return guard
}

describe('a revocation', () => {
  test('that only one of two states has holds', async () => {
    const guard = await newGuardWithLostRevocation()
    await guard.put({ permissions: ['order.write'] })
    await guard.pass(5_000)
    expect((await guard.ask(order())).code).toBe('key_revoked')
    await guard.sleep(20_000)
    expect((await guard.ask(order())).code).toBe('key_revoked')
  })

  test('holds whatever is changed before the next request', async () => {
    for (const epoch of [0, 1]) {
      const guard = await newGuardWithLostRevocation()
      await guard.stub().setStatus('suspended', epoch)
      await guard.stub().setStatus('active', epoch)
      await guard.pass(10_000)
      expect((await guard.ask(order({ epoch }))).code, `epoch ${epoch}`).toBe('key_revoked')
    }
  })

  test('is found by the next record that is shipped, though no number was given twice', async () => {
    const guard = await newGuardWithLostRevocation()
    await guard.ask(order())
    await guard.pass(5_000)
    expect((await guard.ask(order())).code).toBe('key_revoked')
  })

  test('is found also when the audit log cannot be asked at first', async () => {
    const guard = await newGuardWithLostRevocation()
    const log = env.AUDIT_LOG.getByName(shardOf(guard.keyId))
    const sql = (statement: string) =>
      runInDurableObject(log, (_object, state) => void state.storage.sql.exec(statement))
    await sql('ALTER TABLE line RENAME TO away')
    await guard.ask(order())
    await guard.pass(10_000)
    await sql('ALTER TABLE away RENAME TO line')
    await guard.pass(30_000)
    expect((await guard.ask(order())).code).toBe('key_revoked')
  })

  test('is not undone by a later change, nor a resumption by a restore', async () => {
    const guard = await newGuard()
    await guard.stub().setStatus('revoked')
    await guard.put({ status: 'active' })
    expect((await guard.ask(order())).code).toBe('key_revoked')

    const other = await newGuard()
    await other.stub().setStatus('suspended')
    await other.sleep(12_000)
    const restore = await snapshot(other)
    await other.stub().setStatus('active')
    await other.sleep(12_000)
    await restore()
    await other.ask(order({ epoch: 1 }))
    await other.pass(3_000)
    expect((await other.ask(order({ epoch: 1 }))).code).toBe('admitted')
  })

  test('needs no policy that still fits the key', async () => {
    const guard = await newGuard({ limits: [{ name: 'own', limit: 5, windowSeconds: 60 }] })
    await runInDurableObject(guard.stub(), (_object, state) => {
      state.storage.sql.exec("UPDATE key_limit SET name = 'gateway'")
      state.storage.sql.exec("UPDATE key SET tier = 'gone'")
    })
    await guard.evict()
    expect(await guard.stub().setStatus('revoked')).toBe(true)
    expect(await guard.rows('key')).toMatchObject([{ status: 'revoked' }])
  })
})
