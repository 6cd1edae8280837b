/**
 * The records of an export as a table that can be asked. What somebody asks is run where nothing can be reached but
 * this table: no file, no network, no setting that would allow either.
 */
import fs from 'node:fs'
import path from 'node:path'
import type { DuckDBConnection, JS } from '@duckdb/node-api'
import type { Answer, Cell } from './answer.ts'
import { WrongUse } from '../wrong-use.ts'
import type { Progress } from './progress.ts'

/** Members of a record that are columns of the table; `record` has all of it. */
const MEMBERS = {
  type: 'VARCHAR',
  uid: 'VARCHAR',
  atMs: 'BIGINT',
  requestId: 'VARCHAR',
  sequence: 'BIGINT',
  keyId: 'VARCHAR',
  credentialId: 'VARCHAR',
  account: 'VARCHAR',
  user: 'VARCHAR',
  session: 'VARCHAR',
  operation: 'VARCHAR',
  route: 'VARCHAR',
  kind: 'VARCHAR',
  address: 'VARCHAR',
  decision: 'VARCHAR',
  status: 'INTEGER',
  code: 'VARCHAR',
  reason: 'VARCHAR',
  outcome: 'VARCHAR',
  admitted: 'BOOLEAN',
  country: 'VARCHAR',
  asn: 'BIGINT',
  durationMs: 'BIGINT',
  what: 'VARCHAR',
  version: 'BIGINT',
  approver: 'VARCHAR',
  ticket: 'VARCHAR',
  first: 'BIGINT',
  last: 'BIGINT',
  cause: 'VARCHAR',
  network: 'VARCHAR',
  count: 'BIGINT',
} as const

export class RecordsDb {
  readonly #connection: DuckDBConnection

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  /** @throws {WrongUse} when the folder holds no records. */
  static async open(folder: string, progress: Progress): Promise<RecordsDb> {
    const records = path.join(folder, 'records')
    if (!fs.existsSync(records)) throw new WrongUse(`${folder} is no export: it has no records`)
    if (/[*?[\]{}]/.test(folder))
      throw new WrongUse('Call the folder something without * ? [ ] { }, which here mean several')
    const files = fs
      .readdirSync(records)
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted()
    // Only who asks needs it: it is large.
    const { DuckDBInstance } = await import('@duckdb/node-api')
    // Without a folder for what does not fit into memory: records are not to lie about.
    const instance = await DuckDBInstance.create(':memory:', { temp_directory: '' })
    const connection = await instance.connect()
    await connection.run(CREATE)
    for (const [i, file] of files.entries()) {
      await connection.run(LOAD, [path.join(records, file)])
      progress.show(i + 1, files.length)
    }
    progress.end()
    await connection.run('SET enable_external_access = false')
    await connection.run('SET lock_configuration = true')
    return new RecordsDb(connection)
  }

  /**
   * @param values bound to `$1`, `$2` …
   * @throws {WrongUse} when the question is none.
   */
  async ask(sql: string, values: readonly (string | bigint)[], limit: number): Promise<Answer> {
    try {
      const reader = await this.#connection.runAndReadUntil(sql, limit + 1, [...values])
      const rows = reader.getRowsJS().slice(0, limit + 1)
      return {
        columns: reader.deduplicatedColumnNames(),
        rows: rows.slice(0, limit).map((row) => row.map(cellOf)),
        more: rows.length > limit,
      }
    } catch (error) {
      throw new WrongUse(error instanceof Error ? error.message : 'This cannot be asked')
    }
  }
}

const NAMES = Object.keys(MEMBERS)
const quoted = (name: string) => `"${name}"`

const CREATE = `CREATE TABLE records (leaf BIGINT, time TIMESTAMP, ${Object.entries(MEMBERS)
  .map(([name, type]) => `${quoted(name)} ${type}`)
  .join(', ')}, "subjectType" VARCHAR, "subjectId" VARCHAR, shredded BOOLEAN, record VARCHAR)`

const STRUCTURE = JSON.stringify({ ...MEMBERS, subject: { type: 'VARCHAR', id: 'VARCHAR' } })

/** Read as lines of known members, nothing guessed; each record is parsed once, and kept as it is where it is no JSON. */
const LOAD = `INSERT INTO records
  SELECT "index", epoch_ms(r."atMs"), ${NAMES.map((name) => `r.${quoted(name)}`).join(', ')},
    r.subject.type, r.subject.id, coalesce(shredded, false), record
  FROM (
    SELECT "index", shredded, record,
      CASE WHEN json_valid(record) THEN from_json(record, '${STRUCTURE}') END AS r
    FROM read_json($1, format = 'newline_delimited', columns = {"index": 'BIGINT', record: 'VARCHAR', shredded: 'BOOLEAN'})
  )`

function cellOf(value: JS): Cell {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return value
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Date) return value.toISOString()
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'bigint' ? String(member) : member,
  )
}
