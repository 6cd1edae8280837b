/**
 * Makes a reconciliation of a month in a process of its own: the month's records beside a journal in which differences of
 * each kind are planted. Says what it found, what was planted, and what it took.
 */
import fs from 'node:fs'
import path from 'node:path'
import type { AuditRecord, OutcomeRecord } from '../../../src/audit/record.ts'
import { hashText, journalFile } from '../../../src/cli/report/journal-file.ts'
import { Folding, withScratch } from '../../../src/cli/report/make.ts'
import { reconciliation } from '../../../src/report/reconciliation/reconciliation.ts'
import { Tally } from '../../../src/report/tally.ts'
import { Month } from './month.ts'

const [calls = '', folder = ''] = process.argv.slice(2)
const file = path.join(folder, 'journal.jsonl')
const planted = new Tally()
const PATHS = { order: ['POST', '/v1/orders'], cancel: ['DELETE', '/v1/orders/o-1'] } as const
const CHUNK = 10_000

/** Whether something is planted here, and nowhere else. */
const each = (nth: number, every: number, at: number) => nth % every === at

writeJournal()
const begunMs = performance.now()
const figures = await withScratch(folder, reconciled)
const seconds = (performance.now() - begunMs) / 1_000
const cpu = process.cpuUsage()
process.stdout.write(
  `${JSON.stringify({
    figures,
    planted: Object.fromEntries(planted.byName),
    seconds,
    cpuSeconds: (cpu.user + cpu.system) / 1_000_000,
    // In kilobytes.
    megabytes: process.resourceUsage().maxRSS / 1_024,
  })}\n`,
)

function* records(): Generator<AuditRecord> {
  for (const { record } of new Month(7, Number(calls)).arrivals()) {
    if (record.type === 'order_event' && record.requestId !== undefined)
      yield { ...record, bodyHash: bodyOf(record.requestId) }
    else if (record.type !== 'outcome' || record.origin === undefined) yield record
    else yield { ...record, origin: { ...record.origin, bodyHash: bodyOf(record.requestId) } }
  }
}

function bodyOf(requestId: string): string {
  return hashText(requestId)
}

function writeJournal(): void {
  let [nth, text] = [0, '']
  for (const record of records()) {
    if (record.type === 'outcome' && record.decision === 'forwarded' && record.kind !== 'read')
      text += linesOf(record, (nth += 1))
        .map((line) => `${JSON.stringify(line)}\n`)
        .join('')
    if (text.length < CHUNK) continue
    fs.appendFileSync(file, text)
    text = ''
  }
  fs.appendFileSync(file, text)
}

/** What the origin writes of a call, and what is done to it. */
function linesOf(call: OutcomeRecord, nth: number): readonly object[] {
  const [method, target] = PATHS[call.kind === 'order' ? 'order' : 'cancel']
  const { requestId, account, status, atMs, outcome } = call
  const line = {
    receivedAt: call.origin?.receivedThereMs ?? atMs,
    method,
    path: target,
    requestId,
    account,
    status: outcome === 'unknown' ? 201 : status,
    bodySha256: bodyOf(requestId),
    headers: { 'user-agent': 'x'.repeat(200) },
  }
  if (outcome === 'unknown') {
    planted.add(each(nth, 2, 0) ? 'arrived' : 'never-arrived')
    return each(nth, 2, 0) ? [line] : []
  }
  if (each(nth, 1_000, 1)) return plant('missing', [])
  if (each(nth, 1_000, 2)) return plant('altered', [{ ...line, bodySha256: bodyOf('other') }])
  if (each(nth, 1_000, 3)) return plant('twice', [line, line])
  if (each(nth, 1_000, 4)) return plant('strange', [line, { ...line, requestId: `x${requestId}` }])
  return [line]
}

function plant(what: string, lines: readonly object[]): readonly object[] {
  planted.add(what)
  return lines
}

/** Without verifying, which is measured apart. */
async function reconciled(scratch: string): Promise<object> {
  const journals = [journalFile(file)]
  const report = reconciliation({ journals, hash: hashText, marginMs: 0 })
  const period = { fromMs: undefined, toMs: undefined }
  const asked = { name: 'reconciliation', report, parts: report.parts, period, account: undefined }
  const folding = new Folding(asked, scratch)
  const leaf = { v: 1, type: '', atMs: 0, chain: '', commit: '', in: '' } as const
  let index = 0
  for (const record of records()) folding.take({ index: index++, leaf, record, state: 'verified' })
  const all = folding.end().flatMap((section) => section.figures)
  return Object.fromEntries(all.map(({ id, value }) => [id, value]))
}
