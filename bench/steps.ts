/** Where the time goes: the product with a step left out, against the whole of it. */
import { seed, startPortcullis } from './contenders/portcullis/portcullis.ts'
import type { Running } from './contender.ts'
import { signedRequest, type Call, type Keys } from './keys.ts'
import { progress, runRounds, type Measured, type Pace } from './rounds.ts'
import { bareLoad, CONNECTIONS, keyNamed } from './rows.ts'
import { middle, ratiosOf } from './side-by-side.ts'
import type { Load } from './slice.ts'
import type { Stage } from './stage.ts'
import { median } from './statistics.ts'
import { digits, interval, type Ratio, type Section, type Table } from './table.ts'

interface Step {
  readonly name: string
  /** The module in `bench/steps/` that stands in for its own. */
  readonly id: string
  /** Its own. */
  readonly file: string
  readonly does: string
}

const STEPS: readonly Step[] = [
  {
    name: 'the assertion',
    id: 'assertion',
    file: 'src/gateway/assertion.ts',
    does: 'signs, for the origin, who is calling',
  },
  {
    name: 'the check of the signature',
    id: 'verify',
    file: 'src/signature/verify.ts',
    does: 'verifies what was signed',
  },
  {
    name: "the call of the key's object",
    id: 'admit',
    file: 'src/gateway/admit.ts',
    does: 'replay, limits, permissions, the durable record of an order',
  },
  {
    name: 'the line',
    id: 'line',
    file: 'src/gateway/line.ts',
    does: 'one event on the console',
  },
  {
    name: 'the audit',
    id: 'recorder',
    file: 'src/audit/recorder.ts',
    does: "the report to the audit log, and the log's own work",
  },
]

const ALL = 'all five'

/** Where the whole of it and the limit run already. */
export interface Ends {
  readonly bare: Running
  readonly portcullis: Running
}

/** The product with each step left out, and with all. By what is left out. */
export type Variants = ReadonlyMap<string, Running>

export async function whereTimeGoes(
  stage: Stage,
  { keys }: Keys,
  { bare, portcullis }: Ends,
  variants: Variants,
  pace: Pace,
): Promise<Section> {
  const world = stage.world(keys)
  const groups = CALLS.map((call) => {
    const load = (name: string, running: Running): Load => ({
      name: `${call} without ${name}`,
      running,
      connections: CONNECTIONS,
      call,
      make: () => signedRequest(keyNamed(world, 'hot'), call, running.port),
    })
    const loads = [...variants].map(([name, running]) => load(name, running))
    const bottom = { ...bareLoad(bare, call, world), name: `${call} bare` }
    return { reference: load('nothing', portcullis), loads: [...loads, bottom] }
  })
  const measured = await runRounds(groups, pace, stage.originPid)
  for (const running of variants.values()) await stage.end(running)
  return sectionOf(measured)
}

const CALLS = ['read', 'order'] as const

/** One after the other, as they share the environment in which workerd is started. */
export async function startVariants(stage: Stage, { secrets, keys }: Keys): Promise<Variants> {
  const world = stage.world(keys)
  const variants = new Map<string, Running>()
  const hot = keys.filter(({ name }) => name === 'hot')
  const each = STEPS.map((step) => ({ name: step.name, left: [step] }))
  for (const { name, left } of [...each, { name: ALL, left: STEPS }]) {
    progress(` without ${name},`)
    const replaced = Object.fromEntries(left.map(({ file, id }) => [file, `bench/steps/${id}.ts`]))
    const options = { name: `without-${variants.size}`, replaced }
    const running = await stage.start(() => startPortcullis(world, secrets, options))
    await seed(running, hot)
    variants.set(name, running)
  }
  progress('\n')
  return variants
}

function sectionOf(measured: ReadonlyMap<string, Measured>): Section {
  const ratios: Ratio[] = []
  const parts = CALLS.map((call) => {
    const names: string[] = [...STEPS.map(({ name }) => name), ALL]
    const rows = names.map((name) => found(measured, `${call} without ${name}`))
    const bottom = found(measured, `${call} bare`)
    const whole = found(measured, `${call} without nothing`)
    const wholeMicroseconds = middle(whole.slices, ({ cpuMicroseconds }) => cpuMicroseconds)
    const own = ratiosOf([...rows, bottom]).filter(({ name }) => name.endsWith(': CPU'))
    ratios.push(...own)
    return tableOf(call, names, [...rows], own, bottom, wholeMicroseconds)
  })
  const does = STEPS.map(({ name, does: what }) => `${name} (${what})`).join(', ')
  return {
    title: 'Where the time goes',
    parts: [
      `CPU per request of Portcullis with a step left out, hot key, compact dialect, ${CONNECTIONS} connections, against ` +
        `the whole product in the slices before and after. The steps are ${does}. "Saves" is what leaving it out saves, ` +
        'of the median CPU of the whole; together they save less or more than the sum, because they share work, and where the spread holds 1 nothing can be told from noise. What ' +
        'remains without all five, against the bare worker, is reading the request, routing it, its headers and the answer.',
      ...parts,
    ],
    ratios,
  }
}

function tableOf(
  call: Call,
  names: readonly string[],
  rows: readonly Measured[],
  ratios: readonly Ratio[],
  bottom: Measured,
  wholeMicroseconds: number,
): Table {
  const againstBare = (cpu: readonly number[]) =>
    digits(median(cpu.map((ratio, round) => ratio / (bottom.cpu[round] ?? 1))))
  const line = (name: string, cpu: readonly number[], ratio: Ratio | undefined) => {
    const left = ratio?.median ?? 1
    return [
      name,
      digits(wholeMicroseconds * (1 - left)),
      digits(wholeMicroseconds * left),
      digits(left),
      ratio === undefined ? '' : interval(ratio),
      againstBare(cpu),
    ]
  }
  const nothing = bottom.cpu.map(() => 1)
  return {
    head: [`${call} without`, 'saves µs', 'CPU µs', '÷ whole', 'spread', '÷ bare'],
    rows: [
      line('nothing', nothing, undefined),
      ...names.map((name, i) => line(name, rows[i]?.cpu ?? [], ratios[i])),
      line('everything (bare)', bottom.cpu, ratios[names.length]),
    ],
  }
}

/** @throws when it was not measured. */
function found(measured: ReadonlyMap<string, Measured>, name: string): Measured {
  const one = measured.get(name)
  if (one === undefined) throw new Error(`Nothing was measured of ${name}`)
  return one
}
