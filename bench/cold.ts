/** What a fresh process costs: from its start to the first answer, and how large what it loads is. */
import { gzipSync } from 'node:zlib'
import { bare } from './contenders/bare/bare.ts'
import { seed, startPortcullis } from './contenders/portcullis/portcullis.ts'
import { drive } from './client.ts'
import { signedRequest, type BenchKey, type Keys } from './keys.ts'
import { keyNamed } from './rows.ts'
import { expectOnly } from './slice.ts'
import type { Stage } from './stage.ts'
import { median } from './statistics.ts'
import { digits, type Table } from './table.ts'
import { bundled, startWorkerd, type WorkerdRunning } from './workerd.ts'

/** In milliseconds. */
interface Start {
  readonly toFirst: number
  readonly first: number
  readonly second: number
}

export async function coldStart(
  stage: Stage,
  keys: Keys,
  times: number,
): Promise<readonly (string | Table)[]> {
  const world = stage.world(keys.keys)
  const script = await bundled(world, 'bench/contenders/bare/worker.ts')
  const startBare = () => startWorkerd(world, `${bare.id}-cold`, script, {})
  const startWhole = () => startPortcullis(world, keys.secrets, { name: 'portcullis-cold' })
  // Once before: the credential is then in the namespace, and the key in its object.
  const seeded = await stage.start(startWhole)
  // A key for each: the limits per second of a key whose process ended while it was in use are closed for one window.
  const own = Array.from({ length: times }, (_, time) => keyNamed(world, `many-${time}`))
  await seed(seeded, own)
  await stage.end(seeded)
  const starts: { bare: Start[]; whole: Start[] } = { bare: [], whole: [] }
  for (const key of own) {
    starts.bare.push(await startOf(stage, key, startBare))
    starts.whole.push(await startOf(stage, key, startWhole))
  }
  const lines = [line('bare pass-through worker', starts.bare), line('Portcullis', starts.whole)]
  const difference = middle(starts.whole, 'toFirst') - middle(starts.bare, 'toFirst')
  return [
    `Cold start, the median of ${times}: a fresh process of the runtime, whose first request is a read with a key that ` +
      "the namespace knows and nobody has used yet. The start of the process, workerd's own start and the first connection to the origin are " +
      `in it for both. Portcullis takes ${digits(difference)} ms more until its first answer.`,
    {
      head: ['contender', 'process to first 200 ms', 'first request ms', 'second request ms'],
      rows: lines,
    },
  ]
}

async function startOf(
  stage: Stage,
  key: BenchKey,
  start: () => Promise<WorkerdRunning>,
): Promise<Start> {
  const running = await stage.start(start)
  const ask = async () => {
    const request = await signedRequest(key, 'read', running.port)
    const { statuses, latenciesMs } = await drive(running.port, 1, [request])
    expectOnly({ name: 'a cold start', call: 'read' }, statuses)
    return latenciesMs[0] ?? 0
  }
  const first = await ask()
  const toFirst = performance.timeOrigin + performance.now() - running.startedMs
  const second = await ask()
  await stage.end(running)
  return { toFirst, first, second }
}

function middle(starts: readonly Start[], of: keyof Start): number {
  return median(starts.map((start) => start[of]))
}

function line(who: string, starts: readonly Start[]): readonly string[] {
  return [
    who,
    digits(middle(starts, 'toFirst')),
    digits(middle(starts, 'first')),
    digits(middle(starts, 'second')),
  ]
}

/** Of the Worker as a deployment would make it, in a sentence. */
export async function bundleSize(root: string): Promise<string> {
  const text = await bundled({ root }, 'src/index.ts', {}, true)
  const bytes = Buffer.from(text)
  const kib = (size: number) => `${digits(size / 1_024)} KiB`
  return `Bundle: ${kib(bytes.length)} minified, ${kib(gzipSync(bytes).length)} of it after gzip.`
}
