/** The tables of one key's object. Every method is a statement or two; no rule lives here. */
import type { Admitted } from '../src/guard/decide.ts'
import { KEY_STATUSES, type Admission, type Key } from '../src/guard/key.ts'
import type { Gap, GuardStore, StoredLease } from '../src/guard/lease.ts'
import type { AdmissionRecord } from '../src/audit/record.ts'
import type { HandOver } from './hand-over.ts'
import type { Shipment, ShippedAdmission } from '../src/audit/shipment.ts'
import { readWindows, writeWindows } from '../src/guard/stored-windows.ts'
import { number, Rows, text } from './rows.ts'
import { KEY_GUARD_SCHEMA } from './key-guard-schema.ts'

export class KeyGuardStore extends Rows implements GuardStore {
  /** The alarm that is to be set once the transaction is done. */
  #alarmMs: number | undefined

  constructor(storage: DurableObjectStorage) {
    super(storage, KEY_GUARD_SCHEMA)
  }

  setAlarm(atMs: number): void {
    this.#alarmMs = atMs
  }

  /** The alarm that was asked for since the last call. */
  takeAlarm(): number | undefined {
    const atMs = this.#alarmMs
    this.#alarmMs = undefined
    return atMs
  }

  readKey(): Key | undefined {
    const [row] = this.rows('SELECT key_id, account, user, tier, status FROM key')
    const status = KEY_STATUSES.find((known) => known === row?.['status'])
    if (row === undefined || status === undefined) return undefined
    return {
      keyId: text(row['key_id']),
      account: text(row['account']),
      user: text(row['user']),
      tier: text(row['tier']),
      status,
      permissions: this.rows('SELECT name FROM permission').map(({ name }) => text(name)),
      addresses: this.rows('SELECT network FROM address').map(({ network }) => text(network)),
      credentials: this.rows('SELECT id, ends_at_ms FROM credential').map(
        ({ id, ends_at_ms: endsAtMs }) =>
          typeof endsAtMs === 'number' ? { id: text(id), endsAtMs } : { id: text(id) },
      ),
      limits: this.rows('SELECT name, units, window_seconds, until_ms FROM key_limit').map(
        ({ name, units, window_seconds: seconds, until_ms: untilMs }) => ({
          name: text(name),
          limit: number(units),
          windowSeconds: number(seconds),
          ...(typeof untilMs === 'number' ? { untilMs } : {}),
        }),
      ),
    }
  }

  /** How often the key has changed. */
  readVersion(): number {
    return number(this.rows('SELECT version FROM key')[0]?.['version'] ?? 0)
  }

  writeKey(key: Key, version: number): void {
    const { keyId, account, user, tier, status } = key
    this.run('DELETE FROM key; DELETE FROM permission; DELETE FROM address')
    this.run('DELETE FROM credential; DELETE FROM key_limit')
    this.run(
      'INSERT INTO key VALUES (1, ?, ?, ?, ?, ?, ?)',
      keyId,
      account,
      user,
      tier,
      status,
      version,
    )
    for (const permission of key.permissions)
      this.run('INSERT INTO permission VALUES (?)', permission)
    for (const network of key.addresses) this.run('INSERT INTO address VALUES (?)', network)
    for (const { id, endsAtMs } of key.credentials)
      this.run('INSERT INTO credential VALUES (?, ?)', id, endsAtMs ?? null)
    for (const { name, limit, windowSeconds, untilMs } of key.limits)
      this.run(
        'INSERT INTO key_limit VALUES (?, ?, ?, ?)',
        name,
        limit,
        windowSeconds,
        untilMs ?? null,
      )
  }

  /** Keeps what the key became until the audit log has it. */
  writeChange(version: number, atMs: number, key: Key): void {
    this.run('INSERT INTO change VALUES (?, ?, ?)', version, atMs, JSON.stringify(key))
  }

  readLease(): StoredLease {
    const row = this.rows('SELECT * FROM lease')[0] ?? {}
    const lastUsedMs = row['last_used_ms']
    return {
      open: row['open'] === 1,
      untilMs: number(row['until_ms']),
      sequence: number(row['sequence']),
      reservedSequence: number(row['reserved_sequence']),
      lastUsedMs: typeof lastUsedMs === 'number' ? lastUsedMs : undefined,
      lastSpentMs: number(row['last_spent_ms']),
      readMarkMs: number(row['read_mark_ms']),
      fenceMs: number(row['fence_ms']),
      floorMs: number(row['floor_ms']),
      acknowledged: number(row['acknowledged']),
      epoch: number(row['epoch']),
      windows: readWindows(text(row['windows'])),
    }
  }

  writeLease(lease: StoredLease): void {
    this.run(
      `UPDATE lease SET open = ?, until_ms = ?, sequence = ?, reserved_sequence = ?, last_used_ms = ?, last_spent_ms = ?,
         read_mark_ms = ?, fence_ms = ?, floor_ms = ?, acknowledged = ?, epoch = ?, windows = ?`,
      lease.open ? 1 : 0,
      lease.untilMs,
      lease.sequence,
      lease.reservedSequence,
      lease.lastUsedMs ?? null,
      lease.lastSpentMs,
      lease.readMarkMs,
      lease.fenceMs,
      lease.floorMs,
      lease.acknowledged,
      lease.epoch,
      writeWindows(lease.windows),
    )
  }

  writeGap({ first, last, atMs }: Gap): void {
    this.run('INSERT OR REPLACE INTO gap VALUES (?, ?, ?)', first, last, atMs)
  }

  admitted(replayId: string): Admitted | undefined {
    const [row] = this.rows(
      'SELECT attempt, request_hash, sequence FROM admission WHERE replay_id = ?',
      replayId,
    )
    if (row === undefined) return undefined
    const { attempt, request_hash: requestHash, sequence } = row
    return { attempt: text(attempt), requestHash: text(requestHash), sequence: number(sequence) }
  }

  /** One row holds attempt, request and record together. A plain INSERT: a second one would be a bug, and throws. */
  writeAdmission({ replayId, attempt, requestHash }: Admission, record: AdmissionRecord): void {
    this.run(
      'INSERT INTO admission VALUES (?, ?, ?, ?, ?, ?)',
      replayId,
      attempt,
      requestHash,
      record.sequence,
      record.signedAtMs,
      JSON.stringify(record),
    )
  }

  waiting(acknowledged: number): number {
    const [row] = this.rows(
      `SELECT (SELECT count(*) FROM admission WHERE sequence > ?) + (SELECT count(*) FROM gap)
         + (SELECT count(*) FROM change) AS waiting`,
      acknowledged,
    )
    return number(row?.['waiting'])
  }

  prune(acknowledged: number, signedMs: number): number | undefined {
    const old = 'FROM admission WHERE sequence <= ? AND signed_at_ms <= ?'
    const [row] = this.rows(`SELECT max(signed_at_ms) AS highest ${old}`, acknowledged, signedMs)
    const highest = row?.['highest']
    if (typeof highest !== 'number') return undefined
    this.run(`DELETE ${old}`, acknowledged, signedMs)
    return highest
  }

  lastSignedMs(): number | undefined {
    const highest = this.rows('SELECT max(signed_at_ms) AS highest FROM admission')[0]?.['highest']
    return typeof highest === 'number' ? highest : undefined
  }

  /** What the audit log does not have yet: the oldest first, at most `most` admissions. */
  readShipment(acknowledged: number, sequence: number, most: number): Shipment {
    const admissions = this.rows(
      'SELECT * FROM admission WHERE sequence > ? ORDER BY sequence LIMIT ?',
      acknowledged,
      most,
    ).map(shippedAdmission)
    return {
      admissions,
      gaps: this.rows('SELECT first, last, at_ms FROM gap').map((row) => ({
        first: number(row['first']),
        last: number(row['last']),
        atMs: number(row['at_ms']),
      })),
      changes: this.rows('SELECT version, at_ms, key FROM change').map((row) => ({
        version: number(row['version']),
        atMs: number(row['at_ms']),
        key: text(row['key']),
      })),
      upTo: admissions.length < most ? sequence : (admissions.at(-1)?.sequence ?? sequence),
    }
  }

  /** The audit log has them. */
  forgetShipped({ gaps, changes }: Shipment): void {
    for (const { first } of gaps) this.run('DELETE FROM gap WHERE first = ?', first)
    for (const { version } of changes) this.run('DELETE FROM change WHERE version = ?', version)
  }

  /** Takes over what another state of this key knew; what is known here already stays as it is. */
  writeShipped({ admissions, gaps, changes }: Omit<Shipment, 'upTo'>): void {
    for (const { replayId, attempt, requestHash, sequence, signedAtMs, record } of admissions)
      this.run(
        'INSERT OR IGNORE INTO admission VALUES (?, ?, ?, ?, ?, ?)',
        replayId,
        attempt,
        requestHash,
        sequence,
        signedAtMs,
        record,
      )
    for (const { first, last, atMs } of gaps)
      this.run('INSERT OR IGNORE INTO gap VALUES (?, ?, ?)', first, last, atMs)
    for (const { version, atMs, key } of changes)
      this.run('INSERT OR IGNORE INTO change VALUES (?, ?, ?)', version, atMs, key)
  }

  /** Where the key went, and whether it has arrived. */
  readMoved(): { readonly name: string; readonly done: boolean } | undefined {
    const [row] = this.rows('SELECT name, done FROM moved')
    return row && { name: text(row['name']), done: row['done'] === 1 }
  }

  /** From now on nothing is admitted here. Once arrived, only the signpost stays. */
  writeMoved(name: string, done: boolean): void {
    this.run('INSERT OR REPLACE INTO moved VALUES (1, ?, ?)', name, done ? 1 : 0)
    if (!done) return
    this.run('DELETE FROM key; DELETE FROM permission; DELETE FROM address; DELETE FROM credential')
    this.run('DELETE FROM key_limit; DELETE FROM admission; DELETE FROM gap; DELETE FROM change')
  }

  /** Everything that another object needs to go on, part by part; the last part holds the key. */
  *handOver(partSize: number): Generator<HandOver> {
    const { admissions, gaps, changes } = this.readShipment(0, 0, Number.MAX_SAFE_INTEGER)
    for (let i = 0; i < admissions.length; i += partSize)
      yield { admissions: admissions.slice(i, i + partSize), gaps: [], changes: [] }
    const key = this.readKey()
    if (key === undefined) return
    const last = { key, version: this.readVersion(), lease: this.readLease() }
    yield { admissions: [], gaps, changes, last }
  }

  /** Takes one part over. */
  writeHandOver(part: HandOver): void {
    this.writeShipped(part)
    if (part.last === undefined) return
    this.writeLease(part.last.lease)
    this.writeKey(part.last.key, part.last.version)
  }
}

function shippedAdmission(row: Record<string, SqlStorageValue>): ShippedAdmission {
  return {
    replayId: text(row['replay_id']),
    attempt: text(row['attempt']),
    requestHash: text(row['request_hash']),
    sequence: number(row['sequence']),
    signedAtMs: number(row['signed_at_ms']),
    record: text(row['record']),
  }
}
