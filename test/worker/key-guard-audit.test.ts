/** What leaves a key's object for the audit log, and what it may then forget. */
import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readKept } from '../../src/audit/kept.ts'
import { readRecord, type AuditRecord } from '../../src/audit/record.ts'
import { shardOf } from '../../src/audit/shipment.ts'
import { newGuard, order, read, START } from './support.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
})

afterEach(() => {
  vi.useRealTimers()
})

const shard = (keyId: string) => env.AUDIT_LOG.getByName(shardOf(keyId))

/** What the audit log has of a key, by type. */
async function kept(keyId: string, type: AuditRecord['type']) {
  const rows = await runInDurableObject(shard(keyId), (_object, state) =>
    state.storage.sql.exec('SELECT records FROM slot ORDER BY number').toArray(),
  )
  const texts = rows.flatMap(({ records }) => readKept(typeof records === 'string' ? records : ''))
  const all = texts.map(({ text }) => readRecord(JSON.parse(text)))
  return all.filter((record) => {
    if (record?.type !== type) return false
    return record.type === 'change'
      ? record.subject.id === keyId
      : Reflect.get(record, 'keyId') === keyId
  })
}

/** Makes the shard fail as a full disk would, and whole again. */
async function breakShard(keyId: string) {
  const sql = (statement: string) =>
    runInDurableObject(shard(keyId), (_object, state) => void state.storage.sql.exec(statement))
  await sql(`CREATE TRIGGER full BEFORE INSERT ON slot BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
  return () => sql('DROP TRIGGER full')
}

test('an order’s record is in the audit log four seconds later, also of a lone order', async () => {
  const guard = await newGuard()
  const ask = order()
  const { sequence } = await guard.ask(ask)
  await guard.pass(4_000)
  expect(await kept(guard.keyId, 'admission')).toMatchObject([
    { sequence, requestId: ask.requestId, kind: 'order', weight: 1, signedAtMs: START },
  ])
})

test('reads are not shipped from here', async () => {
  const guard = await newGuard()
  await guard.ask(read())
  await guard.pass(60_000)
  expect(await kept(guard.keyId, 'admission')).toEqual([])
})

test('I1: a row may be forgotten 65 s after its signed time, and the floor stands in its place', async () => {
  const guard = await newGuard()
  const ask = order()
  await guard.ask(ask)
  const again = () => guard.ask({ ...ask, attempt: 'other' })
  await guard.pass(64_900)
  expect((await again()).code).toBe('replayed')
  // It goes by the next alarm: one of its own would cost a lone order more than its record.
  await guard.pass(200)
  expect((await guard.ask(order())).code).toBe('admitted')
  await guard.sleep(5_000)
  expect(await guard.rows('admission')).toHaveLength(1)
  expect(await guard.rows('lease')).toMatchObject([{ floor_ms: START }])
  expect((await again()).code).toBe('retry_fresh')
})

test('an idle object ends with no alarm and no open lease', async () => {
  const guard = await newGuard()
  for (let i = 0; i < 3; i += 1) await guard.ask(order())
  await guard.pass(200_000)
  const alarm = await runInDurableObject(guard.stub(), (_object, state) => state.storage.getAlarm())
  expect(alarm).toBeNull()
  expect(await guard.rows('lease')).toMatchObject([{ open: 0 }])
  expect(await guard.rows('change')).toEqual([])
})

test('I5: while the audit log does not answer nothing is forgotten; when it does, it gets everything', async () => {
  const guard = await newGuard()
  const mend = await breakShard(guard.keyId)
  for (let i = 0; i < 5; i += 1) await guard.ask(order())
  await guard.pass(300_000)
  expect(await guard.rows('admission')).toHaveLength(5)
  await mend()
  await guard.pass(700_000)
  expect(await kept(guard.keyId, 'admission')).toHaveLength(5)
  await guard.ask(order())
  await guard.pass(5_000)
  expect(await guard.rows('admission')).toHaveLength(1)
})

test('a change of the key is shipped, and a gap that a crash left', async () => {
  const guard = await newGuard()
  await guard.put({ permissions: ['account.read'] })
  for (let i = 0; i < 2; i += 1) await guard.ask(read())
  await guard.evict()
  await guard.ask(read())
  await guard.pass(20_000)
  expect(await kept(guard.keyId, 'change')).toMatchObject([{ version: 1 }, { version: 2 }])
  expect(await kept(guard.keyId, 'gap')).toHaveLength(1)
  expect(await guard.rows('change')).toEqual([])
  expect(await guard.rows('gap')).toEqual([])
})

const CHANGE = { version: 1, atMs: START, key: '{}' }
const SHIPMENT = {
  admissions: [],
  gaps: [{ first: 3, last: 9, atMs: START }],
  changes: [CHANGE],
  upTo: 9,
  sequence: 9,
  version: 1,
}

test('a shipment that comes twice is taken once; gaps that begin alike are kept apart', async () => {
  const log = shard('key_twice')
  expect(await log.append('key_twice', SHIPMENT)).toBe('taken')
  expect(await log.append('key_twice', SHIPMENT)).toBe('taken')
  const gaps = [{ first: 3, last: 99, atMs: START }]
  expect(await log.append('key_twice', { ...SHIPMENT, gaps, sequence: 99 })).toBe('taken')
  expect(await kept('key_twice', 'gap')).toMatchObject([
    { first: 3, last: 9 },
    { first: 3, last: 99 },
  ])
})

test.each([
  ['has given fewer numbers', { sequence: 8 }],
  ['has changed less often', { version: 0 }],
  ['has changed otherwise', { changes: [{ ...CHANGE, key: '{"other":1}' }] }],
])('an object that %s is behind: nothing of it is taken', async (what, older) => {
  const keyId = `key_${what}`
  const log = shard(keyId)
  expect(await log.append(keyId, SHIPMENT)).toBe('taken')
  const gaps = [{ first: 5, last: 6, atMs: START }]
  expect(await log.append(keyId, { ...SHIPMENT, gaps, ...older })).toBe('behind')
  expect(await kept(keyId, 'gap')).toHaveLength(1)
})

test('more than one shipment takes is shipped by one alarm', { timeout: 60_000 }, async () => {
  const guard = await newGuard({ tier: 'unmetered' })
  for (let i = 0; i < 23; i += 1)
    await Promise.all(Array.from({ length: 100 }, () => guard.ask(order())))
  await guard.pass(4_000)
  expect(await kept(guard.keyId, 'admission')).toHaveLength(2_300)
})

test(
  'what was shipped before shipping broke off is not shipped again',
  { timeout: 60_000 },
  async () => {
    const guard = await newGuard({ tier: 'unmetered' })
    for (let i = 0; i < 12; i += 1)
      await Promise.all(Array.from({ length: 100 }, () => guard.ask(order())))
    await runInDurableObject(
      shard(guard.keyId),
      (_object, { storage }) =>
        void storage.sql.exec(
          `CREATE TRIGGER second BEFORE INSERT ON line WHEN EXISTS (SELECT 1 FROM line WHERE key_id = '${guard.keyId}')
         BEGIN SELECT RAISE(ABORT, 'full'); END`,
        ),
    )
    await runInDurableObject(guard.stub(), (object, { storage }) => {
      // The object ends before its alarm is through.
      storage.sql.exec(
        `CREATE TRIGGER ends BEFORE UPDATE OF open ON lease BEGIN SELECT RAISE(ABORT, 'full'); END`,
      )
      return object.alarm()
    })
    expect(await guard.rows('lease')).toMatchObject([{ acknowledged: 1_000 }])
  },
)

test('an alarm that cannot write comes again', async () => {
  const guard = await newGuard()
  await guard.ask(order())
  await guard.ask(order())
  const sql = (statement: string) =>
    runInDurableObject(guard.stub(), (_object, state) => void state.storage.sql.exec(statement))
  await sql(`CREATE TRIGGER full BEFORE UPDATE ON lease BEGIN SELECT RAISE(ABORT, 'full'); END`)
  await guard.pass(10_000)
  expect(await guard.rows('lease')).toMatchObject([{ open: 1 }])
  await sql('DROP TRIGGER full')
  await guard.pass(200_000)
  expect(await guard.rows('lease')).toMatchObject([{ open: 0 }])
  expect(await kept(guard.keyId, 'admission')).toHaveLength(2)
})
