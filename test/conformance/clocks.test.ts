/** The stamps of an order on one machine, where both clocks are the same, and then with a broker whose clock is wrong. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRecord } from '../../src/audit/record.ts'
import { recorded } from '../support/node/audit-reader.ts'
import { seeded } from '../support/node/cast.ts'
import { Demo, order } from '../support/node/demo.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

interface Stamped {
  readonly time: number
  readonly loMs: number
  readonly hiMs: number
  readonly samples: number
  readonly stampPoint: unknown
}

/** What the console's line of a request says of clocks. */
async function clockOf(requestId: string): Promise<Stamped | undefined> {
  const line = await lineOf(requestId)
  const { time, unmapped }: { time: number; unmapped?: { clock?: Record<string, unknown> } } =
    JSON.parse(line)
  const clock = unmapped?.clock
  if (clock === undefined) return undefined
  const { lo_ms: loMs, hi_ms: hiMs, n: samples, stamp_point: stampPoint } = clock
  return { time, loMs: Number(loMs), hiMs: Number(hiMs), samples: Number(samples), stampPoint }
}

async function lineOf(requestId: string): Promise<string> {
  const find = () =>
    demo.output
      .split('\n')
      .find((line) => line.includes(`${requestId}:outcome`) && line.endsWith('}'))
  await demo.until(() => find() !== undefined)
  return find() ?? ''
}

/** An order: what was answered, what the broker noted of it, and what the line says. */
async function placed(name: string, key = 'trade') {
  const wire = order(name)
  const answer = await demo.call(demo.key(key), wire)
  expect(answer.status).toBe(201)
  const requestId = String(answer.headers['x-request-id'])
  const journal = demo.journal().find((line) => line.requestId === requestId)
  return { answer, journal, line: await lineOf(requestId), clock: await clockOf(requestId) }
}

/** What the audit log has of the end of a request. */
async function outcomeOf(requestId: string) {
  const parts = await recorded(await seeded(demo, 'auditor'), requestId, 2)
  const record = parts.map(readRecord).find((part) => part?.type === 'outcome')
  if (record?.type !== 'outcome') throw new Error('There is no outcome')
  return record
}

/** Which rules were told of, as far as they are about clocks. */
function told(): readonly unknown[] {
  const rules = demo
    .records()
    .filter(({ type }) => type === 'signal')
    .map(({ rule }) => String(rule))
  return [...new Set(rules)].filter((rule) => rule.startsWith('clock_'))
}

describe('clocks that are the same', () => {
  // @control 2025/1155/13 cat/clock
  test('each order has a bound with the true offset in it, and none is late or early', async () => {
    for (let i = 0; i < 5; i += 1) {
      const before = Date.now()
      const { answer, journal, clock, line } = await placed(`clocks-${i}`)
      expect(clock).toMatchObject({ stampPoint: 'worker.fetch.entry' })
      const { loMs = 1, hiMs = -1, samples = 0, time = 0 } = clock ?? {}
      expect(loMs).toBeLessThan(0)
      expect(hiMs).toBeGreaterThan(0)
      // One machine: there and back is quicker than this, however busy it is.
      expect(hiMs - loMs).toBeLessThan(2_000)
      expect(samples).toBeGreaterThanOrEqual(1)
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(2_048)
      // What the broker says in its headers is what it noted, and lies between our own times.
      const [received, sent] = ['broker-received-at', 'broker-sent-at'].map((name) =>
        Number(answer.headers[name]),
      )
      expect(received).toBeCloseTo(journal?.receivedAt ?? Number.NaN, 2)
      expect(before).toBeLessThanOrEqual((received ?? 0) + hiMs)
      expect(received).toBeLessThanOrEqual(sent ?? Number.NaN)
      expect(sent).toBeLessThanOrEqual(time + 1 + hiMs)
    }
    expect(told()).toEqual([])
  })

  test('orders after each other make one bound', async () => {
    const { clock } = await placed('clocks-more')
    expect(clock?.samples).toBeGreaterThan(1)
  })

  // @control 2025/1155/16 best-execution/times
  test('the audit log has the four stamps, in the order of events', async () => {
    const { answer } = await placed('clocks-kept')
    const { origin, receivedAtMs = Number.NaN } = await outcomeOf(
      String(answer.headers['x-request-id']),
    )
    const {
      sentAtMs = Number.NaN,
      answeredAtMs = Number.NaN,
      receivedThereMs = Number.NaN,
      sentThereMs = Number.NaN,
      clock: { lowMs, highMs } = { lowMs: Number.NaN, highMs: Number.NaN },
    } = origin ?? {}
    expect(receivedThereMs.toFixed(3)).toBe(answer.headers['broker-received-at'])
    expect(sentThereMs.toFixed(3)).toBe(answer.headers['broker-sent-at'])
    expect(receivedAtMs).toBeLessThanOrEqual(sentAtMs)
    expect(sentAtMs).toBeLessThanOrEqual(receivedThereMs - lowMs)
    expect(receivedThereMs).toBeLessThanOrEqual(sentThereMs)
    expect(sentThereMs).toBeLessThan(answeredAtMs + 1 + highMs)
  })
})

describe.each<[number, string, readonly string[]]>([
  // Keys that nobody used before the restart: they have all of their seconds.
  [400, 'trade-ed25519', ['clock_apart']],
  [-5_000, 'hot', ['clock_far_apart']],
])('a broker whose clock is wrong by %i ms', (skewMs, key, rules) => {
  // @control cat/clock pci/10.6
  test('is told of, and the bound says by how much', { timeout: 120_000 }, async () => {
    await demo.end('SIGINT')
    demo.output = ''
    demo.settings = { BROKER_CLOCK_SKEW_MS: String(skewMs) }
    await demo.start()
    const { clock } = await placed(`clocks-skewed-${skewMs}`, key)
    expect(clock?.loMs).toBeLessThan(skewMs)
    expect(clock?.hiMs).toBeGreaterThan(skewMs)
    await demo.until(() => told().length > 0)
    expect(told()).toEqual(rules)
  })
})
