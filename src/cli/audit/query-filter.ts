/** What is asked for by options, as SQL with everything that was typed bound to it, never in it. */
import { addressAllowed, isNetwork } from '../../access/address.ts'
import { readTime } from '../../lib/time.ts'
import { WrongUse } from '../wrong-use.ts'

export const FILTER_OPTIONS = {
  key: { type: 'string' },
  account: { type: 'string' },
  address: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  decision: { type: 'string' },
  code: { type: 'string' },
  order: { type: 'string' },
  operation: { type: 'string' },
  user: { type: 'string' },
  type: { type: 'string' },
} as const

export type Filters = Readonly<Partial<Record<keyof typeof FILTER_OPTIONS, string | undefined>>>

/** Options that name what a column has to be. */
const EQUAL = {
  account: 'account',
  decision: 'decision',
  code: 'code',
  operation: 'operation',
  type: 'type',
} as const

/** Options that name a subject of changes. */
const SUBJECTS = { key: '"keyId"', user: '"user"' } as const

/** What is bound to a question. */
type Bound = string | bigint

export interface Question {
  readonly sql: string
  readonly values: readonly Bound[]
}

export const DISTINCT_ADDRESSES = 'SELECT DISTINCT address FROM records WHERE address IS NOT NULL'

/** @param addresses all that occur, where one is asked for: which of them are meant is judged as the gateway does. */
export function questionOf(filters: Filters, addresses: readonly string[]): Question {
  const values: Bound[] = []
  const conditions: string[] = []
  const bind = (value: Bound) => `$${values.push(value)}`
  for (const [option, column] of Object.entries(EQUAL)) {
    const value = filterOf(filters, option)
    if (value !== undefined) conditions.push(`${column} = ${bind(value)}`)
  }
  // Whoever asks for a key or a person wants to know what was done to them, too.
  for (const [option, column] of Object.entries(SUBJECTS)) {
    const value = filterOf(filters, option)
    if (value === undefined) continue
    const bound = bind(value)
    const isSubject = `("subjectType" = '${option}' AND "subjectId" = ${bound})`
    conditions.push(`(${column} = ${bound} OR ${isSubject})`)
  }
  if (filters.order !== undefined) {
    const order = bind(filters.order)
    conditions.push(`("requestId" = ${order} OR uid = ${order} OR route = ${order})`)
  }
  if (filters.from !== undefined) conditions.push(`"atMs" >= ${bind(timeOf(filters.from, 'from'))}`)
  if (filters.to !== undefined) conditions.push(`"atMs" < ${bind(timeOf(filters.to, 'to'))}`)
  if (filters.address !== undefined) {
    const meant = addresses.filter((one) => addressAllowed(one, [networkOf(filters.address)]))
    conditions.push(
      `list_contains(from_json(${bind(JSON.stringify(meant))}, '["VARCHAR"]'), address)`,
    )
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  return { sql: `SELECT * FROM records${where} ORDER BY leaf`, values }
}

function filterOf(filters: Filters, option: string): string | undefined {
  return Object.entries(filters).find(([name]) => name === option)?.[1]
}

function networkOf(text = ''): string {
  if (!isNetwork(text))
    throw new WrongUse('--address is an address or a network such as 203.0.113.0/24')
  return text
}

/** Milliseconds since 1970. */
function timeOf(text: string, name: string): bigint {
  const ms = readTime(text)
  if (ms === undefined) throw new WrongUse(`--${name} is a time such as 2026-01-05T08:00:00Z`)
  return BigInt(ms)
}
