/** All witnesses of a log together: the quorum, who is left alone, and what is told of each. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { logFaults, type LogStatus } from '../../../src/audit/log-status.ts'
import { parseVkey, type NoteKey } from '../../../src/audit/note.ts'
import { verifyCheckpoint } from '../../../src/audit/trust.ts'
import { readWitnessPolicy } from '../../../src/audit/witness-policy.ts'
import { MissingQuorum, Witnesses } from '../../../src/audit/witnesses.ts'
import { FakeWitness, witnessKey } from '../../support/fake-witness.ts'
import { checkLog } from '../../support/log-check.ts'
import { logKeys, LogWorld, Shard, START } from '../../support/log-world.ts'
import { must, policyOf } from '../../support/tlog.ts'

const MINUTE_MS = 60_000
const PATIENCE_MS = 200

let all: FakeWitness[]
let logKey: NoteKey
let world: LogWorld
let shard: Shard
let nowMs: number

beforeAll(async () => {
  logKey = must(parseVkey(must((await logKeys(1)).vkeys[0])))
})

beforeEach(async () => {
  world = new LogWorld(await logKeys(1))
  shard = new Shard(0)
  nowMs = START
  all = await Promise.all(
    [0, 1, 2].map(
      async (i) => new FakeWitness(await witnessKey(`w${i}.example`, 30 + i), () => [logKey]),
    ),
  )
})

const linesOf = (quorum: string) => [
  ...all.map(({ vkey }, i) => `witness w${i} ${vkey} https://w${i}.example/`),
  'group two 2 w0 w1 w2',
  `quorum ${quorum}`,
]

function witnessesOf(quorum: string): Witnesses {
  const policy = readWitnessPolicy(linesOf(quorum).join('\n'), false)
  if (!policy.ok) throw new Error(policy.error.join())
  return new Witnesses(policy.value, {
    nowMs: () => nowMs,
    patienceMs: PATIENCE_MS,
    fetch: async (url, init) => {
      const host = /^https:\/\/w([0-9])\.example\/add-checkpoint$/.exec(url)?.[1]
      return must(all[Number(host)]).fetch(url, init)
    },
  })
}

function startWith(witnesses: Witnesses) {
  return world.start({
    cosign: (note, oldSize, prove) => witnesses.cosign(note, oldSize, prove),
  })
}

const down = async () => new Response('', { status: 503 })
const silent = async () => new Promise<Response>(() => undefined)

const counts = () => all.map(({ asked }) => asked.length)

/** What a verifier with this quorum says of the last published checkpoint. */
async function judged(quorum: string) {
  const policy = policyOf(`log ${must(world.keys.vkeys[0])}`, ...linesOf(quorum))
  return verifyCheckpoint(must(world.published.at(-1)), policy)
}

test('I11: what is published has the quorum of a verifier, and goes on after a restart', async () => {
  for (const leaves of [3, 300, 40]) {
    const log = startWith(witnessesOf('two'))
    shard.make(1, leaves)
    await shard.ship(log, START)
    expect(await judged('two')).toMatchObject({ ok: true, value: { hasQuorum: true } })
  }
  await checkLog(world, [shard])
  expect(counts(), 'each was asked from the size of the checkpoint before').toEqual([3, 3, 3])
  expect(must(world.published.at(-1)).match(/^— .*$/gm)).toHaveLength(4)
})

test('remembers what each cosigned last, and asks each once a round', async () => {
  const log = startWith(witnessesOf('two'))
  for (let round = 0; round < 3; round += 1) {
    shard.make(1, 10)
    await shard.ship(log, START)
  }
  expect(counts()).toEqual([3, 3, 3])
})

test('I11: without the quorum nothing is published; with it the same round is', async () => {
  const witnesses = witnessesOf('two')
  const log = startWith(witnesses)
  shard.make(1, 5)
  for (const { instead } of [{ instead: down }, { instead: silent }]) {
    for (const witness of all.slice(1)) witness.instead = instead
    await expect(shard.ship(log, START)).rejects.toThrow(MissingQuorum)
  }
  await expect(shard.ship(log, START)).rejects.toThrow(
    'Cannot publish: too few witnesses cosigned (w1: timeout, w2: timeout)',
  )
  expect(world.published).toEqual([])
  expect(log.refusal).toBeUndefined()
  expect(log.unfinishedSinceMs).toBe(START)
  must(all[2]).instead = undefined
  await shard.ship(log, START)
  expect(await judged('two')).toMatchObject({ ok: true })
  expect(await judged('w1')).toMatchObject({ ok: false })
  expect(log.unfinishedSinceMs).toBeUndefined()
})

describe('a witness that keeps failing', () => {
  test('is asked three times, and then once a minute, and slows no round meanwhile', async () => {
    const witnesses = witnessesOf('two')
    const log = startWith(witnesses)
    must(all[1]).instead = silent
    const round = async () => {
      shard.make(1, 1)
      const before = performance.now()
      await shard.ship(log, nowMs)
      nowMs += 5_000
      return performance.now() - before
    }
    for (let i = 0; i < 3; i += 1) expect(await round()).toBeLessThan(PATIENCE_MS + 150)
    for (let i = 0; i < 10; i += 1) expect(await round()).toBeLessThan(PATIENCE_MS - 50)
    expect(counts()).toEqual([13, 3, 13])
    await round()
    await round()
    expect(counts()[1]).toBe(4)
    nowMs -= 5 * MINUTE_MS
    await round()
    expect(counts()[1], 'the clock went back').toBe(5)
  })

  test('is asked all the same when a round would fail without it', async () => {
    const witnesses = witnessesOf('two')
    const log = startWith(witnesses)
    must(all[1]).instead = down
    for (let i = 0; i < 3; i += 1) {
      shard.make(1, 1)
      await shard.ship(log, START)
    }
    must(all[1]).instead = undefined
    must(all[2]).instead = down
    shard.make(1, 1)
    await shard.ship(log, START)
    expect(await judged('w1')).toMatchObject({ ok: true })
    expect(witnesses.status()).toMatchObject([
      { name: 'w0', size: 8, trouble: undefined, missingSinceMs: undefined },
      { name: 'w1', size: 8, trouble: { code: 'failed', atMs: START }, missingSinceMs: undefined },
      { name: 'w2', size: 6, trouble: { code: 'failed', atMs: START }, missingSinceMs: START },
    ])
  })

  test('is told of after ten minutes, and no more once it cosigns', async () => {
    const witnesses = witnessesOf('none')
    const log = startWith(witnesses)
    const faults = () => logFaults({ ...GOOD, witnesses: witnesses.status() }, nowMs)
    const round = async () => {
      shard.make(1, 1)
      await shard.ship(log, nowMs)
    }
    await round()
    nowMs += 60 * MINUTE_MS
    expect(faults(), 'nothing to cosign').toEqual([])
    must(all[0]).instead = down
    await round()
    nowMs += 10 * MINUTE_MS - 1
    await round()
    expect(faults()).toEqual([])
    nowMs += 1
    expect(faults()).toEqual([
      { code: 'audit_witness_missing', detail: 'w0 last cosigned size 2: failed' },
    ])
    must(all[0]).instead = undefined
    await round()
    expect(faults()).toEqual([])
  })
})

test('a witness that lies is one that is not there, and its lines are counted', async () => {
  const witnesses = witnessesOf('none')
  const other = must(all[1])
  must(all[0]).instead = (url, init) => other.answer(url, init)
  shard.make(1, 1)
  await shard.ship(startWith(witnesses), START)
  expect(witnesses.status()[0]).toMatchObject({
    size: undefined,
    trouble: { code: 'not_cosigned' },
    ignoredLines: 1,
  })
  expect(await judged('w0')).toMatchObject({ ok: false })
})

const GOOD: LogStatus = {
  size: 1,
  root: '',
  lastRoundMs: START,
  pending: 0,
  unfinishedSinceMs: undefined,
  trouble: undefined,
  refusal: undefined,
  witnesses: [],
}

test.each<[string, Partial<LogStatus>, number, readonly object[]]>([
  ['nothing', {}, 60, []],
  ['something pending, for a round', { pending: 3 }, 60, []],
  ['a round that failed a moment ago', { pending: 3, trouble: 'Error: no' }, 1, []],
  ['what failed, with nothing left to do', { trouble: 'Error: no' }, 60, []],
  [
    'what fails for more than a minute',
    { pending: 3, trouble: 'Error: no' },
    2,
    [{ code: 'audit_round_late', detail: 'Error: no' }],
  ],
  ['a round under way', { unfinishedSinceMs: START + 2 * MINUTE_MS - 1 }, 2, []],
  [
    'a promise that nobody kept',
    { unfinishedSinceMs: START },
    2,
    [{ code: 'audit_round_late', detail: 'a round was promised and never finished' }],
  ],
  [
    'a log that has stopped, and only that',
    { refusal: { code: 'fork', detail: 'two' }, trouble: 'LogRefusal: two', pending: 3 },
    2,
    [{ code: 'fork', detail: 'two' }],
  ],
])('tells of a log with %s as of what it is', (_name, change, minutes, faults) => {
  expect(logFaults({ ...GOOD, ...change }, START + minutes * MINUTE_MS)).toEqual(faults)
})
