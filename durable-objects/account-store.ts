/** The tables of one account's object. Every method is a statement or two; no rule lives here. */
import * as v from 'valibot'
import type { Provenance } from '../src/audit/provenance.ts'
import type { ChangeRecord, OrderEventRecord } from '../src/audit/record.ts'
import { AccountHoldSchema, type AccountHold } from '../src/control/hold.ts'
import { canonical } from '../src/lib/jcs.ts'
import type { AccountState, AccountStore, Grant } from '../src/risk/account-port.ts'
import { entryText, restoreEntries, type Entry } from '../src/risk/entry.ts'
import { LimitsSchema } from '../src/risk/limits.ts'
import type { StoredDays } from '../src/risk/book.ts'
import type { Position } from '../src/risk/positions.ts'
import { NEVER, RestoredSchema, type Restored } from '../src/risk/restored.ts'
import {
  NO_CAPS,
  type Caps,
  type Latch,
  type Override,
  type Version,
} from '../src/risk/settings.ts'
import { changeRecord } from './change-line.ts'
import { latchOf, overrideOf, versionOf } from './account-columns.ts'
import { ACCOUNT_SCHEMA } from './account-schema.ts'
import { number, Rows, text } from './rows.ts'

const Slots = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.tuple([v.number(), v.string(), v.number()])),
)
const Texts = v.pipe(v.string(), v.parseJson(), v.array(v.string()))
const StoredHold = v.pipe(v.string(), v.parseJson(), AccountHoldSchema)
const StoredLimits = v.pipe(v.string(), v.parseJson(), LimitsSchema)
const StoredRestored = v.pipe(v.string(), v.parseJson(), RestoredSchema)

/** Events that wait for the audit log: the text of each, and the number of the last. */
export interface Waiting {
  readonly events: readonly string[]
  readonly last: number
}

export class AccountRows extends Rows implements AccountStore {
  constructor(storage: DurableObjectStorage) {
    super(storage, ACCOUNT_SCHEMA)
    this.open()
  }

  read(): AccountState {
    return {
      ...this.#entries(),
      days: this.rows('SELECT * FROM day').map(({ scope, slots }) => [
        text(scope),
        v.parse(Slots, slots),
      ]),
      nextNumber: number(this.#progress()['next_number']),
      versions: this.#versions(),
      caps: this.#caps(),
      overrides: this.rows('SELECT * FROM override').map(overrideOf),
      latches: this.rows('SELECT * FROM latch').map(latchOf),
      positions: this.rows('SELECT * FROM position').map((row) => ({
        symbol: text(row['symbol']),
        quantity: BigInt(text(row['quantity'])),
        atMs: number(row['at_ms']),
      })),
      grant: this.grant(),
      restored: this.#restored(),
      holds: this.rows('SELECT body FROM hold').map(({ body }) => v.parse(StoredHold, body)),
    }
  }

  #entries(): Pick<AccountState, 'entries' | 'heldBy'> {
    const rows = this.rows('SELECT body, changed FROM entry ORDER BY number')
    return restoreEntries(
      rows.map(({ body, changed }) => ({ body: text(body), changed: v.parse(Texts, changed) })),
    )
  }

  /** Replaces what is held by what is held now. */
  writeHolds(holds: readonly AccountHold[]): void {
    this.run('DELETE FROM hold')
    for (const hold of holds)
      this.run('INSERT INTO hold VALUES (?, ?)', hold.id, JSON.stringify(hold))
  }

  writeEntry(entry: Entry, events: readonly OrderEventRecord[], changed: readonly Entry[]): void {
    this.run(
      'INSERT INTO entry VALUES (?, ?, ?, ?)',
      entry.number,
      entryText(entry),
      JSON.stringify(changed.map(entryText)),
      JSON.stringify(events.map((event) => canonical(event))),
    )
  }

  changeEntry(entry: Entry): void {
    this.run('UPDATE entry SET body = ? WHERE number = ?', entryText(entry), entry.number)
  }

  forgetEntries(entries: readonly Entry[], days: StoredDays, nextNumber: number): void {
    for (const entry of entries) this.run('DELETE FROM entry WHERE number = ?', entry.number)
    for (const [scope, slots] of days)
      this.run('INSERT OR REPLACE INTO day VALUES (?, ?)', scope, JSON.stringify(slots))
    this.run('UPDATE progress SET next_number = ?', nextNumber)
  }

  /** What the audit log does not have, oldest first, and how much there is in all. */
  waiting(after: number, most: number): Waiting {
    const events: string[] = []
    let last = after
    const rows = this.rows(
      'SELECT number, events FROM entry WHERE number > ? ORDER BY number LIMIT ?',
      after,
      most,
    )
    for (const row of rows) {
      const own = v.parse(Texts, row['events'])
      events.push(...own)
      last = number(row['number']) + Math.max(own.length, 1) - 1
    }
    return { events, last }
  }

  countWaiting(after: number): number {
    return number(this.rows('SELECT count(*) AS n FROM entry WHERE number > ?', after)[0]?.['n'])
  }

  shipped(): number {
    return number(this.#progress()['shipped'])
  }

  writeShipped(upTo: number): void {
    this.run('UPDATE progress SET shipped = ?', upTo)
  }

  grant(): Grant & { readonly question: number } {
    const row = this.#progress()
    return {
      open: BigInt(text(row['open_grant'])),
      daily: BigInt(text(row['daily_grant'])),
      question: number(row['question']),
    }
  }

  writeGrant({ open, daily }: Grant, question: number): void {
    this.run(
      'UPDATE progress SET open_grant = ?, daily_grant = ?, question = ?',
      open.toString(),
      daily.toString(),
      question,
    )
  }

  writeVersion({ revision, atMs, untilMs, limits }: Version, by: Provenance): void {
    this.run(
      'INSERT INTO version VALUES (?, ?, ?, ?, ?)',
      revision,
      atMs,
      untilMs ?? null,
      JSON.stringify(limits),
      JSON.stringify(by),
    )
  }

  writeCaps({ limits, next }: Caps): void {
    this.run(
      'INSERT OR REPLACE INTO caps VALUES (1, ?, ?, ?)',
      JSON.stringify(limits),
      next === undefined ? null : JSON.stringify(next.limits),
      next?.fromMs ?? null,
    )
  }

  writeOverride({ id, orderHash, untilMs, askedBy, approvedBy, usedBy }: Override): void {
    const own = [id, orderHash, untilMs, askedBy, approvedBy ?? null, usedBy ?? null]
    this.run('INSERT OR REPLACE INTO override VALUES (?, ?, ?, ?, ?, ?)', ...own)
  }

  useOverride(id: string, requestId: string, atMs: number): void {
    this.run('UPDATE override SET used_by = ? WHERE id = ?', requestId, id)
    this.writeChange('risk.override.used', atMs, { after: { id, requestId } })
  }

  latch({ id, keyId, symbol, side, atMs, releasedAtMs }: Latch): void {
    const own = [keyId, symbol, side, id, atMs, releasedAtMs ?? null]
    this.run('INSERT OR REPLACE INTO latch VALUES (?, ?, ?, ?, ?, ?)', ...own)
    if (releasedAtMs === undefined)
      this.writeChange('risk.latched', atMs, { after: { id, keyId, symbol, side } })
  }

  writePosition({ symbol, quantity, atMs }: Position): void {
    this.run('INSERT OR REPLACE INTO position VALUES (?, ?, ?)', symbol, quantity.toString(), atMs)
  }

  forgetPosition(symbol: string | undefined): void {
    if (symbol === undefined) this.run('DELETE FROM position')
    else this.run('DELETE FROM position WHERE symbol = ?', symbol)
  }

  forgetPositionsBefore(atMs: number): void {
    this.run('DELETE FROM position WHERE at_ms < ?', atMs)
  }

  writeRestored(restored: Restored): void {
    this.run('INSERT OR REPLACE INTO restored VALUES (1, ?)', JSON.stringify(restored))
  }

  forgetPassing(): void {
    this.run('DELETE FROM position')
    this.run('DELETE FROM override')
    this.run("UPDATE progress SET open_grant = '0', daily_grant = '0'")
  }

  /** The number of the last change. */
  lastChange(): number {
    return number(this.#progress()['changes'])
  }

  /** Numbers of changes up to this one are taken by what is not known here. */
  goOn(highest: number): void {
    this.run('UPDATE progress SET changes = max(changes, ?)', highest)
  }

  /** Keeps what changed until the audit log has it. */
  writeChange(
    what: string,
    atMs: number,
    { before, after }: { readonly before?: unknown; readonly after?: unknown },
    by?: Provenance,
  ): void {
    const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value))
    const version = this.lastChange() + 1
    this.run('UPDATE progress SET changes = ?', version)
    const own = [version, atMs, what, json(before), json(after), json(by)]
    this.run('INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)', ...own)
  }

  readChanges(subject: ChangeRecord['subject'], most: number): readonly ChangeRecord[] {
    return this.rows('SELECT * FROM change ORDER BY version LIMIT ?', most).map((row) =>
      changeRecord(subject, number(row['version']), text(row['what']), row),
    )
  }

  forgetChanges(upTo: number): void {
    this.run('DELETE FROM change WHERE version <= ?', upTo)
  }

  /** Every version with why it was made, newest first. */
  history(): readonly { readonly version: Version; readonly by: string }[] {
    return this.rows('SELECT * FROM version ORDER BY revision DESC').map((row) => ({
      version: versionOf(row),
      by: text(row['provenance']),
    }))
  }

  #versions(): readonly Version[] {
    return this.rows('SELECT * FROM version ORDER BY revision').map(versionOf)
  }

  #caps(): Caps {
    const [row] = this.rows('SELECT * FROM caps')
    if (row === undefined) return NO_CAPS
    const { next_limits: next, next_from_ms: fromMs } = row
    return {
      limits: v.parse(StoredLimits, row['limits']),
      next:
        typeof fromMs === 'number' ? { limits: v.parse(StoredLimits, next), fromMs } : undefined,
    }
  }

  #restored(): Restored {
    const [row] = this.rows('SELECT state FROM restored')
    return row === undefined ? NEVER : v.parse(StoredRestored, row['state'])
  }

  #progress() {
    return this.rows('SELECT * FROM progress')[0] ?? {}
  }
}
