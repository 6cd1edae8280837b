/**
 * Which people and keys there are. An index for lists and nothing else: whatever is true of one is in its own object.
 * It also gives out ids, so that a create or a rotation that is repeated makes nothing twice.
 */
import { DurableObject } from 'cloudflare:workers'
import { ok, type Result } from '../src/lib/result.ts'
import { refuse, type Refusal } from '../src/refusal.ts'
import { Rows, text } from './rows.ts'

const SCHEMA = [
  `CREATE TABLE entry (
     id TEXT PRIMARY KEY, type TEXT NOT NULL, user TEXT NOT NULL, account TEXT NOT NULL, created_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX entry_by_user ON entry (type, user, id);
   CREATE TABLE reserved (
     by TEXT NOT NULL, idempotency_key TEXT NOT NULL, fingerprint TEXT NOT NULL, id TEXT NOT NULL,
     at_ms INTEGER NOT NULL, PRIMARY KEY (by, idempotency_key)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE bootstrap (one INTEGER PRIMARY KEY CHECK (one = 1), user TEXT NOT NULL, done INTEGER NOT NULL) STRICT;`,

  `CREATE INDEX entry_by_account ON entry (type, account, id);`,
] as const

/** For how long a repeated create is known as one, in milliseconds. */
const RESERVED_MS = 24 * 3_600_000

export interface Entry {
  readonly id: string
  readonly type: 'user' | 'key'
  /** The person: themselves, or whose key it is. */
  readonly user: string
  readonly account: string
}

export interface Reservation {
  /** Who asks, and the idempotency key that they chose. */
  readonly by: string
  readonly idempotencyKey: string
  /** SHA-256 of what is to be made. */
  readonly fingerprint: string
}

export class Directory extends DurableObject<Env> {
  readonly #rows: Rows

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#rows = new Rows(ctx.storage, SCHEMA)
    this.#rows.open()
  }

  /** Lists what is about to be made, under `entry.id` or the id that the same create was given before. */
  enter(entry: Entry, reservation: Reservation | undefined): Result<string, Refusal> {
    return this.#rows.transaction(() => {
      const known = reservation && this.#reserved(reservation)
      if (known !== undefined) return known
      const nowMs = Date.now()
      const { id, type, user, account } = entry
      this.#rows.run('INSERT INTO entry VALUES (?, ?, ?, ?, ?)', id, type, user, account, nowMs)
      if (reservation !== undefined) this.#reserve(id, reservation, nowMs)
      return ok(id)
    })
  }

  /** Gives `id`, or the id that the same call was given before, to what is listed elsewhere. */
  reserve(id: string, reservation: Reservation): Result<string, Refusal> {
    return this.#rows.transaction(() => {
      const known = this.#reserved(reservation)
      if (known === undefined) this.#reserve(id, reservation, Date.now())
      return known ?? ok(id)
    })
  }

  /**
   * Enters the first person there is, or answers that there is one. Until the first has shown their authenticator
   * another may take their place: the answer that told its secret may have been lost.
   */
  enterFirst(userId: string): boolean {
    return this.#rows.transaction(() => {
      const [begun] = this.#rows.rows('SELECT user, done FROM bootstrap')
      const before = begun === undefined ? '' : text(begun['user'])
      const others = "SELECT 1 FROM entry WHERE type = 'user' AND id <> ? LIMIT 1"
      if (begun?.['done'] === 1 || this.#rows.rows(others, before).length > 0) return false
      this.#rows.run('DELETE FROM entry WHERE user = ?', before)
      this.#rows.run('INSERT OR REPLACE INTO bootstrap VALUES (1, ?, 0)', userId)
      return this.enter({ id: userId, type: 'user', user: userId, account: '' }, undefined).ok
    })
  }

  /** Whether this is the first person, who has not shown their authenticator yet. */
  isFirst(userId: string): boolean {
    const [begun] = this.#rows.rows('SELECT user, done FROM bootstrap')
    return begun?.['user'] === userId && begun['done'] === 0
  }

  /** The first person has shown their authenticator: the one-time secret opens nothing any more. */
  endBootstrap(): void {
    this.#rows.run('UPDATE bootstrap SET done = 1')
  }

  /** A page of ids after `after`, of one person's or of all. */
  list(
    type: Entry['type'],
    { user, after, most }: { user: string | undefined; after: string; most: number },
  ): readonly string[] {
    const rows =
      user === undefined
        ? this.#rows.rows(
            'SELECT id FROM entry WHERE type = ? AND id > ? ORDER BY id LIMIT ?',
            type,
            after,
            most,
          )
        : this.#rows.rows(
            'SELECT id FROM entry WHERE type = ? AND user = ? AND id > ? ORDER BY id LIMIT ?',
            type,
            user,
            after,
            most,
          )
    return rows.map(({ id }) => text(id))
  }

  /** A page of the keys of an account, after `after`. */
  keysOf(account: string, after: string, most: number): readonly string[] {
    const rows = this.#rows.rows(
      "SELECT id FROM entry WHERE type = 'key' AND account = ? AND id > ? ORDER BY id LIMIT ?",
      account,
      after,
      most,
    )
    return rows.map(({ id }) => text(id))
  }

  /** Whether a key was ever made for the account. */
  hasAccount(account: string): boolean {
    return this.keysOf(account, '', 1).length > 0
  }

  hasKey(account: string, id: string): boolean {
    const query = "SELECT 1 FROM entry WHERE type = 'key' AND account = ? AND id = ?"
    return this.#rows.rows(query, account, id).length > 0
  }

  has(type: Entry['type'], id: string): boolean {
    return this.#rows.rows('SELECT 1 FROM entry WHERE type = ? AND id = ?', type, id).length > 0
  }

  #reserve(id: string, { by, idempotencyKey, fingerprint }: Reservation, nowMs: number): void {
    const values = [by, idempotencyKey, fingerprint, id, nowMs]
    this.#rows.run('INSERT INTO reserved VALUES (?, ?, ?, ?, ?)', ...values)
  }

  #reserved({ by, idempotencyKey, fingerprint }: Reservation): Result<string, Refusal> | undefined {
    this.#rows.run('DELETE FROM reserved WHERE at_ms < ?', Date.now() - RESERVED_MS)
    const [row] = this.#rows.rows(
      'SELECT fingerprint, id FROM reserved WHERE by = ? AND idempotency_key = ?',
      by,
      idempotencyKey,
    )
    if (row === undefined) return undefined
    return row['fingerprint'] === fingerprint
      ? ok(text(row['id']))
      : refuse('idempotency_conflict', {
          detail: 'This idempotency key was used for another request. Choose a new one.',
        })
  }
}
