/** The tables of one person's object. Every method is a statement or two; no rule lives here. */
import type { Provenance } from '../src/audit/provenance.ts'
import type { ChangeRecord } from '../src/audit/record.ts'
import type { Sealed } from '../src/credential/envelope.ts'
import { readRoles, type Role } from '../src/access/role.ts'
import { NEW_FACTOR, type SecondFactor } from '../src/session/second-factor.ts'
import type { Person, StoredSession } from '../src/session/person.ts'
import { changeRecord } from './change-line.ts'
import { number, Rows, text } from './rows.ts'

const SCHEMA = [
  `CREATE TABLE person (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     user_id TEXT NOT NULL, name TEXT NOT NULL, created_at_ms INTEGER NOT NULL,
     version INTEGER NOT NULL, sessions_from INTEGER NOT NULL, revision INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE role (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE second_factor (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     kek TEXT NOT NULL, data_key TEXT NOT NULL, value TEXT NOT NULL,
     confirmed INTEGER NOT NULL, last_step INTEGER NOT NULL, failures INTEGER NOT NULL, not_before_ms INTEGER NOT NULL,
     attempt TEXT
   ) STRICT;
   CREATE TABLE recovery (hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE owned_key (key_id TEXT PRIMARY KEY, object TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE session (
     sid TEXT PRIMARY KEY, key_id TEXT NOT NULL, credential_id TEXT NOT NULL,
     created_at_ms INTEGER NOT NULL, auth_time_ms INTEGER NOT NULL, refreshed_at_ms INTEGER NOT NULL,
     network TEXT NOT NULL, jkt TEXT, amr TEXT NOT NULL, generation INTEGER NOT NULL, refresh_hash TEXT NOT NULL,
     version INTEGER NOT NULL, ended_at_ms INTEGER, ended_why TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE push (key_id TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE change (
     version INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, what TEXT NOT NULL, before TEXT, after TEXT, provenance TEXT
   ) STRICT;
   CREATE TABLE proof (id TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
] as const

/** A second factor as it is stored. */
export interface StoredFactor {
  readonly sealed: Sealed
  readonly state: SecondFactor
  /** The attempt whose password was last accepted: asked again, it is answered alike. */
  readonly attempt: string | undefined
}

export interface PersonChange {
  readonly what: string
  readonly before?: unknown
  readonly after?: unknown
}

export class UserStore extends Rows {
  constructor(storage: DurableObjectStorage) {
    super(storage, SCHEMA)
    this.open()
  }

  readPerson(): Person | undefined {
    const [row] = this.rows('SELECT * FROM person')
    if (row === undefined) return undefined
    return {
      userId: text(row['user_id']),
      name: text(row['name']),
      createdAtMs: number(row['created_at_ms']),
      version: number(row['version']),
      sessionsFrom: number(row['sessions_from']),
      revision: number(row['revision']),
      roles: readRoles(this.rows('SELECT name FROM role').map(({ name }) => text(name))),
    }
  }

  writePerson(person: Person): void {
    this.run(
      'INSERT OR REPLACE INTO person VALUES (1, ?, ?, ?, ?, ?, ?)',
      person.userId,
      person.name,
      person.createdAtMs,
      person.version,
      person.sessionsFrom,
      person.revision,
    )
    this.#writeRoles(person.roles)
  }

  #writeRoles(roles: readonly Role[]): void {
    this.run('DELETE FROM role')
    for (const role of roles) this.run('INSERT INTO role VALUES (?)', role)
  }

  readFactor(): StoredFactor | undefined {
    const [row] = this.rows('SELECT * FROM second_factor')
    if (row === undefined) return undefined
    const attempt = row['attempt']
    return {
      sealed: { kek: text(row['kek']), dataKey: text(row['data_key']), value: text(row['value']) },
      state: {
        confirmed: row['confirmed'] === 1,
        lastStep: number(row['last_step']),
        failures: number(row['failures']),
        notBeforeMs: number(row['not_before_ms']),
      },
      attempt: typeof attempt === 'string' ? attempt : undefined,
    }
  }

  /** A new factor in the place of any that was there; its recovery codes go with it. */
  enrol({ kek, dataKey, value }: Sealed): void {
    this.run(
      'INSERT OR REPLACE INTO second_factor VALUES (1, ?, ?, ?, 0, ?, 0, 0, NULL)',
      kek,
      dataKey,
      value,
      NEW_FACTOR.lastStep,
    )
    this.run('DELETE FROM recovery')
  }

  writeFactor(
    { confirmed, lastStep, failures, notBeforeMs }: SecondFactor,
    attempt?: string,
  ): void {
    this.run(
      `UPDATE second_factor SET confirmed = ?, last_step = ?, failures = ?, not_before_ms = ?,
         attempt = coalesce(?, attempt)`,
      confirmed ? 1 : 0,
      lastStep,
      failures,
      notBeforeMs,
      attempt ?? null,
    )
  }

  writeRecovery(hashes: readonly string[]): void {
    this.run('DELETE FROM recovery')
    for (const hash of hashes) this.run('INSERT INTO recovery VALUES (?)', hash)
  }

  recoveryLeft(): number {
    return number(this.rows('SELECT count(*) AS codes FROM recovery')[0]?.['codes'])
  }

  /** Uses a recovery code up. Answers whether it was there. */
  takeRecovery(hash: string): boolean {
    const found = this.rows('SELECT 1 FROM recovery WHERE hash = ?', hash).length > 0
    if (found) this.run('DELETE FROM recovery WHERE hash = ?', hash)
    return found
  }

  /** The keys of this person, each with the object where it is. */
  readKeys(): readonly { readonly keyId: string; readonly object: string }[] {
    return this.rows('SELECT key_id, object FROM owned_key').map((row) => ({
      keyId: text(row['key_id']),
      object: text(row['object']),
    }))
  }

  writeKey(keyId: string, object: string): void {
    this.run('INSERT OR REPLACE INTO owned_key VALUES (?, ?)', keyId, object)
  }

  readSession(sid: string): StoredSession | undefined {
    const [row] = this.rows('SELECT * FROM session WHERE sid = ?', sid)
    return row && storedSession(row)
  }

  /** The newest first. */
  readSessions(): readonly StoredSession[] {
    return this.rows('SELECT * FROM session ORDER BY created_at_ms DESC').map(storedSession)
  }

  writeSession(session: StoredSession): void {
    this.run(
      'INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      session.sid,
      session.keyId,
      session.credentialId,
      session.createdAtMs,
      session.authTimeMs,
      session.refreshedAtMs,
      session.network,
      session.jkt ?? null,
      session.amr.join(' '),
      session.generation,
      session.refreshHash,
      session.version,
      session.endedAtMs ?? null,
      session.endedWhy ?? null,
    )
  }

  forgetSession(sid: string): void {
    this.run('DELETE FROM session WHERE sid = ?', sid)
  }

  /** Uses a proof up. Answers whether it was new; it is remembered until it can be accepted nowhere. */
  takeProof(id: string, nowMs: number, untilMs: number): boolean {
    this.run('DELETE FROM proof WHERE until_ms < ?', nowMs)
    const known = this.rows('SELECT 1 FROM proof WHERE id = ?', id).length > 0
    if (!known) this.run('INSERT INTO proof VALUES (?, ?)', id, untilMs)
    return !known
  }

  /** Keys that have not heard of this version yet. */
  readPushes(): readonly { readonly keyId: string; readonly version: number }[] {
    return this.rows('SELECT key_id, version FROM push').map((row) => ({
      keyId: text(row['key_id']),
      version: number(row['version']),
    }))
  }

  oweEveryKey(version: number): void {
    this.run('INSERT OR REPLACE INTO push SELECT key_id, ? FROM owned_key', version)
  }

  oweKey(keyId: string, version: number): void {
    this.run('INSERT OR REPLACE INTO push VALUES (?, ?)', keyId, version)
  }

  pushed(keyId: string, version: number): void {
    this.run('DELETE FROM push WHERE key_id = ? AND version <= ?', keyId, version)
  }

  /** What somebody did, as durable as what it did. */
  writeChange(
    version: number,
    atMs: number,
    { what, before, after }: PersonChange,
    provenance: Provenance | undefined,
  ): void {
    this.run(
      'INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)',
      version,
      atMs,
      what,
      before === undefined ? null : JSON.stringify(before),
      after === undefined ? null : JSON.stringify(after),
      provenance === undefined ? null : JSON.stringify(provenance),
    )
  }

  /** What the audit log does not have yet, the oldest first. */
  readChanges(userId: string, most: number): readonly ChangeRecord[] {
    const subject = { type: 'user', id: userId } as const
    return this.rows('SELECT * FROM change ORDER BY version LIMIT ?', most).map((row) =>
      changeRecord(subject, number(row['version']), text(row['what']), row),
    )
  }

  /** The audit log has them. */
  forgetChanges(version: number): void {
    this.run('DELETE FROM change WHERE version <= ?', version)
  }
}

function storedSession(row: Record<string, SqlStorageValue>): StoredSession {
  const [jkt, endedAtMs, endedWhy] = [row['jkt'], row['ended_at_ms'], row['ended_why']]
  return {
    sid: text(row['sid']),
    keyId: text(row['key_id']),
    credentialId: text(row['credential_id']),
    createdAtMs: number(row['created_at_ms']),
    authTimeMs: number(row['auth_time_ms']),
    refreshedAtMs: number(row['refreshed_at_ms']),
    network: text(row['network']),
    jkt: typeof jkt === 'string' ? jkt : undefined,
    amr: text(row['amr']).split(' '),
    generation: number(row['generation']),
    refreshHash: text(row['refresh_hash']),
    version: number(row['version']),
    endedAtMs: typeof endedAtMs === 'number' ? endedAtMs : undefined,
    endedWhy: typeof endedWhy === 'string' ? endedWhy : undefined,
  }
}
