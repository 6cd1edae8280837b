/**
 * In what a line of the journal differs from the call of the log that has its request id. What one of the two does not
 * tell is not compared: silence is no difference.
 */
import { routeParameters } from '../../access/routes.ts'
import { readDecimal } from '../../lib/decimal.ts'
import type { Call, CallOrder } from './call.ts'
import type { JournalLine, JournalOrder } from './journal-line.ts'

export interface Difference {
  readonly what: string
  readonly log: string
  readonly journal: string
}

/** Ids of a cancelled many that are recorded at most: of more, the log has the first alone. */
const MOST_RECORDED = 20

export function differencesOf(call: Call, line: JournalLine): readonly Difference[] {
  return [
    ...targetDifferences(call, line),
    ...bodyDifferences(call, line),
    ...unlike('account', call.account, line.account),
    ...(call.standing === 'answered' ? unlike('HTTP status', call.status, line.status) : []),
    ...orderDifferences(call, line),
  ]
}

/** Whether both sides say what the body was. */
export function isBodyCompared({ bodyHash }: Call, { bodyHashes }: JournalLine): boolean {
  return bodyHash !== undefined && bodyHashes.length > 0
}

function targetDifferences(
  { route = '', targetHash }: Call,
  line: JournalLine,
): readonly Difference[] {
  const [method = ''] = route.split(' ')
  const asMethod = unlike('method', method, line.method)
  const [path = ''] = line.target.split('?')
  if (routeParameters(route, path) === undefined)
    return [...asMethod, { what: 'route', log: route, journal: `${line.method} ${path}` }]
  if (targetHash === undefined || targetHash === line.targetHash) return asMethod
  const what = 'path and query'
  return [...asMethod, { what, log: hashText(targetHash), journal: line.target }]
}

function bodyDifferences(call: Call, { bodyHashes }: JournalLine): readonly Difference[] {
  const { bodyHash } = call
  if (bodyHash === undefined) return []
  return [...new Set(bodyHashes)].flatMap((hash) =>
    unlike('body', hashText(bodyHash), hashText(hash)),
  )
}

function hashText(hash: string): string {
  return `SHA-256 ${hash}`
}

function orderDifferences(call: Call, line: JournalLine): readonly Difference[] {
  const { orders, answers } = call
  const there = line.orders
  const [first] = orders
  if (there === undefined || first === undefined) return []
  if (isCancelOfAll(first)) return cancelledDifferences(first, answers, there)
  // Where it did nothing there is nothing to list.
  if (there.length === 0 && (line.status ?? 0) >= 400) return []
  if (there.length !== orders.length) return unlike('orders', orders.length, there.length)
  return orders.flatMap((order, at) => {
    const found = pairDifferences(order, answers[at], there[at] ?? {})
    return orders.length === 1
      ? found
      : found.map((one) => ({ ...one, what: `order ${at + 1}: ${one.what}` }))
  })
}

type Answer = Call['answers'][number]
type FieldName = keyof CallOrder['fields']

function pairDifferences(
  { event, fields }: CallOrder,
  answer: Answer | undefined,
  there: JournalOrder,
): readonly Difference[] {
  const said = (name: FieldName) => fields[name]?.[0]
  const side = { BUYI: 'buy', SELL: 'sell' }[said('buySell') ?? '']
  const client = event === 'CAME' ? said('targetOrderId') : said('clientOrderId')
  return [
    ...unlike('symbol', said('symbol'), there.symbol),
    ...unlike('side', side, there.side),
    ...amounts('quantity', said('remainingQuantity') ?? said('initialQuantity'), there.quantity),
    ...amounts('price', said('limitPrice'), there.price),
    ...unlike('client order id', client, there.clientOrderId),
    ...unlike('order id', answer?.orderId ?? said('orderId'), there.orderId),
    ...statuses(answer?.status, there.status),
  ]
}

/** Of all orders, or of all of a symbol: it names none. */
function isCancelOfAll({ event, fields }: CallOrder): boolean {
  return event === 'CAME' && fields.orderId === undefined && fields.targetOrderId === undefined
}

function cancelledDifferences(
  { fields }: CallOrder,
  answers: readonly Answer[],
  there: readonly JournalOrder[],
): readonly Difference[] {
  const [symbol] = fields.symbol ?? []
  const odd = there.find((one) => (one.symbol ?? symbol) !== symbol)
  const bySymbol = symbol === undefined ? [] : unlike('symbol', symbol, odd?.symbol)
  const here = answers.flatMap(({ orderId }) => orderId ?? [])
  const ids = there.flatMap(({ orderId }) => orderId ?? [])
  const isWhole = here.length === answers.length && ids.length === there.length
  if (answers.length === 0 || answers.length >= MOST_RECORDED || !isWhole) return bySymbol
  const listed = (of: readonly string[]) => of.toSorted().join(' ')
  return [...bySymbol, ...unlike('orders cancelled', listed(here), listed(ids))]
}

/** An order that was open goes on; one that was over stays what it was. */
function statuses(here: string | undefined, there: JournalOrder['status']): readonly Difference[] {
  if (here === 'open' || here === 'unknown') return []
  return unlike('status', here, there)
}

type Told = string | number | null | undefined

function unlike(what: string, log: Told, journal: Told): readonly Difference[] {
  if (log === undefined || log === null || journal === undefined || journal === null) return []
  if (log === journal) return []
  return [{ what, log: String(log), journal: String(journal) }]
}

/** By their value: brokers write more noughts than clients. */
function amounts(what: string, log: string | undefined, journal: Told): readonly Difference[] {
  if (log === undefined || typeof journal !== 'string') return []
  const [one, other] = [readDecimal(log), readDecimal(journal)]
  if (one !== undefined && one === other) return []
  return unlike(what, log, journal)
}
