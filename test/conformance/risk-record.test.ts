/** What the broker may tell, and what is recorded of orders. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { records } from '../support/node/audit-reader.ts'
import { BrokerLine } from '../support/node/broker-line.ts'
import { must, seeded } from '../support/node/cast.ts'
import { Cli } from '../support/node/cli.ts'
import { Demo } from '../support/node/demo.ts'
import { orderOf, RiskDesk } from '../support/node/risk-desk.ts'

const demo = new Demo()
const line = new BrokerLine(demo)
const cli = new Cli(() => demo.state)
let desk: RiskDesk

beforeAll(async () => {
  await demo.start()
  desk = await RiskDesk.of(demo)
})
afterAll(() => demo.stop())

describe('the broker’s own line', () => {
  const prices = { prices: [{ symbol: 'BTC-USD', price: '1' }] }

  test('is closed without its certificate, with another, and to every other key', async () => {
    const trader = await desk.trader()
    const other = desk.key(trader)
    const codes = await Promise.all([
      line.post('/prices', prices, { certificate: undefined }),
      line.post('/prices', prices, { certificate: 'trader' }),
      line.post('/prices', prices, { credential: other }),
      line.tell(trader.account, { open: { orders: [] } }, { credential: other }),
      line.tell(trader.account, { open: { orders: [] } }, { certificate: 'trader' }),
    ])
    expect(codes.map(({ status }) => status)).toEqual(Array(5).fill(403))
    const certificate = 'client_certificate_required'
    expect(codes.map(({ json }) => json.code)).toEqual([
      certificate,
      certificate,
      'permission_missing',
      'permission_missing',
      certificate,
    ])
    expect((await line.post('/prices', { prices: [] })).status).toBe(200)
  })

  test('needs a key that is bound to a certificate, though it has the permission', async () => {
    const { userId } = await desk.cast.person(['support'])
    const made = await desk.cast.owner.call('POST', '/admin/keys', {
      account: 'staff',
      user: userId,
      tier: 'retail',
      dialect: 'compact',
      permissions: ['origin.feed'],
    })
    const { id, secret } = must(made, 201).json.credential
    const told = await line.post('/prices', prices, {
      credential: { id, secret, dialect: 'compact' },
    })
    expect([told.status, told.json.code]).toEqual([403, 'client_certificate_required'])
  })
})

test('what was judged is, octet for octet, what the broker got; and every order is in the record, once and in a row', async () => {
  const trader = await desk.trader()
  await desk.limit(trader, { maxOrderValue: '150' })
  const sent = [
    '{"symbol":"BTC-USD","side":"buy","type":"limit","quantity":"1","price":"100"}',
    ' {\n"price" : "1.50","quantity":"2","type":"limit","side":"buy","symbol":"\\u0042TC-USD"}\t',
  ]
  const ids = new Array<string>()
  for (const body of sent) {
    const answer = await desk.send(trader, { ...orderOf({}), body })
    expect(answer.status).toBe(201)
    ids.push(JSON.parse(answer.body).id)
  }
  const target = `/v1/orders/${ids[1]}`
  expect(
    (await desk.send(trader, { ...orderOf({}), method: 'PUT', target, body: '{"price":"1.25"}' }))
      .status,
  ).toBe(200)
  expect((await desk.send(trader, orderOf({ quantity: '3' }))).status).toBe(422)
  expect((await desk.send(trader, { method: 'DELETE', target })).status).toBe(200)

  const auditor = await seeded(demo, 'auditor')
  const own = async () =>
    (await records(auditor)).flatMap((one) =>
      one.type === 'order_event' && one.account === trader.account ? [one] : [],
    )
  await expect.poll(own, { timeout: 40_000, interval: 1_000 }).toHaveLength(5)
  const events = (await own()).toSorted((a, b) => a.number - b.number)
  expect(events.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5])
  expect(events.map(({ event, decision }) => `${event} ${decision}`)).toEqual([
    'NEWO accepted',
    'NEWO accepted',
    'REME accepted',
    'NEWO refused',
    'CAME accepted',
  ])
  expect(events[3]).toMatchObject({ code: 'risk_max_order_value', limit: '150', actual: '300' })
  expect(events[1]?.fields).toMatchObject({
    symbol: ['BTC-USD', 'client'],
    limitPrice: ['1.5', 'client'],
    event: ['NEWO', 'gateway'],
  })
  const journal = demo.journal().filter(({ assertion }) => assertion?.['sub'] === trader.account)
  const accepted = events.filter(({ decision }) => decision === 'accepted')
  expect(journal.map(({ requestId, bodySha256 }) => [requestId, bodySha256])).toEqual(
    accepted.map(({ requestId, bodyHash }) => [requestId, bodyHash]),
  )
  // Both times: the gateway's is the event's own, the broker's is with the outcome of the same request.
  const outcomes = (await records(auditor)).filter((one) => one.type === 'outcome')
  for (const { requestId, receivedAtMs } of accepted) {
    const outcome = outcomes.find((one) => one.requestId === requestId)
    expect(outcome).toMatchObject({ origin: { receivedThereMs: expect.any(Number) } })
    expect(receivedAtMs).toBeGreaterThan(0)
  }
  expect(journal[1]?.bodySha256).toBe(
    createHash('sha256')
      .update(sent[1] ?? '')
      .digest('hex'),
  )

  // Somebody else who may read the log: the auditor's one-time password is used.
  const login = await cli.text(['login', 'security', '--demo-otp'])
  expect(login.code, login.stderr).toBe(0)
  const [folder, key] = [cli.path('export'), demo.file.audit.publicKey]
  const exported = await cli.text(['audit', 'export', folder, '--key', key])
  expect(exported.code, exported.stdout + exported.stderr).toBe(0)
  const verified = await cli.json(['audit', 'verify', folder, '--key', key])
  expect(verified).toMatchObject({ code: 0, document: { ok: true, findings: [] } })
}, 90_000)
