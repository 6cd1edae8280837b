/** How an isolate reports outcomes: many at a time, once, and by a request that waits for it. */
import { expect, test } from 'vitest'
import {
  LATER_MS,
  Recorder,
  SOON_MS,
  type Message,
  type RecorderPorts,
} from '../../../src/audit/recorder.ts'
import type { OutcomeRecord } from '../../../src/audit/record.ts'
import { shardOf } from '../../../src/audit/shipment.ts'

const NOW = 1_800_000_000_000
let count = 0

function outcome(change: Partial<OutcomeRecord> = {}): OutcomeRecord {
  count += 1
  return {
    v: 1,
    type: 'outcome',
    uid: `r${count}:outcome`,
    atMs: NOW,
    requestId: `r${count}`,
    sequence: count,
    keyId: 'key_1',
    kind: 'read',
    decision: 'forwarded',
    status: 200,
    durationMs: 1,
    ...change,
  }
}

/** Time passes when the test says so. */
class World implements RecorderPorts {
  readonly sent: Message[] = []
  readonly #pauses: { readonly untilMs: number; readonly resume: () => void }[] = []
  readonly #work: Promise<unknown>[] = []
  now = NOW
  down = false
  lost = 0

  nowMs(): number {
    return this.now
  }
  pause(ms: number): Promise<void> {
    return new Promise((resume) => this.#pauses.push({ untilMs: this.now + ms, resume }))
  }
  async report(message: Message): Promise<void> {
    if (this.down) throw new Error('down')
    this.sent.push(message)
  }
  waitUntil(work: Promise<unknown>): void {
    this.#work.push(work)
  }
  dropped(records: number): void {
    this.lost += records
  }
  async pass(ms: number): Promise<void> {
    this.now += ms
    for (const { untilMs, resume } of this.#pauses) if (untilMs <= this.now) resume()
    for (let i = 0; i < 50; i += 1) await Promise.resolve()
  }
  get records(): readonly OutcomeRecord[] {
    return this.sent.flatMap(({ records }): OutcomeRecord[] => JSON.parse(records))
  }
}

const network = () => '192.0.2.0/24'

test('reads wait for each other and go in one message', async () => {
  const [world, recorder] = [new World(), new Recorder()]
  for (let i = 0; i < 100; i += 1) recorder.record(outcome(), network, world)
  await world.pass(LATER_MS - 1)
  expect(world.sent).toEqual([])
  await world.pass(1)
  expect(world.sent).toMatchObject([{ shard: shardOf('key_1'), count: 100 }])
  await world.pass(60_000)
  expect(world.sent).toHaveLength(1)
})

test('an order is reported within a second, and takes along what waits', async () => {
  const [world, recorder] = [new World(), new Recorder()]
  recorder.record(outcome(), network, world)
  recorder.record(outcome({ kind: 'order', admitted: true }), network, world)
  await world.pass(SOON_MS)
  expect(world.records).toHaveLength(2)
  recorder.record(outcome(), network, world)
  await world.pass(LATER_MS)
  expect(world.records).toHaveLength(3)
})

test('each key’s records go to its shard', async () => {
  const [world, recorder] = [new World(), new Recorder()]
  const keys = Array.from({ length: 200 }, (_, i) => `key_${i}`)
  for (const keyId of keys) recorder.record(outcome({ keyId }), network, world)
  await world.pass(LATER_MS)
  for (const { shard, records } of world.sent) {
    const own: OutcomeRecord[] = JSON.parse(records)
    expect(new Set(own.map(({ keyId }) => shardOf(keyId ?? '')))).toEqual(new Set([shard]))
  }
  expect(world.records).toHaveLength(200)
})

test('what is not answered is sent again under the same name, and nothing is lost', async () => {
  const [world, recorder] = [new World(), new Recorder()]
  world.down = true
  recorder.record(outcome(), network, world)
  await world.pass(LATER_MS)
  world.down = false
  recorder.record(outcome(), network, world)
  await world.pass(LATER_MS)
  expect(world.records.map(({ requestId }) => requestId)).toHaveLength(2)
  expect(new Set(world.sent.map(({ flush }) => flush)).size).toBe(2)
})

test('when the request that was to send it has ended, the next one takes it on', async () => {
  const [dead, world, recorder] = [new World(), new World(), new Recorder()]
  recorder.record(outcome(), network, dead)
  world.now = NOW + LATER_MS + 3_001
  recorder.record(outcome(), network, world)
  await world.pass(LATER_MS)
  expect(world.records).toHaveLength(2)
})

test('memory is bounded: beyond it somebody hears of it', () => {
  const [world, recorder] = [new World(), new Recorder()]
  world.down = true
  for (let i = 0; i < 20_010; i += 1) recorder.record(outcome(), network, world)
  expect(world.lost).toBe(10)
})

test('a flood of strangers becomes a few records and a count, and none goes uncounted', async () => {
  const [world, recorder] = [new World(), new Recorder()]
  const stranger = () =>
    outcome({ sequence: undefined, decision: 'refused', status: 401, code: 'unauthorized' })
  for (let i = 0; i < 5_000; i += 1) recorder.record(stranger(), () => `10.${i % 50}.0.0/24`, world)
  await world.pass(LATER_MS)
  const alone = world.records.filter(({ type }) => type === 'outcome')
  const counted = JSON.parse(world.sent[0]?.records ?? '[]')
    .filter(({ type }: { type: string }) => type === 'strangers')
    .map(({ count: n, ends }: { count: number; ends: Record<string, number> }) => {
      expect(ends).toEqual({ unauthorized: n })
      return n
    })
  expect(alone).toHaveLength(200)
  expect(counted).toHaveLength(50)
  expect(counted.reduce((sum: number, n: number) => sum + n, 0)).toBe(4_800)
})

test('what was sent by a request that ended is sent again under its name, and is not counted for ever', async () => {
  const [dead, world, recorder] = [new World(), new World(), new Recorder()]
  dead.report = () => new Promise(() => undefined)
  recorder.record(outcome(), network, dead)
  await dead.pass(LATER_MS)
  world.now = NOW + LATER_MS + 31_000
  recorder.record(outcome(), network, world)
  await world.pass(LATER_MS)
  expect(world.records).toHaveLength(2)
  world.down = true
  for (let i = 0; i < 20_000; i += 1) recorder.record(outcome(), network, world)
  expect(world.lost).toBe(0)
})
