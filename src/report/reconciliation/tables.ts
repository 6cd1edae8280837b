/** The tables of a reconciliation. */
import type { Column, Table } from '../report.ts'

const LEAF: Column = { id: 'leaf', title: 'leaf', kind: 'number' }
const AT: Column = { id: 'at', title: 'when', kind: 'instant' }
const REQUEST: Column = { id: 'requestId', title: 'request', kind: 'code' }
const ACCOUNT: Column = { id: 'account', title: 'account', kind: 'code' }
const ROUTE: Column = { id: 'route', title: 'route' }
const STATUS: Column = { id: 'status', title: 'status', kind: 'number' }
const FILE: Column = { id: 'file', title: 'journal', kind: 'code' }
const LINE: Column = { id: 'line', title: 'line', kind: 'number' }

const ORDER: readonly Column[] = [
  { id: 'symbol', title: 'symbol', kind: 'code' },
  { id: 'side', title: 'side' },
  { id: 'quantity', title: 'quantity', kind: 'number', apart: true },
  { id: 'price', title: 'price', kind: 'number', apart: true },
  { id: 'clientOrderId', title: 'client order id', kind: 'code', apart: true },
  { id: 'orderId', title: 'order id', kind: 'code', apart: true },
]

export const JOURNALS: Table = {
  id: 'journals',
  title: 'Journals',
  about: 'The files that were compared, octet for octet those of this size and SHA-256.',
  columns: [
    { id: 'file', title: 'file', kind: 'code' },
    { id: 'octets', title: 'octets', kind: 'number' },
    { id: 'sha256', title: 'SHA-256', kind: 'code' },
    { id: 'lines', title: 'lines', kind: 'number' },
    { id: 'unreadable', title: 'unreadable', kind: 'number' },
    { id: 'first', title: 'first request', kind: 'instant' },
    { id: 'last', title: 'last request', kind: 'instant' },
  ],
}

export const MISSING: Table = {
  id: 'missing',
  title: 'Missing',
  about: 'The log says that the origin answered; the journal has no such request.',
  columns: [LEAF, AT, REQUEST, ACCOUNT, ROUTE, STATUS, ...ORDER],
}

export const EXTRA: Table = {
  id: 'extra',
  title: 'Extra',
  about:
    'In the journal, and of no call that the gateway forwarded; or the same request id once more.',
  columns: [
    FILE,
    LINE,
    AT,
    { id: 'why', title: 'why' },
    REQUEST,
    ACCOUNT,
    { id: 'method', title: 'method' },
    { id: 'path', title: 'path', kind: 'code' },
    STATUS,
    LEAF,
  ],
}

export const ALTERED: Table = {
  id: 'altered',
  title: 'Altered',
  about: 'The same request id, and something else: one row for each difference.',
  columns: [
    LEAF,
    AT,
    REQUEST,
    ACCOUNT,
    FILE,
    LINE,
    { id: 'what', title: 'what' },
    { id: 'inLog', title: 'the log', kind: 'code' },
    { id: 'inJournal', title: 'the journal', kind: 'code' },
  ],
}

export const RESOLVED: Table = {
  id: 'unknown-outcomes',
  title: 'Unknown outcomes',
  about:
    'Calls of which the gateway could not know whether the origin acted, and what the journal says of them.',
  columns: [
    LEAF,
    AT,
    REQUEST,
    ACCOUNT,
    ROUTE,
    { id: 'known', title: 'known of it' },
    { id: 'resolved', title: 'the journal says' },
    FILE,
    LINE,
    ...ORDER,
  ],
}

export const NOT_JUDGED: Table = {
  id: 'not-judged',
  title: 'Not judged',
  about: 'On one side only, and so near an end of the period that the other side may be beyond it.',
  columns: [{ id: 'of', title: 'on the side of' }, LEAF, FILE, LINE, AT, REQUEST, ACCOUNT],
}

export const UNREADABLE: Table = {
  id: 'unreadable',
  title: 'Lines that could not be read',
  about: 'Nothing is known of them: what they are of may be missing above.',
  columns: [FILE, LINE, { id: 'why', title: 'why' }],
}
