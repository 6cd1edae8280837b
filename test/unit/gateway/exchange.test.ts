/** Four stamps of what is unsafe: in its record, with the bound, and who is told when they cannot be. */
import { describe, expect, test } from 'vitest'
import { readRecord, recordText } from '../../../src/audit/record.ts'
import { NEW_ORDER } from '../../support/order-body.ts'
import { VERDICT, world, type Script } from '../../support/path.ts'
import { NOW } from '../../support/request.ts'

const ORDER = NEW_ORDER
/** Of `/v1/orders`, and of the order's octets: by `sha256sum`. */
const SENT = {
  targetHash: '7c8314de4242dc77859f5f15a2caa40f2b655717f4d72db327b230055e714d5e',
  bodyHash: 'ee5c219cb27f97c4ad7dc1b98e87596b24eaf79eea33229742ac692a43020577',
}

/** A broker that takes 4 ms to be reached and 4 ms back, and whose clock is ahead. */
async function stamping({
  offsetMs = 0,
  headers = {},
  ...script
}: Script & { offsetMs?: number; headers?: Readonly<Record<string, string>> } = {}) {
  const made = await world({
    origin: () => {
      made.clock.nowMs += 4
      const at = (made.clock.nowMs + offsetMs).toFixed(3)
      made.clock.nowMs += 4
      return Response.json(
        {},
        { headers: { 'broker-received-at': at, 'broker-sent-at': at, ...headers } },
      )
    },
    ...script,
  })
  return made
}

// @control 2025/1155/16 best-execution/times
test('an order’s record has when it came, left, was received, was answered and came back, and the bound', async () => {
  const { send, seen } = await stamping()
  await send(ORDER)
  const [record] = seen.records
  expect(record).toMatchObject({
    receivedAtMs: NOW,
    origin: {
      ...SENT,
      sentAtMs: NOW,
      answeredAtMs: NOW + 8,
      receivedThereMs: NOW + 4,
      sentThereMs: NOW + 4,
      clock: { samples: 1 },
    },
  })
  const { lowMs = 1, highMs = -1 } = record?.origin?.clock ?? {}
  // Whole milliseconds, 10 ms of lag and the drift of 19 ms, there and back.
  expect(lowMs).toBeCloseTo(-15.001 - 0.019, 9)
  expect(highMs).toBeCloseTo(4.001 + 0.019, 9)
  expect(seen.signals).toEqual([])
  expect(readRecord(JSON.parse(recordText(record ?? FAIL())))).toEqual(
    JSON.parse(recordText(record ?? FAIL())),
  )
})

function FAIL(): never {
  throw new Error('There is no record')
}

test('the next order’s bound is from both', async () => {
  const { send, seen } = await stamping()
  await send(ORDER)
  await send(ORDER)
  expect(seen.records[1]?.origin?.clock?.samples).toBe(2)
})

test('a read is not stamped', async () => {
  const { send, seen } = await stamping()
  await send({ method: 'GET', target: '/v1/account' })
  const [record] = seen.records
  expect([record?.origin, record?.receivedAtMs]).toEqual([undefined, undefined])
})

describe('an order without an answer', () => {
  test.each([
    ['comes too late', () => new Promise<Response>(() => {}), 'origin_timeout'],
    ['never comes', () => Promise.reject(new Error('down')), 'origin_unreachable'],
  ])('that %s has when it left', async (_what, origin, code) => {
    const { send, seen } = await world({ origin, timeoutMs: 5 })
    await send(ORDER)
    expect(seen.records).toMatchObject([{ code, outcome: 'unknown', receivedAtMs: NOW }])
    expect(seen.records[0]?.origin).toEqual({ sentAtMs: NOW, ...SENT })
  })

  test('that was refused before it left has none of it', async () => {
    const refused: Script['admit'] = () => ({
      ...VERDICT,
      decision: { ok: false, error: { code: 'rate_limited' } },
    })
    const { send, seen } = await stamping({ admit: refused })
    await send(ORDER)
    expect(seen.records).toMatchObject([{ code: 'rate_limited', receivedAtMs: NOW }])
    expect(seen.records[0]?.origin).toBeUndefined()
  })
})

describe('somebody is told', () => {
  async function told(script: Parameters<typeof stamping>[0], orders = 1) {
    const { send, seen } = await stamping(script)
    for (let i = 0; i < orders; i += 1) await send(ORDER)
    return seen.signals.map(({ rule, subject }) => [rule, subject.type, subject.id])
  }

  test('when the clocks are apart, and when they are far apart', async () => {
    expect(await told({ offsetMs: 300 })).toEqual([['clock_apart', 'clock', 'unknown']])
    expect(await told({ offsetMs: -2_000 })).toEqual([['clock_far_apart', 'clock', 'unknown']])
  })

  test.each([
    ['is missing', { 'broker-sent-at': '' }],
    ['cannot be read', { 'broker-received-at': 'yesterday' }],
  ])('once, when a stamp %s; the order passes', async (_what, headers) => {
    const { send, seen } = await stamping({ headers })
    for (let i = 0; i < 3; i += 1) expect((await send(ORDER)).status).toBe(200)
    expect(seen.signals.map(({ rule }) => rule)).toEqual(['clock_unreadable'])
    expect(seen.records.map(({ origin }) => origin?.clock)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    // When it left, when the answer came, the other stamp, what was sent; and what the answer said of the order.
    expect(Object.keys(seen.records[0]?.origin ?? {})).toHaveLength(6)
  })

  test('when the object of the key lives in another time', async () => {
    const at = (decidedAtMs: number): Script => ({ admit: () => ({ ...VERDICT, decidedAtMs }) })
    expect(await told(at(NOW + 2_000))).toEqual([])
    expect(await told(at(NOW - 2_000))).toEqual([])
    for (const decidedAtMs of [NOW + 2_001, NOW - 2_001])
      expect(await told(at(decidedAtMs), 3)).toEqual([['clock_object_apart', 'clock', 'unknown']])
  })
})
