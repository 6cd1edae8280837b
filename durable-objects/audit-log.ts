/**
 * One shard of the audit log: takes what keys' objects ship, once, and keeps it. A record that is there stays as
 * it is; another one under its number means that an object went on from an older state.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Known, Shipment } from '../src/audit/shipment.ts'
import { number, Rows, text } from './rows.ts'

const SCHEMA = [
  `CREATE TABLE admission (
     key_id TEXT NOT NULL, sequence INTEGER NOT NULL, signed_at_ms INTEGER NOT NULL,
     replay_id TEXT NOT NULL, attempt TEXT NOT NULL, request_hash TEXT NOT NULL, record TEXT NOT NULL,
     PRIMARY KEY (key_id, sequence)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE gap (
     key_id TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, at_ms INTEGER NOT NULL,
     PRIMARY KEY (key_id, first)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE change (
     key_id TEXT NOT NULL, version INTEGER NOT NULL, at_ms INTEGER NOT NULL, key TEXT NOT NULL,
     PRIMARY KEY (key_id, version)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE fork (
     key_id TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (key_id, kind, number, body)
   ) STRICT, WITHOUT ROWID;`,
] as const

/** `forked`: the shard has all of it, but found other records under the same numbers, and had not known that yet. */
export type Taken = 'taken' | 'forked'

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
  }

  /** Takes a shipment, as a whole or not at all. Taking it again changes nothing. */
  append(keyId: string, shipment: Shipment): Taken {
    return this.#rows.transaction(() => {
      const forks = this.#forks(keyId, shipment)
      for (const { kind, number: at, body } of forks)
        this.#rows.run('INSERT INTO fork VALUES (?, ?, ?, ?)', keyId, kind, at, body)
      this.#write(keyId, shipment)
      return forks.length > 0 ? 'forked' : 'taken'
    })
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
    for (const { version, atMs, key } of changes)
      this.#rows.run('INSERT OR IGNORE INTO change VALUES (?, ?, ?, ?)', keyId, version, atMs, key)
  }

  /** What is known of a key beyond a number: its last change, and what was spent since a time. */
  known(keyId: string, afterSequence: number, sinceMs: number): Known {
    const [change] = this.#rows.rows(
      'SELECT version, at_ms, key FROM change WHERE key_id = ? ORDER BY version DESC LIMIT 1',
      keyId,
    )
    const [highest] = this.#rows.rows(
      'SELECT coalesce(max(sequence), 0) AS sequence FROM admission WHERE key_id = ?',
      keyId,
    )
    const spent = this.#rows.rows(
      `SELECT json_extract(record, '$.kind') AS kind, sum(json_extract(record, '$.weight')) AS units
         FROM admission
         WHERE key_id = ? AND sequence > ? AND json_extract(record, '$.decidedAtMs') > ?
         GROUP BY kind`,
      keyId,
      afterSequence,
      sinceMs,
    )
    return {
      highestSequence: number(highest?.['sequence']),
      spent: spent.map(({ kind, units }) => ({ kind: text(kind), units: number(units) })),
      lastChange: change && {
        version: number(change['version']),
        atMs: number(change['at_ms']),
        key: text(change['key']),
      },
    }
  }

  /** What has another record under its number here, and is not known to. */
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
