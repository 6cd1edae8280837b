/** The write-once copy of the running gateway's audit log, in a store that speaks S3 with Object Lock: a mock, moto. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { must, seeded, type Member } from '../support/node/cast.ts'
import { Demo, order } from '../support/node/demo.ts'
import { openLockingStore, type LockingStore } from '../support/node/object-lock.ts'

const DAY_MS = 86_400_000
const demo = new Demo({ PORTCULLIS_SWEEP_SECONDS: '2' })
let store: LockingStore
let auditor: Member

beforeAll(async () => {
  store = await openLockingStore('audit-copy')
  demo.settings = { ...demo.settings, ...store.settings }
  await demo.start()
  auditor = await seeded(demo, 'auditor')
}, 300_000)
afterAll(async () => {
  await demo.stop()
  store.close()
})

const compared = async () => must(await auditor.call('POST', '/admin/audit/copy/compare'), 200).json

async function names(prefix: string): Promise<readonly string[]> {
  const listed = await store.ask(`?list-type=2&prefix=${encodeURIComponent(prefix)}`)
  return [...(await listed.text()).matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, name = '']) => name)
}

/** Trades, and waits until a sweep has copied a log of at least this size. */
async function copiedUpTo(size: number): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const { json } = must(await auditor.call('GET', '/admin/audit/copy'), 200)
    if (json.size >= size) return
    if (Date.now() > deadline) throw new Error(`The copy has ${json.size} leaves, not ${size}`)
    await sleep(1_000)
  }
}

test(
  'the minute’s sweep copies the log and its records; nothing is lacking',
  { timeout: 120_000 },
  async () => {
    for (let i = 0; i < 300; i += 1) {
      const key = demo.key(i % 2 === 0 ? 'trade' : 'trade-ed25519')
      await demo.call(
        key,
        i % 3 === 0 ? { method: 'GET', target: '/v1/account' } : order(`copy-${i}`),
      )
    }
    await copiedUpTo(400)
    const state = await compared()
    expect(state).toMatchObject({ lacking: [], comparedAt: expect.any(String) })
    const [records, tiles] = [await names('records/'), await names('log/tile/')]
    expect(state.compared).toBeGreaterThanOrEqual(8)
    expect(records.length).toBeGreaterThanOrEqual(8)
    expect(tiles.length).toBeGreaterThan(0)
    // Named by how far the copy is.
    const checkpoints = await names('log/checkpoints/')
    expect(checkpoints).toContain(`log/checkpoints/${state.size}`)
  },
)

// @control 17a-4(f)(2)(i)(B)
test('each object is locked in compliance mode for as long as was said', async () => {
  const all = [...(await names('records/')), ...(await names('log/'))]
  expect(all.length).toBeGreaterThan(10)
  for (const name of all.slice(0, 40)) {
    const head = await store.ask(`/${name}`, { method: 'HEAD' })
    expect(head.headers.get('x-amz-object-lock-mode'), name).toBe('COMPLIANCE')
    const untilMs = Date.parse(head.headers.get('x-amz-object-lock-retain-until-date') ?? '')
    expect(untilMs - Date.now(), name).toBeGreaterThan(29.9 * DAY_MS)
  }
})

// @control 17a-4(f)(2)(ii) 17a-4(f)(2)(v)
test('what somebody takes from the copy is named by the comparison and on the console', async () => {
  const [name = ''] = await names('records/')
  const head = await store.ask(`/${name}`, { method: 'HEAD' })
  const version = head.headers.get('x-amz-version-id') ?? ''
  const refused = await store.ask(`/${name}?versionId=${version}`, { method: 'DELETE' })
  // The version itself is out of reach. It can be hidden all the same.
  expect(refused.status).toBe(403)
  const hidden = await store.ask(`/${name}`, { method: 'DELETE' })
  expect(hidden.status).toBe(204)
  expect(await compared()).toMatchObject({ lacking: [name] })
  const { json } = must(await auditor.call('GET', '/admin/audit/copy'), 200)
  expect(json.lacking).toEqual([name])
  const told = (line: string) => line.includes('audit_copy_incomplete') && line.includes(name)
  await demo.until(() => demo.output.split('\n').some(told))
})
