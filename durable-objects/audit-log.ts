/**
 * One shard of the audit log: takes what keys' objects ship, once, and keeps it. A record that is there stays as
 * it is; another one under its number means that an object went on from an older state.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Known, Shipment, ShippedChange } from '../src/audit/shipment.ts'
import { NUMBERS_BLOCK } from '../src/guard/lease.ts'
import { number, Rows, text } from './rows.ts'

const SCHEMA = [
  `CREATE TABLE admission (
     key_id TEXT NOT NULL, sequence INTEGER NOT NULL, signed_at_ms INTEGER NOT NULL,
     replay_id TEXT NOT NULL, attempt TEXT NOT NULL, request_hash TEXT NOT NULL, record TEXT NOT NULL,
     PRIMARY KEY (key_id, sequence)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE gap (
     key_id TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, at_ms INTEGER NOT NULL,
     PRIMARY KEY (key_id, first, last)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE change (
     key_id TEXT NOT NULL, version INTEGER NOT NULL, at_ms INTEGER NOT NULL, key TEXT NOT NULL,
     PRIMARY KEY (key_id, version)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE moved (key_id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE told (key_id TEXT PRIMARY KEY, block INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE fork (
     key_id TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (key_id, kind, number, body)
   ) STRICT, WITHOUT ROWID;`,

  'ALTER TABLE change ADD COLUMN detail TEXT',
] as const

/** `behind`: the sender went on from an older state than what is here; nothing was taken. */
export type Taken = 'taken' | 'behind'

interface Fork {
  readonly kind: string
  readonly number: number
  readonly body: string
}

export class AuditLog extends DurableObject<Env> {
  readonly #rows: Rows

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#rows = new Rows(ctx.storage, SCHEMA)
    this.#rows.open()
  }

  /**
   * Takes a shipment, as a whole or not at all. Taking it again changes nothing. A sender that is behind must seal
   * itself first; what it then ships under numbers that are taken is kept beside.
   */
  append(keyId: string, shipment: Shipment): Taken {
    return this.#rows.transaction(() => {
      const { version } = this.#lastChange(keyId) ?? { version: 0 }
      const isOlder = version > shipment.version || this.#highestSequence(keyId) > shipment.sequence
      const forks = this.#forks(keyId, shipment)
      if (isOlder || (forks.length > 0 && !this.#settleForks(keyId, shipment))) return 'behind'
      for (const { kind, number: at, body } of forks)
        this.#rows.run('INSERT INTO fork VALUES (?, ?, ?, ?)', keyId, kind, at, body)
      this.#write(keyId, shipment)
      return 'taken'
    })
  }

  /**
   * Notes that an object has forked, until it has sealed itself: its numbers then go on far beyond. Answers whether
   * it has.
   */
  #settleForks(keyId: string, { sequence }: Shipment): boolean {
    const block = Math.floor(sequence / NUMBERS_BLOCK)
    const [told] = this.#rows.rows('SELECT block FROM told WHERE key_id = ?', keyId)
    if (told !== undefined && block > number(told['block'])) {
      this.#rows.run('DELETE FROM told WHERE key_id = ?', keyId)
      return true
    }
    this.#rows.run('INSERT OR REPLACE INTO told VALUES (?, ?)', keyId, block)
    return false
  }

  /** The key's object is another from now on. */
  move(keyId: string, name: string): void {
    this.#rows.run('INSERT OR REPLACE INTO moved VALUES (?, ?)', keyId, name)
  }

  #write(keyId: string, { admissions, gaps, changes }: Shipment): void {
    for (const { sequence, signedAtMs, replayId, attempt, requestHash, record } of admissions)
      this.#rows.run(
        'INSERT OR IGNORE INTO admission VALUES (?, ?, ?, ?, ?, ?, ?)',
        keyId,
        sequence,
        signedAtMs,
        replayId,
        attempt,
        requestHash,
        record,
      )
    for (const { first, last, atMs } of gaps)
      this.#rows.run('INSERT OR IGNORE INTO gap VALUES (?, ?, ?, ?)', keyId, first, last, atMs)
    for (const { version, atMs, key, detail } of changes)
      this.#rows.run(
        'INSERT OR IGNORE INTO change VALUES (?, ?, ?, ?, ?)',
        keyId,
        version,
        atMs,
        key,
        detail ?? null,
      )
  }

  /** What is known of a key beyond a number: its last change, and what was spent since a time. */
  known(keyId: string, afterSequence: number, sinceMs: number): Known {
    const spent = this.#rows.rows(
      `SELECT json_extract(record, '$.kind') AS kind, sum(json_extract(record, '$.weight')) AS units
         FROM admission
         WHERE key_id = ? AND sequence > ? AND json_extract(record, '$.decidedAtMs') > ?
         GROUP BY kind`,
      keyId,
      afterSequence,
      sinceMs,
    )
    const revoked = `SELECT 1 FROM change
      WHERE key_id = ? AND json_extract(key, '$.status') = 'revoked' LIMIT 1`
    const [moved] = this.#rows.rows('SELECT name FROM moved WHERE key_id = ?', keyId)
    return {
      highestSequence: this.#highestSequence(keyId),
      spent: spent.map(({ kind, units }) => ({ kind: text(kind), units: number(units) })),
      lastChange: this.#lastChange(keyId),
      revoked: this.#rows.rows(revoked, keyId).length > 0,
      movedTo: moved && text(moved['name']),
    }
  }

  #lastChange(keyId: string): ShippedChange | undefined {
    const [row] = this.#rows.rows(
      'SELECT version, at_ms, key FROM change WHERE key_id = ? ORDER BY version DESC LIMIT 1',
      keyId,
    )
    return (
      row && {
        version: number(row['version']),
        atMs: number(row['at_ms']),
        key: text(row['key']),
      }
    )
  }

  #highestSequence(keyId: string): number {
    const [row] = this.#rows.rows(
      `SELECT max(
         coalesce((SELECT max(sequence) FROM admission WHERE key_id = ?1), 0),
         coalesce((SELECT max(last) FROM gap WHERE key_id = ?1), 0)
       ) AS sequence`,
      keyId,
    )
    return number(row?.['sequence'])
  }

  /** What has another record under its number here, and is not kept beside it yet. */
  #forks(keyId: string, { admissions, changes }: Shipment): readonly Fork[] {
    const claims = [
      ...admissions.map((one) => ({ kind: 'admission', number: one.sequence, body: one.record })),
      ...changes.map((one) => ({ kind: 'change', number: one.version, body: one.key })),
    ]
    return claims.filter(({ kind, number: at, body }) => {
      const query =
        kind === 'admission'
          ? 'SELECT record AS body FROM admission WHERE key_id = ? AND sequence = ?'
          : 'SELECT key AS body FROM change WHERE key_id = ? AND version = ?'
      const [kept] = this.#rows.rows(query, keyId, at)
      if (kept === undefined || kept['body'] === body) return false
      const known = 'SELECT 1 FROM fork WHERE key_id = ? AND kind = ? AND number = ? AND body = ?'
      return this.#rows.rows(known, keyId, kind, at, body).length === 0
    })
  }
}
