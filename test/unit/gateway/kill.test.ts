/** I6: the kill switch on the path of a request, looked at after the last wait before it leaves. */
import { expect, test } from 'vitest'
import type { WideTrip } from '../../../src/control/trip.ts'
import { NEW_ORDER } from '../../support/order-body.ts'
import { world, type Script } from '../../support/path.ts'
import { NOW } from '../../support/request.ts'

const READ = { method: 'GET', target: '/v1/account?x=1' }
const CANCEL = { method: 'DELETE', target: '/v1/orders/7' }
const global = (level: WideTrip['level']): WideTrip => ({ level, scope: { type: 'global' } })
const passed = (reduces: boolean, symbols: readonly string[] = ['BTC-USD']): Script => ({
  risk: () => ({ passed: { number: 1, reduces, symbols } }),
})

async function end(script: Script, wire: typeof READ & { body?: string }) {
  const { send, seen } = await world(script)
  const response = await send(wire)
  const body: { code?: string } = response.ok ? {} : await response.json()
  return { code: body.code ?? response.status, left: seen.forwarded.length, seen }
}

test.each<[string, Script, typeof READ & { body?: string }, string | number]>([
  ['an order at reduce_only', passed(false), NEW_ORDER, 'reduce_only'],
  ['one that reduces at reduce_only', passed(true), NEW_ORDER, 201],
  ['a cancel at reduce_only', passed(true, []), CANCEL, 201],
  ['a read at reduce_only', {}, READ, 201],
])('%s', async (_what, script, wire, expected) => {
  const { code, left } = await end({ ...script, trips: () => [global('reduce_only')] }, wire)
  expect([code, left]).toEqual([expected, expected === 201 ? 1 : 0])
})

test.each<[string, typeof READ & { body?: string }, string]>([
  ['an order', NEW_ORDER, 'halted'],
  ['a cancel', CANCEL, 'halted'],
  ['a read', READ, 'halted'],
  ['what is open to anyone', { method: 'GET', target: '/api/v3/exchangeInfo' }, 'halted'],
])('%s at closed', async (_what, wire, expected) => {
  expect(await end({ ...passed(true), trips: () => [global('closed')] }, wire)).toMatchObject({
    code: expected,
    left: 0,
  })
})

test('what was counted and is stopped after all did not leave: the account is told', async () => {
  const { seen } = await end({ ...passed(false), trips: () => [global('cancel_only')] }, NEW_ORDER)
  expect(seen.settled).toMatchObject([['acct', 1, 'never', expect.any(String)]])
  expect(seen.records).toMatchObject([{ decision: 'refused', code: 'cancel_only' }])
})

test('a trip that the isolate does not know yet is heard of before the request leaves', async () => {
  const { send, seen } = await world({ ...passed(false), trips: () => [global('closed')] })
  expect((await send(NEW_ORDER)).status).toBe(503)
  expect(seen.forwarded).toEqual([])
})

test('nobody says anything: what adds risk does not pass, reads and cancels do', async () => {
  const script = { ...passed(true), trips: () => undefined }
  expect(await end(script, NEW_ORDER)).toMatchObject({ code: 'control_stale', left: 0 })
  expect(await end(script, READ)).toMatchObject({ left: 1 })
  expect(await end(script, CANCEL)).toMatchObject({ left: 1 })
})

test('a symbol that only the account knows', async () => {
  const trips = (): readonly WideTrip[] => [
    { level: 'cancel_only', scope: { type: 'symbol', id: 'ETH-USD' } },
  ]
  const change = { method: 'PUT', target: '/v1/orders/7', body: '{"quantity":"2"}' }
  expect(await end({ ...passed(true, ['ETH-USD']), trips }, change)).toMatchObject({
    code: 'cancel_only',
    left: 0,
  })
  expect(await end({ ...passed(true, ['AAPL']), trips }, change)).toMatchObject({ left: 1 })
})

test('the account holds it', async () => {
  const held: Script = { risk: () => ({ held: { level: 'reduce_only', scope: 'account' } }) }
  const { code, left, seen } = await end(held, NEW_ORDER)
  expect([code, left]).toEqual(['reduce_only', 0])
  expect(seen.records).toMatchObject([{ code: 'reduce_only', refusedOrders: [{ event: 'NEWO' }] }])
})

test('an order that nobody reads is one that does not reduce', async () => {
  const { left } = await end(
    { ...passed(true), trips: () => [global('reduce_only')] },
    {
      method: 'PUT',
      target: '/v1/account/settings',
      body: '{}',
    },
  )
  expect(left).toBe(0)
  expect(NOW).toBeGreaterThan(0)
})
