/** The origin dead, slow and back again: the gateway stays, says what it does not know, and sends nothing twice. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { brokerPid, whileSilent } from '../support/node/broker-process.ts'
import { codeOf, Demo, order } from '../support/node/demo.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

// @control mifid/unknown-outcome soc2/PI1
test('an origin that is slow: 504, the outcome of an order is unknown, and it was sent once', async () => {
  const key = demo.key('hot')
  await demo.call(key, { method: 'GET', target: '/v1/account' })
  const [placed, read] = await whileSilent(demo, () =>
    Promise.all([
      demo.call(key, order('slow')),
      demo.call(key, { method: 'GET', target: '/v1/account' }),
    ]),
  )
  expect([placed.status, codeOf(placed)]).toEqual([504, 'origin_timeout'])
  expect(JSON.parse(placed.body)).toMatchObject({ outcome: 'unknown' })
  expect(JSON.parse(read.body)).not.toHaveProperty('outcome')
  expect(
    demo.records().find(({ requestId }) => requestId === placed.headers['x-request-id']),
  ).toMatchObject({ outcome: 'unknown', kind: 'order' })
  // Awake again it may or may not have heard the order: once at most.
  expect((await demo.call(key, order('rests'))).status).toBe(201)
  expect(demo.journal().filter(({ body }) => body.includes('"slow"')).length).toBeLessThanOrEqual(1)
})

// @control rts6/14 soc2/A1
test('an origin that dies is told from a slow one, and the gateway goes on when it is back', async () => {
  const key = demo.key('hot')
  process.kill(brokerPid(demo), 'SIGKILL')
  const placed = await demo.call(key, order('dead'))
  if (placed.status !== 201) {
    expect([placed.status, codeOf(placed)]).toEqual([502, 'origin_unreachable'])
    expect(JSON.parse(placed.body)).toMatchObject({ outcome: 'unknown' })
  }
  await demo.until(() => demo.output.includes('The broker ended and is started again.'))
  let status = 0
  const deadline = Date.now() + 20_000
  // Each under a name of its own: of one that may have been placed the name is used.
  for (let i = 0; status !== 201 && Date.now() < deadline; i += 1)
    ({ status } = await demo.call(key, order(`back-${i}`)))
  expect(status).toBe(201)
  // Its book is as it was: what rested before still rests.
  const { body } = await demo.call(key, { method: 'GET', target: '/v1/orders' })
  expect(body).toContain('"rests"')
})
