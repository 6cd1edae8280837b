/** The tables of one key's object. Every method is a statement or two; no rule lives here. */
import type { Admitted } from '../src/guard/decide.ts'
import type { Admission, Key } from '../src/guard/key.ts'
import type { Gap, GuardStore, StoredLease } from '../src/guard/lease.ts'
import type { AdmissionRecord } from '../src/audit/record.ts'
import type { HandOver, Move } from './hand-over.ts'
import type { Shipment, ShippedAdmission } from '../src/audit/shipment.ts'
import { readCredentialsUsed, readWindows, writeWindows } from '../src/guard/stored-windows.ts'
import { clearKeyRows, readKeyRows, writeKeyRows } from './key-rows.ts'
import { number, Rows, text } from './rows.ts'
import { KEY_GUARD_SCHEMA } from './key-guard-schema.ts'

export class KeyGuardStore extends Rows implements GuardStore {
  /** The alarm that is to be set once the transaction is done. */
  #alarmMs: number | undefined
  /** Every replay id that has a row, and perhaps some that have none any more: most requests are in no row. */
  #replayIds: Set<string> | undefined

  constructor(storage: DurableObjectStorage) {
    super(storage, KEY_GUARD_SCHEMA)
    this.open()
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
    return readKeyRows(this)
  }

  writeKey(key: Key, version: number): void {
    writeKeyRows(this, key, version)
  }

  /** How often the key has changed. */
  readVersion(): number {
    return number(this.rows('SELECT version FROM key')[0]?.['version'] ?? 0)
  }

  /** Keeps what the key became until the audit log has it. */
  writeChange(version: number, atMs: number, key: Key, detail?: object): void {
    const why = detail === undefined ? null : JSON.stringify(detail)
    this.run('INSERT INTO change VALUES (?, ?, ?, ?)', version, atMs, JSON.stringify(key), why)
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
      credentialsUsed: readCredentialsUsed(text(row['credentials_used'])),
    }
  }

  writeLease(lease: StoredLease): void {
    this.run(
      `UPDATE lease SET open = ?, until_ms = ?, sequence = ?, reserved_sequence = ?, last_used_ms = ?, last_spent_ms = ?,
         read_mark_ms = ?, fence_ms = ?, floor_ms = ?, acknowledged = ?, epoch = ?, windows = ?,
         credentials_used = ?`,
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
      JSON.stringify(lease.credentialsUsed),
    )
  }

  writeAcknowledged(upTo: number): void {
    this.run('UPDATE lease SET acknowledged = ?', upTo)
  }

  writeGap({ first, last, atMs }: Gap): void {
    this.run('INSERT OR REPLACE INTO gap VALUES (?, ?, ?)', first, last, atMs)
  }

  admitted(replayId: string): Admitted | undefined {
    this.#replayIds ??= this.#readReplayIds()
    if (!this.#replayIds.has(replayId)) return undefined
    const [row] = this.rows(
      `SELECT attempt, request_hash, sequence, json_extract(record, '$.atMs') AS at_ms
         FROM admission WHERE replay_id = ?`,
      replayId,
    )
    if (row === undefined) return undefined
    const { attempt, request_hash: requestHash, sequence } = row
    return {
      attempt: text(attempt),
      requestHash: text(requestHash),
      sequence: number(sequence),
      decidedAtMs: number(row['at_ms']),
    }
  }

  /** One row holds attempt, request and record together. A plain INSERT: a second one would be a bug, and throws. */
  writeAdmission({ replayId, attempt, requestHash }: Admission, record: AdmissionRecord): void {
    this.#replayIds?.add(replayId)
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
    this.#replayIds = undefined
    return highest
  }

  #readReplayIds(): Set<string> {
    return new Set(
      this.rows('SELECT replay_id FROM admission').map((row) => text(row['replay_id'])),
    )
  }

  /** What was admitted lately and is no order or cancel: whether it has ended is not known here. */
  recentCalls(sinceMs: number): readonly string[] {
    const sql = `SELECT json_extract(record, '$.requestId') AS id FROM admission
       WHERE json_extract(record, '$.atMs') >= ? AND json_extract(record, '$.kind') IN ('account', 'withdrawal')
         AND json_extract(record, '$.route') NOT LIKE '% /gw/%'`
    return this.rows(sql, sinceMs).map(({ id }) => text(id))
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
      changes: this.rows('SELECT * FROM change').map((row) => ({
        version: number(row['version']),
        atMs: number(row['at_ms']),
        key: text(row['key']),
        detail: typeof row['detail'] === 'string' ? row['detail'] : undefined,
      })),
      upTo: admissions.length < most ? sequence : (admissions.at(-1)?.sequence ?? sequence),
      sequence,
      version: this.readVersion(),
    }
  }

  /** The audit log has them. */
  forgetShipped({ gaps, changes }: Shipment): void {
    for (const { first } of gaps) this.run('DELETE FROM gap WHERE first = ?', first)
    for (const { version } of changes) this.run('DELETE FROM change WHERE version = ?', version)
  }

  /** Takes over what another state of this key knew; what is known here already stays as it is. */
  #writeShipped({ admissions, gaps, changes }: HandOver): void {
    this.#replayIds = undefined
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
    for (const { version, atMs, key, detail } of changes)
      this.run(
        'INSERT OR IGNORE INTO change VALUES (?, ?, ?, ?)',
        version,
        atMs,
        key,
        detail ?? null,
      )
  }

  /** Where the key goes or went. */
  readMove(): Move | undefined {
    const [row] = this.rows('SELECT name, region, hand_over, done FROM moved')
    return (
      row && {
        name: text(row['name']),
        region: text(row['region']),
        handOver: text(row['hand_over']),
        done: row['done'] === 1,
      }
    )
  }

  /** From now on nothing is admitted here. Once it has arrived there, only the signpost stays. */
  writeMove({ name, region, handOver, done }: Move): void {
    this.run(
      'INSERT OR REPLACE INTO moved VALUES (1, ?, ?, ?, ?)',
      name,
      region,
      handOver,
      done ? 1 : 0,
    )
    if (done) this.#clear()
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

  /** The hand-over from which the key here came, or of which parts have come. */
  readArrived(): string | undefined {
    const [row] = this.rows('SELECT hand_over FROM arrived')
    return row && text(row['hand_over'])
  }

  /** Takes one part over. What came before of another hand-over, which never ended, goes. */
  writeHandOver(handOver: string, part: HandOver): void {
    if (this.readArrived() !== handOver) this.#clear()
    this.run('INSERT OR REPLACE INTO arrived VALUES (1, ?)', handOver)
    this.#writeShipped(part)
    if (part.last === undefined) return
    this.writeLease(part.last.lease)
    this.writeKey(part.last.key, part.last.version)
  }

  #clear(): void {
    clearKeyRows(this)
    this.run('DELETE FROM admission; DELETE FROM gap; DELETE FROM change')
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
