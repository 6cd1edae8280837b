/** A captured binance read must not come back as a write: not in memory, not after a crash. */
import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, Demo, type Wire } from '../support/node/demo.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

/** A query as a binance client signs it; nothing says for which method or path. */
function query(parameters: string): string {
  const signed = `${parameters}&timestamp=${Date.now()}`
  return `${signed}&signature=${createHmac('sha256', demo.key('trade-binance').secret).update(signed).digest('hex')}`
}

function ask(
  method: string,
  target: string,
): Promise<{ code: string; retryAfter: string | undefined }> {
  const wire: Wire = { method, target, headers: { 'x-mbx-apikey': demo.key('trade-binance').id } }
  return demo
    .send(wire)
    .then((answer) => ({ code: codeOf(answer), retryAfter: answer.headers['retry-after'] }))
}

async function placed(): Promise<string> {
  const { id } = demo.key('trade-binance')
  const target = `/api/v3/order?${query('symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=100&newClientOrderId=fence')}`
  const { body } = await demo.send({ method: 'POST', target, headers: { 'x-mbx-apikey': id } })
  const { orderId }: { orderId: string } = JSON.parse(body)
  return orderId
}

/** The native code of a request that must be signed again. */
const RETRY_FRESH = '-1021'

test('a read re-sent as a write is refused, at once and after the runtime was killed in between', async () => {
  const order = await placed()
  const cancels = () => demo.journal().filter(({ method }) => method === 'DELETE')

  const first = query(`symbol=BTCUSDT&orderId=${order}`)
  expect((await ask('GET', `/api/v3/order?${first}`)).code).toBe('200')
  expect((await ask('DELETE', `/api/v3/order?${first}`)).code).toBe(RETRY_FRESH)

  const second = query(`symbol=BTCUSDT&orderId=${order}`)
  expect((await ask('GET', `/api/v3/order?${second}`)).code).toBe('200')
  const { runtimePid } = demo.file
  process.kill(runtimePid, 'SIGKILL')
  await demo.until(() => demo.file.runtimePid !== runtimePid)
  await sleep(1_100)
  const refused = await ask('DELETE', `/api/v3/order?${second}`)
  expect(refused.code).toBe(RETRY_FRESH)
  expect(Number(refused.retryAfter)).toBeGreaterThanOrEqual(1)
  expect(cancels()).toEqual([])

  // Its owner signs it anew once the fence has passed, as the answer said.
  await sleep(Number(refused.retryAfter) * 1_000)
  expect(
    (await ask('DELETE', `/api/v3/order?${query(`symbol=BTCUSDT&orderId=${order}`)}`)).code,
  ).toBe('200')
  expect(cancels()).toHaveLength(1)
})

test('a signed cancellation cannot be taken to another operation', async () => {
  const before = demo.journal().length
  const signed = query('symbol=BTCUSDT&orderId=ord_1')
  for (const [method, path] of [
    ['DELETE', '/v1/orders'],
    ['DELETE', '/v1/orders/ord_1'],
    ['POST', '/v1/orders'],
    ['POST', '/v1/withdrawals'],
    ['PUT', '/v1/account/settings'],
    ['GET', '/v1/account'],
  ] as const) {
    expect((await ask(method, `${path}?${signed}`)).code, `${method} ${path}`).toBe('-1002')
  }
  expect(demo.journal()).toHaveLength(before)
})
