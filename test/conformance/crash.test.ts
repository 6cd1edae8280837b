/** `kill -9` in the middle of orders: of workerd, then of the starter itself. */
import { DatabaseSync } from 'node:sqlite'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, Demo, order, tally, type Wire } from '../support/node/demo.ts'
import { found, rounds } from '../support/node/size.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

interface Sent {
  readonly wire: Wire
  readonly code: string
  readonly requestId: string
}

/** Several clients that send orders without a pause until told to stop. */
function traders(prefix: string, clients: number) {
  const key = demo.key('hot')
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

/** The durable rows of a key's object, read from its file as nobody else can: the record of what was admitted. */
function durableRows(keyId: string): { requestId: string; sequence: number }[] {
  const files = fs.globSync(path.join(demo.state, 'state', '**', '*.sqlite'))
  for (const file of files) {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      const keys = database.prepare('SELECT key_id FROM key').all()
      if (keys[0]?.['key_id'] === keyId) {
        return database
          .prepare('SELECT record FROM admission')
          .all()
          .map(({ record }) => JSON.parse(String(record)))
      }
    } catch {
      // Another object's file: it has no such table.
    } finally {
      database.close()
    }
  }
  throw new Error(`No object of ${keyId}`)
}

async function dayLeft(): Promise<number> {
  const { body } = await demo.call(demo.key('trade'), { method: 'GET', target: '/gw/v1/keys/self' })
  const { limits }: { limits: { name: string; remaining: number }[] } = JSON.parse(body)
  return limits.find(({ name }) => name === 'day')?.remaining ?? Number.NaN
}

/** Nothing twice, nothing answered without its record, everything sent before still refused. */
async function expectNothingLost(sent: readonly Sent[]): Promise<void> {
  const counts = arrivals()
  expect([...counts.values()].filter((count) => count > 1)).toEqual([])
  const admitted = sent.filter(({ code }) => code === '201')
  expect(admitted.length).toBeGreaterThan(20)
  for (const { wire } of admitted) expect(counts.get(String(wire.body))).toBe(1)

  const recorded = new Set(durableRows(demo.key('hot').keyId).map(({ requestId }) => requestId))
  expect(admitted.filter(({ requestId }) => !recorded.has(requestId))).toEqual([])
  for (const { requestId, body } of demo.journal()) {
    if (body.includes('"clientOrderId":"k')) expect(recorded.has(requestId)).toBe(true)
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
  test('when workerd is killed and started again', { timeout: 600_000 }, async () => {
    await demo.call(demo.key('trade'), order('counted'))
    const left = await dayLeft()
    const crowd = traders('k1', 6)
    const kills = rounds(3, 30)
    for (let kill = 0; kill < kills; kill += 1) {
      const { runtimePid } = demo.file
      const admittedBefore = crowd.sent.filter(({ code }) => code === '201').length
      await demo.until(
        () => crowd.sent.filter(({ code }) => code === '201').length > admittedBefore + 20,
      )
      process.kill(runtimePid, 'SIGKILL')
      await demo.until(() => demo.file.runtimePid !== runtimePid)
    }
    const last = crowd.sent.length
    await demo.until(() => crowd.sent.slice(last).some(({ code }) => code === '201'))
    await expectNothingLost(await crowd.stop())
    expect(await dayLeft()).toBe(left)
    const codes = tally(crowd.sent.map(({ code }) => code))
    found(
      `${kills} kills of workerd under load: ${JSON.stringify(codes)}; 0 orders twice, 0 answered without a record`,
    )
  })

  test('when everything is killed and started anew', async () => {
    const left = await dayLeft()
    const crowd = traders('k2', 6)
    await demo.until(() => crowd.sent.filter(({ code }) => code === '201').length > 50)
    await demo.end('SIGKILL')
    const sent = await crowd.stop()
    await demo.start()
    await expectNothingLost(sent)
    expect(await dayLeft()).toBe(left)
  })
})

test('no number of a key’s sequence was given twice', () => {
  const sequences = durableRows(demo.key('hot').keyId).map(({ sequence }) => sequence)
  expect(new Set(sequences).size).toBe(sequences.length)
})
