/** The rows of one table: in memory while they are few, else in a file of their own, so that memory does not grow with them. */
import fs from 'node:fs'
import type { Row, Table } from '../../report/report.ts'
import { linesOf } from '../audit/folder.ts'
import type { Cells, Rows } from './made.ts'

/** Rows that are kept in memory, and that a page may show. */
const IN_MEMORY = 2_000
/** Characters that are written at once. */
const CHUNK = 1 << 20

export class Spool implements Rows {
  readonly table: Table
  readonly #file: string
  readonly #known: ReadonlySet<string>
  #first: Cells[] = []
  #pending = ''
  #count = 0
  #isOnDisk = false

  /** @param file made when there are more rows than memory should hold. */
  constructor(table: Table, file: string) {
    this.table = table
    this.#file = file
    this.#known = new Set(table.columns.map(({ id }) => id))
  }

  get count(): number {
    return this.#count
  }

  add(row: Row): void {
    for (const id of Object.keys(row))
      if (!this.#known.has(id)) throw new Error(`The table ${this.table.id} has no column ${id}`)
    const cells = this.table.columns.map(({ id }) => row[id] ?? null)
    this.#count += 1
    if (this.#first.length < IN_MEMORY) {
      this.#first.push(cells)
      return
    }
    this.#isOnDisk = true
    this.#pending += `${JSON.stringify(cells)}\n`
    if (this.#pending.length >= CHUNK) this.#write()
  }

  first(most: number): readonly Cells[] {
    return this.#first.slice(0, most)
  }

  async *rows(): AsyncGenerator<Cells> {
    yield* this.#first
    if (!this.#isOnDisk) return
    this.#write()
    for await (const line of linesOf(this.#file)) yield cellsOf(JSON.parse(line))
  }

  #write(): void {
    fs.appendFileSync(this.#file, this.#pending, { mode: 0o600 })
    this.#pending = ''
  }
}

function cellsOf(value: unknown): Cells {
  if (!Array.isArray(value)) throw new TypeError('A row of a table is a list')
  return value.map((cell: unknown) => {
    const isCell = typeof cell === 'number' || typeof cell === 'boolean' || typeof cell === 'string'
    return isCell ? cell : null
  })
}
