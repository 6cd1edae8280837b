/** An export in a folder: read file by file and line by line, never as a whole. */
import fs from 'node:fs'
import path from 'node:path'
import type { ReadExport } from '../../audit/verify/reading.ts'
import { WrongUse } from '../wrong-use.ts'

/** @throws {WrongUse} when there is no such folder. */
export function exportFolder(folder: string): ReadExport {
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new WrongUse(`There is no folder ${folder}`)
  const file = (name: string) => path.join(folder, ...name.split('/'))
  return {
    async read(name) {
      return absentAsNothing(() => fs.readFileSync(file(name)))
    },
    async list(name) {
      const found = absentAsNothing(() => fs.readdirSync(file(name), { withFileTypes: true })) ?? []
      return found
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .toSorted()
    },
    lines: (name) => linesOf(file(name)),
  }
}

/** What is in the way of reading is thrown: an export that cannot be read must not pass for an incomplete one. */
function absentAsNothing<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}

/** Lines end with a newline alone: other ends belong to what a line says. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = ''
  const stream: AsyncIterable<string> = fs.createReadStream(file, {
    encoding: 'utf8',
    highWaterMark: 1 << 18,
  })
  for await (const chunk of stream) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
