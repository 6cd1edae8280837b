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
   ) STRICT, WITHOUT ROWID;`,
] as const

/** Whether the shard now has all of it, or holds other records under these numbers. */
export type Taken = 'taken' | 'forked'

export class AuditLog extends DurableObject<Env> {
  readonly #rows: Rows

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#rows = new Rows(ctx.storage, SCHEMA)
  }

  /** Takes a shipment, as a whole or not at all. Taking it again changes nothing. */
  append(keyId: string, shipment: Shipment): Taken {
    return this.#rows.transaction(() => {
      if (this.#forks(keyId, shipment)) return 'forked'
      for (const {
        sequence,
        signedAtMs,
        replayId,
        attempt,
        requestHash,
        record,
      } of shipment.admissions)
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
      for (const { first, last, atMs } of shipment.gaps)
        this.#rows.run('INSERT OR IGNORE INTO gap VALUES (?, ?, ?, ?)', keyId, first, last, atMs)
      for (const { version, atMs, key } of shipment.changes)
        this.#rows.run(
          'INSERT OR IGNORE INTO change VALUES (?, ?, ?, ?)',
          keyId,
          version,
          atMs,
          key,
        )
      return 'taken'
    })
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

  #forks(keyId: string, { admissions, changes }: Shipment): boolean {
    return (
      admissions.some(({ sequence, record }) => {
        const [row] = this.#rows.rows(
          'SELECT record FROM admission WHERE key_id = ? AND sequence = ?',
          keyId,
          sequence,
        )
        return row !== undefined && row['record'] !== record
      }) ||
      changes.some(({ version, key }) => {
        const [row] = this.#rows.rows(
          'SELECT key FROM change WHERE key_id = ? AND version = ?',
          keyId,
          version,
        )
        return row !== undefined && row['key'] !== key
      })
    )
  }
}
