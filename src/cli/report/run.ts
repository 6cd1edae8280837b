/** What the commands that make a report of an export have in common: options, refusal, and what is said at the end. */
import { exportFolder } from '../audit/folder.ts'
import { verifyOptions } from '../audit/trust-options.ts'
import { expectOption, say } from '../command.ts'
import { facts } from '../table.ts'
import { makeReport, scratchBeside, withScratch } from './make.ts'
import type { Asked, Made } from './made.ts'
import { periodOf } from './period.ts'
import { aboutReport } from './text-forms.ts'
import { formOf, requirePlace, writeReport } from './write.ts'

export const OPTIONS = {
  in: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  account: { type: 'string' },
  format: { type: 'string', default: 'html' },
  table: { type: 'string' },
  out: { type: 'string' },
  unverified: { type: 'boolean', default: false },
  key: { type: 'string', multiple: true },
  trust: { type: 'string' },
  checkpoint: { type: 'string', multiple: true },
  grace: { type: 'string' },
} as const

export const SYNOPSIS =
  '--in EXPORT [--from TIME] [--to TIME] [--account A] [--format html|json|csv] [--table TABLE] [--out FILE] ' +
  '[--key VKEY …] [--trust FILE] [--checkpoint FILE …] [--grace SECONDS] [--unverified] [--json]'

export interface Options {
  readonly in?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly account?: string | undefined
  readonly format: string
  readonly table?: string | undefined
  readonly out?: string | undefined
  readonly unverified: boolean
  readonly key?: string[] | undefined
  readonly trust?: string | undefined
  readonly checkpoint?: string[] | undefined
  readonly grace?: string | undefined
  readonly json: boolean
}

/** What a report says of itself in short, beside what each does: label and text. */
type Told = readonly (readonly [label: string, text: string])[]

export interface Verdict {
  readonly code: number
  readonly told: Told
}

const NO_VERDICT: Verdict = { code: 0, told: [] }

/**
 * Makes and writes a report; answers the exit code.
 *
 * @param judge of a report that finds something or not: the code, and what to say of it.
 */
export async function runReport(
  asked: Omit<Asked, 'period' | 'account'>,
  options: Options,
  judge: (made: Made) => Verdict = () => NO_VERDICT,
): Promise<number> {
  const folder = expectOption(options.in, 'in')
  const form = formOf(options)
  const period = periodOf(options)
  requirePlace(form)
  const { key, trust, checkpoint, grace, json } = options
  const trusted = await verifyOptions({ key, trust, checkpoint, grace }, exportFolder(folder))
  return withScratch(scratchBeside(form.out), async (scratch) => {
    const whole = { ...asked, period, account: options.account }
    const made = await makeReport(whole, folder, trusted, scratch)
    if (made.basis?.verification === 'failed' && !options.unverified)
      return refused(json, made, folder)
    const files = await writeReport(made, form)
    const verdict = judge(made)
    if (form.out === undefined) process.stderr.write(`${told(made, [], verdict)}\n`)
    else say(json, { files, ...aboutReport(made) }, told(made, files, verdict))
    return verdict.code
  })
}

function refused(json: boolean, { basis }: Made, folder: string): number {
  const failed = basis?.claims.filter(({ status }) => status !== 'pass') ?? []
  const message = [
    `NOT VERIFIED: ${folder} is not the history that its log signed. No report was made.`,
    ...failed.map(({ title }) => `  failed: ${title}`),
    ...(basis === undefined || basis.firstBroken === null
      ? []
      : [`  first broken: ${basis.firstBroken}`]),
    'What to do says: portcullis audit verify. To make the report all the same, marked as not verified: --unverified',
  ].join('\n')
  process.stderr.write(`${message}\n`)
  if (json) process.stdout.write(`${JSON.stringify({ error: { message, basis } })}\n`)
  return 1
}

function told({ report, basis }: Made, files: readonly string[], verdict: Verdict): string {
  const { range, records, checkpoint, verification } = basis ?? {}
  return facts([
    ['report', report.title],
    ['leaves', range === undefined || range === null ? 'none' : `${range.first} to ${range.last}`],
    ['records', `${records?.inReport.toLocaleString('en') ?? 0} in the report`],
    [
      'checkpoint',
      checkpoint === undefined || checkpoint === null
        ? 'none'
        : `${checkpoint.size}, ${checkpoint.root}`,
    ],
    ['verification', verification === 'failed' ? 'FAILED: NOT VERIFIED' : (verification ?? 'none')],
    ...verdict.told,
    ...(files.length === 0 ? [] : [['written', files.join(', ')] as const]),
  ])
}
