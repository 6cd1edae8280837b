/** `kill -9` in the middle of orders: of workerd, then of the starter itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, Demo, order, type Wire } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import { objectRows, shippedRecords } from '../support/node/object-files.ts'
import { found, rounds } from '../support/node/size.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

/** How the orders of each key begin. */
const PREFIX: Readonly<Record<string, string>> = { hot: 'k', compact: 'l' }

interface Sent {
  readonly wire: Wire
  readonly code: string
  readonly requestId: string
}

/** Several clients that send orders without a pause until told to stop. */
function traders(prefix: string, clients: number, name = 'hot') {
  const key = demo.key(name)
  const sent: Sent[] = []
  const stopping = new AbortController()
  const trade = async (client: number) => {
    for (let i = 0; !stopping.signal.aborted; i += 1) {
      const plain = order(`${prefix}-${client}-${i}-`)
      const wire = { ...plain, headers: { ...plain.headers, ...(await demo.signed(key, plain)) } }
      const answer = await demo.send(wire).catch(() => undefined)
      sent.push({
        wire,
        code: answer === undefined ? 'lost' : codeOf(answer),
        requestId: String(answer?.headers['x-request-id']),
      })
      if (answer?.status !== 201) await sleep(20)
    }
  }
  const running = Promise.all(Array.from({ length: clients }, (_, client) => trade(client)))
  return {
    sent,
    stop: async () => {
      stopping.abort()
      await running
      return sent
    },
  }
}

/** How often each body reached the broker. */
function arrivals(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { body } of demo.journal()) counts.set(body, (counts.get(body) ?? 0) + 1)
  return counts
}

/** The records of what was admitted: in the key's object, or where it has shipped them. */
function recorded(keyId: string): { requestId: string; sequence: number }[] {
  const own = objectRows(demo.state, keyId, 'SELECT record FROM admission')
  return [...own, ...shippedRecords(demo.state, keyId)].map(({ record }) =>
    JSON.parse(String(record)),
  )
}

interface LimitLeft {
  readonly name: string
  readonly limit: number
  readonly budgets: readonly { readonly kinds: readonly string[]; readonly remaining: number }[]
}

/** What a key that trades no more has of its day, and has left for orders: asked again where a restart just closed its window. */
async function day(name: string): Promise<{ limit: number; left: number }> {
  for (;;) {
    const own: Wire = { method: 'GET', target: '/gw/v1/keys/self' }
    const { status, body } = await demo.call(demo.key(name), own)
    if (status === 200) {
      const { limits }: { limits: LimitLeft[] } = JSON.parse(body)
      const { limit = Number.NaN, budgets = [] } = limits.find((one) => one.name === 'day') ?? {}
      const ofOrders = budgets.find(({ kinds }) => kinds.includes('order'))
      return { limit, left: ofOrders?.remaining ?? Number.NaN }
    }
    await sleep(200)
  }
}

/** The orders of a key that were admitted, answered or not. */
function admissionsOf(name: string): Set<string> {
  return new Set(recorded(demo.key(name).keyId).map(({ requestId }) => requestId))
}

/**
 * A key that was busy through all crashes: under each open lease what was reserved is taken for spent, so it never has
 * more left than it should, and not much less.
 */
async function expectDayKept(name: string, kills: number): Promise<void> {
  const admitted = admissionsOf(name).size
  const { limit, left } = await day(name)
  const lost = limit - admitted - left
  found(
    `of its ${limit} a day it has ${left} left after ${admitted} orders: the crashes cost it ${lost}, ${(lost / kills).toFixed(1)} each`,
  )
  expect(lost).toBeGreaterThanOrEqual(0)
  expect(lost).toBeLessThanOrEqual(limit / 20)
}

/** What was admitted just before a kill, sent again as soon as somebody listens: whether or not anybody had the answer. */
async function replayed(sent: readonly Sent[]): Promise<readonly string[]> {
  const last = sent.filter(({ code }) => code === '201' || code === 'lost').slice(-20)
  const answers = await Promise.allSettled(last.map(({ wire }) => demo.send(wire)))
  return answers.map((answer, i) => {
    const code = answer.status === 'fulfilled' ? codeOf(answer.value) : 'lost'
    return `${last[i]?.code} before: ${code}`
  })
}

/** Until an alarm has closed the lease of a key that is quiet: then a crash costs it nothing. */
async function untilClosed(): Promise<void> {
  await demo.until(() => lease('trade')?.['open'] === 0)
}

/** Until a crash would find units reserved: not before an alarm has closed what the last one left open. */
async function untilReserved(name: string): Promise<void> {
  await demo.until(() => lease(name)?.['reserved'] === 1)
}

function lease(name: string) {
  const query = 'SELECT open, open AND reserved_sequence > sequence AS reserved FROM lease'
  return objectRows(demo.state, demo.key(name).keyId, query)[0]
}

/** How far apart, by the key's object, an order and the tenth after it were admitted: the least of all, in milliseconds. */
function shortestEleventh(prefix: string): number {
  const times = demo
    .journal()
    .filter(({ body }) => body.includes(prefix))
    .map(({ assertion }) => Number(assertion?.['admitted_at_ms']))
    .toSorted((a, b) => a - b)
  return Math.min(
    ...times.slice(10).map((atMs, i) => atMs - (times[i] ?? Number.NEGATIVE_INFINITY)),
  )
}

/** Nothing twice, nothing answered without its record, everything sent before still refused. */
async function expectNothingLost(sent: readonly Sent[], name = 'hot'): Promise<void> {
  const counts = arrivals()
  expect([...counts.values()].filter((count) => count > 1)).toEqual([])
  const admitted = sent.filter(({ code }) => code === '201')
  expect(admitted.length).toBeGreaterThan(20)
  for (const { wire } of admitted) expect(counts.get(String(wire.body))).toBe(1)

  const requests = admissionsOf(name)
  expect(admitted.filter(({ requestId }) => !requests.has(requestId))).toEqual([])
  for (const { requestId, body } of demo.journal()) {
    if (body.includes(`"clientOrderId":"${PREFIX[name]}`))
      expect(requests.has(requestId)).toBe(true)
  }

  const again = await Promise.all(sent.slice(-200).map(({ wire }) => demo.send(wire)))
  const twice = [...arrivals().values()].filter((count) => count > 1)
  expect(twice).toEqual([])
  const codes = tally(again.map(codeOf))
  expect(
    Object.keys(codes).filter(
      (code) => !['replayed', '201', 'timestamp_skew', 'rate_limited'].includes(code),
    ),
  ).toEqual([])
}

describe('I1, I5: nothing is lost and nothing happens twice', () => {
  // @control mission/replay rts6/14 soc2/PI1
  test('when workerd is killed and started again', { timeout: 600_000 }, async () => {
    await demo.call(demo.key('trade'), order('counted'))
    const { left } = await day('trade')
    await untilClosed()
    const crowd = traders('k1', 6)
    const limited = traders('l1', 2, 'compact')
    const again: string[] = []
    const kills = rounds(3, 30)
    for (let kill = 0; kill < kills; kill += 1) {
      const { runtimePid } = demo.file
      const admittedBefore = crowd.sent.filter(({ code }) => code === '201').length
      await demo.until(
        () => crowd.sent.filter(({ code }) => code === '201').length > admittedBefore + 20,
      )
      if (kill % 2 === 0) await untilReserved('compact')
      await sleep(Math.random() * 1_500)
      process.kill(runtimePid, 'SIGKILL')
      const before = [...limited.sent]
      await demo.until(() => demo.file.runtimePid !== runtimePid)
      again.push(...(await replayed(before)))
    }
    const last = crowd.sent.length
    await demo.until(() => crowd.sent.slice(last).some(({ code }) => code === '201'))
    await expectNothingLost(await crowd.stop())
    expect((await day('trade')).left).toBe(left)
    const codes = tally(crowd.sent.map(({ code }) => code))
    found(
      `${kills} kills of workerd under load: ${JSON.stringify(codes)}; 0 orders twice, 0 answered without a record`,
    )
    await expectNothingLost(await limited.stop(), 'compact')
    const ofTen = tally(limited.sent.map(({ code }) => code))
    const gapMs = shortestEleventh('"clientOrderId":"l1')
    expect(ofTen['201']).toBeGreaterThan(10 * kills)
    expect(gapMs).toBeGreaterThanOrEqual(1_000)
    found(
      `beside it a key of 10 per second that always tries: ${JSON.stringify(ofTen)}; every eleventh order at least ${gapMs} ms after the first of its ten, across all crashes`,
    )
    await expectDayKept('compact', kills)
    found(`its last orders before each kill, sent again after it: ${JSON.stringify(tally(again))}`)
    const { '201 before: replayed': refused = 0, ...others } = tally(again)
    expect(refused).toBeGreaterThan(kills)
    // The socket of one may break once more; of one without an answer nobody knows whether it was admitted.
    expect(
      Object.keys(others).filter((code) => !/^(lost before: .*|.*: lost)$/.test(code)),
    ).toEqual([])
    const wrongly = crowd.sent.filter(
      ({ code }) => code === 'rate_limited' || code === 'retry_fresh',
    )
    found(
      `false refusals of a key with room left: ${wrongly.length}, ${(wrongly.length / kills).toFixed(1)} for each kill, while a window is closed once`,
    )
  })

  test('when everything is killed and started anew', async () => {
    const { left } = await day('trade')
    await untilClosed()
    const crowd = traders('k2', 6)
    await demo.until(() => crowd.sent.filter(({ code }) => code === '201').length > 50)
    await demo.end('SIGKILL')
    const sent = await crowd.stop()
    await demo.start()
    await expectNothingLost(sent)
    expect((await day('trade')).left).toBe(left)
  })
})

test('no number of a key’s sequence was given twice', () => {
  const numbers = new Map(
    recorded(demo.key('hot').keyId).map(({ requestId, sequence }) => [requestId, sequence]),
  )
  expect(numbers.size).toBeGreaterThan(20)
  expect(new Set(numbers.values()).size).toBe(numbers.size)
})
