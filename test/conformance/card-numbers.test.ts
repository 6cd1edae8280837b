/** Numbers of payment cards: refused, told of, and in nothing that is kept. */
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, Demo, order, type Wire } from '../support/node/demo.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

// A number that Visa publishes for tests.
const CARD = '4012888888881881'
const SPELLED = '4012 8888 8888 1881'

const json = (body: object) => ({ body: JSON.stringify(body) })
const PLACES: Readonly<Record<string, Wire>> = {
  'an order, as its id': order(CARD),
  'an order that nobody understands': {
    ...order('x'),
    body: `{"symbol":"BTC-USD","note":"${SPELLED}"}`,
  },
  'the query of a read': { method: 'GET', target: `/v1/orders?clientOrderId=${CARD}` },
  'the path of a cancel': { method: 'DELETE', target: `/v1/orders/${CARD}` },
  'an order, as its id, in groups that are written as escapes': {
    ...order('x'),
    body: String(order(SPELLED).body).replaceAll(' ', String.raw`\u002d`),
  },
  'the query of a read, in groups that are written as escapes': {
    method: 'GET',
    target: `/v1/orders?clientOrderId=${SPELLED.replaceAll(' ', '%2D')}`,
  },
  'settings of the account': {
    method: 'PUT',
    target: '/v1/account/settings',
    ...json({ note: SPELLED }),
  },
  'a call of the gateway': {
    method: 'PUT',
    target: '/gw/v1/keys/self/caps',
    ...json({ limits: [{ name: CARD, limit: 1, windowSeconds: 1 }] }),
  },
}

// @control pci/scope
test.each(Object.entries(PLACES))('refused: %s', async (_where, wire) => {
  const before = demo.journal().length
  const answer = await demo.call(demo.key('hot'), wire)
  expect([answer.status, codeOf(answer)]).toEqual([422, 'card_number'])
  expect(answer.body).not.toContain(CARD)
  expect(demo.journal()).toHaveLength(before)
})

test('refused: a header that would go to the broker', async () => {
  const wire = { ...order('fine'), headers: { 'idempotency-key': CARD } }
  const answer = await demo.call(demo.key('hot'), wire)
  expect(codeOf(answer)).toBe('card_number')
})

test('refused: what anybody may read', async () => {
  const answer = await demo.send({ method: 'GET', target: `/api/v3/exchangeInfo?symbol=${CARD}` })
  expect([answer.status, codeOf(answer)]).toEqual([422, 'card_number'])
})

test('an order with an id of as many digits passes', async () => {
  const answer = await demo.call(demo.key('hot'), order('4012888888881882'))
  expect(answer.status).toBe(201)
})

test('who is on call is told, once for the key', async () => {
  const told = () => demo.records().filter(({ rule }) => rule === 'card_number_sent')
  await demo.until(() => told().length > 0)
  const subjects = told().map(({ subject }) => subject)
  expect(subjects).toContainEqual({ type: 'credential', id: demo.key('hot').id })
  expect(told().every(({ severity }) => severity === 'high')).toBe(true)
})

test('the number is in no line and in no file, and the calls are', async () => {
  await demo.until(() => demo.records().filter(({ code }) => code === 'card_number').length >= 7)
  const kept = fs
    .readdirSync(demo.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name))
    .filter((file) => [CARD, SPELLED].some((text) => fs.readFileSync(file).includes(text)))
  expect(kept).toEqual([])
  expect([CARD, SPELLED].some((text) => demo.output.includes(text))).toBe(false)
})
