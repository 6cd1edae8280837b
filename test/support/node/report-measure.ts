/** Makes a report in a process of its own, and says what it took: how long, and how much memory at most. */
import fs from 'node:fs'
import path from 'node:path'
import { verifyExport } from '../../../src/audit/verify.ts'
import { readRecord } from '../../../src/audit/record.ts'
import { exportFolder, linesOf } from '../../../src/cli/audit/folder.ts'
import { verifyOptions } from '../../../src/cli/audit/trust-options.ts'
import { Folding, makeReport, withScratch } from '../../../src/cli/report/make.ts'
import { writeReport } from '../../../src/cli/report/write.ts'
import { REPORTS } from '../../../src/report/reports.ts'

const [what = '', folder = '', vkey = '', out = ''] = process.argv.slice(2)
const report = REPORTS['15c3-5']
const period = { fromMs: undefined, toMs: undefined }
const asked = { name: '15c3-5', report, parts: report.parts, period, account: undefined }
const source = exportFolder(folder)
const trusted = await verifyOptions({ key: [vkey] }, source)
const begunMs = performance.now()
const ok = await done()
const seconds = (performance.now() - begunMs) / 1_000
const cpu = process.cpuUsage()
const said = {
  ok,
  seconds,
  cpuSeconds: (cpu.user + cpu.system) / 1_000_000,
  // In kilobytes.
  megabytes: process.resourceUsage().maxRSS / 1_024,
}
process.stdout.write(`${JSON.stringify(said)}\n`)

function done(): Promise<boolean> {
  if (what === 'verify')
    return verifyExport(source, trusted).then((verification) => verification.ok)
  return withScratch(path.dirname(out), what === 'fold' ? folded : made)
}

/** The whole report, as the command makes it. */
async function made(scratch: string): Promise<boolean> {
  const whole = await makeReport(asked, folder, trusted, scratch)
  await writeReport(whole, { format: 'json', table: undefined, out })
  return whole.basis?.verification === 'passed'
}

/** What it takes besides verifying: the records are read and folded, and nobody asks whether they are true. */
async function folded(scratch: string): Promise<boolean> {
  const folding = new Folding(asked, scratch)
  const leaf = { v: 1, type: '', atMs: 0, chain: '', commit: '', in: '' } as const
  for (const file of fs.readdirSync(path.join(folder, 'records')).toSorted())
    for await (const line of linesOf(path.join(folder, 'records', file))) {
      const { index, record: text }: { index: number; record: string } = JSON.parse(line)
      folding.take({ index, leaf, record: readRecord(JSON.parse(text)), state: 'verified' })
    }
  const sections = folding.end()
  const basis = undefined
  const whole = { ...asked, basis, sections, spools: folding.spools }
  await writeReport(whole, { format: 'json', table: undefined, out })
  return true
}
