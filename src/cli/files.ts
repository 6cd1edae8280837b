/** Files of the command line: read by schema, written whole and for their owner alone. */
import fs from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'

/** Where the demo keeps its state, and the command line its own. */
export function stateFile(name: string): string {
  return path.join(process.env['PORTCULLIS_STATE'] ?? '.portcullis', name)
}

/** What the file says; `undefined` where there is none. */
export function readJsonFile<S extends v.GenericSchema>(
  file: string,
  schema: S,
): v.InferOutput<S> | undefined {
  const text = readText(file)
  if (text === undefined) return undefined
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text)
  // Never what it says instead: it may hold secrets.
  if (!read.success) throw new Error(`Cannot use ${file}: it is damaged, or of another program`)
  return read.output
}

/** A file's text; `undefined` where there is none. */
export function readText(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Error(`Cannot read ${file}`, { cause: error })
  }
}

/** Puts a file in the place of what was there, whole or not at all, and on the disk before this returns. */
export function replacePrivate(file: string, value: unknown): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${process.pid}.new`
  writeAndSync(fresh, `${JSON.stringify(value, null, 2)}\n`)
  fs.renameSync(fresh, file)
}

/** Writes a file that is not there yet. */
export function writeNewPrivate(file: string, text: string): void {
  refuseToOverwrite(file)
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  writeAndSync(file, text)
}

/** To be asked before anything is made that could not be stored. */
export function refuseToOverwrite(file: string): void {
  if (fs.existsSync(file))
    throw new Error(`${file} is there already and is not overwritten: name another file`)
}

export function remove(file: string): void {
  fs.rmSync(file, { force: true })
}

function writeAndSync(file: string, text: string): void {
  const handle = fs.openSync(file, 'wx', 0o600)
  try {
    fs.writeFileSync(handle, text)
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
}

const LOCK_TRIES = 150
const LOCK_PAUSE_MS = 100
/** After so many a person wonders why nothing happens. */
const LOCK_TRIES_QUIETLY = 10

/** Does something that two commands must not do at once. */
export async function locked<T>(file: string, run: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`
  for (let tries = 1; !tryLock(lock); tries += 1) {
    if (tries === LOCK_TRIES)
      throw new Error(`Another command is using ${file}. If none is running, delete ${lock}`)
    if (tries === LOCK_TRIES_QUIETLY)
      process.stderr.write(`Waiting for another command that is using ${file}.\n`)
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS))
  }
  try {
    return await run()
  } finally {
    remove(lock)
  }
}

function tryLock(lock: string): boolean {
  try {
    fs.closeSync(fs.openSync(lock, 'wx', 0o600))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
