/** The kill switch's own objects in workerd: what is told, what is kept, and what is told again. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { controlOf } from '../../durable-objects/control.ts'
import type { Scope } from '../../src/control/trip.ts'
import { newGuard, order, read } from './support.ts'

const BY = { user: 'user_security', keyId: 'key_s', requestId: 'request', reason: 'a test' }
const OTHER = { ...BY, user: 'user_second' }
const EVERYTHING = { type: 'global' } as const

const control = () => controlOf(env)

async function trip(level: 'reduce_only' | 'cancel_only' | 'closed', scope: Scope, drill = false) {
  const tripped = await control().trip({ level, scope, drill, by: BY })
  if (!tripped.ok) throw new Error(tripped.error.code)
  return tripped.value
}

// @control mission/kill-switch
test('I6: a key holds its trip when that is acknowledged, also after a crash of both', async () => {
  const guard = await newGuard()
  const { keyId } = guard
  const { id, atMs, inForceByMs } = await trip('cancel_only', { type: 'key', id: keyId })
  expect(inForceByMs).toBeGreaterThanOrEqual(atMs)
  await guard.evict()
  await evictDurableObject(control())
  expect((await guard.ask(order())).code).toBe('cancel_only')
  expect((await guard.ask(order({ kind: 'withdrawal' }))).code).toBe('cancel_only')
  expect((await guard.ask(order({ kind: 'cancel' }))).code).toBe('admitted')
  expect((await guard.ask(read())).code).toBe('admitted')
  // The gateway's own calls go on.
  expect((await guard.ask(read({ permission: undefined, budget: 'gateway' }))).code).toBe(
    'admitted',
  )
  expect(await control().list()).toMatchObject([{ id, reason: 'a test', by: 'user_security' }])
  expect(await control().lift(id, OTHER)).toEqual({ ok: true, value: { id, waiting: false } })
  expect((await guard.ask(order())).code).toBe('admitted')
})

test('where only what reduces may pass, the key lets its orders go on to their account', async () => {
  const guard = await newGuard()
  const { keyId } = guard
  const { id } = await trip('reduce_only', { type: 'key', id: keyId })
  const { code, decision } = await guard.ask(order())
  expect(code).toBe('admitted')
  expect(decision).toMatchObject({ value: { force: { level: 'reduce_only', scope: 'key' } } })
  expect((await guard.ask(order({ kind: 'account' }))).code).toBe('reduce_only')
  await control().lift(id, OTHER)
})

test('of two trips the stricter one counts until it is lifted', async () => {
  const guard = await newGuard()
  const { keyId } = guard
  const scope = { type: 'key', id: keyId } as const
  const [one, two] = [await trip('cancel_only', scope), await trip('closed', scope)]
  expect((await guard.ask(read())).code).toBe('halted')
  await control().lift(two.id, OTHER)
  expect((await guard.ask(read())).code).toBe('admitted')
  expect((await guard.ask(order())).code).toBe('cancel_only')
  await control().lift(one.id, OTHER)
})

test('a key that nobody has is no reason to wait', async () => {
  const { id } = await trip('closed', { type: 'key', id: 'key_of_nobody' })
  expect(await control().lift(id, OTHER)).toMatchObject({ ok: true })
})

test('an object that does not answer goes on being told', async () => {
  const guard = await newGuard()
  const { keyId } = guard
  await runInDurableObject(guard.stub(), (_object, { storage }) => {
    storage.sql.exec(
      `CREATE TRIGGER full BEFORE INSERT ON key BEGIN SELECT RAISE(ABORT, 'full'); END`,
    )
  })
  const asked = { level: 'closed', scope: { type: 'key', id: keyId }, drill: false } as const
  expect(await control().trip({ ...asked, by: BY })).toMatchObject({
    ok: false,
    error: { code: 'guard_unavailable' },
  })
  expect((await guard.ask(read())).code).toBe('admitted')
  await runInDurableObject(guard.stub(), (_object, { storage }) => {
    storage.sql.exec('DROP TRIGGER full')
  })
  await runDurableObjectAlarm(control())
  expect((await guard.ask(read())).code).toBe('halted')
  const [standing] = await control().list()
  expect((await control().trip({ ...asked, by: BY })).ok).toBe(true)
  expect(await control().list()).toHaveLength(1)
  await control().lift(standing?.id ?? '', OTHER)
  expect((await guard.ask(read())).code).toBe('admitted')
})

test('what is for everybody two people lift, and views hear of it by themselves', async () => {
  const view = () => env.CONTROL_VIEW.getByName('view-0')
  const { id } = await trip('reduce_only', EVERYTHING)
  expect((await view().copy()).trips).toEqual([{ level: 'reduce_only', scope: EVERYTHING }])
  expect(await control().lift(id, BY)).toEqual({ ok: true, value: { id, waiting: true } })
  expect(await control().lift(id, BY)).toMatchObject({ ok: false, error: { code: 'conflict' } })
  expect(await control().wide()).toHaveLength(1)
  expect(await control().lift(id, OTHER)).toEqual({ ok: true, value: { id, waiting: false } })
  expect(await control().wide()).toEqual([])
  await evictDurableObject(view())
  expect(await view().copy()).toMatchObject({ trips: [] })
})

test('a drill is kept and told to nobody', async () => {
  const guard = await newGuard()
  const { keyId } = guard
  const { id } = await trip('closed', { type: 'key', id: keyId }, true)
  const other = await trip('closed', EVERYTHING, true)
  expect((await guard.ask(order())).code).toBe('admitted')
  expect(await control().wide()).toEqual([])
  await control().lift(id, BY)
  expect(await control().lift(other.id, BY)).toMatchObject({ value: { waiting: false } })
})

test('every trip and every lifting reaches the audit log, in its order', async () => {
  await runDurableObjectAlarm(control())
  const left = await runInDurableObject(control(), (_object, { storage }) =>
    storage.sql.exec('SELECT * FROM change').toArray(),
  )
  expect(left).toEqual([])
  expect(await control().lift('kill_none', BY)).toMatchObject({ error: { code: 'not_found' } })
})
