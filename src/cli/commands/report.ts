/** `report NAME`: a report of an export of the audit log, as JSON, CSV or one readable page. */
import type { Part, Report } from '../../report/report.ts'
import { REPORTS } from '../../report/reports.ts'
import { exportFolder } from '../audit/folder.ts'
import { verifyOptions } from '../audit/trust-options.ts'
import { expectOption, expectWords, readWords, say, type Command, type Group } from '../command.ts'
import { makeReport, scratchBeside, withScratch } from '../report/make.ts'
import type { Made } from '../report/made.ts'
import { periodOf } from '../report/period.ts'
import { formOf, requirePlace, writeReport } from '../report/write.ts'
import { aboutReport } from '../report/text-forms.ts'
import { facts } from '../table.ts'
import { register } from './report-register.ts'
import { WrongUse } from '../wrong-use.ts'

const OPTIONS = {
  in: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  account: { type: 'string' },
  format: { type: 'string', default: 'html' },
  table: { type: 'string' },
  shape: { type: 'string' },
  out: { type: 'string' },
  unverified: { type: 'boolean', default: false },
  key: { type: 'string', multiple: true },
  trust: { type: 'string' },
  checkpoint: { type: 'string', multiple: true },
  grace: { type: 'string' },
} as const

const SYNOPSIS =
  '--in EXPORT [--from TIME] [--to TIME] [--account A] [--format html|json|csv] [--table TABLE] [--out FILE] ' +
  '[--key VKEY …] [--trust FILE] [--checkpoint FILE …] [--grace SECONDS] [--unverified] [--json]'

function command(name: string, report: Report): Command {
  const shapes = Object.keys(report.shapes ?? {})
  const shape = shapes.length === 0 ? '' : `[--shape ${shapes.join('|')}] `
  return {
    synopsis: SYNOPSIS.replace('[--out', `${shape}[--out`),
    summary: `${report.title}.`,

    async run(words) {
      const { options, positionals } = readWords(words, OPTIONS)
      expectWords(positionals, [])
      const folder = expectOption(options.in, 'in')
      const form = formOf(options)
      const parts = partsOf(report, options.shape)
      const period = periodOf(options)
      const asked = { name, report, parts, period, account: options.account }
      requirePlace(form)
      const { key, trust, checkpoint, grace } = options
      const source = exportFolder(folder)
      const trusted = await verifyOptions({ key, trust, checkpoint, grace }, source)
      return withScratch(scratchBeside(form.out), async (scratch) => {
        const made = await makeReport(asked, folder, trusted, scratch)
        if (made.basis?.verification === 'failed' && !options.unverified)
          return refused(options.json, made, folder)
        const files = await writeReport(made, form)
        if (form.out !== undefined)
          say(options.json, { files, ...aboutReport(made) }, told(made, files))
        else process.stderr.write(`${told(made, [])}\n`)
        return 0
      })
    },
  }
}

function partsOf({ parts, shapes = {} }: Report, shape: string | undefined): readonly Part[] {
  if (shape === undefined) return parts
  const shaped = Object.entries(shapes).find(([name]) => name === shape)?.[1]
  if (shaped !== undefined) return shaped
  const names = Object.keys(shapes)
  throw new WrongUse(
    names.length === 0 ? 'This report has one shape' : `--shape is one of ${names.join(', ')}`,
  )
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

function told({ report, basis }: Made, files: readonly string[]): string {
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
    ...(files.length === 0 ? [] : [['written', files.join(', ')] as const]),
  ])
}

export const report: Group = {
  summary: 'Reports of an export of the audit log: as JSON, as CSV, or as a page to read.',
  verbs: {
    ...Object.fromEntries(
      Object.entries(REPORTS).map(([name, known]) => [name, command(name, known)]),
    ),
    register,
  },
}
