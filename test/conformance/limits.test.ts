/** Bursts against the demo: what is admitted, and whether the announced wait holds. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, Demo, order } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import { found, rounds } from '../support/node/size.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

/** When the gateway admitted what the broker got, in milliseconds, in order. */
function admissions(prefix: string): number[] {
  return demo
    .journal()
    .filter(({ body }) => body.includes(prefix))
    .map(({ assertion }) => Number(assertion?.['admitted_at_ms']))
    .toSorted((a, b) => a - b)
}

// @control mission/limits rts6/15(1)(d) owasp/API4
test(
  'I2: bursts of 1,000 with a key of 10 per second: never more than 10 in any second, every 429 names its wait',
  { timeout: 300_000 },
  async () => {
    const key = demo.key('trade')
    const bursts = rounds(3, 20)
    let admitted = 0
    for (let round = 1; round <= bursts; round += 1) {
      const wires = Array.from({ length: 1_000 }, (_, i) => order(`burst-${round}-${i}-`))
      const signed = await Promise.all(
        wires.map(async (wire) => ({
          ...wire,
          headers: { ...wire.headers, ...(await demo.signed(key, wire)) },
        })),
      )
      const answers = await Promise.all(signed.map((wire) => demo.send(wire)))
      const codes = tally(answers.map(codeOf))
      expect(Object.keys(codes).toSorted()).toEqual(['201', 'rate_limited'])
      expect(codes['201']).toBeGreaterThanOrEqual(10)
      admitted += codes['201'] ?? 0
      for (const { status, headers } of answers) {
        if (status === 429) expect(headers['retry-after']).toBe('1')
        expect(headers['ratelimit-policy']).toBe('"burst";q=10;w=1, "day";q=100000;w=86400')
      }
    }
    const times = admissions('burst-')
    expect(times).toHaveLength(admitted)
    const gaps = times.flatMap((atMs, i) => {
      const eleventh = times[i + 10]
      return eleventh === undefined ? [] : [eleventh - atMs]
    })
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000)
    found(
      `${bursts} bursts of 1,000: ${admitted} admitted, every eleventh at least ${Math.min(...gaps)} ms after the first of its ten`,
    )
  },
)

// @control mission/retry-after
test('I8: a request that waits as it was told is admitted, byte for byte the same one', async () => {
  const key = demo.key('compact')
  const wires = await Promise.all(
    Array.from({ length: 11 }, async (_, i) => {
      const wire = order(`wait-${i}-`)
      return { ...wire, headers: { ...wire.headers, ...(await demo.signed(key, wire)) } }
    }),
  )
  const answers = await Promise.all(
    wires.map(async (wire) => ({ wire, answer: await demo.send(wire) })),
  )
  const refused = answers.filter(({ answer }) => answer.status === 429)
  expect(refused).toHaveLength(1)
  const [{ wire, answer } = answers[0] ?? expect.fail()] = refused
  await sleep(Number(answer.headers['retry-after']) * 1_000)
  expect((await demo.send(wire)).status).toBe(201)
})

test('what a key is told about itself is what it has left', async () => {
  const key = demo.key('read-only')
  const first = await demo.call(key, { method: 'GET', target: '/v1/account' })
  expect(first.status).toBe(200)
  const self = await demo.call(key, { method: 'GET', target: '/gw/v1/keys/self' })
  expect(JSON.parse(self.body)).toMatchObject({
    keyId: key.keyId,
    credential: key.id,
    permissions: ['account.read', 'market.read'],
    limits: [{ name: 'burst' }, { name: 'day', limit: 100_000, remaining: 99_999 }],
    level: 'open',
  })
  expect(self.headers['ratelimit-policy']).toBe('"gateway";q=10;w=1')
})
