/**
 * I6 on the running product, under load: after a trip of a key or an account has been acknowledged, and two seconds after
 * a wider one, nothing that adds risk and starts then reaches the broker; cancels do. In full with `npm run prove -- kill`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cast, type ScratchKey } from '../support/node/cast.ts'
import { Demo } from '../support/node/demo.ts'
import { askSigned, type Reply } from '../support/node/person.ts'
import { rounds, shown } from '../support/node/size.ts'
import { Staff } from '../support/node/staff.ts'

const TRIPS = rounds(2, 100)
const LOAD = 4
const LONG = { timeout: rounds(240_000, 3_600_000) }

const demo = new Demo()
let officer: Staff
let second: Staff
let key: ScratchKey
let other: ScratchKey

beforeAll(async () => {
  await demo.start()
  const cast = await Cast.of(demo)
  const { gateway } = demo.file
  officer = await Staff.make(cast, gateway, ['security'])
  second = await Staff.make(cast, gateway, ['security'])
  const { userId } = await cast.person(['client'], true)
  const permissions = ['account.read', 'order.write', 'order.cancel']
  const more = { tier: 'unmetered', permissions, account: 'acct-killed' }
  key = await cast.key(userId, more)
  other = await cast.key(userId, { ...more, account: 'acct-other' })
}, 300_000)
afterAll(() => demo.stop())

interface Sent {
  readonly startedMs: number
  readonly requestId: string
  readonly status: number
  readonly code: string
}

let orders = 0

async function place(by: ScratchKey): Promise<Sent> {
  orders += 1
  const startedMs = Date.now()
  const body = { symbol: 'BTC-USD', side: 'buy', type: 'limit', quantity: '0.01', price: '100' }
  const reply = await askSigned(demo.file.gateway, by.credential, 'POST', '/v1/orders', {
    ...body,
    clientOrderId: `kill-${orders}`,
  })
  return sentAs(reply, startedMs)
}

function sentAs({ headers, status, json }: Reply, startedMs: number): Sent {
  return {
    startedMs,
    requestId: String(headers['x-request-id']),
    status,
    code: String(json?.code ?? status),
  }
}

function cancel(by: ScratchKey): Promise<Reply> {
  return askSigned(demo.file.gateway, by.credential, 'DELETE', '/v1/orders')
}

function read(by: ScratchKey): Promise<Reply> {
  return askSigned(demo.file.gateway, by.credential, 'GET', '/v1/account')
}

/** Orders all the time. */
class Load {
  readonly sent: Sent[] = []
  #over = false
  readonly #running: Promise<void>[]

  constructor(by: ScratchKey) {
    this.#running = Array.from({ length: LOAD }, async () => {
      while (!this.#over) {
        const sent = await place(by)
        this.sent.push(sent)
        // Whoever is told no does not ask again at once.
        if (sent.status >= 400) await sleep(20)
      }
    })
  }

  async end(): Promise<readonly Sent[]> {
    this.#over = true
    await Promise.all(this.#running)
    return this.sent
  }
}

async function lift(id: string): Promise<void> {
  const reply = await officer.call('DELETE', `/gw/v1/admin/kill/${id}`, { reason: 'over' })
  expect([200, 202]).toContain(reply.status)
  if (reply.status === 202) {
    const again = await officer.call('DELETE', `/gw/v1/admin/kill/${id}`, { reason: 'over' })
    expect([again.status, again.json.code]).toEqual([409, 'conflict'])
    const confirmed = await second.call('DELETE', `/gw/v1/admin/kill/${id}`, {
      reason: 'over, indeed',
    })
    expect([confirmed.status, confirmed.json.waiting]).toEqual([200, false])
  }
}

const SCOPES = {
  key: () => ({ type: 'key', id: key.keyId }),
  account: () => ({ type: 'account', id: 'acct-killed' }),
  operation: () => ({ type: 'operation', id: 'order.write' }),
  symbol: () => ({ type: 'symbol', id: 'BTC-USD' }),
  global: () => ({ type: 'global' }),
} as const

describe.each(Object.entries(SCOPES))('a trip of %s', (name, scopeOf) => {
  const isWide = name !== 'key' && name !== 'account'

  // @control mission/kill-switch 15c3-5(c)(1)(i)
  test(
    'I6: nothing that adds risk and starts after it is in force reaches the broker',
    LONG,
    async () => {
      const counts = { started: 0, reached: 0, inFlight: 0, unnamed: 0 }
      for (let i = 0; i < TRIPS; i += 1) {
        const load = new Load(key)
        await sleep(300)
        const level = i % 2 === 0 ? 'cancel_only' : 'reduce_only'
        const scope = scopeOf()
        const before = Date.now()
        const tripped = await officer.call('POST', '/gw/v1/admin/kill', {
          level,
          scope,
          reason: 'drill',
        })
        expect(tripped.status).toBe(201)
        const { id, inForceBy, inFlight } = tripped.json
        const inForceMs = isWide ? Date.parse(inForceBy) : Date.now()
        if (isWide) expect(inForceMs - before).toBeLessThanOrEqual(4_000)
        await sleep(Math.max(0, inForceMs - Date.now()) + 300)
        expect((await cancel(key)).status).toBe(200)
        expect((await read(key)).status).toBe(200)
        if (!isWide) expect((await place(other)).status).toBe(201)
        const sent = await load.end()
        const journal = new Set(demo.journal().map(({ requestId }) => requestId))
        const after = sent.filter(({ startedMs }) => startedMs > inForceMs)
        counts.started += after.length
        counts.reached += after.filter(({ requestId }) => journal.has(requestId)).length
        expect(new Set(after.map(({ code }) => code))).toEqual(new Set([level]))
        if (!isWide) {
          const late = lateOf(sent, inForceMs)
          counts.inFlight += inFlight.length
          counts.unnamed += late.filter((requestId) => !inFlight.includes(requestId)).length
        }
        await lift(id)
        await goesOn(isWide)
      }
      shown(`${TRIPS} trips of ${name}: ${JSON.stringify(counts)}`)
      expect(counts).toMatchObject({ reached: 0, unnamed: 0 })
      expect(counts.started).toBeGreaterThan(0)
    },
  )
})

/** Requests that the broker received after the trip was in force. */
function lateOf(sent: readonly Sent[], inForceMs: number): readonly string[] {
  const ours = new Set(sent.map(({ requestId }) => requestId))
  return demo
    .journal()
    .filter(
      ({ requestId, receivedAt, method }) =>
        method === 'POST' && receivedAt > inForceMs && ours.has(requestId),
    )
    .map(({ requestId }) => requestId)
}

/** What is lifted goes on: at once, or when copies have come. */
async function goesOn(isWide: boolean): Promise<void> {
  if (isWide) await sleep(2_100)
  expect((await place(key)).status).toBe(201)
}

test('at closed not even a cancel or a read passes, and the gateway itself is still there', async () => {
  const scope = { type: 'key', id: key.keyId }
  const tripped = await officer.call('POST', '/gw/v1/admin/kill', {
    level: 'closed',
    scope,
    reason: 'test',
  })
  expect(tripped.status).toBe(201)
  expect((await cancel(key)).json.code).toBe('halted')
  const reply = await read(key)
  expect([reply.status, reply.json.code, reply.json.scope]).toEqual([503, 'halted', 'key'])
  const self = await askSigned(demo.file.gateway, key.credential, 'GET', '/gw/v1/keys/self')
  expect([self.status, self.json.level]).toEqual([200, 'closed'])
  await lift(tripped.json.id)
  expect((await cancel(key)).status).toBe(200)
})

test('a drill goes every way and stops nothing', async () => {
  const body = { level: 'closed', scope: { type: 'global' }, reason: 'quarterly', drill: true }
  const tripped = await officer.call('POST', '/gw/v1/admin/kill', body)
  expect([tripped.status, tripped.json.drill]).toEqual([201, true])
  await sleep(2_100)
  expect((await place(key)).status).toBe(201)
  await lift(tripped.json.id)
})

test.each<[string, object, number, string]>([
  ['an operation that nothing has', { type: 'operation', id: 'order.wriet' }, 422, 'invalid_body'],
  ['a symbol that nothing has', { type: 'symbol', id: 'BTCUSD' }, 422, 'invalid_body'],
  ['a key that nobody has', { type: 'key', id: 'key_none' }, 422, 'invalid_body'],
  ['an account that nobody has', { type: 'account', id: 'acct-none' }, 422, 'invalid_body'],
  ['no scope at all', {}, 422, 'invalid_body'],
  ['everything with an id', { type: 'global', id: 'x' }, 422, 'invalid_body'],
])('%s is refused', async (_what, scope, status, code) => {
  const reply = await officer.call('POST', '/gw/v1/admin/kill', {
    level: 'closed',
    scope,
    reason: 'x',
  })
  expect([reply.status, reply.json.code]).toEqual([status, code])
})

test('what stands is listed with its reason, and twice is once', async () => {
  const body = {
    level: 'reduce_only',
    scope: { type: 'symbol', id: 'AAPL' },
    reason: 'halt at the venue',
  }
  const [one, two] = [
    await officer.call('POST', '/gw/v1/admin/kill', body),
    await second.call('POST', '/gw/v1/admin/kill', body),
  ]
  expect(two.json.id).toBe(one.json.id)
  const { json } = await officer.get('/gw/v1/admin/kill')
  expect(json.items).toMatchObject([
    { id: one.json.id, reason: 'halt at the venue', level: 'reduce_only' },
  ])
  await lift(one.json.id)
  expect((await officer.get('/gw/v1/admin/kill')).json.items).toEqual([])
})
