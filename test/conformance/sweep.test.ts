/** What the clock does once a minute, in the running product and faster: a sign of life, and an end for what never ended. */
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readRecord, type AuditRecord } from '../../src/audit/record.ts'
import { must, seeded } from '../support/node/cast.ts'
import { Demo, order } from '../support/node/demo.ts'
import { OCSF_SCHEMAS, problemsOfAny } from '../support/node/ocsf-schemas.ts'

const SWEEP_SECONDS = 2
const demo = new Demo({ PORTCULLIS_SWEEP_SECONDS: String(SWEEP_SECONDS) })
beforeAll(() => demo.start(), 180_000)
afterAll(() => demo.stop())

type Event = Readonly<Record<string, unknown>>

/** The signs of life on the console, in order. */
function heartbeats(): readonly Event[] {
  const lines = demo.output.split('\n').filter((line) => line.includes('gateway.heartbeat'))
  return lines.map((line) => JSON.parse(line))
}

// @control pci/10.7
test('each sweep is told on the console: all shards of the audit log answer', async () => {
  await demo.until(() => heartbeats().length >= 3)
  const [first, second, third] = heartbeats()
  for (const event of [first, second, third])
    expect(event).toMatchObject({
      class_uid: 6003,
      status_code: '200',
      api: { operation: 'gateway.heartbeat' },
      metadata: { event_code: 'outcome' },
    })
  expect(Number(third?.['time']) - Number(second?.['time'])).toBeGreaterThanOrEqual(
    SWEEP_SECONDS * 1_000,
  )
  await demo.reload()
  const before = heartbeats().length
  await demo.until(() => heartbeats().length > before)
})

test.skipIf(!fs.existsSync(OCSF_SCHEMAS))('the sign of life is OCSF', () => {
  expect(heartbeats().flatMap(problemsOfAny)).toEqual([])
})

// @control mifid/unknown-outcome
test(
  'an order whose outcome died with its Worker ends as unknown, after a minute',
  { timeout: 180_000 },
  async () => {
    const { runtimePid } = demo.file
    // A second later its outcome would have been told.
    const placed = await demo.call(demo.key('trade'), order('never-ended'))
    process.kill(runtimePid, 'SIGKILL')
    expect(placed.status).toBe(201)
    const requestId = String(placed.headers['x-request-id'])
    await demo.until(() => demo.file.runtimePid !== runtimePid)
    const auditor = await seeded(demo, 'auditor')
    const types = async () => {
      const found: string[] = []
      for (let from: number | undefined = 0; from !== undefined;) {
        const { json } = must(await auditor.call('GET', `/admin/audit/records?from=${from}`), 200)
        const items: readonly { readonly record?: string }[] = json.items
        for (const { record = 'null' } of items) {
          const read: AuditRecord | undefined = readRecord(JSON.parse(record))
          if (Reflect.get(read ?? {}, 'requestId') === requestId) found.push(read?.type ?? '')
        }
        from = json.next
      }
      return found
    }
    const deadline = Date.now() + 120_000
    let seen = await types()
    while (!seen.includes('unknown') && Date.now() < deadline) {
      await sleep(3_000)
      seen = await types()
    }
    expect(seen.toSorted()).toEqual(['admission', 'order_event', 'unknown'])
  },
)
