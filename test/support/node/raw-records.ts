/** The lines of an export as they are: parsed, and not by anything of the product. */
import fs from 'node:fs'
import path from 'node:path'

// oxlint-disable-next-line typescript/no-explicit-any -- what it is, each loop says by reading it
export type Raw = any

export type Figures = Record<string, number | null>

/** Every record of an export with its leaf, in the order of the log. */
export function* rawRecords(folder: string): Generator<{ index: number; record: Raw }> {
  for (const file of fs.readdirSync(path.join(folder, 'records')).toSorted()) {
    const lines = fs.readFileSync(path.join(folder, 'records', file), 'utf8').split('\n')
    for (const line of lines) {
      if (line === '') continue
      const { index, record } = JSON.parse(line)
      yield { index, record: JSON.parse(record) }
    }
  }
}
