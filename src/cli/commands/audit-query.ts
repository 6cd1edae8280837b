/** `audit query`: what records of an export say, by options or in SQL. */
import { answerItems, answerTable, csv, recordItems, recordsTable } from '../audit/answer-text.ts'
import { Progress } from '../audit/progress.ts'
import {
  DISTINCT_ADDRESSES,
  FILTER_OPTIONS,
  questionOf,
  type Filters,
} from '../audit/query-filter.ts'
import type { Answer } from '../audit/answer.ts'
import { RecordsDb } from '../audit/records-db.ts'
import { wholeOf } from '../audit/trust-options.ts'
import { expectWords, readWords, say, type Command } from '../command.ts'
import { WrongUse } from '../wrong-use.ts'

const LIMIT = 100
/** Addresses among which a network is looked for. */
const MOST_ADDRESSES = 1_000_000

const FORMATS = ['table', 'json', 'csv'] as const

export const query: Command = {
  synopsis:
    'EXPORT [--key KEY] [--account A] [--address CIDR] [--from TIME] [--to TIME] [--decision D] [--code C] ' +
    '[--order REQUEST|ROUTE] [--operation O] [--user U] [--type T] [--sql SQL] [--limit N] [--format table|json|csv] [--json]',
  summary: 'Ask an export for records. --sql asks the table "records"; it reaches nothing else.',

  async run(words) {
    const own = {
      ...FILTER_OPTIONS,
      sql: { type: 'string' },
      limit: { type: 'string' },
      format: { type: 'string', default: 'table' },
    } as const
    const { options, positionals } = readWords(words, own)
    const [folder = ''] = expectWords(positionals, ['the EXPORT'])
    const {
      sql,
      format,
      json,
      profile: _p,
      session: _s,
      demo: _d,
      limit: most,
      ...filters
    } = options
    if (!FORMATS.some((one) => one === format))
      throw new WrongUse(`--format is one of ${FORMATS.join(', ')}`)
    if (sql !== undefined && Object.keys(filters).length > 0)
      throw new WrongUse('--sql says all that is asked: leave the other conditions out')
    const limit = wholeOf(most, 'limit') ?? LIMIT
    const db = await RecordsDb.open(folder, new Progress('files of records'))
    const answer =
      sql === undefined ? await byOptions(db, filters, limit) : await db.ask(sql, [], limit)
    const items = sql === undefined ? recordItems(answer) : answerItems(answer)
    const asText = { table: sql === undefined ? recordsTable : answerTable, csv }[
      format === 'csv' ? 'csv' : 'table'
    ]
    say(json || format === 'json', { items, more: answer.more }, asText(answer))
    process.stderr.write('As the export says. Whether it is true says: portcullis audit verify\n')
    return 0
  },
}

async function byOptions(db: RecordsDb, filters: Filters, limit: number): Promise<Answer> {
  const asksAddress = filters.address !== undefined
  const found = asksAddress ? await db.ask(DISTINCT_ADDRESSES, [], MOST_ADDRESSES) : undefined
  const addresses = found?.rows.flatMap(([address]) =>
    typeof address === 'string' ? [address] : [],
  )
  const { sql, values } = questionOf(filters, addresses ?? [])
  return db.ask(sql, values, limit)
}
