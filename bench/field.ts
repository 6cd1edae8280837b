/** Who is compared: each is started and has to show that it does its job before anything is measured. */
import { assembledHmac, assembledJwt } from './contenders/assembled/assembled.ts'
import { bare } from './contenders/bare/bare.ts'
import { oneCall } from './contenders/bare/one-call.ts'
import { haproxy } from './contenders/haproxy/haproxy.ts'
import { nginx } from './contenders/nginx/nginx.ts'
import { portcullis } from './contenders/portcullis/portcullis.ts'
import { Missing, type Contender, type Running } from './contender.ts'
import { showJob, type JobResult } from './job.ts'
import type { Keys } from './keys.ts'
import { progress } from './rounds.ts'
import type { Stage } from './stage.ts'
import type { Section } from './table.ts'

export interface Field {
  readonly contenders: readonly Contender[]
  /** By id, those that run. */
  readonly running: ReadonlyMap<string, Running>
  /** By id, why one does not. */
  readonly missing: ReadonlyMap<string, string>
}

export function allContenders({ secrets }: Keys): readonly Contender[] {
  return [bare, oneCall, portcullis(secrets), assembledHmac, assembledJwt, haproxy, nginx]
}

/** One after the other: they share the cores, and the environment in which workerd is started. */
export async function startField(
  contenders: readonly Contender[],
  stage: Stage,
  { keys }: Keys,
): Promise<Field> {
  const running = new Map<string, Running>()
  const missing = new Map<string, string>()
  for (const [index, contender] of contenders.entries()) {
    progress(` ${contender.id}`)
    try {
      const started = await stage.start(() => contender.start(stage.world(keys, index)))
      running.set(contender.id, started)
    } catch (error) {
      if (!(error instanceof Missing)) throw error
      missing.set(contender.id, error.message)
    }
  }
  progress('\n')
  return { contenders, running, missing }
}

/** All at once: most of the time they wait for a limit's window to be over. @throws when one does not do its job. */
export async function showJobs(
  field: Field,
  stage: Stage,
  { keys }: Keys,
): Promise<ReadonlyMap<string, JobResult>> {
  const shown = field.contenders.map(async (contender, index) => {
    const running = field.running.get(contender.id)
    if (running === undefined) return []
    const result = await showJob(contender, running, stage.world(keys, index))
    return [[contender.id, result] as const]
  })
  return new Map((await Promise.all(shown)).flat())
}

/** What was shown, and what each of them does not do. */
export function fieldSection(field: Field, jobs: ReadonlyMap<string, JobResult>): Section {
  const rows = field.contenders.flatMap(({ id, title }) => {
    const job = jobs.get(id)
    return job === undefined ? [] : [[title, ...jobCells(job)]]
  })
  const head = [
    'contender',
    'checks passed',
    'same request twice',
    'admitted of 30 at once',
    'most in one second',
  ]
  const list = field.contenders.flatMap((contender) => {
    const message = field.missing.get(contender.id)
    const lines = [shownLine(contender, jobs.get(contender.id)), lacksLine(contender)]
    return message === undefined
      ? lines.flatMap((line) => (line === undefined ? [] : [line]))
      : [`**${contender.title}** is missing: ${message}`]
  })
  return {
    title: 'Does each do its job?',
    parts: [
      'Each was shown to do its job before anything was measured. Its limit is ten in a second; "most in one second" ' +
        'is what a client got through that chose its moments.',
      { head, rows },
      ...list,
    ],
    ratios: [],
  }
}

function jobCells({ shown, replayRefused, admittedAtOnce, admittedInOneSecond }: JobResult) {
  const replay = { true: 'refused', false: 'passes twice', undefined: '' }[String(replayRefused)]
  return [
    String(shown.length),
    replay ?? '',
    String(admittedAtOnce ?? ''),
    String(admittedInOneSecond ?? ''),
  ]
}

function shownLine({ title }: Contender, job: JobResult | undefined): string | undefined {
  return job && `Shown of **${title}**: ${job.shown.join('; ')}.`
}

function lacksLine({ title, lacks, credential }: Contender): string | undefined {
  if (lacks.length === 0) return undefined
  if (credential === 'none') return `**${title}** lacks ${lacks.join('; ')}.`
  return `What Portcullis does and **${title}** does not: ${lacks.join('; ')}.`
}
