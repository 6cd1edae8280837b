/** The object that orders the audit log, where its checkpoints are witnessed: real, in workerd, but for the network. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LogSequencer } from '../../durable-objects/log-sequencer.ts'
import { readLogKeys } from '../../src/audit/log-key.ts'
import { parseVkey } from '../../src/audit/note.ts'
import { verifyCheckpoint } from '../../src/audit/trust.ts'
import { ConfigError } from '../../src/config.ts'
import { Console } from '../../src/gateway/line.ts'
import { sweep } from '../../src/sweep.ts'
import { FakeWitness, witnessKey } from '../support/fake-witness.ts'
import { must, policyOf } from '../support/tlog.ts'

const START = 1_800_000_000_000
const BATCH = { number: 1, leaves: ['{"leaf":1}', '{"leaf":2}'] }

let witness: FakeWitness
let vkey: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  const { objects } = await env.AUDIT.list()
  await env.AUDIT.delete(objects.map(({ key }) => key))
  const keys = must(await readLogKeys(env.AUDIT_LOG_KEYS, env.AUDIT_ORIGIN))
  vkey = must(keys.vkeys[0])
  witness = new FakeWitness(await witnessKey('w.example', 3), () => [must(parseVkey(vkey))])
  vi.stubGlobal('fetch', witness.fetch)
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Runs with an object that has this policy, over the storage of a new one. */
async function withPolicy<T>(policy: string, run: (log: LogSequencer) => Promise<T>): Promise<T> {
  const stub = env.LOG_SEQUENCER.get(env.LOG_SEQUENCER.newUniqueId())
  const settings = Object.assign({}, env, { AUDIT_WITNESSES: policy })
  return runInDurableObject(stub, async (_own, ctx) => {
    const log = new LogSequencer(ctx, settings)
    // The runtime serves nobody before it is open; a test has to wait by itself.
    await ctx.blockConcurrencyWhile(async () => undefined)
    return run(log)
  })
}

const lines = (quorum: string) => `witness w ${witness.vkey} https://w.example\nquorum ${quorum}\n`

test('I11: what is published carries the cosignature, and its status says so', async () => {
  await withPolicy(lines('w'), async (log) => {
    expect(await log.add(0, [BATCH])).toEqual({ size: 3, taken: 1 })
    const policy = policyOf(`log ${vkey}\n${lines('w')}`)
    expect(await verifyCheckpoint(must(await log.checkpoint()), policy)).toMatchObject({ ok: true })
    expect(log.status()).toMatchObject({
      trouble: undefined,
      unfinishedSinceMs: undefined,
      witnesses: [{ name: 'w', size: 3, trouble: undefined, missingSinceMs: undefined }],
    })
  })
})

test('I11: without its quorum nothing is published, and its status says why', async () => {
  witness.instead = async () => new Response('', { status: 503 })
  await withPolicy(lines('w'), async (log) => {
    const trouble = 'Cannot publish: too few witnesses cosigned (w: failed)'
    await expect(log.add(0, [BATCH])).rejects.toThrow(trouble)
    expect(await log.checkpoint()).toBeUndefined()
    expect(log.status()).toMatchObject({
      size: 0,
      trouble: `MissingQuorum: ${trouble}`,
      unfinishedSinceMs: START,
      refusal: undefined,
      witnesses: [{ name: 'w', size: undefined, missingSinceMs: START }],
    })
    witness.instead = undefined
    vi.setSystemTime(START + 60_000)
    expect(await log.add(0, [BATCH])).toEqual({ size: 3, taken: 1 })
    expect(log.status()).toMatchObject({ trouble: undefined, unfinishedSinceMs: undefined })
  })
})

test('publishes all the same where no quorum is asked for', async () => {
  witness.instead = async () => new Response('', { status: 503 })
  await withPolicy(lines('none'), async (log) => {
    expect(await log.add(0, [BATCH])).toEqual({ size: 3, taken: 1 })
    expect(log.status()).toMatchObject({ trouble: undefined, witnesses: [{ name: 'w' }] })
  })
})

test('does not begin with witnesses that it cannot read', async () => {
  await expect(withPolicy('witness w', async () => undefined)).rejects.toThrow(ConfigError)
})

test('the sweep prints what is late, once a minute', async () => {
  const printed: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
  const trouble = { code: 'timeout', atMs: START }
  const status = {
    lastRoundMs: START,
    pending: 2,
    unfinishedSinceMs: START,
    trouble: 'MissingQuorum: w',
    refusal: undefined,
    witnesses: [{ name: 'w', size: 7, trouble, missingSinceMs: START, ignoredLines: 0 }],
  }
  const LOG_SEQUENCER = { getByName: () => ({ status: async () => status }) }
  const shared = {
    console: new Console({ version: 'test', log: 'log' }),
    judge: { worker: 'test', policy: 'test' },
  }
  for (const [minutes, codes] of [
    [1, []],
    [2, ['audit_round_late']],
    [10, ['audit_round_late', 'audit_witness_missing']],
  ] as const) {
    vi.setSystemTime(START + minutes * 60_000)
    printed.length = 0
    await sweep(Object.assign({}, env, { LOG_SEQUENCER }), shared)
    const told = ['audit_round_late', 'audit_witness_missing'].filter((code) =>
      printed.some((line) => line.includes(code)),
    )
    expect(told, `after ${minutes} minutes`).toEqual(codes)
  }
})
