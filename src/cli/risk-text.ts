/** An account's risk, and the firm's, as a person reads them. */
import * as v from 'valibot'
import { facts, table, time } from './table.ts'

const When = v.nullish(v.string())
const LimitsShape = v.record(v.string(), v.unknown())
const AccountLimits = v.object({
  account: LimitsShape,
  keys: v.record(v.string(), LimitsShape),
  symbols: v.record(v.string(), LimitsShape),
})
const By = v.looseObject({
  user: v.optional(v.string()),
  reason: v.optional(v.string()),
  approver: v.optional(v.string()),
  ticket: v.optional(v.string()),
})
const Entry = v.object({ revision: v.number(), at: When, expiresAt: When, by: By })

export const Account = v.object({
  account: v.string(),
  revision: v.number(),
  expiresAt: When,
  limits: AccountLimits,
  restored: v.optional(v.object({ since: When, missing: v.array(v.string()) })),
  caps: LimitsShape,
  totals: v.object({
    openValue: v.string(),
    dailyValue: v.string(),
    dailyOrders: v.number(),
    open: v.number(),
    unknown: v.number(),
  }),
  orders: v.array(
    v.object({
      requestId: v.string(),
      at: When,
      status: v.string(),
      symbol: v.optional(v.string()),
      side: v.optional(v.string()),
      quantity: v.string(),
      filled: v.string(),
      openValue: v.string(),
      orderId: v.optional(v.string()),
    }),
  ),
  latches: v.array(
    v.object({
      id: v.string(),
      keyId: v.string(),
      symbol: v.string(),
      side: v.string(),
      releasedAtMs: v.optional(v.number()),
    }),
  ),
  overrides: v.array(
    v.object({
      id: v.string(),
      orderHash: v.string(),
      askedBy: v.string(),
      approvedBy: v.optional(v.string()),
      usedBy: v.optional(v.string()),
    }),
  ),
  history: v.array(Entry),
})

export const Firm = v.object({
  revision: v.number(),
  expiresAt: When,
  limits: v.object({ firm: LimitsShape, symbols: v.record(v.string(), LimitsShape) }),
  granted: v.array(v.object({ account: v.string(), open: v.string(), daily: v.string() })),
  prices: v.array(v.object({ symbol: v.string(), price: v.string(), ageMs: v.number() })),
  history: v.array(Entry),
})

/** Orders that a terminal shows: the document has them all. */
const MOST_ROWS = 20

function limitText(limits: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(limits).map(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? `${name} ${value}`
      : `${name} ${JSON.stringify(value)}`,
  )
  return members.length === 0 ? 'none set' : members.join('; ')
}

function scoped(what: string, scopes: Readonly<Record<string, Readonly<Record<string, unknown>>>>) {
  return Object.entries(scopes).map(([id, limits]) => [`${what} ${id}`, limitText(limits)] as const)
}

function section(title: string, lines: string): string {
  return `\n${title}\n${lines}`
}

function historyText(history: readonly v.InferOutput<typeof Entry>[]): string {
  const columns = ['revision', 'at', 'until', 'by', 'approver', 'ticket'].map((title) => ({
    title,
  }))
  return table(
    [...columns, { title: 'reason', cut: true }],
    history.map(({ revision, at, expiresAt, by }) => [
      String(revision),
      time(at),
      time(expiresAt),
      by.user ?? '-',
      by.approver ?? '-',
      by.ticket ?? '-',
      by.reason ?? '-',
    ]),
  )
}

function ordersText({ orders }: v.InferOutput<typeof Account>): string {
  const titles = [
    'request',
    'at',
    'status',
    'symbol',
    'side',
    'quantity',
    'filled',
    'counts for',
    'order',
  ]
  const rows = orders
    .slice(0, MOST_ROWS)
    .map((one) => [
      one.requestId,
      time(one.at),
      one.status,
      one.symbol ?? '-',
      one.side ?? '-',
      one.quantity,
      one.filled,
      one.openValue,
      one.orderId ?? '-',
    ])
  const more = orders.length > MOST_ROWS ? `\n… and more: --json has up to 500` : ''
  const cut = new Set(['request', 'order'])
  return (
    table(
      titles.map((title) => ({ title, cut: cut.has(title) })),
      rows,
    ) + more
  )
}

/** What only persons may do something about. */
function exceptionsText(view: v.InferOutput<typeof Account>): string[] {
  const parts: string[] = []
  const stopped = view.latches.filter(({ releasedAtMs }) => releasedAtMs === undefined)
  if (stopped.length > 0)
    parts.push(
      section(
        'Stopped until a person lets them go on',
        table(
          ['latch', 'key', 'symbol', 'side'].map((title) => ({ title })),
          stopped.map(({ id, keyId, symbol, side }) => [id, keyId, symbol, side]),
        ),
      ),
    )
  if (view.overrides.length > 0)
    parts.push(
      section(
        'Overrides',
        table(
          [
            { title: 'override' },
            { title: 'order', cut: true },
            { title: 'asked by' },
            { title: 'approved by' },
            { title: 'used by', cut: true },
          ],
          view.overrides.map((one) => [
            one.id,
            one.orderHash,
            one.askedBy,
            one.approvedBy ?? '-',
            one.usedBy ?? '-',
          ]),
        ),
      ),
    )
  return parts
}

function restoredText(missing: readonly string[]): string {
  const next =
    missing.length === 0 ? 'risk confirm lets orders pass' : `needs ${missing.join('; ')}`
  return `only cancels pass; ${next}`
}

export function accountText(view: v.InferOutput<typeof Account>): string {
  const { totals, limits } = view
  const parts = [
    facts([
      ['account', view.account],
      ...(view.restored === undefined
        ? []
        : ([['restored', restoredText(view.restored.missing)]] as const)),
      ['revision', `${view.revision}${view.expiresAt ? `, until ${time(view.expiresAt)}` : ''}`],
      ['open value', `${totals.openValue} in ${totals.open} open orders`],
      ['unknown', `${totals.unknown} orders of which nobody knows what became`],
      ['the day', `${totals.dailyValue} in ${totals.dailyOrders} orders`],
      ['limits', limitText(limits.account)],
      ...scoped('key', limits.keys),
      ...scoped('symbol', limits.symbols),
      ['customer', limitText(view.caps)],
    ]),
  ]
  if (view.orders.length > 0) parts.push(section('Orders', ordersText(view)))
  parts.push(...exceptionsText(view))
  if (view.history.length > 0) parts.push(section('History', historyText(view.history)))
  return parts.join('\n')
}

export function firmText(view: v.InferOutput<typeof Firm>): string {
  const parts = [
    facts([
      ['revision', `${view.revision}${view.expiresAt ? `, until ${time(view.expiresAt)}` : ''}`],
      ['limits', limitText(view.limits.firm)],
      ...scoped('symbol', view.limits.symbols),
    ]),
  ]
  if (view.prices.length > 0)
    parts.push(
      section(
        'Prices',
        table(
          ['symbol', 'price', 'age'].map((title) => ({ title })),
          view.prices.map(({ symbol, price, ageMs }) => [
            symbol,
            price,
            `${(ageMs / 1_000).toFixed(1)} s`,
          ]),
        ),
      ),
    )
  if (view.granted.length > 0)
    parts.push(
      section(
        'Granted',
        table(
          ['account', 'open', 'daily'].map((title) => ({ title })),
          view.granted.map(({ account, open, daily }) => [account, open, daily]),
        ),
      ),
    )
  if (view.history.length > 0) parts.push(section('History', historyText(view.history)))
  return parts.join('\n')
}
