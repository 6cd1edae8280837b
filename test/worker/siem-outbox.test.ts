/** The real object of a sink, in workerd: its tables, its alarm, its requests. The sink's other end is a mock. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SiemOutbox } from '../../durable-objects/siem-outbox.ts'
import { ringOutboxes } from '../../durable-objects/siem-ring.ts'
import { BATCH_EVENTS, type Page } from '../../src/siem/outbox.ts'
import { MockSink, recordText, TOKEN } from '../support/sinks.ts'
import { START } from './support.ts'

const SINK = 'elastic'
const SPEC = {
  id: SINK,
  type: 'elastic-bulk',
  url: 'ELASTIC_URL',
  token: 'ELASTIC_API_KEY',
} as const
const VARS = { ELASTIC_URL: 'https://es.example/logs-portcullis-default', ELASTIC_API_KEY: TOKEN }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

let made = 0

/** An outbox of a log with one shard that holds something, and what its alarms and its sink saw. */
class World {
  readonly mock = new MockSink()
  readonly records: string[] = []
  readonly sent: { url: string; headers: Headers; redirect: string | undefined }[] = []
  readonly name = `outbox-${(made += 1)}`
  vars: Record<string, string> = VARS

  constructor() {
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => this.#receive(url, init))
  }

  /** Runs in an object made anew, as after an eviction. */
  async within<T>(
    use: (outbox: SiemOutbox, storage: DurableObjectStorage) => Promise<T>,
  ): Promise<T> {
    const shard = { read: (after: number) => this.#read(after) }
    const silent = { read: async () => ({ records: [], next: 0, more: false }) }
    const shards = { getByName: (name: string) => (name === 'shard-3' ? shard : silent) }
    const fake = Object.assign(Object.create(null), env, this.vars, { AUDIT_LOG: shards })
    return await runInDurableObject(env.SIEM_OUTBOX.getByName(this.name), (_object, state) =>
      use(new SiemOutbox(state, fake), state.storage),
    )
  }

  async #read(after: number): Promise<Page> {
    const records = this.records.slice(after, after + BATCH_EVENTS)
    const next = after + records.length
    return { records, next, more: next < this.records.length }
  }

  async #receive(url: string, { headers, body, redirect }: RequestInit): Promise<Response> {
    this.sent.push({ url, headers: new Headers(headers), redirect })
    const unzipped = new Response(body).body?.pipeThrough(new DecompressionStream('gzip'))
    const answer = await this.mock.receive({
      url,
      headers: {},
      body: await new Response(unzipped).text(),
    })
    if (typeof answer === 'string') throw new Error(`canary: ${TOKEN}`)
    return new Response(answer.body, {
      status: answer.status,
      headers: answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter },
    })
  }
}

describe('an outbox', () => {
  test('that is rung sets an alarm a second ahead, once, and delivers', async () => {
    const world = new World()
    world.records.push(recordText(0), recordText(1))
    await world.within(async (outbox, storage) => {
      await outbox.ring(SINK, 'shard-3', 2)
      expect(await storage.getAlarm()).toBe(START + 1_000)
      vi.setSystemTime(START + 500)
      await outbox.ring(SINK, 'shard-3', 2)
      expect(await storage.getAlarm()).toBe(START + 1_000)
      expect(outbox.status(SPEC).shards[3]).toMatchObject({ shard: 'shard-3', after: 0, behind: 2 })
      await storage.deleteAlarm()
      await outbox.alarm()
      // It goes on by itself: the next sign of life.
      expect(await storage.getAlarm()).toBe(START + 60_500)
      expect(outbox.status(SPEC)).toMatchObject({
        sink: SINK,
        active: true,
        delivered: 2,
        dead: 0,
        lagSeconds: 0,
        trouble: undefined,
      })
    })
    expect(world.mock.records()).toEqual(['request-0:outcome', 'request-1:outcome'])
    const [first] = world.sent
    expect(first?.redirect).toBe('manual')
    expect(first?.headers.get('content-encoding')).toBe('gzip')
    expect(first?.headers.get('authorization')).toBe(`ApiKey ${TOKEN}`)
  })

  test('goes on where it was after an eviction, and sends nothing twice', async () => {
    const world = new World()
    world.records.push(recordText(0))
    await world.within(async (outbox) => {
      await outbox.ring(SINK, 'shard-3', 1)
      await outbox.alarm()
    })
    world.records.push(recordText(1))
    vi.setSystemTime(START + 30_000)
    await world.within(async (outbox) => {
      await outbox.alarm()
      expect(outbox.status(SPEC)).toMatchObject({ delivered: 2 })
    })
    expect([...world.mock.taken.values()].every((times) => times === 1)).toBe(true)
    expect(world.mock.records()).toHaveLength(2)
  })

  test('whose sink is down waits, does not hurry when it is rung, and tells how far behind it is', async () => {
    const world = new World()
    world.records.push(recordText(0, START))
    world.mock.says = () => ({ status: 503, body: TOKEN, retryAfter: '40' })
    await world.within(async (outbox, storage) => {
      await outbox.ring(SINK, 'shard-3', 1)
      await storage.deleteAlarm()
      await outbox.alarm()
      expect(await storage.getAlarm()).toBe(START + 40_000)
      await outbox.ring(SINK, 'shard-3', 1)
      expect(await storage.getAlarm()).toBe(START + 40_000)
      expect(outbox.status(SPEC)).toMatchObject({
        attempt: 1,
        trouble: { why: 'unavailable', status: 503, atMs: START },
      })
      expect(JSON.stringify(outbox.status(SPEC))).not.toContain(TOKEN)
    })
    world.mock.says = () => undefined
    vi.setSystemTime(START + 40_000)
    await world.within((outbox) => outbox.alarm())
    expect(world.mock.records()).toHaveLength(1)
  })

  test('that cannot reach its sink keeps a word of it, and nothing that was thrown', async () => {
    const world = new World()
    world.records.push(recordText(0))
    world.mock.says = () => 'unreachable'
    await world.within(async (outbox, storage) => {
      await outbox.ring(SINK, 'shard-3', 1)
      await outbox.alarm()
      expect(outbox.status(SPEC).trouble).toMatchObject({ why: 'unreachable', status: 0 })
      const tables = ['outbox', 'place', 'dead_letter'].map((table) =>
        storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
      )
      expect(JSON.stringify(tables)).not.toMatch(/canary|fake/)
    })
  })

  test('remembers the newest thousand events that it gave up', async () => {
    const world = new World()
    world.records.push(...Array.from({ length: 1_300 }, (_, index) => `no record ${index}`))
    await world.within(async (outbox, storage) => {
      await outbox.ring(SINK, 'shard-3', 1_300)
      await outbox.alarm()
      const [row] = storage.sql.exec('SELECT count(*) AS kept FROM dead_letter').toArray()
      expect(row?.['kept']).toBe(1_000)
      expect(outbox.status(SPEC).dead).toBe(1_300)
      expect(outbox.status(SPEC).deadLetters[0]).toEqual({
        uid: 'shard-3:1000+299',
        status: 0,
        atMs: START,
      })
    })
  })

  test('that is not set, or set wrong, does nothing and says so', async () => {
    for (const vars of [{}, { ELASTIC_URL: 'http://es.example/x', ELASTIC_API_KEY: TOKEN }]) {
      const world = new World()
      world.vars = vars
      world.records.push(recordText(0))
      await world.within(async (outbox, storage) => {
        await outbox.ring(SINK, 'shard-3', 1)
        await outbox.alarm()
        expect(await storage.getAlarm()).toBeNull()
        expect(outbox.status(SPEC)).toMatchObject({ active: false, delivered: 0 })
        expect(outbox.status(SPEC).problems).toHaveLength(Object.keys(vars).length === 0 ? 0 : 1)
      })
      expect(world.sent).toEqual([])
    }
  })

  test('that has nothing to deliver sends its sign of life alone', async () => {
    const world = new World()
    await world.within(async (outbox) => {
      await outbox.ring(SINK, 'shard-3', 0)
      await outbox.alarm()
    })
    expect([...world.mock.taken.keys()]).toEqual([`heartbeat:${SINK}:${START}`])
  })

  test('that is rung while it delivers runs again a second later', async () => {
    const world = new World()
    world.records.push(recordText(0))
    await world.within(async (outbox, storage) => {
      await outbox.ring(SINK, 'shard-3', 1)
      await storage.deleteAlarm()
      let ring: Promise<void> | undefined
      world.mock.says = () => {
        ring ??= outbox.ring(SINK, 'shard-3', 2)
        return undefined
      }
      await outbox.alarm()
      await ring
      expect(await storage.getAlarm()).toBe(START + 1_000)
    })
  })

  test('can be rung and asked by others, whether it is set or not', async () => {
    const outbox = env.SIEM_OUTBOX.getByName('over-rpc')
    await outbox.ring('splunk', 'shard-0', 7)
    expect(await outbox.status(SPEC)).toMatchObject({ sink: SINK, active: false, delivered: 0 })
    await ringOutboxes(env, 'shard-0', 7)
  })
})
