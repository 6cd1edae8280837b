/** The meter itself: known traffic is counted exactly, and a new runtime begins anew. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Demo, order } from '../support/node/demo.ts'
import { counted } from '../support/node/meter.ts'

/** Without the minute's sign of life, which is a line, too. */
const demo = new Demo({ PORTCULLIS_SWEEP_SECONDS: '3600' })
beforeAll(() => demo.start())
afterAll(() => demo.stop())

/** Without what has none. */
function some(count: Readonly<Record<string, number>> = {}): Record<string, number> {
  return Object.fromEntries(Object.entries(count).filter(([, n]) => n > 0))
}

test('each request is counted under its class, and its calls under the same', async () => {
  // The broker asks for the gateway's keys with the first: from then on it knows them.
  await demo.call(demo.key('compact'), { method: 'GET', target: '/v1/account' })
  const before = await counted(demo)
  const key = demo.key('trade')
  const placed = order('counted')
  const headers = { ...placed.headers, ...(await demo.signed(key, placed)) }
  await demo.send({ ...placed, headers })
  await demo.send({ ...placed, headers })
  await demo.call(key, { method: 'DELETE', target: '/v1/orders' })
  await demo.call(demo.key('read-only'), { method: 'GET', target: '/v1/account' })
  await demo.call(demo.key('read-only'), order('forbidden'))
  await demo.call(key, { method: 'GET', target: '/gw/v1/keys/self' })
  await demo.send({ method: 'GET', target: '/gw/v1/time' })
  await demo.send({ method: 'GET', target: '/api/v3/exchangeInfo' })
  await demo.send({ method: 'GET', target: '/v1/account' })
  await demo.send({ method: 'GET', target: '/nowhere' })
  const after = await counted(demo)

  const grown = (of: Readonly<Record<string, number>> = {}, from: typeof of = {}) =>
    some(Object.fromEntries(Object.entries(of).map(([name, n]) => [name, n - (from[name] ?? 0)])))
  const calls = (binding: string) => grown(after.bindings[binding], before.bindings[binding])
  expect(grown(after.requests, before.requests)).toEqual({
    order: 3,
    cancel: 1,
    read: 1,
    own: 2,
    public: 1,
    stranger: 2,
  })
  expect(calls('KEY_GUARD')).toEqual({ order: 3, cancel: 1, read: 1, own: 1 })
  expect(calls('ORIGIN')).toEqual({ order: 1, cancel: 1, read: 1, public: 1 })
  const lookUps = calls('CREDENTIALS')
  expect(lookUps).toEqual({ order: 1, read: 1 })
  // A look-up may ask the shield before it; of what is signed nothing else does.
  const { public: shielded, ...beforeLookUps } = calls('SHIELD')
  expect(shielded).toBe(1)
  for (const [name, n] of Object.entries(beforeLookUps))
    expect(n, name).toBeLessThanOrEqual(lookUps[name] ?? 0)
  expect(after.consoleLines - before.consoleLines).toBe(10)
  expect(after.consoleLargestBytes).toBeLessThan(after.consoleBytes)
  expect(after.objects).toMatchObject({ KEY_GUARD: 'KeyGuard' })
  expect(Object.keys(after.alarms['KeyGuard'] ?? {})).toEqual(['set', 'deleted', 'run'])
})

test.each([
  ['a kill of workerd', async () => void process.kill(demo.file.runtimePid, 'SIGKILL')],
  ['a reload', () => demo.reload()],
])('after %s counting begins anew', async (_, restart) => {
  const { since } = await counted(demo)
  const { runtimePid } = demo.file
  await restart()
  await demo.until(() => demo.file.runtimePid !== runtimePid)
  const anew = await counted(demo)
  expect(Date.parse(anew.since)).toBeGreaterThan(Date.parse(since))
  expect(anew.requests['order']).toBe(0)
})
