/**
 * The running gateway pushes what its audit log has to mocks of the four sinks, through outages that each look different
 * and a runtime that is killed: every record arrives, and whatever comes twice comes under one uid.
 */
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readRecord, type AuditRecord } from '../../src/audit/record.ts'
import { ocsfEvent } from '../../src/siem/ocsf.ts'
import { must, seeded, type Member } from '../support/node/cast.ts'
import { Demo, elsewhere, order } from '../support/node/demo.ts'
import { OCSF_SCHEMAS, problemsOfAny } from '../support/node/ocsf-schemas.ts'
import { openReceivers, type Mood, type Receivers } from '../support/node/siem-receivers.ts'

const demo = new Demo()
let receivers: Receivers
let auditor: Member

beforeAll(async () => {
  receivers = await openReceivers()
  demo.settings = receivers.settings
  await demo.start()
  auditor = await seeded(demo, 'auditor')
}, 180_000)
afterAll(async () => {
  receivers.close()
  await demo.stop()
})

/** What the log has of records, all of which can be opened. */
async function records(): Promise<readonly AuditRecord[]> {
  const all: AuditRecord[] = []
  for (let from: number | undefined = 0; from !== undefined;) {
    const { json } = must(await auditor.call('GET', `/admin/audit/records?from=${from}`), 200)
    const items: readonly { readonly record?: string }[] = json.items
    for (const { record } of items) {
      const read = record === undefined ? undefined : readRecord(JSON.parse(record))
      if (read !== undefined) all.push(read)
    }
    from = json.next
  }
  return all
}

const NOBODY = { version: 'local', log: 'any' }
const uidOfRecord = (record: AuditRecord) => ocsfEvent(record, NOBODY).metadata.uid

/** Orders, reads, refusals and strangers, until it is told to stop. Answers the ids of what was answered. */
function load() {
  const traffic = { on: true }
  const answered = new Set<string>()
  const note = (id: unknown) => typeof id === 'string' && answered.add(id)
  const loop = async (name: string, wire: (i: number) => ReturnType<typeof order>) => {
    for (let i = 0; traffic.on; i += 1) {
      const answer = await demo.call(demo.key(name), wire(i)).catch(() => undefined)
      note(answer?.headers['x-request-id'])
      await sleep(60)
    }
  }
  const strangers = async () => {
    while (traffic.on) {
      const forged = { 'pc-signature': 'ab'.repeat(32) }
      await demo.call(demo.key('compact'), order('x'), forged, elsewhere()).catch(() => undefined)
      await sleep(500)
    }
  }
  const read = () => ({ method: 'GET', target: '/v1/account' })
  const loops = [
    loop('trade', (i) => order(`push-${i}`)),
    loop('trade-ed25519', (i) => order(`pushed-${i}`)),
    loop('compact', read),
    loop('read-only', (i) => (i % 5 === 0 ? order('refused') : read())),
    strangers(),
  ]
  return {
    answered,
    async stop() {
      traffic.on = false
      await Promise.all(loops)
    },
  }
}

/** What the gateway says of its sinks: nothing of where they are, nor of what opens them. */
async function sinks(): Promise<unknown> {
  const { json } = must(await auditor.call('GET', '/admin/audit/sinks'), 200)
  for (const secret of Object.values(receivers.settings))
    expect(JSON.stringify(json)).not.toContain(secret)
  return json.items
}

function moods(...said: readonly Mood[]): void {
  for (const [i, receiver] of receivers.all.entries()) receiver.mood = said[i] ?? 'up'
}

async function killed(): Promise<void> {
  const { runtimePid } = demo.file
  process.kill(runtimePid, 'SIGKILL')
  await demo.until(() => demo.file.runtimePid !== runtimePid)
}

/** The records of the log once as many of these requests are in it as there must be. */
async function recordsOf(requests: ReadonlySet<string>): Promise<readonly AuditRecord[]> {
  for (const deadline = Date.now() + 120_000; ;) {
    const all = await records()
    const known = new Set(all.map((record) => Reflect.get(record, 'requestId')))
    const lacking = [...requests].filter((id) => !known.has(id))
    if (lacking.length === 0) return all
    if (Date.now() > deadline) throw new Error(`${lacking.length} requests are not in the log`)
    await sleep(2_000)
  }
}

// @control mission/siem pci/10.3
test(
  'every record of the log arrives at each sink, whatever goes down meanwhile',
  { timeout: 400_000 },
  async () => {
    const traffic = load()
    await sleep(8_000)
    moods('refusing', 'lost', 'partly', 'refusing')
    await sleep(10_000)
    expect(await sinks()).toMatchObject([
      { sink: 'splunk', active: true, trouble: { why: 'unavailable', status: 503 } },
      { sink: 'datadog', active: true, trouble: { why: 'unreachable', status: 0 } },
      { sink: 'elastic', active: true, trouble: { why: 'throttled', status: 200 } },
      { sink: 'https', active: true, trouble: { why: 'unavailable', status: 503 } },
    ])
    await killed()
    await sleep(6_000)
    moods()
    await sleep(8_000)
    await killed()
    await sleep(6_000)
    await traffic.stop()
    // Reads of which only memory knew when it was killed are numbers in the log, not records: orders are all there.
    const orders = new Set(
      demo
        .records()
        .filter(({ type, kind, status }) => type === 'call' && kind === 'order' && status === 201)
        .map(({ requestId }) => String(requestId)),
    )
    const all = await recordsOf(orders)
    const uids = new Set(all.map(uidOfRecord))
    expect(uids.size).toBe(all.length)
    expect(uids.size).toBeGreaterThan(500)
    const everything = () =>
      receivers.all.every((receiver) => [...uids].every((uid) => receiver.taken.has(uid)))
    await demo.until(everything, 150_000).catch(() => undefined)
    const log = new Set((await records()).map(uidOfRecord))
    for (const receiver of receivers.all) {
      const { id, taken } = receiver
      const lost = [...uids].filter((uid) => !taken.has(uid))
      expect(lost, id).toEqual([])
      // Each uid is of one record of the log, and always came as the same text.
      const late = [...receiver.uids()].filter((uid) => !log.has(uid))
      expect(
        late.filter((uid) => !isRecent(receiver, uid)),
        id,
      ).toEqual([])
      expect(
        [...taken]
          .filter(([, { texts }]) => new Set([...texts].map(unversioned)).size !== 1)
          .map(([uid]) => uid),
        id,
      ).toEqual([])
      expect(receiver.wrong, id).toEqual([])
      expect(receiver.turnedAway, id).toBeGreaterThan(0)
      const again = [...taken.values()].reduce((sum, { times }) => sum + times - 1, 0)
      process.stdout.write(
        `${id}: ${uids.size} records, ${again} came again, ${receiver.turnedAway} requests turned away\n`,
      )
    }
    const well = { active: true, problems: [], givenUp: 0, trouble: null, deadLetters: [] }
    expect(await sinks()).toMatchObject(receivers.all.map(({ id }) => ({ sink: id, ...well })))
    const [, datadog] = receivers.all
    const twice = [...(datadog?.taken.values() ?? [])].filter(({ times }) => times > 1)
    expect(twice.length).toBeGreaterThan(0)
  },
)

/** The runtime is another after it was killed, and what names no worker of its own is sent by the one that runs. */
function unversioned(text: string): string {
  return text.replaceAll(/"version":"[^"]*"/g, '')
}

/** Of the last seconds: the log may not have been read since. */
function isRecent(receiver: Receivers['all'][number], uid: string): boolean {
  const [text = '{}'] = receiver.taken.get(uid)?.texts ?? []
  const { time }: { time?: number } = JSON.parse(text)
  return time !== undefined && time > Date.now() - 15_000
}

test.skipIf(!fs.existsSync(OCSF_SCHEMAS))('what arrived is OCSF, signs of life among it', () => {
  const [first] = receivers.all
  const events = first?.events() ?? []
  expect(
    events.some((event) => Reflect.get(Object(event['api']), 'operation') === 'siem.heartbeat'),
  ).toBe(true)
  const problems = events.flatMap((event) => problemsOfAny(event))
  expect([...new Set(problems)]).toEqual([])
})
