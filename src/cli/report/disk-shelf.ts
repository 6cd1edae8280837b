/** What waits until all records have passed, in a database on the disk: as much as there is, in memory that does not grow. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Shelf } from '../../report/report.ts'

/** Pages that SQLite may keep in memory, in KiB. */
const CACHE_KIB = 32_768

export class DiskShelf implements Shelf {
  readonly #file: string
  #opened: Opened | undefined
  #isSorted = false

  /** @param file made when there is something to put into it. */
  constructor(file: string) {
    this.#file = file
  }

  put(key: string, text: string): void {
    this.#isSorted = false
    this.#open().put.run(key, text)
  }

  /** The first text that was put there. Sorted when it is first asked: to keep it sorted from the start would be slow. */
  get(key: string): string | undefined {
    const text = this.#sorted()?.get.get(key)?.['text']
    return typeof text === 'string' ? text : undefined
  }

  all(key: string): readonly string[] {
    const rows = this.#sorted()?.all.all(key) ?? []
    return rows.flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
  }

  add(list: string, text: string): void {
    this.#open().add.run(list, text)
  }

  *list(list: string): Generator<string> {
    // A statement of its own: lists are read inside of one another.
    const all = this.#opened?.db.prepare('SELECT text FROM listed WHERE list = ? ORDER BY id')
    for (const { text } of all?.iterate(list) ?? []) if (typeof text === 'string') yield text
  }

  close(): void {
    this.#opened?.db.close()
  }

  #sorted(): Opened | undefined {
    if (!this.#isSorted) this.#opened?.db.exec('CREATE INDEX IF NOT EXISTS by_key ON put (key)')
    this.#isSorted = true
    return this.#opened
  }

  #open(): Opened {
    this.#opened ??= open(this.#file)
    return this.#opened
  }
}

interface Opened {
  readonly db: DatabaseSync
  readonly put: StatementSync
  readonly get: StatementSync
  readonly all: StatementSync
  readonly add: StatementSync
}

/** It lives as long as the command: nothing of it has to survive anything. */
function open(file: string): Opened {
  const db = new DatabaseSync(file)
  db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = FILE;
    CREATE TABLE put (id INTEGER PRIMARY KEY, key TEXT NOT NULL, text TEXT NOT NULL) STRICT;
    CREATE TABLE listed (id INTEGER PRIMARY KEY, list TEXT NOT NULL, text TEXT NOT NULL) STRICT;
    BEGIN`)
  return {
    db,
    put: db.prepare('INSERT INTO put (key, text) VALUES (?, ?)'),
    get: db.prepare('SELECT text FROM put WHERE key = ? ORDER BY id LIMIT 1'),
    all: db.prepare('SELECT text FROM put WHERE key = ? ORDER BY id'),
    add: db.prepare('INSERT INTO listed (list, text) VALUES (?, ?)'),
  }
}
