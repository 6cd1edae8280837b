/** The tables of the control's object. Every method is a statement or two; no rule lives here. */
import * as v from 'valibot'
import { ProvenanceSchema, type Provenance } from '../src/audit/provenance.ts'
import type { ChangeRecord } from '../src/audit/record.ts'
import { LevelSchema, ScopeSchema, type Trip } from '../src/control/trip.ts'
import { changeRecord } from './change-line.ts'
import { number, Rows, text } from './rows.ts'

const SCHEMA = [
  `CREATE TABLE trip (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE owed (
     trip TEXT NOT NULL, target TEXT NOT NULL, stands INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (trip, target)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE change (
     version INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, what TEXT NOT NULL, before TEXT, after TEXT, provenance TEXT
   ) STRICT;
   CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), changes INTEGER NOT NULL) STRICT;
   INSERT INTO progress VALUES (1, 0);`,
] as const

const SUBJECT = { type: 'control', id: 'control' } as const

const StoredTrip = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    id: v.string(),
    level: LevelSchema,
    scope: ScopeSchema,
    atMs: v.number(),
    by: ProvenanceSchema,
    drill: v.boolean(),
    liftedBy: v.optional(v.string()),
  }),
)

/** A trip that an object has not heard of yet, or not that it was lifted. */
export interface Owed {
  readonly trip: Trip
  /** The key or the account: `key:…`, `account:…`; or `keys`, of which it is not known yet which they are. */
  readonly target: string
  readonly stands: boolean
}

export class ControlStore extends Rows {
  constructor(storage: DurableObjectStorage) {
    super(storage, SCHEMA)
    this.open()
  }

  readTrips(): readonly Trip[] {
    return this.rows('SELECT body FROM trip').map(({ body }) => v.parse(StoredTrip, body))
  }

  writeTrip(trip: Trip): void {
    this.run('INSERT OR REPLACE INTO trip VALUES (?, ?)', trip.id, JSON.stringify(trip))
  }

  removeTrip(id: string): void {
    this.run('DELETE FROM trip WHERE id = ?', id)
  }

  owe({ trip, target, stands }: Owed): void {
    this.run(
      'INSERT OR REPLACE INTO owed VALUES (?, ?, ?, ?)',
      trip.id,
      target,
      stands ? 1 : 0,
      JSON.stringify(trip),
    )
  }

  /** What is owed of one trip, or of all. */
  readOwed(trip: string | undefined, most: number): readonly Owed[] {
    const rows =
      trip === undefined
        ? this.rows('SELECT * FROM owed LIMIT ?', most)
        : this.rows('SELECT * FROM owed WHERE trip = ? LIMIT ?', trip, most)
    return rows.map((row) => ({
      trip: v.parse(StoredTrip, row['body']),
      target: text(row['target']),
      stands: row['stands'] === 1,
    }))
  }

  /** @param stands what was told: what is owed by now may be the contrary. */
  told({ trip, target, stands }: Owed): void {
    const values = [trip.id, target, stands ? 1 : 0]
    this.run('DELETE FROM owed WHERE trip = ? AND target = ? AND stands = ?', ...values)
  }

  writeChange(what: string, atMs: number, before: unknown, after: unknown, by: Provenance): void {
    const version = number(this.rows('SELECT changes FROM progress')[0]?.['changes']) + 1
    this.run('UPDATE progress SET changes = ?', version)
    const json = [before, after, by].map((one) => (one === undefined ? null : JSON.stringify(one)))
    this.run('INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)', version, atMs, what, ...json)
  }

  readChanges(most: number): readonly ChangeRecord[] {
    return this.rows('SELECT * FROM change ORDER BY version LIMIT ?', most).map((row) =>
      changeRecord(SUBJECT, number(row['version']), text(row['what']), row),
    )
  }

  forgetChanges(upTo: number): void {
    this.run('DELETE FROM change WHERE version <= ?', upTo)
  }
}
