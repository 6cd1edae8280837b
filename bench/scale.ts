/** How Portcullis fares with few and many connections, keys and requests at once. */
import { bundleSize, coldStart } from './cold.ts'
import { affordable, crowd } from './crowd.ts'
import { signedRequest, type Keys } from './keys.ts'
import { progress, runRounds, type Group, type Measured, type Pace } from './rounds.ts'
import { bareLoad, CONNECTIONS, keyNamed, manyLoad } from './rows.ts'
import { middle, ratiosOf } from './side-by-side.ts'
import type { Load } from './slice.ts'
import type { Stage } from './stage.ts'
import type { Ends } from './steps.ts'
import { storm } from './storm.ts'
import { digits, interval, type Ratio, type Section, type Table } from './table.ts'

/** How much of it. */
export interface Extent {
  readonly connections: readonly number[]
  readonly keys: readonly number[]
  readonly pace: Pace
  readonly stormSeconds: number
  readonly coldStarts: number
  /** Keys that each cost memory and time to make; 0 for none. */
  readonly crowd: number
}

export const FULL: Extent = {
  connections: [1, 4, 16, 64, 256],
  keys: [1, 100, 1_000],
  pace: { sliceSeconds: 0.4, seconds: 45, leastRounds: 5 },
  stormSeconds: 5,
  coldStarts: 5,
  crowd: 10_000,
}

export const TINY: Extent = {
  connections: [1, 32, 256],
  keys: [1, 100],
  pace: { sliceSeconds: 0.1, seconds: 4, leastRounds: 2 },
  stormSeconds: 1,
  coldStarts: 1,
  crowd: 0,
}

export async function scale(
  stage: Stage,
  keys: Keys,
  ends: Ends,
  extent: Extent,
): Promise<Section> {
  const { groups, names } = groupsOf(stage, keys, ends, extent)
  const measured = await runRounds(groups, extent.pace, stage.originPid)
  const all = names.flatMap((name) => measured.get(name) ?? [])
  const ratios = ratiosOf(all)
  const rounds = Math.max(...all.map(({ slices }) => slices.length))
  progress('storm, cold starts, memory\n')
  const parts = [
    ...(await storm(ends.portcullis, stage.world(keys.keys), extent.stormSeconds)),
    ...(await coldStart(stage, keys, extent.coldStarts)),
    ...(extent.crowd > 0 ? await crowd(stage, ends.bare, affordable(extent.crowd)) : []),
    await bundleSize(stage.root),
  ]
  return {
    title: 'Scale',
    parts: [
      `Reads with the compact dialect, ${rounds} rounds, ratios and spreads as above. Over several keys each is used ` +
        'once before each slice, unmeasured, so that its object is awake.',
      table('connections', extent.connections, 'connections', measured, ratios),
      table(`keys (${CONNECTIONS} connections)`, extent.keys, 'keys', measured, ratios),
      ...parts,
    ],
    ratios,
  }
}

function groupsOf(
  stage: Stage,
  { keys }: Keys,
  { bare, portcullis }: Ends,
  extent: Extent,
): { groups: Group[]; names: string[] } {
  const world = stage.world(keys)
  const hot = keyNamed(world, 'hot')
  const common = { running: portcullis, connections: CONNECTIONS, call: 'read' } as const
  const byConnections = extent.connections.map((connections) => ({
    reference: bareLoad(bare, 'read', world, connections),
    loads: [
      {
        ...common,
        name: `connections ${connections}`,
        connections,
        make: () => signedRequest(hot, 'read', portcullis.port),
      },
    ],
  }))
  const many = keys.filter(({ name }) => name.startsWith('many-'))
  const byKeys = extent.keys.map((count) =>
    manyLoad({ ...common, name: `keys ${count}` }, many.slice(0, count)),
  )
  const loads: readonly Load[] = [...byConnections.flatMap((one) => one.loads), ...byKeys]
  return {
    groups: [...byConnections, { reference: bareLoad(bare, 'read', world), loads: byKeys }],
    names: loads.map(({ name }) => name),
  }
}

function table(
  head: string,
  counts: readonly number[],
  kind: 'connections' | 'keys',
  measured: ReadonlyMap<string, Measured>,
  ratios: readonly Ratio[],
): Table {
  const cells = (name: string) => {
    const ratio = ratios.find((one) => one.name === name)
    return ratio === undefined ? ['', ''] : [digits(ratio.median), interval(ratio)]
  }
  const times = (name: string) => {
    const slices = measured.get(name)?.slices ?? []
    return [middle(slices, ({ p50Ms }) => p50Ms), middle(slices, ({ p99Ms }) => p99Ms)].map(digits)
  }
  return {
    head: [
      head,
      'throughput ÷ bare',
      'spread',
      'CPU ÷ bare',
      'spread',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'bare p50 ms',
      'bare p99 ms',
    ],
    rows: counts.map((count) => {
      const name = `${kind} ${count}`
      const slices = measured.get(name)?.slices ?? []
      return [
        digits(count),
        ...cells(`${name}: throughput`),
        ...cells(`${name}: CPU`),
        digits(middle(slices, ({ perSecond }) => perSecond)),
        ...times(name),
        ...times(`bare read ${kind === 'connections' ? count : CONNECTIONS}`),
      ]
    }),
  }
}
