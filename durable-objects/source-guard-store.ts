/** The tables of one source's object. Every method is a statement or two; no rule lives here. */
import type { Strikes } from '../src/guard/lockout.ts'
import { number, Rows, text } from './rows.ts'

const SCHEMA = [
  `CREATE TABLE strikes (
     member TEXT PRIMARY KEY,
     level INTEGER NOT NULL, locked_until_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
     failures INTEGER NOT NULL,
     recent_ms TEXT NOT NULL -- tallies, with commas between: see lockout.ts
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE told (rule TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
] as const

export class SourceGuardStore extends Rows {
  constructor(storage: DurableObjectStorage) {
    super(storage, SCHEMA)
  }

  /** By member, the one that failed longest ago first. */
  readStrikes(): readonly (readonly [string, Strikes])[] {
    return this.rows('SELECT * FROM strikes ORDER BY last_ms').map((row) => [
      text(row['member']),
      {
        level: number(row['level']),
        lockedUntilMs: number(row['locked_until_ms']),
        lastMs: number(row['last_ms']),
        failures: number(row['failures']),
        recent: text(row['recent_ms']).split(',').filter(Boolean).map(Number),
      },
    ])
  }

  write(member: string, { level, lockedUntilMs, lastMs, failures, recent }: Strikes): void {
    this.run(
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
    this.run('DELETE FROM strikes WHERE member = ?', member)
  }

  readTold(): Map<string, number> {
    const rows = this.rows('SELECT rule, at_ms FROM told')
    return new Map(rows.map((row) => [text(row['rule']), number(row['at_ms'])]))
  }

  writeTold(rule: string, atMs: number): void {
    this.run('INSERT OR REPLACE INTO told VALUES (?, ?)', rule, atMs)
  }
}
