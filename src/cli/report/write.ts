/** Writes a report to where it was asked for: whole or not at all. */
import fs from 'node:fs'
import { once } from 'node:events'
import path from 'node:path'
import { refuseToOverwrite } from '../files.ts'
import { WrongUse } from '../wrong-use.ts'
import type { Made } from './made.ts'
import { reportHtml } from './page.ts'
import { csvTables, csvText, jsonText } from './text-forms.ts'

const FORMATS = ['json', 'csv', 'html'] as const
type Format = (typeof FORMATS)[number]

export interface Form {
  readonly format: Format
  /** Of CSV: which table. */
  readonly table: string | undefined
  /** A file; of CSV also a folder, for every table; the standard output where absent. */
  readonly out: string | undefined
}

/** `--json` alone asks for the report as JSON; beside `--out` it is how the command answers. */
export function formOf({
  format,
  table,
  out,
  json,
}: {
  readonly format: string
  readonly table?: string | undefined
  readonly out?: string | undefined
  readonly json: boolean
}): Form {
  const known = FORMATS.find((one) => one === format)
  if (known === undefined) throw new WrongUse(`--format is one of ${FORMATS.join(', ')}`)
  return { format: json && out === undefined ? 'json' : known, table, out }
}

/** Whether every table is to go into a folder. */
export function isFolder({ format, table, out }: Form): boolean {
  return format === 'csv' && table === undefined && out?.endsWith('/') === true
}

/** Before long work: what could not be written at its end. */
export function requirePlace(form: Form): void {
  const { out, table, format } = form
  if (table !== undefined && format !== 'csv') throw new WrongUse('--table is of --format csv')
  if (out?.endsWith('/') === true && !isFolder(form))
    throw new WrongUse('--out names a file; a folder takes all tables of --format csv')
  if (out !== undefined) refuseToOverwrite(out)
}

/** Answers the files that were written. */
export async function writeReport(made: Made, form: Form): Promise<readonly string[]> {
  const { format, out } = form
  if (isFolder(form)) return writeTables(made, out ?? '')
  if (format === 'html') return [await write([reportHtml(made)], out)]
  if (format === 'json') return [await write(jsonText(made), out)]
  const tables = csvTables(made)
  const name = form.table ?? made.parts[0]?.tables[0]?.id ?? 'figures'
  const spool = tables.get(name)
  if (spool === undefined) throw new WrongUse(`--table is one of ${[...tables.keys()].join(', ')}`)
  return [await write(csvText(spool, made.basis), out)]
}

async function writeTables(made: Made, folder: string): Promise<readonly string[]> {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files: string[] = []
  for (const [name, spool] of csvTables(made))
    files.push(await write(csvText(spool, made.basis), path.join(folder, `${name}.csv`)))
  return files
}

type Pieces = AsyncIterable<string> | Iterable<string>

/** Characters that are written at once. */
const CHUNK = 1 << 18

async function write(pieces: Pieces, out: string | undefined): Promise<string> {
  if (out === undefined) {
    for await (const piece of joined(pieces))
      if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
    return ''
  }
  const begun = `${out}.${process.pid}.new`
  fs.mkdirSync(path.dirname(out), { recursive: true })
  const handle = fs.openSync(begun, 'wx', 0o600)
  try {
    for await (const piece of joined(pieces)) fs.writeSync(handle, piece)
    fs.fsyncSync(handle)
    fs.renameSync(begun, out)
  } finally {
    fs.closeSync(handle)
    fs.rmSync(begun, { force: true })
  }
  return out
}

/** The same text in pieces that are worth a call. */
async function* joined(pieces: Pieces): AsyncGenerator<string> {
  let text = ''
  for await (const piece of pieces) {
    text += piece
    if (text.length < CHUNK) continue
    yield text
    text = ''
  }
  yield text
}
