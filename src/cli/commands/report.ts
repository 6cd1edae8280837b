/** `report NAME`: a report of an export of the audit log, as JSON, CSV or one readable page. */
import type { Part, Report } from '../../report/report.ts'
import { REPORTS } from '../../report/reports.ts'
import { expectWords, readWords, type Command, type Group } from '../command.ts'
import { OPTIONS, runReport, SYNOPSIS } from '../report/run.ts'
import { reconciliation } from './report-reconciliation.ts'
import { register } from './report-register.ts'
import { WrongUse } from '../wrong-use.ts'

function command(name: string, report: Report): Command {
  const shapes = Object.keys(report.shapes ?? {})
  const shape = shapes.length === 0 ? '' : `[--shape ${shapes.join('|')}] `
  return {
    synopsis: SYNOPSIS.replace('[--out', `${shape}[--out`),
    summary: `${report.title}.`,

    async run(words) {
      const { options, positionals } = readWords(words, { ...OPTIONS, shape: { type: 'string' } })
      expectWords(positionals, [])
      return runReport({ name, report, parts: partsOf(report, options.shape) }, options)
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

export const report: Group = {
  summary: 'Reports of an export of the audit log: as JSON, as CSV, or as a page to read.',
  verbs: {
    ...Object.fromEntries(
      Object.entries(REPORTS).map(([name, known]) => [name, command(name, known)]),
    ),
    reconciliation,
    register,
  },
}
