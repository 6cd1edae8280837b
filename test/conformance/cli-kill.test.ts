/** `kill` on the command line: what an officer does in a hurry. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Cli } from '../support/node/cli.ts'
import { codeOf, Demo, order } from '../support/node/demo.ts'

const demo = new Demo()
const cli = new Cli(() => demo.state)

beforeAll(async () => {
  await demo.start()
  expect((await cli.json(['login', 'security', '--demo-otp'])).code).toBe(0)
})
afterAll(() => demo.stop())

const WHY = ['--reason', 'orders nobody there sent']

// @control mission/kill-switch
test('stops an account, says so, lists it, and lets it go on', async () => {
  const { account } = demo.key('trade')
  const words = ['kill', 'trip', `account:${account}`, '--level', 'cancel_only', ...WHY]
  const { code, stdout } = await cli.text(words)
  expect(code).toBe(0)
  expect(stdout).toMatch(new RegExp(`^Stopped: account ${account} at cancel_only, in force by 20`))
  const id = /kill lift (\S+)/.exec(stdout)?.[1] ?? ''
  expect(codeOf(await demo.call(demo.key('trade'), order('stopped')))).toBe('cancel_only')

  const listed = await cli.text(['kill', 'list'])
  expect(listed.stdout).toContain(`${id}  cancel_only  account ${account}`)
  for (const line of listed.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120)

  const lifted = await cli.text(['kill', 'lift', id, ...WHY])
  expect([lifted.code, lifted.stdout]).toEqual([0, 'Lifted.\n'])
  expect((await demo.call(demo.key('trade'), order('goes-on'))).status).toBe(201)
  expect((await cli.text(['kill', 'list'])).stdout).toBe('Nothing is stopped.\n')
})

test('what is for everybody waits for a second person', async () => {
  const words = ['kill', 'trip', 'global', '--level', 'reduce_only', '--drill', ...WHY]
  expect((await cli.text(words)).stdout).toMatch(/^Drill: global at reduce_only/)
  const tripped = await cli.json(['kill', 'trip', 'global', '--level', 'reduce_only', ...WHY])
  const lift = ['kill', 'lift', tripped.document.id, ...WHY]
  expect((await cli.text(lift)).stdout).toBe('It stands until a second person lifts it, too.\n')
  const again = await cli.text(lift)
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('a second person')])
})

test.each<[string, readonly string[]]>([
  ['a scope that is none', ['trip', 'everything', '--level', 'closed', ...WHY]],
  ['everything with an id', ['trip', 'global:x', '--level', 'closed', ...WHY]],
  ['a key without an id', ['trip', 'key', '--level', 'closed', ...WHY]],
  ['a level that is none', ['trip', 'global', '--level', 'open', ...WHY]],
  ['no reason', ['trip', 'global', '--level', 'closed']],
  ['nothing to lift', ['lift', ...WHY]],
])('wrong use: %s', async (_what, words) => {
  expect((await cli.text(['kill', ...words])).code).toBe(2)
})
