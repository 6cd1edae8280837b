/** A log and the origin's journal as a test wants them, and what a reconciliation of both finds. */
import { sha256 } from '@noble/hashes/sha2.js'
import type { AuditRecord, OutcomeRecord } from '../../src/audit/record.ts'
import { toHex, utf8 } from '../../src/lib/bytes.ts'
import type { RawLine } from '../../src/report/reconciliation/journal.ts'
import { reconciliation } from '../../src/report/reconciliation/reconciliation.ts'
import type { Period } from '../../src/report/report.ts'
import { AT_MS, orderEvent, outcome } from './report-records.ts'
import { folded, type Folded } from './report-world.ts'

export const hash = (text: string) => toHex(sha256(utf8(text)))
export const BODY = '{"symbol":"BTC-USD"}'
export const MINUTE = 60_000
/** Wide enough for everything that is planted. */
const PERIOD: Period = { fromMs: AT_MS - 60 * MINUTE, toMs: AT_MS + 60 * MINUTE }
export const ORDER = {
  symbol: 'BTC-USD',
  side: 'buy',
  quantity: '0.50000000',
  price: '100.00',
  clientOrderId: 'c-1',
  orderId: 'o-1',
  status: 'open',
}

/** An order that went to the broker, as the log has it: three parts, of which the last says how it ended. */
export function call(
  id: string,
  more: Partial<OutcomeRecord> = {},
  fields: Record<string, [string, 'client']> = {},
): AuditRecord[] {
  const atMs = more.atMs ?? AT_MS
  const event = orderEvent({
    requestId: id,
    atMs,
    route: 'POST /v1/orders',
    kind: 'order',
    bodyHash: hash(BODY),
    fields: {
      symbol: ['BTC-USD', 'client'],
      buySell: ['BUYI', 'client'],
      initialQuantity: ['0.5', 'client'],
      limitPrice: ['100', 'client'],
      clientOrderId: ['c-1', 'client'],
      ...fields,
    },
  })
  const { sentAtMs = atMs - 1, ...origin } = more.origin ?? {}
  const ended = outcome({
    ...more,
    requestId: id,
    atMs,
    origin: {
      sentAtMs,
      targetHash: hash('/v1/orders'),
      bodyHash: hash(BODY),
      orders: [{ orderId: 'o-1', clientOrderId: 'c-1', status: 'open', filled: '0' }],
      ...origin,
    },
  })
  return [event, ended]
}

/** The same as the broker writes it. */
export function line(id: string | null, more: object = {}): RawLine {
  return {
    text: JSON.stringify({
      receivedAt: AT_MS + 3,
      method: 'POST',
      path: '/v1/orders',
      requestId: id,
      account: 'acct',
      status: 201,
      bodySha256: hash(BODY),
      orders: [ORDER],
      ...more,
    }),
  }
}

interface Asked {
  readonly period?: Period
  readonly account?: string
  readonly marginMs?: number
}

export function compared(
  records: readonly AuditRecord[],
  lines: readonly RawLine[],
  { marginMs = MINUTE, period = PERIOD, ...asked }: Asked = {},
): Folded {
  const journal = { name: 'j', lines: () => lines, facts: () => ({ octets: 7, sha256: 'ff' }) }
  const { parts } = reconciliation({ journals: [journal], hash, marginMs })
  return folded(parts, records, { period, ...asked })
}

/** What was found, in the order of the log. */
export function found({ tables }: Folded) {
  return {
    missing: tables['missing']?.map(({ requestId }) => requestId),
    extra: tables['extra']?.map(({ line: at, why }) => `${String(at)}: ${String(why)}`),
    altered: tables['altered']?.map(
      ({ requestId, what }) => `${String(requestId)} ${String(what)}`,
    ),
    unknown: tables['unknown-outcomes']?.map(
      ({ requestId, resolved }) => `${String(requestId)}: ${String(resolved)}`,
    ),
    'not-judged': tables['not-judged']?.length,
    unreadable: tables['unreadable']?.length,
  }
}

export const NOTHING = {
  missing: [],
  extra: [],
  altered: [],
  unknown: [],
  'not-judged': 0,
  unreadable: 0,
}
export const UNKNOWN = {
  decision: 'refused',
  status: 504,
  code: 'origin_timeout',
  outcome: 'unknown',
} as const
