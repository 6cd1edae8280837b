/** Makes a report of an export: verifies it and folds its records in the same pass. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import { verifyExport, type VerifyOptions } from '../../audit/verify.ts'
import type { Visit } from '../../audit/verify/walk.ts'
import type { Section, Table } from '../../report/report.ts'
import { concerns, isInPeriod } from '../../report/scope.ts'
import { exportFolder } from '../audit/folder.ts'
import { Progress } from '../audit/progress.ts'
import { readJsonFile } from '../files.ts'
import { Seen } from './basis.ts'
import { DiskShelf } from './disk-shelf.ts'
import type { Asked, Made } from './made.ts'
import { Spool } from './spool.ts'

/** Leaves whose records were brought: a forger who says fewer hides none, for the report says how many are not there. */
const ManifestSchema = v.object({ from: v.number(), to: v.number() })

/** @param scratch a folder for what does not fit into memory, which whoever made it removes. */
export async function makeReport(
  asked: Asked,
  folder: string,
  trusted: VerifyOptions,
  scratch: string,
): Promise<Made> {
  const { from, to } = readJsonFile(path.join(folder, 'manifest.json'), ManifestSchema) ?? {}
  const folding = new Folding(asked, scratch)
  const progress = new Progress('leaves')
  const verification = await verifyExport(exportFolder(folder), {
    ...trusted,
    from,
    to,
    onProgress: (done, size) => {
      progress.show(done, size)
    },
    onVisit: (visit) => {
      folding.take(visit)
    },
  })
  progress.end()
  const sections = folding.end()
  return { ...asked, basis: folding.seen.basis(verification), sections, spools: folding.spools }
}

/** Every part of a report at once, record by record. */
export class Folding {
  readonly seen = new Seen()
  readonly spools: ReadonlyMap<string, Spool>
  readonly #asked: Asked
  readonly #folds
  readonly #shelf: DiskShelf
  /** Rows that come at the end, when all records have passed: of orders there are many. */
  readonly #progress = new Progress('rows')
  #emitted = 0

  constructor(asked: Asked, scratch: string) {
    const { parts, period, account } = asked
    this.#asked = asked
    this.spools = new Map(
      parts
        .flatMap(({ tables }): readonly Table[] => tables)
        .map((table) => [table.id, new Spool(table, path.join(scratch, `${table.id}.rows`))]),
    )
    this.#shelf = new DiskShelf(path.join(scratch, 'shelf.db'))
    const emit = (table: string, row: Parameters<Spool['add']>[0]) => {
      const spool = this.spools.get(table)
      if (spool === undefined) throw new Error(`No part of ${asked.name} has a table ${table}`)
      spool.add(row)
      this.#emitted += 1
      if (this.#emitted % 1_000 === 0) this.#progress.show(this.#emitted, undefined)
    }
    this.#folds = parts.map((part) => part.begin({ period, account, emit, shelf: this.#shelf }))
  }

  take(visit: Visit): void {
    const { index, record } = visit
    const { period, account } = this.#asked
    const within =
      record !== undefined &&
      isInPeriod(record, period) &&
      (account === undefined || concerns(record, account))
    this.seen.take(visit, within)
    if (record === undefined) return
    for (const fold of this.#folds) fold.take({ index, record, within })
  }

  end(): readonly Section[] {
    const sections = this.#folds.map((fold) => fold.end())
    this.#shelf.close()
    this.#progress.end()
    return sections
  }
}

const ENDED_BY = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A folder for a report on its way, readable by its owner alone; beside what is written, where records lie anyway. */
export async function withScratch<T>(
  beside: string,
  work: (scratch: string) => Promise<T>,
): Promise<T> {
  const scratch = fs.mkdtempSync(path.join(beside, '.portcullis-report-'))
  const clear = () => {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
  // Records must not lie about because somebody had no patience.
  const leave = () => {
    clear()
    process.exit(1)
  }
  for (const signal of ENDED_BY) process.once(signal, leave)
  try {
    return await work(scratch)
  } finally {
    for (const signal of ENDED_BY) process.off(signal, leave)
    clear()
  }
}

/** Beside the result, where there is one: records are not to lie about in a place that many share. */
export function scratchBeside(out: string | undefined): string {
  if (out === undefined) return os.tmpdir()
  const folder = path.dirname(out)
  fs.mkdirSync(folder, { recursive: true })
  return folder
}
