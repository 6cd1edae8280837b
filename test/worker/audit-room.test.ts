/** How much a shard of the audit log takes, and what becomes of it while the log takes nothing. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'
import { AuditRing } from '../../durable-objects/audit-ring.ts'
import { AUDIT_SCHEMA } from '../../durable-objects/audit-schema.ts'
import { Rows } from '../../durable-objects/rows.ts'
import { keep } from '../../src/audit/kept.ts'
import { at, clocked, flush, logged, numbers, outcome, sweep } from './audit-support.ts'

const clock = clocked()
const LONG = { timeout: 30_000 }

test('many long records at once are taken: no row has to hold all of them', LONG, async () => {
  const subject = { type: 'user', id: 'usr_long' }
  const changes = Array.from({ length: 300 }, (_, i) => ({
    v: 1,
    type: 'change',
    uid: `long-${i}`,
    atMs: clock.start,
    subject,
    version: i + 1,
    what: 'user.roles',
    after: '\u20ac'.repeat(16_000),
  }))
  await at('shard-0').report(flush(), JSON.stringify(changes))
  expect(await sweep('shard-0')).toMatchObject({ pending: false })
  const kept = (await logged('shard-0')).filter((record) => record?.type === 'change')
  expect(kept).toHaveLength(300)
})

test('while the log does not take anything nothing is lost, and it goes into the log when it does', async () => {
  const [name, keyId] = ['shard-7', 'key_waits']
  const log = (binding: unknown) =>
    runInDurableObject(at(name), (object): unknown => {
      const bound: object = Reflect.get(object, 'env')
      const before: unknown = Reflect.get(bound, 'LOG_SEQUENCER')
      Reflect.set(bound, 'LOG_SEQUENCER', binding)
      return before
    })
  const bound = await log(undefined)
  for (let n = 1; n <= 300; n += 1)
    await at(name).report(flush(), JSON.stringify([outcome(keyId, n)]))
  expect(await sweep(name)).toMatchObject({ pending: true, sequenced: 0 })
  await log(bound)
  await evictDurableObject(at(name))
  expect(await sweep(name)).toMatchObject({ pending: false })
  expect(await numbers(name, keyId, 'outcome')).toEqual(
    Array.from({ length: 300 }, (_, i) => i + 1),
  )
})

test('no more waits for the log than there is room for; what was taken stays, and room comes back', async () => {
  await runInDurableObject(at('shard-full'), (_object, { storage }) => {
    const rows = new Rows(storage, AUDIT_SCHEMA)
    const ring = new AuditRing(rows, 3)
    const append = () => {
      ring.append([keep(outcome('key_full', 1))], new Set(), flush())
    }
    for (let i = 0; i < 3; i += 1) append()
    expect(append).toThrow('Cannot take more')
    expect(ring.waiting()).toHaveLength(3)
    ring.advance(1)
    append()
    expect(ring.waiting().map(({ number }) => number)).toEqual([2, 3, 4])
  })
})
