/** Every control once over HTTP, and who may set what. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whileSilent } from '../support/node/broker-process.ts'
import { must } from '../support/node/cast.ts'
import { codeOf, Demo, type Wire } from '../support/node/demo.ts'
import { approval, inSeconds, orderOf, RiskDesk, type Trader } from '../support/node/risk-desk.ts'

const demo = new Demo()
let desk: RiskDesk

beforeAll(async () => {
  await demo.start()
  desk = await RiskDesk.of(demo)
})
afterAll(() => demo.stop())

const BTC = ['BTC-USD']
const CANCEL_NOTHING: Wire = { method: 'DELETE', target: '/v1/orders/ord_nobody' }
const plain = () => orderOf({})
const market = () => orderOf({ type: 'market', price: undefined, quantity: '0.01' })
/** No day that it is now, nor will be in this minute. */
const elsewhen = () => [
  { days: [((new Date().getUTCDay() + 2) % 7) + 1], from: '00:00', to: '24:00' },
]

/** What is set, what is sent before, and what is refused then, and by which limit. */
type Row = readonly [
  control: string,
  limits: object,
  before: readonly Wire[],
  wire: () => Wire,
  limit: string,
  actual: string,
]

const ROWS: readonly Row[] = [
  ['restricted_symbol', { restricted: BTC }, [], plain, 'restricted', 'BTC-USD'],
  ['symbol_not_allowed', { allowed: ['AAPL'] }, [], plain, 'not allowed', 'BTC-USD'],
  ['symbol_halted', { halted: BTC }, [], plain, 'halted', 'BTC-USD'],
  ['trading_hours', { hours: elsewhen() }, [], plain, 'within trading hours', 'outside'],
  [
    'reduce_only',
    { reduceOnly: true },
    [],
    plain,
    'only what reduces a known position',
    'does not',
  ],
  ['max_quantity', { maxQuantity: '0.5' }, [], plain, '0.5', '1'],
  ['max_order_value', { maxOrderValue: '99.99' }, [], plain, '99.99', '100'],
  ['max_open_value', { maxOpenValue: '150' }, [plain()], plain, '150', '200'],
  ['max_daily_value', { maxDailyValue: '150' }, [plain()], plain, '150', '200'],
  ['max_daily_orders', { maxDailyOrders: 1 }, [plain()], plain, '1', '2'],
  [
    'max_messages',
    { messages: [{ most: 2, windowSeconds: 60 }] },
    [plain(), CANCEL_NOTHING],
    plain,
    '2',
    '3',
  ],
  ['duplicate_order', { lookAlikes: { most: 1, windowSeconds: 60 } }, [plain()], plain, '1', '2'],
  [
    'repeated_execution',
    { repeats: { most: 1, windowSeconds: 60 } },
    [plain()],
    () => orderOf({ price: '99' }),
    '1',
    '2',
  ],
  [
    'duplicate_client_order_id',
    {},
    [orderOf({ clientOrderId: 'once' })],
    () => orderOf({ clientOrderId: 'once' }),
    'an id that was not used',
    'used before',
  ],
  [
    'unknown_order',
    {},
    [],
    () => ({
      ...orderOf({}),
      method: 'PUT',
      target: '/v1/orders/ord_nobody',
      body: '{"price":"5"}',
    }),
    'an open order of this account',
    'not known',
  ],
]

/** Requests of an account that reached the broker. */
function reached({ account }: Trader): number {
  return demo.journal().filter(({ assertion }) => assertion?.['sub'] === account).length
}

describe('a control', () => {
  test.each(ROWS)(
    '%s says no, by which limit, and nothing leaves',
    async (control, limits, before, wire, limit, actual) => {
      const trader = await desk.trader()
      await desk.limit(trader, limits)
      for (const one of before) await desk.send(trader, one)
      const arrived = reached(trader)
      expect(arrived).toBe(before.length)
      const answer = await desk.send(trader, wire())
      expect([answer.status, answer.headers['content-type']]).toEqual([
        422,
        'application/problem+json',
      ])
      expect(JSON.parse(answer.body)).toMatchObject({
        type: `urn:portcullis:problem:risk_${control}`,
        code: `risk_${control}`,
        status: 422,
        scope: 'account',
        limit,
        actual,
        index: 0,
        orderHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        requestId: answer.headers['x-request-id'],
        detail: expect.stringContaining('was not forwarded'),
      })
      expect(reached(trader)).toBe(arrived)
    },
  )

  test('price_collar and reference_price go by what the broker told, and not by what is old', async () => {
    const trader = await desk.trader()
    await desk.limit(trader, { collarPercent: '10' })
    await expect
      .poll(async () => codeOf(await desk.send(trader, plain())))
      .toBe('risk_price_collar')
    await desk.limit(trader, { collarPercent: '10', maxQuantity: '9999' })
    // The broker says nothing for longer than a price is good.
    await whileSilent(demo, async () => {
      await sleep(17_000)
      for (const wire of [plain(), market()])
        expect(codeOf(await desk.send(trader, wire))).toBe('risk_reference_price')
    })
    await expect
      .poll(async () => codeOf(await desk.send(trader, market())), { timeout: 20_000 })
      .toBe('201')
  }, 60_000)
})

describe('who may set limits', () => {
  const limits = (maxOrderValue: string) => ({
    limits: { account: { ...desk.standing, maxOrderValue } },
    reason: 'A test',
  })

  test('a raise takes approver, ticket and an end, and the approver is somebody else of risk', async () => {
    const { path } = await desk.trader()
    must(await desk.risk.change('', path, limits('50')), 200)
    const whole = { ...limits('60'), ...approval() }
    for (const name of ['approver', 'ticket', 'expiresAt', 'reason']) {
      const body = Object.fromEntries(Object.entries(whole).filter(([member]) => member !== name))
      const { status, json } = await desk.risk.change('', path, body)
      expect([name, status, json.errors?.[0]?.pointer]).toEqual([name, 422, `/${name}`])
    }
    for (const approver of [desk.risk.userId, 'user-owner', 'nobody']) {
      const { status, json } = await desk.risk.change('', path, { ...whole, approver })
      expect([approver, status, json.errors?.[0]?.pointer]).toEqual([approver, 422, '/approver'])
    }
    must(await desk.risk.change('', path, { ...whole, expiresAt: inSeconds(2) }), 200)
    const now = async () => (await desk.view({ path })).limits.account.maxOrderValue
    expect(await now()).toBe('60')
    await expect.poll(now, { timeout: 10_000 }).toBe('50')
  })

  const caps = (account: object): Wire => ({
    method: 'PUT',
    target: '/gw/v1/accounts/self/risk',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ limits: account }),
  })

  test.each([['account.read'], ['order.cancel']])(
    'a key that may only %s does not stop the trading of its account',
    async (permission) => {
      const reader = await desk.trader(1, { permissions: [permission] })
      const answer = await desk.send(reader, caps({ maxOrderValue: '0.01' }))
      expect(answer.status).toBe(403)
      expect(JSON.parse(answer.body)).toMatchObject({
        code: 'permission_missing',
        required: ['order.write'],
      })
      expect((await desk.view(reader)).caps).toEqual({})
    },
  )

  test('a customer tightens at once; what loosens takes a second factor', async () => {
    const trader = await desk.trader()
    const cap = (account: object) => desk.send(trader, caps(account))
    expect((await cap({ maxOrderValue: '50' })).status).toBe(200)
    expect(JSON.parse((await desk.send(trader, plain())).body)).toMatchObject({
      code: 'risk_max_order_value',
      scope: 'customer',
    })
    expect(codeOf(await cap({ maxOrderValue: '5000' }))).toBe('step_up_required')
    expect(codeOf(await cap({}))).toBe('step_up_required')
    expect(codeOf(await desk.send(trader, plain()))).toBe('risk_max_order_value')
  })

  test('an override takes two people, lets that order pass once, and no other', async () => {
    const trader = await desk.trader()
    await desk.limit(trader, { maxOrderValue: '50' })
    const { orderHash } = JSON.parse((await desk.send(trader, plain())).body)
    const body = { orderHash, expiresAt: inSeconds(60), ticket: 'T-1', reason: 'Asked for' }
    const asked = must(await desk.risk.call('POST', `${trader.path}/overrides`, body), 201)
    const approve = `${trader.path}/overrides/${asked.json.overrides[0].id}/approve`
    expect((await desk.risk.call('POST', approve, { reason: 'Mine' })).json.code).toBe(
      'role_missing',
    )
    expect(codeOf(await desk.send(trader, plain()))).toBe('risk_max_order_value')
    must(await desk.second.call('POST', approve, { reason: 'Looked at' }), 200)
    expect(codeOf(await desk.send(trader, orderOf({ quantity: '2' })))).toBe('risk_max_order_value')
    expect(codeOf(await desk.send(trader, plain()))).toBe('201')
    expect(codeOf(await desk.send(trader, plain()))).toBe('risk_max_order_value')
  })

  test('what a key repeated goes on when a named person says so, and not by itself', async () => {
    const trader = await desk.trader()
    await desk.limit(trader, { repeats: { most: 1, windowSeconds: 1 } })
    expect(codeOf(await desk.send(trader, plain()))).toBe('201')
    expect(codeOf(await desk.send(trader, plain()))).toBe('risk_repeated_execution')
    await sleep(1_100)
    expect(codeOf(await desk.send(trader, plain()))).toBe('risk_repeated_execution')
    const [latch] = (await desk.view(trader)).latches
    must(
      await desk.risk.call('POST', `${trader.path}/latches/${latch.id}/release`, {
        reason: 'Talked to them',
      }),
      200,
    )
    expect(codeOf(await desk.send(trader, plain()))).toBe('201')
  })
})
