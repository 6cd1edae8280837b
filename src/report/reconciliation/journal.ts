/** The origin's journal on its way into a report: read once, each line put on the shelf, what cannot be read told. */
import * as v from 'valibot'
import type { Ports } from '../report.ts'
import { Span } from '../tally.ts'
import { instant } from '../text.ts'
import { readJournalLine, type HashText, type JournalLine } from './journal-line.ts'
import { JOURNALS, UNREADABLE } from './tables.ts'

/** A line as it stands in the file, or why it is none. */
export type RawLine = { readonly text: string } | { readonly problem: string }

export interface JournalFile {
  readonly name: string
  lines(): Iterable<RawLine>
  /** Of every octet that was read: to be asked after the last line. */
  facts(): { readonly octets: number; readonly sha256: string }
}

const LINES = 'journal'
/** What this program itself has written. */
const Shelved = v.pipe(
  v.string(),
  v.parseJson(),
  v.custom<JournalLine>((value) => typeof value === 'object' && value !== null),
)

export interface JournalCounts {
  readonly lines: number
  readonly unreadable: number
  readonly octets: number
}

export class Journal {
  readonly #ports: Pick<Ports, 'shelf' | 'emit'>
  readonly #hash: HashText

  constructor(ports: Pick<Ports, 'shelf' | 'emit'>, hash: HashText) {
    this.#ports = ports
    this.#hash = hash
  }

  /** Reads a file to its end. */
  take(journal: JournalFile): JournalCounts {
    const { emit } = this.#ports
    const { name: file } = journal
    const span = new Span()
    let [lines, unreadable] = [0, 0]
    for (const raw of journal.lines()) {
      lines += 1
      const at = { file, line: lines }
      const read =
        'text' in raw
          ? readJournalLine(raw.text, at, this.#hash)
          : ({ ok: false, error: raw.problem } as const)
      if (read.ok) {
        span.take(read.value.atMs)
        this.#shelve(read.value)
      } else {
        unreadable += 1
        emit(UNREADABLE.id, { ...at, why: read.error })
      }
    }
    const { octets, sha256 } = journal.facts()
    const [first, last] = [instant(span.firstMs), instant(span.lastMs)]
    emit(JOURNALS.id, { file, octets, sha256, lines, unreadable, first, last })
    return { lines, unreadable, octets }
  }

  #shelve(line: JournalLine): void {
    const { shelf } = this.#ports
    const text = JSON.stringify(line)
    shelf.add(LINES, text)
    if (line.requestId !== undefined) shelf.put(`line:${line.requestId}`, text)
  }

  /** Those of a request, in their order. */
  of(requestId: string): readonly JournalLine[] {
    return this.#ports.shelf.all(`line:${requestId}`).map((text) => v.parse(Shelved, text))
  }

  *all(): Generator<JournalLine> {
    for (const text of this.#ports.shelf.list(LINES)) yield v.parse(Shelved, text)
  }
}
