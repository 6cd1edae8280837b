/** A limit of an account against the running product: never one order more, whatever breaks; and never one less for long. */
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whileSilent } from '../support/node/broker-process.ts'
import { BrokerLine } from '../support/node/broker-line.ts'
import { codeOf, Demo, type Wire } from '../support/node/demo.ts'
import { RiskDesk, orderOf, type Trader } from '../support/node/risk-desk.ts'
import { found, FULL, rounds } from '../support/node/size.ts'
import { tally } from '../support/node/tally.ts'

const demo = new Demo()
const line = new BrokerLine(demo)
let desk: RiskDesk

beforeAll(async () => {
  await demo.start()
  desk = await RiskDesk.of(demo)
})
afterAll(() => demo.stop())

/** As many orders of 100 as fit under a limit of 10,000. */
const ROOM = 100
/** Until nobody is left who could say how an order ended, in milliseconds. */
const PENDING_MS = 62_000

/** How long a key may refuse everything after a crash, in milliseconds. */
const CLOSED_MS = 2_000

/** What happens to a lot of orders that are sent at once. */
type Mishap = 'none' | 'silent broker' | 'kill'

/** Of a round at full size. */
const LOTS: readonly Mishap[] = ['silent broker', 'kill', 'kill', 'none', 'kill', 'none']

interface Sent {
  readonly clientOrderId: string
  readonly code: string
}

interface Signed {
  readonly clientOrderId: string
  readonly wire: Wire
}

async function signedOrders(
  trader: Trader,
  name: string,
  count: number,
): Promise<readonly Signed[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const clientOrderId = `${name}-${i}`
      const wire = orderOf({ clientOrderId })
      const headers = await demo.signed(desk.key(trader, i % trader.keys.length), wire)
      return { clientOrderId, wire: { ...wire, headers: { ...wire.headers, ...headers } } }
    }),
  )
}

/** Sends and goes away before anybody can have answered, or soon after. */
function hangUp({ target, method, headers = {}, body = '' }: Wire): Promise<void> {
  const url = new URL(demo.file.gateway)
  return new Promise((resolve) => {
    const request = http.request({
      host: url.hostname,
      port: url.port,
      path: target,
      method,
      headers,
    })
    request.once('error', () => resolve())
    request.once('response', (response) => response.resume())
    request.end(body)
    setTimeout(
      () => {
        request.destroy()
        resolve()
      },
      5 + Math.random() * 60,
    )
  })
}

/** All at once; of every ten clients one hangs up. */
async function sendAll(signed: readonly Signed[]): Promise<readonly Sent[]> {
  return Promise.all(
    signed.map(async ({ clientOrderId, wire }, i) => {
      if (i % 10 === 9) {
        await hangUp(wire)
        return { clientOrderId, code: 'left' }
      }
      const code = await demo.send(wire).then(codeOf, () => 'lost')
      return { clientOrderId, code }
    }),
  )
}

async function withMishap(mishap: Mishap, signed: readonly Signed[]): Promise<readonly Sent[]> {
  if (mishap === 'none') return sendAll(signed)
  if (mishap === 'silent broker') return whileSilent(demo, () => sendAll(signed))
  const { runtimePid } = demo.file
  const sending = sendAll(signed)
  await sleep(100 + Math.random() * 600)
  process.kill(runtimePid, 'SIGKILL')
  const sent = await sending
  await demo.until(() => demo.file.runtimePid !== runtimePid)
  // Until its keys let orders through to be judged: after a crash what was reserved of a second is taken for spent.
  await sleep(CLOSED_MS)
  return sent
}

/** The orders of an account that reached the broker and that it took, by the client's ids, under this name. */
function placed({ account }: Trader, name: string): readonly string[] {
  return demo
    .journal()
    .filter(
      ({ method, status, assertion }) =>
        method === 'POST' && status === 201 && assertion?.['sub'] === account,
    )
    .map(({ body }) => String(JSON.parse(body).clientOrderId))
    .filter((clientOrderId) => clientOrderId.startsWith(name))
}

interface Shown {
  readonly requestId: string
  readonly clientOrderId: string
  readonly status: string
}

/** What the account counts. */
async function counted(trader: Trader): Promise<readonly Shown[]> {
  const { orders } = await desk.view(trader)
  return orders
}

const SILENT = 20
const LAST = 200

/** One round: a thousand orders in lots, with what goes wrong beside each. */
async function round(trader: Trader, name: string, lots: readonly Mishap[]) {
  const sent: Sent[] = []
  const [quiet, loud] = [lots.filter(isSilent).length, lots.filter((lot) => !isSilent(lot)).length]
  const each = Math.ceil((1_000 - LAST - quiet * SILENT) / Math.max(1, loud))
  for (const [i, mishap] of lots.entries()) {
    const size = isSilent(mishap) ? SILENT : each
    sent.push(...(await withMishap(mishap, await signedOrders(trader, `${name}-${i}`, size))))
  }
  // Whatever room a crash left is taken; where nothing went wrong before, all come at once.
  const last = lots.length === 0 ? 1_000 : LAST
  for (let i = 0; i === 0 || !sent.slice(-last).some(isRefused); i += 1)
    sent.push(...(await sendAll(await signedOrders(trader, `${name}-last-${i}`, last))))
  return sent
}

function isRefused({ code }: Sent): boolean {
  return code === 'risk_max_open_value'
}

function isSilent(mishap: Mishap): boolean {
  return mishap === 'silent broker'
}

/** Exactly what fits is counted; the broker has nothing that is not counted; nobody was told otherwise. */
async function expectExact(trader: Trader, name: string, sent: readonly Sent[]) {
  // What was under way when its client left arrives, or does not.
  await sleep(500)
  const orders = await counted(trader)
  const ids = new Set(orders.map(({ clientOrderId }) => clientOrderId))
  expect(ids.size).toBe(orders.length)
  const atBroker = placed(trader, name)
  expect(new Set(atBroker).size).toBe(atBroker.length)
  expect(atBroker.filter((id) => !ids.has(id))).toEqual([])
  expect(
    sent.filter(({ code, clientOrderId }) => code === '201' && !atBroker.includes(clientOrderId)),
  ).toEqual([])
  const unknown = orders.filter(({ clientOrderId }) => !atBroker.includes(clientOrderId))
  expect(atBroker.length + unknown.length).toBe(ROOM)
  expect((await desk.view(trader)).totals.openValue).toBe('10000')
  return { atBroker, unknown }
}

/** The broker ends what it has, and says so in its own list: whatever is not on it is free again. */
async function releaseByList(trader: Trader): Promise<void> {
  const cancel = await desk.send(trader, { method: 'DELETE', target: '/v1/orders' })
  expect(cancel.status).toBe(200)
  await sleep(PENDING_MS)
  expect((await line.tell(trader.account, { open: { orders: [] } })).status).toBe(200)
}

/** The same by people and by single executions, which need no minute: of each order somebody looks at the broker's books. */
async function releaseOneByOne(trader: Trader, atBroker: readonly string[]): Promise<void> {
  await desk.send(trader, { method: 'DELETE', target: '/v1/orders' })
  const left = await counted(trader)
  const [certain, others] = [
    left.filter(({ status }) => status === 'unknown'),
    left.filter(({ status }) => status !== 'unknown'),
  ]
  for (const { requestId, clientOrderId } of certain) {
    const outcome = atBroker.includes(clientOrderId) ? 'over' : 'never'
    const body = { requestId, outcome, reason: 'Looked up' }
    expect((await desk.risk.call('POST', `${trader.path}/reconcile`, body)).status).toBe(200)
  }
  const executions = others.map(({ clientOrderId }) => ({
    clientOrderId,
    status: atBroker.includes(clientOrderId) ? 'cancelled' : 'rejected',
  }))
  expect((await line.tell(trader.account, { executions })).status).toBe(200)
}

describe('a limit with room for a hundred orders, a thousand at once over two keys', () => {
  test(
    'admits exactly a hundred across crashes, outages and clients that leave; released, exactly a hundred again',
    { timeout: 1_200_000 },
    async () => {
      const trader = await desk.trader(2)
      await desk.limit(trader, { maxOpenValue: String(ROOM * 100) })
      const mishaps = rounds<readonly (readonly Mishap[])[]>(
        [['silent broker', 'kill'], []],
        [LOTS, [], LOTS, []],
      )
      for (const [i, lots] of mishaps.entries()) {
        const name = `r${i}`
        const sent = await round(trader, name, lots)
        const { atBroker, unknown } = await expectExact(trader, name, sent)
        found(
          `round ${i}: ${sent.length} orders, of which the broker took ${atBroker.length} and ${unknown.length} are unknown; answers ${JSON.stringify(tally(sent.map(({ code }) => code)))}`,
        )
        if (FULL) await releaseByList(trader)
        else await releaseOneByOne(trader, atBroker)
        expect((await desk.view(trader)).totals).toMatchObject({
          openValue: '0',
          unknown: 0,
          open: 0,
        })
      }
    },
  )
})
