/** Thousands of keys: what each costs in memory, and how reads over all of them fare. */
import fs from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { drive } from './client.ts'
import type { Running } from './contender.ts'
import { seed, startPortcullis } from './contenders/portcullis/portcullis.ts'
import { makeKeys, signedRequest, type BenchKey } from './keys.ts'
import { memoryBytes } from './machine.ts'
import { bareLoad, CONNECTIONS, keyNamed } from './rows.ts'
import { expectOnly, measure, signed, type Load, type Slice } from './slice.ts'
import type { Stage } from './stage.ts'
import { geometricMean, median } from './statistics.ts'
import { digits, percent, type Table } from './table.ts'

/** An object that was not asked for so long sleeps, in milliseconds. */
const SLEEP_MS = 10_000
const SILENCE_MS = 15_000
/** Keys in one drive: more would be signed too long before. */
const AT_ONCE = 2_000
/** Requests in a slice. They go to as many keys. */
const SLICE = 600
const SLICES = 5
/** What a key is allowed for, in bytes: it took about 0.6 MB where this was written. */
const PER_KEY = 800_000

/** As many of them as half of this machine's memory has room for. */
export function affordable(keys: number): number {
  const text = fs.readFileSync('/proc/meminfo', 'utf8')
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1_024
  return Math.min(keys, Math.floor(available / 2 / PER_KEY / 100) * 100)
}

export async function crowd(
  stage: Stage,
  bare: Running,
  count: number,
): Promise<readonly (string | Table)[]> {
  const { secrets, keys } = await makeKeys(count)
  const world = stage.world(keys)
  const start = () => stage.start(() => startPortcullis(world, secrets, { name: 'crowd' }))
  const seeded = await start()
  await seed(seeded, keys)
  // A fresh process: of none of them is an object awake.
  await stage.end(seeded)
  const running = await start()
  await warm(running, keyNamed(world, 'hot'))
  const many = keys.filter(({ name }) => name.startsWith('many-'))

  const emptyBytes = memoryBytes(running.pids)
  const usedMs = await useAll(running, many)
  const awakeBytes = memoryBytes(running.pids)
  const asleepBefore = asleepShare(usedMs)
  const reference = bareLoad(bare, 'read', stage.world(keys))
  const awake = await slices(stage, reference, loadOver(running, many))
  const asleepAfter = asleepShare(usedMs)
  await delay(SILENCE_MS)
  const asleepBytes = memoryBytes(running.pids)
  const woken = await slices(stage, reference, loadOver(running, many), 1)
  await stage.end(running)

  const perKey = (bytes: number) => `${digits((bytes - emptyBytes) / count / 1_024)} KiB`
  return [
    `${digits(count)} keys. Each was used once; then reads of one key after the other in ${SLICES} ` +
      `slices, in which of all keys ${percent(asleepBefore)} slept at the beginning and ${percent(asleepAfter)} would ` +
      `have at the end, not having been used for ${SLEEP_MS / 1_000} s; then ${SILENCE_MS / 1_000} s of silence, and ` +
      'one slice in which every read wakes an object.',
    {
      head: [
        `reads over ${digits(count)} keys`,
        'throughput ÷ bare',
        'CPU ÷ bare',
        'p50 ms',
        'p99 ms',
      ],
      rows: [line('used once before', awake), line('after the silence', woken)],
    },
    `Resident memory of the runtime per key: ${perKey(awakeBytes)} when all had been used once, ${perKey(asleepBytes)} ` +
      `after the silence (${digits(emptyBytes / 2 ** 20)} MiB with none, ${digits(awakeBytes / 2 ** 20)} MiB and ` +
      `${digits(asleepBytes / 2 ** 20)} MiB).`,
  ]
}

async function warm(running: Running, key: BenchKey): Promise<void> {
  const make = () => signedRequest(key, 'read', running.port)
  const { statuses } = await drive(running.port, CONNECTIONS, await signed({ make }, 1_000))
  expectOnly({ name: 'one key before all', call: 'read' }, statuses)
}

/** Uses each once and answers when, by the clock of `performance`. */
async function useAll(running: Running, keys: readonly BenchKey[]): Promise<number[]> {
  const usedMs: number[] = []
  for (let first = 0; first < keys.length; first += AT_ONCE) {
    const some = keys.slice(first, first + AT_ONCE)
    const requests = await Promise.all(some.map((key) => signedRequest(key, 'read', running.port)))
    const { statuses } = await drive(running.port, CONNECTIONS, requests)
    expectOnly({ name: 'each key once', call: 'read' }, statuses)
    usedMs.push(...some.map(() => performance.now()))
  }
  return usedMs
}

function asleepShare(usedMs: readonly number[]): number {
  const now = performance.now()
  return usedMs.filter((atMs) => now - atMs > SLEEP_MS).length / usedMs.length
}

/** Keys from all over, each of them once in as many requests as there are keys. */
function loadOver(running: Running, keys: readonly BenchKey[]): Load {
  // Its steps come to every key before they repeat, because it is prime and larger than any count of keys here.
  const stride = 10_007
  let next = 0
  return {
    name: `reads over ${keys.length} keys`,
    running,
    connections: CONNECTIONS,
    call: 'read',
    make() {
      next += stride
      const key = keys[next % keys.length]
      if (key === undefined) throw new Error('There are no keys')
      return signedRequest(key, 'read', running.port)
    },
  }
}

interface Pair {
  readonly own: Slice
  readonly throughput: number
  readonly cpu: number
}

async function slices(stage: Stage, reference: Load, load: Load, times = SLICES): Promise<Pair[]> {
  const pairs: Pair[] = []
  for (let time = 0; time < times; time += 1) {
    const before = await measure(reference, SLICE * 2, stage.originPid)
    const own = await measure(load, SLICE, stage.originPid)
    const after = await measure(reference, SLICE * 2, stage.originPid)
    pairs.push({
      own,
      throughput: own.perSecond / geometricMean([before.perSecond, after.perSecond]),
      cpu: own.cpuMicroseconds / geometricMean([before.cpuMicroseconds, after.cpuMicroseconds]),
    })
  }
  return pairs
}

function line(which: string, pairs: readonly Pair[]): readonly string[] {
  const middle = (of: (pair: Pair) => number) => digits(median(pairs.map(of)))
  return [
    which,
    middle(({ throughput }) => throughput),
    middle(({ cpu }) => cpu),
    middle(({ own }) => own.p50Ms),
    middle(({ own }) => own.p99Ms),
  ]
}
