/** `audit export`: the log and its records in a folder, verified, with a report. */
import fs from 'node:fs'
import path from 'node:path'
import { verifyExport, type Verification } from '../../audit/verify.ts'
import { AuditAnswers } from '../audit/answers.ts'
import { boundOf, leavesOf, type Leaves } from '../audit/asked.ts'
import { fetchObjects, fetchRecords, requireSize, writeAbout } from '../audit/fetch.ts'
import { exportFolder } from '../audit/folder.ts'
import { Progress } from '../audit/progress.ts'
import { readmeText } from '../audit/readme-text.ts'
import { reportPage, type About } from '../audit/report-page.ts'
import { Summary } from '../audit/summary.ts'
import { verifyOptions } from '../audit/trust-options.ts'
import { Unfinished } from '../audit/unfinished.ts'
import { verdict, verificationText } from '../audit/verification-text.ts'
import { expectWords, readWords, say, type Command } from '../command.ts'
import { useSession } from '../session.ts'

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  key: { type: 'string', multiple: true },
  trust: { type: 'string' },
} as const

export const exportLog: Command = {
  synopsis: 'FOLDER [--from TIME|LEAF] [--to TIME|LEAF] [--key VKEY …] [--trust FILE] [--json]',
  summary:
    'Bring the log and its records into a folder, verify them, and write a report. What broke off goes on; what is finished needs a new FOLDER.',

  async run(words) {
    const { options, positionals } = readWords(words, OPTIONS)
    const [folder = ''] = expectWords(positionals, ['the FOLDER'])
    const { from, to, key, trust } = options
    const bounds = [boundOf(from, 'from'), boundOf(to, 'to')] as const
    const { unfinished, answers } = await begin(folder, { from, to }, options)
    const objects = new Progress('objects of the log')
    await fetchObjects(folder, unfinished, answers, objects)
    objects.end()
    const source = exportFolder(folder)
    const leaves = await leavesOf(source, unfinished.state.size, ...bounds)
    const records = new Progress('leaves, with their records')
    await fetchRecords(folder, leaves, unfinished, answers, records)
    records.end()
    const exportedAt = new Date().toISOString()
    writeAbout(folder, unfinished.state, leaves, exportedAt)
    const trusted = await verifyOptions({ key, trust }, source)
    const summary = new Summary()
    const verification = await verified(folder, { ...trusted, ...leaves }, summary)
    const about = {
      ...leaves,
      gateway: unfinished.state.gateway,
      exportedAt,
      command: commandOf(folder, leaves, verification),
    }
    writeReadable(folder, verification, summary, about)
    unfinished.end()
    const where = `Exported to ${folder}. To read: ${path.join(folder, 'report.html')}`
    say(
      options.json,
      { folder, ...leaves, verification },
      `${verificationText(verification)}\n\n${where}`,
    )
    return verification.ok ? 0 : 1
  },
}

async function begin(
  folder: string,
  asked: { readonly from: string | undefined; readonly to: string | undefined },
  options: { readonly session: string },
) {
  const session = await useSession(options)
  const answers = new AuditAnswers(session)
  const unfinished = await Unfinished.open(folder, asked, async () => {
    const { origin, checkpoint, vkeys, size } = await answers.checkpoint()
    requireSize(checkpoint, size)
    return { gateway: session.gateway, origin, checkpoint, vkeys, size }
  })
  return { unfinished, answers }
}

async function verified(
  folder: string,
  options: Parameters<typeof verifyExport>[1],
  summary: Summary,
): Promise<Verification> {
  const progress = new Progress('leaves')
  const verification = await verifyExport(exportFolder(folder), {
    ...options,
    onProgress: (done, size) => {
      progress.show(done, size)
    },
    onVisit: (visit) => {
      summary.take(visit)
    },
  })
  progress.end()
  return verification
}

/** The command with which anybody verifies it again. */
function commandOf(folder: string, { from, to }: Leaves, { log }: Verification): string {
  const isWhole = from === 0 && to === (log?.size ?? 0)
  const part = isWhole ? '' : ` --from ${from} --to ${to}`
  return `npx portcullis audit verify ${path.basename(folder)} --key KEY${part}`
}

function writeReadable(
  folder: string,
  verification: Verification,
  summary: Summary,
  about: About,
): void {
  const page = reportPage(verification, summary, about)
  fs.writeFileSync(path.join(folder, 'report.html'), page, { mode: 0o600 })
  const text = readmeText(about, verification.log, verdict(verification))
  fs.writeFileSync(path.join(folder, 'README.txt'), text, { mode: 0o600 })
}
