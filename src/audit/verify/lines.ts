/** The record lines of an export, side by side with the leaves: each leaf gets its own, and what has none is found. */
import * as v from 'valibot'
import { parsed } from '../../lib/json.ts'
import { exactly } from '../../lib/shape.ts'
import type { Findings } from './findings.ts'
import type { ReadExport } from './reading.ts'

const Index = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const LineSchema = v.union([
  v.strictObject({ index: Index, salt: v.string(), record: v.string() }),
  v.strictObject({ index: Index, shredded: v.literal(true) }),
])

export type RecordLine = v.InferOutput<typeof LineSchema>

export interface Line {
  readonly file: string
  readonly line: RecordLine
}

export const RECORDS = 'records'

/** The line, or `undefined` where the text is none. */
export function readLine(text: string): RecordLine | undefined {
  const value = parsed(text)
  return isLine(value) ? value : undefined
}

const isLine = exactly(LineSchema)

/** All lines of all files, in their order. */
async function* allLines(source: ReadExport, findings: Findings): AsyncGenerator<Line> {
  for (const name of await source.list(RECORDS)) {
    const file = `${RECORDS}/${name}`
    let number = 0
    for await (const text of source.lines(file)) {
      number += 1
      const line = readLine(text)
      if (line === undefined) findings.add('line-unreadable', { file: `${file}:${number}` })
      else yield { file: `${file}:${number}`, line }
    }
  }
}

export class Lines {
  readonly #findings: Findings
  readonly #lines: AsyncGenerator<Line>
  #next: Line | undefined
  #isRead = false
  #last = -1

  constructor(source: ReadExport, findings: Findings) {
    this.#findings = findings
    this.#lines = allLines(source, findings)
  }

  /** The line of this leaf; what comes before it belongs to none. To be asked with ascending indices. */
  async of(index: number): Promise<Line | undefined> {
    for (;;) {
      const next = await this.#peek()
      if (next === undefined || next.line.index > index) return undefined
      this.#isRead = false
      if (next.line.index === index && this.#last < index) {
        this.#last = index
        return next
      }
      this.#stray(next)
    }
  }

  /** What is left belongs to no leaf. */
  async end(): Promise<void> {
    for (let next = await this.#peek(); next !== undefined; next = await this.#peek()) {
      this.#isRead = false
      this.#findings.add('record-without-leaf', { index: next.line.index, file: next.file })
    }
  }

  #stray({ line: { index }, file }: Line): void {
    const code = index <= this.#last ? 'record-twice' : 'record-without-leaf'
    this.#findings.add(code, { index, file })
  }

  async #peek(): Promise<Line | undefined> {
    if (!this.#isRead) {
      const { value, done } = await this.#lines.next()
      this.#next = done === true ? undefined : value
      this.#isRead = true
    }
    return this.#next
  }
}
