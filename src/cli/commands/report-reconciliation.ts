/** `report reconciliation`: the log beside the origin's own journal. Exit code 1 says that they differ. */
import path from 'node:path'
import { FINDINGS, reconciliation as reportOf } from '../../report/reconciliation/reconciliation.ts'
import { expectWords, readWords, type Command } from '../command.ts'
import { hashText, journalFile } from '../report/journal-file.ts'
import type { Made } from '../report/made.ts'
import { OPTIONS, runReport, SYNOPSIS, type Verdict } from '../report/run.ts'
import { WrongUse } from '../wrong-use.ts'

const OWN = {
  ...OPTIONS,
  journal: { type: 'string', multiple: true },
  margin: { type: 'string', default: '120' },
} as const

export const reconciliation: Command = {
  synopsis: SYNOPSIS.replace('[--from', '--journal FILE … [--margin SECONDS] [--from'),
  summary:
    'Reconciliation with the origin’s own journal: missing, extra, altered. Exit code 1 where there are any.',

  async run(words) {
    const { options, positionals } = readWords(words, OWN)
    expectWords(positionals, [])
    const { journal = [], margin } = options
    if (journal.length === 0) throw new WrongUse('Missing: --journal')
    if (!/^[0-9]{1,6}$/.test(margin)) throw new WrongUse('--margin is a whole number of seconds')
    if (new Set(journal.map((file) => path.resolve(file))).size < journal.length)
      throw new WrongUse('--journal names one file twice: all of it would be there twice')
    const journals = journal.map(journalFile)
    const report = reportOf({ journals, hash: hashText, marginMs: Number(margin) * 1_000 })
    return runReport({ name: 'reconciliation', report, parts: report.parts }, options, verdictOf)
  },
}

function verdictOf({ sections, spools }: Made): Verdict {
  const figures = new Map(
    sections.flatMap((section) => section.figures).map(({ id, value }) => [id, Number(value)]),
  )
  const found = FINDINGS.map((id) => `${id} ${figures.get(id) ?? 0}`)
  const files = spools.get('journals')?.first(Infinity) ?? []
  return {
    code: FINDINGS.some((id) => figures.get(id) !== 0) ? 1 : 0,
    told: [
      ...files.map(
        ([name, octets, sha256]) =>
          ['journal', `${name}, ${octets} octets, SHA-256 ${sha256}`] as const,
      ),
      ['found', found.join(', ')],
    ],
  }
}
