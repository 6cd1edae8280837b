/** A report made of records at hand, all of it in memory. */
import type { AuditRecord } from '../../src/audit/record.ts'
import type { Cell, Part, Period, Row, Section, Shelf } from '../../src/report/report.ts'
import { concerns, isInPeriod } from '../../src/report/scope.ts'

export interface Folded {
  readonly sections: readonly Section[]
  /** Rows by the ids of tables. */
  readonly tables: Readonly<Record<string, readonly Row[]>>
}

export class MemoryShelf implements Shelf {
  readonly #texts = new Map<string, string[]>()
  readonly #lists = new Map<string, string[]>()

  put(key: string, text: string): void {
    this.#texts.set(key, [...this.all(key), text])
  }

  get(key: string): string | undefined {
    return this.#texts.get(key)?.[0]
  }

  all(key: string): readonly string[] {
    return this.#texts.get(key) ?? []
  }

  add(list: string, text: string): void {
    this.#lists.set(list, [...(this.#lists.get(list) ?? []), text])
  }

  list(list: string): Iterable<string> {
    return this.#lists.get(list) ?? []
  }
}

interface Asked {
  readonly account?: string
  readonly period?: Period
}

const ALWAYS: Period = { fromMs: undefined, toMs: undefined }

/** @param records in the order of the log; the first is leaf 0. */
export function folded(
  parts: readonly Part[],
  records: readonly AuditRecord[],
  { account, period = ALWAYS }: Asked = {},
): Folded {
  const tables: Record<string, Row[]> = {}
  const columns = new Map<string, ReadonlySet<string>>()
  for (const { tables: all } of parts)
    for (const { id, columns: of } of all) {
      if (columns.has(id)) throw new Error(`Two tables are called ${id}`)
      columns.set(id, new Set(of.map((column) => column.id)))
      tables[id] = []
    }
  const shelf = new MemoryShelf()
  const emit = (table: string, row: Row) => {
    for (const name of Object.keys(row))
      if (columns.get(table)?.has(name) !== true) throw new Error(`${table} has no column ${name}`)
    tables[table]?.push(row)
  }
  const folds = parts.map((part) => part.begin({ period, account, emit, shelf }))
  for (const [index, record] of records.entries()) {
    const within =
      isInPeriod(record, period) && (account === undefined || concerns(record, account))
    for (const fold of folds) fold.take({ index, record, within })
  }
  return { sections: folds.map((fold) => fold.end()), tables }
}

/** The figures of a section. */
export function figuresOf({ sections }: Folded, section: string): Readonly<Record<string, Cell>> {
  const found = sections.find(({ id }) => id === section)
  if (found === undefined) throw new Error(`There is no section ${section}`)
  return Object.fromEntries(found.figures.map(({ id, value }) => [id, value]))
}
