/** `report register`: which tests and drills are due, from the file that the broker keeps. */
import * as v from 'valibot'
import { isDay, RegisterSchema, registerReport, type RegisterItem } from '../../report/register.ts'
import { expectWords, readWords, type Command } from '../command.ts'
import { readText } from '../files.ts'
import { Folding, scratchBeside, withScratch } from '../report/make.ts'
import { formOf, requirePlace, writeReport } from '../report/write.ts'
import { WrongUse } from '../wrong-use.ts'

const FILE = 'docs/controls/register.json'

const OPTIONS = {
  register: { type: 'string', default: FILE },
  to: { type: 'string' },
  format: { type: 'string', default: 'html' },
  table: { type: 'string' },
  out: { type: 'string' },
} as const

export const register: Command = {
  synopsis: '[--register FILE] [--to DAY] [--format html|json|csv] [--out FILE] [--json]',
  summary: `Register of tests and drills: what is due, from ${FILE}.`,

  async run(words) {
    const { options, positionals } = readWords(words, OPTIONS)
    expectWords(positionals, [])
    const form = formOf(options)
    requirePlace(form)
    const today = options.to ?? new Date().toISOString().slice(0, 10)
    if (!isDay(today)) throw new WrongUse('--to is a day such as 2026-01-31')
    const report = registerReport(readRegister(options.register), today)
    const period = { fromMs: undefined, toMs: undefined }
    const asked = { name: 'register', report, parts: report.parts, period, account: undefined }
    return withScratch(scratchBeside(form.out), async (scratch) => {
      const folding = new Folding(asked, scratch)
      const sections = folding.end()
      await writeReport({ ...asked, basis: undefined, sections, spools: folding.spools }, form)
      return 0
    })
  },
}

/** @throws {WrongUse} with every problem: whoever keeps the file keeps it by hand. */
function readRegister(file: string): readonly RegisterItem[] {
  const text = readText(file)
  if (text === undefined) throw new WrongUse(`There is no file ${file}`)
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), RegisterSchema), text)
  if (read.success) return read.output.items
  const problems = read.issues.map((issue) => `${v.getDotPath(issue) ?? 'file'}: ${issue.message}`)
  throw new WrongUse(`${file} cannot be used: ${problems.join('; ')}`)
}
