/** The one row in which the sequencer's state is kept. */
import * as v from 'valibot'
import type { Head, LogState } from '../src/audit/log-state.ts'
import { decodeEntries, encodeEntries } from '../src/audit/tile.ts'
import { number, text, type Rows } from './rows.ts'

export const LOG_SCHEMA = [
  `CREATE TABLE log (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     size INTEGER NOT NULL, root BLOB NOT NULL, at_ms INTEGER NOT NULL,
     taken TEXT NOT NULL, keys TEXT NOT NULL,
     staged_size INTEGER, staged_root BLOB, staged_at_ms INTEGER,
     staged_taken TEXT, staged_keys TEXT, staged_entries BLOB
   ) STRICT;`,
] as const

type Row = Readonly<Record<string, SqlStorageValue>>

const Marks = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.number()))
const Keys = v.pipe(v.string(), v.parseJson(), v.array(v.string()))

/** Replaces the row: one row written, whatever it holds. */
export function writeLogRow(rows: Rows, { head, staged }: LogState): void {
  const entries = staged === undefined ? null : octets(encodeEntries(staged.entries))
  const columns = [
    ...headColumns(head),
    ...(staged === undefined ? [null, null, null, null, null] : headColumns(staged)),
    entries,
  ]
  const marks = columns.map(() => '?').join(', ')
  rows.run(`INSERT OR REPLACE INTO log VALUES (1, ${marks})`, ...columns)
}

/** What was written last, or `undefined` in a new object. */
export function readLogRow(rows: Rows): LogState | undefined {
  const [row] = rows.rows('SELECT * FROM log')
  if (row === undefined) return undefined
  const head = readHead(row, '')
  if (row['staged_entries'] === null) return { head, staged: undefined }
  const entries = decodeEntries(bytes(row['staged_entries']))
  if (entries === undefined) throw new TypeError('Cannot read the row: its entries are damaged')
  return { head, staged: { ...readHead(row, 'staged_'), entries } }
}

function headColumns({ size, root, atMs, taken, keys }: Head): SqlStorageValue[] {
  const marks = JSON.stringify(Object.fromEntries(taken))
  return [size, octets(root), atMs, marks, JSON.stringify(keys)]
}

function readHead(row: Row, prefix: '' | 'staged_'): Head {
  const marks = Object.entries(v.parse(Marks, text(row[`${prefix}taken`])))
  return {
    size: number(row[`${prefix}size`]),
    root: bytes(row[`${prefix}root`]),
    atMs: number(row[`${prefix}at_ms`]),
    taken: new Map(marks.map(([shard, last]) => [Number(shard), last])),
    keys: v.parse(Keys, text(row[`${prefix}keys`])),
  }
}

/** A copy: the octets may be part of a larger buffer, all of which would be stored. */
function octets(view: Uint8Array): ArrayBuffer {
  return new Uint8Array(view).buffer
}

function bytes(value: SqlStorageValue | undefined): Uint8Array {
  if (!(value instanceof ArrayBuffer))
    throw new TypeError('Cannot read the row: a blob column holds another type')
  return new Uint8Array(value)
}
