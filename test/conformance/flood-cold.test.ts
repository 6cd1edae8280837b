/**
 * I4 after a start, when no isolate has opened a credential yet: whoever floods with ids that exist, from the owner's
 * own network, delays no look-up of the owner's, and costs no more than one read of each id.
 */
import fs from 'node:fs'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, Demo, order, type Answer, type DemoKey } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import { found } from '../support/node/size.ts'

/** More than a network may look up in a minute by the shield's limit. */
const KEYS = 650
const demo = new Demo({ PORTCULLIS_EXTRA_KEYS: String(KEYS + 10), PORTCULLIS_FEED: 'off' })
beforeAll(() => demo.start(), 180_000)
afterAll(() => demo.stop())

const COLD = { timeout: 120_000 }
/** The owner's network, the network of everybody here. */
const STRANGER = { localAddress: '127.0.0.9' }
const OWNER = { localAddress: '127.0.0.1' }
const READ = { method: 'GET', target: '/v1/account' }

const extra = (i: number) => demo.key(`extra-${i}`)

function forged(id: string) {
  const headers = {
    'content-type': 'application/json',
    'pc-key': id,
    'pc-timestamp': String(Date.now()),
    'pc-nonce': crypto.randomUUID(),
    'pc-signature': 'a'.repeat(64),
  }
  return { ...order('forged'), headers }
}

/** All at once, from the owner's network. */
async function flood(ids: readonly string[]): Promise<Record<string, number>> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 300 })
  const answers = await Promise.all(ids.map((id) => demo.send(forged(id), { ...STRANGER, agent })))
  agent.destroy()
  return tally(answers.map(codeOf))
}

/** Calls of the store and of the shield so far. The meter writes once a second. */
async function lookUps(): Promise<{ readonly reads: number; readonly shield: number }> {
  await sleep(1_500)
  const { bindings } = JSON.parse(fs.readFileSync(demo.file.counters, 'utf8'))
  const sum = (name: string) =>
    Object.values<number>(bindings[name] ?? {}).reduce((all, count) => all + count, 0)
  return { reads: sum('CREDENTIALS'), shield: sum('SHIELD') }
}

/** Starts anew, floods, and lets somebody in whom the new isolate has never seen. */
async function drill(what: string, ids: readonly string[], owner: DemoKey, late: DemoKey) {
  await demo.reload()
  const before = await lookUps()
  const flooding = flood(ids)
  const answers: Answer[] = []
  for (let i = 0; i < 20; i += 1) {
    answers.push(await demo.call(owner, READ, {}, OWNER))
    await sleep(120)
  }
  const strangers = await flooding
  // And one who comes when whatever can be used up is used up.
  answers.push(await demo.call(late, READ, {}, OWNER))
  const after = await lookUps()
  const reads = after.reads - before.reads
  found(
    `${what}: ${ids.length} forgeries from the owner's network after a start, answered ${JSON.stringify(strangers)}; ` +
      `the owners ${JSON.stringify(tally(answers.map(codeOf)))}; ${reads} reads of the store`,
  )
  expect(tally(answers.map(({ status }) => String(status)))).toEqual({ 200: answers.length })
  // What strangers hear is about their signatures: nothing of them was refused for being too many look-ups.
  // A network's object may have kept its lock over the start.
  for (const code of Object.keys(strangers)) {
    expect(['source_locked', 'unauthorized']).toContain(code)
  }
  expect(after.shield - before.shield).toBe(0)
  return reads
}

test('I4: seven hundred forgeries of a cold owner’s own id cost one read of it', COLD, async () => {
  const owner = extra(KEYS + 1)
  const ids = Array.from({ length: 700 }, () => owner.id)
  expect(await drill('one id', ids, owner, extra(KEYS + 3))).toBe(2)
})

test(
  'I4: forgeries that name more ids than the shield allows keep no cold owner out',
  COLD,
  async () => {
    const owner = extra(KEYS + 2)
    const ids = Array.from({ length: KEYS }, (_, i) => extra(i + 1).id)
    expect(await drill('many ids', ids, owner, extra(KEYS + 4))).toBeLessThanOrEqual(KEYS + 2)
  },
)

test('650 honest keys behind one address are all let in after a start', COLD, async () => {
  await demo.reload()
  const agent = new http.Agent({ keepAlive: true, maxSockets: 100 })
  const answers = await Promise.all(
    Array.from({ length: KEYS }, (_, i) => demo.call(extra(i + 1), READ, {}, { ...OWNER, agent })),
  )
  agent.destroy()
  found(`${KEYS} keys behind one address: ${JSON.stringify(tally(answers.map(codeOf)))}`)
  expect(tally(answers.map(({ status }) => String(status)))).toEqual({ 200: KEYS })
})
