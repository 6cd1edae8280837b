/** What the tables of every object have in common: statements, transactions, and columns of one type. */
import { migrate } from './migrate.ts'

export class Rows {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage
  readonly #schema: readonly string[]

  constructor(storage: DurableObjectStorage, schema: readonly string[]) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#schema = schema
  }

  /** Makes the tables, or brings them up to date: at first, and after everything was deleted. */
  open(): void {
    this.transaction(() => migrate(this.#sql, this.#schema))
  }

  /** Runs `change` as a whole or, if it throws, not at all. */
  transaction<T>(change: () => T): T {
    return this.#storage.transactionSync(change)
  }

  rows(query: string, ...bindings: SqlStorageValue[]): Record<string, SqlStorageValue>[] {
    return this.#sql.exec(query, ...bindings).toArray()
  }

  run(statement: string, ...bindings: SqlStorageValue[]): void {
    this.#sql.exec(statement, ...bindings)
  }
}

export function text(value: SqlStorageValue | undefined): string {
  if (typeof value !== 'string')
    throw new TypeError('Cannot read the row: a text column holds another type')
  return value
}

export function number(value: SqlStorageValue | undefined): number {
  if (typeof value !== 'number')
    throw new TypeError('Cannot read the row: a number column holds another type')
  return value
}
