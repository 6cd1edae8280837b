/** The origin's journal in a file: read line by line, and hashed as it is read. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { JournalFile, RawLine } from '../../report/reconciliation/journal.ts'
import { WrongUse } from '../wrong-use.ts'

const CHUNK = 1 << 20
/** A longer line is not read: memory is not the journal's to take. */
const MOST_OCTETS = 1 << 22
const NEWLINE = 0x0a

/** @throws {WrongUse} when there is no such file. */
export function journalFile(file: string): JournalFile {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new WrongUse(`There is no file ${file}`)
  const hash = createHash('sha256')
  let octets = 0
  return {
    name: path.basename(file),
    *lines() {
      for (const line of linesIn(
        chunksOf(file, (chunk) => {
          hash.update(chunk)
          octets += chunk.length
        }),
      ))
        yield textOf(line)
    },
    facts: () => ({ octets, sha256: hash.copy().digest('hex') }),
  }
}

export function hashText(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

function* chunksOf(file: string, seen: (chunk: Buffer) => void): Generator<Buffer> {
  const handle = fs.openSync(file, 'r')
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK)
      const read = chunk.subarray(0, fs.readSync(handle, chunk))
      if (read.length === 0) return
      seen(read)
      yield read
    }
  } finally {
    fs.closeSync(handle)
  }
}

/** The lines without their newlines; of one that is too long, only that it is. */
function* linesIn(chunks: Iterable<Buffer>): Generator<Buffer | 'too long'> {
  let begun: Buffer[] = []
  let length = 0
  const take = (part: Buffer) => {
    length += part.length
    if (length > MOST_OCTETS) begun = []
    else begun.push(part)
  }
  const ended = () => {
    const line = length > MOST_OCTETS ? 'too long' : Buffer.concat(begun)
    begun = []
    length = 0
    return line
  }
  for (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, at))
      yield ended()
      from = at + 1
    }
    if (from < chunk.length) take(chunk.subarray(from))
  }
  if (length > 0) yield ended()
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(line: Buffer | 'too long'): RawLine {
  if (line === 'too long') return { problem: `the line is longer than ${MOST_OCTETS} octets` }
  try {
    return { text: decoder.decode(line) }
  } catch {
    return { problem: 'the line is not UTF-8' }
  }
}
