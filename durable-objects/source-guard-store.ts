/** The tables of one source's object. Every method is a statement or two; no rule lives here. */
import type { Strikes } from '../src/guard/lockout.ts'
import { migrate } from './migrate.ts'

const SCHEMA = [
  `CREATE TABLE strikes (
     member TEXT PRIMARY KEY,
     level INTEGER NOT NULL, locked_until_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
     failures INTEGER NOT NULL,
     recent_ms TEXT NOT NULL -- tallies, with commas between: see lockout.ts
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE told (rule TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
] as const

// The tables are strict: what a column says it holds, it holds.
type StrikesRow = {
  readonly member: string
  readonly level: number
  readonly locked_until_ms: number
  readonly last_ms: number
  readonly failures: number
  readonly recent_ms: string
}
type ToldRow = { readonly rule: string; readonly at_ms: number }

export class SourceGuardStore {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
  }

  /** Makes the tables where they are not there: at first, and after everything was forgotten. */
  open(): void {
    this.transaction(() => migrate(this.#sql, SCHEMA))
  }

  /** Runs `change` as a whole or, if it throws, not at all. */
  transaction<T>(change: () => T): T {
    return this.#storage.transactionSync(change)
  }

  /** By member, the one that failed longest ago first. */
  readStrikes(): readonly (readonly [string, Strikes])[] {
    return this.#sql
      .exec<StrikesRow>('SELECT * FROM strikes ORDER BY last_ms')
      .toArray()
      .map((row) => [
        row.member,
        {
          level: row.level,
          lockedUntilMs: row.locked_until_ms,
          lastMs: row.last_ms,
          failures: row.failures,
          recent: row.recent_ms.split(',').filter(Boolean).map(Number),
        },
      ])
  }

  write(member: string, { level, lockedUntilMs, lastMs, failures, recent }: Strikes): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO strikes VALUES (?, ?, ?, ?, ?, ?)',
      member,
      level,
      lockedUntilMs,
      lastMs,
      failures,
      recent.join(','),
    )
  }

  forget(member: string): void {
    this.#sql.exec('DELETE FROM strikes WHERE member = ?', member)
  }

  readTold(): Map<string, number> {
    const rows = this.#sql.exec<ToldRow>('SELECT rule, at_ms FROM told').toArray()
    return new Map(rows.map((row) => [row.rule, row.at_ms]))
  }

  writeTold(rule: string, atMs: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO told VALUES (?, ?)', rule, atMs)
  }
}
