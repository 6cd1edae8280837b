/** The tables of one key's object. Every method is a statement or two; no rule lives here. */
import type { AdmissionRecord } from '../src/audit/record.ts'
import type { Admitted } from '../src/guard/decide.ts'
import { KEY_STATUSES, type Admission, type Key } from '../src/guard/key.ts'
import type { StoredSlot } from '../src/guard/window.ts'
import { migrate } from './migrate.ts'

const SCHEMA = [
  `CREATE TABLE key (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     key_id TEXT NOT NULL, account TEXT NOT NULL, user TEXT NOT NULL, tier TEXT NOT NULL, status TEXT NOT NULL
   ) STRICT;
   CREATE TABLE permission (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE address (network TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE credential (id TEXT PRIMARY KEY, ends_at_ms INTEGER) STRICT, WITHOUT ROWID;
   CREATE TABLE progress (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     sequence INTEGER NOT NULL, last_used_ms INTEGER, last_spent_ms INTEGER NOT NULL, read_mark_ms INTEGER NOT NULL
   ) STRICT;
   INSERT INTO progress VALUES (1, 0, NULL, 0, 0);
   CREATE TABLE slot (
     limit_name TEXT NOT NULL, last_ms INTEGER NOT NULL, units INTEGER NOT NULL,
     PRIMARY KEY (limit_name, last_ms)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE admission (
     replay_id TEXT PRIMARY KEY, attempt TEXT NOT NULL, request_hash TEXT NOT NULL,
     sequence INTEGER NOT NULL, record TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;`,
] as const

export interface Progress {
  readonly sequence: number
  /** The last decision. */
  readonly lastUsedMs: number | undefined
  /** The last decision that spent units, or 0. */
  readonly lastSpentMs: number
  /** The highest signed time of an admitted read. */
  readonly readMarkMs: number
}

export class KeyGuardStore {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
    storage.transactionSync(() => migrate(this.#sql, SCHEMA))
  }

  /** Runs `change` as a whole or, if it throws, not at all. */
  transaction<T>(change: () => T): T {
    return this.#storage.transactionSync(change)
  }

  readKey(): Key | undefined {
    const [row] = this.#rows('SELECT key_id, account, user, tier, status FROM key')
    const status = KEY_STATUSES.find((known) => known === row?.['status'])
    if (row === undefined || status === undefined) return undefined
    return {
      keyId: text(row['key_id']),
      account: text(row['account']),
      user: text(row['user']),
      tier: text(row['tier']),
      status,
      permissions: this.#rows('SELECT name FROM permission').map(({ name }) => text(name)),
      addresses: this.#rows('SELECT network FROM address').map(({ network }) => text(network)),
      credentials: this.#rows('SELECT id, ends_at_ms FROM credential').map(
        ({ id, ends_at_ms: endsAtMs }) =>
          typeof endsAtMs === 'number' ? { id: text(id), endsAtMs } : { id: text(id) },
      ),
    }
  }

  writeKey({ keyId, account, user, tier, status, permissions, addresses, credentials }: Key): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO key VALUES (1, ?, ?, ?, ?, ?)',
      keyId,
      account,
      user,
      tier,
      status,
    )
    this.#sql.exec('DELETE FROM permission; DELETE FROM address; DELETE FROM credential')
    for (const permission of permissions)
      this.#sql.exec('INSERT INTO permission VALUES (?)', permission)
    for (const network of addresses) this.#sql.exec('INSERT INTO address VALUES (?)', network)
    for (const { id, endsAtMs } of credentials)
      this.#sql.exec('INSERT INTO credential VALUES (?, ?)', id, endsAtMs ?? null)
  }

  readProgress(): Progress {
    const [row] = this.#rows(
      'SELECT sequence, last_used_ms, last_spent_ms, read_mark_ms FROM progress',
    )
    const lastUsedMs = row?.['last_used_ms']
    return {
      sequence: Number(row?.['sequence']),
      lastUsedMs: typeof lastUsedMs === 'number' ? lastUsedMs : undefined,
      lastSpentMs: Number(row?.['last_spent_ms']),
      readMarkMs: Number(row?.['read_mark_ms']),
    }
  }

  writeProgress({ sequence, lastUsedMs, lastSpentMs, readMarkMs }: Progress): void {
    this.#sql.exec(
      'UPDATE progress SET sequence = ?, last_used_ms = ?, last_spent_ms = ?, read_mark_ms = ?',
      sequence,
      lastUsedMs ?? null,
      lastSpentMs,
      readMarkMs,
    )
  }

  readSlots(limitName: string): readonly StoredSlot[] {
    return this.#rows('SELECT last_ms, units FROM slot WHERE limit_name = ?', limitName).map(
      (row) => ({
        lastMs: Number(row['last_ms']),
        units: Number(row['units']),
      }),
    )
  }

  /** Stores a slot; with a new one, those that ended at or before `expiredMs` go. */
  writeSlot(limitName: string, { lastMs, units }: StoredSlot, expiredMs: number): void {
    const isNew =
      this.#rows('SELECT 1 FROM slot WHERE limit_name = ? AND last_ms = ?', limitName, lastMs)
        .length === 0
    this.#sql.exec('INSERT OR REPLACE INTO slot VALUES (?, ?, ?)', limitName, lastMs, units)
    if (isNew)
      this.#sql.exec('DELETE FROM slot WHERE limit_name = ? AND last_ms <= ?', limitName, expiredMs)
  }

  admitted(replayId: string): Admitted | undefined {
    const [row] = this.#rows(
      'SELECT attempt, request_hash, sequence FROM admission WHERE replay_id = ?',
      replayId,
    )
    if (row === undefined) return undefined
    const { attempt, request_hash: requestHash, sequence } = row
    return { attempt: text(attempt), requestHash: text(requestHash), sequence: Number(sequence) }
  }

  /** One row holds attempt, request and record together. A plain INSERT: a second one would be a bug, and throws. */
  writeAdmission({ replayId, attempt, requestHash }: Admission, record: AdmissionRecord): void {
    this.#sql.exec(
      'INSERT INTO admission VALUES (?, ?, ?, ?, ?)',
      replayId,
      attempt,
      requestHash,
      record.sequence,
      JSON.stringify(record),
    )
  }

  #rows(query: string, ...bindings: SqlStorageValue[]): Record<string, SqlStorageValue>[] {
    return this.#sql.exec(query, ...bindings).toArray()
  }
}

function text(value: SqlStorageValue | undefined): string {
  if (typeof value !== 'string')
    throw new TypeError('Cannot read the row: a text column holds another type')
  return value
}
