/**
 * `npm run bench`: every contender against the bare worker, how Portcullis scales, and where its time goes. The README
 * says how to ask for less.
 */
import path from 'node:path'
import { costSection } from './cost.ts'
import { readArguments, USAGE, type Arguments } from './arguments.ts'
import type { Running } from './contender.ts'
import { allContenders, fieldSection, showJobs, startField, type Field } from './field.ts'
import { makeKeys, type Keys } from './keys.ts'
import { leaveTheCore } from './machine.ts'
import { aboutThisRun, compared, readResults, writeResults } from './results.ts'
import { progress, runRounds, type Pace } from './rounds.ts'
import { groupsOf, manyKeys, ROWS } from './rows.ts'
import { FULL, scale, TINY } from './scale.ts'
import { sideBySide } from './side-by-side.ts'
import { Stage } from './stage.ts'
import { startVariants, whereTimeGoes } from './steps.ts'
import { asText, type Section } from './table.ts'

const ROOT = path.join(import.meta.dirname, '..')

function phase(name: string): void {
  progress(`bench: ${(performance.now() / 1_000).toFixed(0)} s: ${name}\n`)
}

/** Of the whole run, in seconds: what other parts leave of it goes into more rounds side by side. */
const FULL_SECONDS = 500
const QUICK_SECONDS = 46

async function measureAll(stage: Stage, keys: Keys, asked: Arguments): Promise<Section[]> {
  const { only, quick } = asked
  const wants = (part: string) => only === undefined || only.includes(part)
  // Twenty seconds are too much of a minute, unless they are asked for.
  const wantsCost = quick ? only?.includes('cost') === true : wants('cost')
  const rows = ROWS.filter(({ name }) => wants(name))
  const wanted = new Set(['bare', 'portcullis', ...rows.map(({ contender }) => contender)])
  phase('starting')
  const contenders = allContenders(keys).filter(({ id }) => wanted.has(id))
  const field = await startField(contenders, stage, keys)
  phase('does each do its job? what does it cost?')
  // All of it is waiting, most of the time, and nothing of it is timed.
  const [jobs, cost, variants] = await Promise.all([
    showJobs(field, stage, keys),
    wantsCost ? costSection(quick) : undefined,
    wants('steps') ? startVariants(stage, keys) : undefined,
  ])
  const after: Section[] = [fieldSection(field, jobs)]
  const ends = { bare: running(field, 'bare'), portcullis: running(field, 'portcullis') }
  if (wants('scale')) {
    phase('scale')
    after.push(await scale(stage, keys, ends, quick ? TINY : FULL))
  }
  if (variants !== undefined) {
    phase('where the time goes')
    after.push(await whereTimeGoes(stage, keys, ends, variants, stepsPace(quick)))
  }
  if (cost !== undefined) after.push(cost)
  if (rows.length === 0) return after
  phase('side by side')
  const groups = groupsOf(rows, field.running, stage.world(keys.keys))
  const measured = await runRounds(groups, rowsPace(asked), stage.originPid)
  return [sideBySide(rows, field, measured, manyKeys(quick)), ...after]
}

function stepsPace(quick: boolean): Pace {
  return quick
    ? { sliceSeconds: 0.1, seconds: 3, leastRounds: 2 }
    : { sliceSeconds: 0.4, seconds: 60, leastRounds: 5 }
}

function rowsPace({ quick, only }: Arguments): Pace {
  const usedSeconds = performance.now() / 1_000
  const seconds = quick
    ? QUICK_SECONDS - usedSeconds
    : only === undefined
      ? FULL_SECONDS - usedSeconds
      : 5 * only.length
  return { sliceSeconds: quick ? 0.1 : 0.5, seconds, leastRounds: quick ? 2 : 7 }
}

/** @throws when it does not run: everything is compared with these two. */
function running(field: Field, id: string): Running {
  const found = field.running.get(id)
  if (found === undefined) throw new Error(`Cannot measure without ${id}`)
  return found
}

async function run(stage: Stage, asked: Arguments): Promise<number> {
  const stored = asked.again === undefined ? undefined : readResults(asked.again)
  const about = aboutThisRun(ROOT, asked.quick)
  const keys = await makeKeys(manyKeys(asked.quick))
  const sections = await measureAll(stage, keys, asked)
  phase('done')
  process.stdout.write(`${about.join('\n')}\n${sections.map(asText).join('')}`)
  if (asked.out !== undefined) writeResults(asked.out, sections, about, asked.quick)
  if (stored === undefined) return 0
  const { text, all } = compared(
    stored,
    sections.flatMap(({ ratios }) => ratios),
  )
  process.stdout.write(`\n${text}`)
  return all ? 0 : 1
}

/** The code to exit with. */
async function main(): Promise<number> {
  let asked: Arguments
  try {
    asked = readArguments(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    process.stderr.write(`${error.message}\n${USAGE}`)
    return 2
  }
  leaveTheCore()
  const stage = await Stage.open(ROOT)
  const interrupted = new Promise<number>((resolve) => {
    for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
      process.once(signal, () => resolve(code))
    }
  })
  const finished = run(stage, asked).catch((error: unknown) => {
    // What fails because it was stopped is no news.
    if (!stage.isStopping) progress(`\n${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  })
  const code = await Promise.race([finished, interrupted])
  await stage.stop()
  return code
}

process.exit(await main())
