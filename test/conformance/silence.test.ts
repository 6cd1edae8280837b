/** I7 on the running product: whatever is sent, none of it is printed. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Demo, order } from '../support/node/demo.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

const CANARY = 'canary-7d1e4b90'
const HEADERS = [
  'authorization',
  'cookie',
  'user-agent',
  'referer',
  'accept',
  'accept-language',
  'content-type',
  'content-encoding',
  'content-digest',
  'idempotency-key',
  'if-match',
  'pc-key',
  'pc-timestamp',
  'pc-nonce',
  'pc-signature',
  'pc-otp',
  'signature',
  'signature-input',
  'dpop',
  'x-mbx-apikey',
  'x-request-id',
  'traceparent',
  'x-forwarded-for',
  'cf-connecting-ip',
  'mf-cf-blob',
  'x-test-edge',
  'x-test-edge-token',
  'host',
] as const

/** A canary that the runtime would have to re-encode, and warns about by printing it. */
const SPELLINGS = [
  CANARY,
  `${CANARY}-\u00e9`,
  `${CANARY}-\u00c3\u00a9`,
  `"${CANARY}"`,
  `{"country":"${CANARY}"}`,
]

// @control mission/masking
test('I7: a canary in every header, parameter and body field is in no line of output', async () => {
  const key = demo.key('hot')
  const body = JSON.stringify({
    symbol: CANARY,
    side: CANARY,
    type: CANARY,
    quantity: CANARY,
    price: CANARY,
    clientOrderId: CANARY,
    [CANARY]: CANARY,
  })
  const targets = [
    '/v1/orders',
    `/v1/orders?${CANARY}=${CANARY}`,
    `/v1/${CANARY}`,
    `/gw/v1/${CANARY}`,
    `/${CANARY}/../x`,
  ]
  const statuses = new Set<number>()
  for (const target of targets) {
    for (const method of ['POST', 'GET', CANARY.toUpperCase().replaceAll('-', '')]) {
      const wire = { method, target, ...(method === 'POST' ? { body } : {}) }
      statuses.add((await demo.call(key, wire).catch(() => ({ status: 0 }))).status)
      statuses.add((await demo.send(wire).catch(() => ({ status: 0 }))).status)
    }
  }
  for (const name of HEADERS) {
    for (const value of SPELLINGS) {
      for (const wire of [order(CANARY), { method: 'GET', target: '/v1/account' }]) {
        const { status } = await demo.call(key, wire, { [name]: value })
        statuses.add(status)
      }
    }
  }
  expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 400, 401, 404, 422]))
  expect([...statuses].filter((status) => status >= 500)).toEqual([])
  await demo.until(() => demo.records().length > HEADERS.length * SPELLINGS.length)
  expect(demo.output).not.toContain(CANARY)
  expect(demo.output.toLowerCase()).not.toContain('canary')
})

// @control mission/masking
test('no secret of the demo is printed', () => {
  const shared = demo.file.keys.filter(({ secret }) => secret !== undefined)
  expect(shared.length).toBeGreaterThan(3)
  for (const { secret } of shared) expect(demo.output).not.toContain(secret)
  expect(demo.output).not.toContain(demo.file.edgeToken)
})

test('one line for each request, of at most 2 KB, and it parses', async () => {
  const answers = [
    await demo.call(demo.key('hot'), order('lines')),
    await demo.send({ method: 'GET', target: '/gw/v1/time' }),
  ]
  const ids = answers.map(({ headers }) => String(headers['x-request-id']))
  await demo.until(() => ids.every((id) => demo.output.includes(id)))
  // Lines of what was sent above may still be on their way, and so may signals.
  const lines = demo.records().filter(({ requestId }) => ids.includes(String(requestId)))
  expect(lines.map(({ requestId }) => requestId)).toEqual(ids)
  for (const line of demo.records()) expect(JSON.stringify(line).length).toBeLessThan(2_048)
})
