/** An account's risk as people see it. Amounts are texts. */
import { decimalText, productText } from '../lib/decimal.ts'
import type { Account } from './account.ts'
import { ACCOUNT } from './book.ts'
import type { AccountLimits, Limits } from './limits.ts'
import { missingOf } from './restored.ts'
import { capsAt, versionAt, type Latch, type Override, type Version } from './settings.ts'

/** Orders that are shown at most: the totals count all. */
const MOST_SHOWN = 500

export interface OrderView {
  readonly requestId: string
  readonly keyId: string
  readonly atMs: number
  readonly status: string
  readonly symbol: string | undefined
  readonly side: string | undefined
  readonly quantity: string
  readonly filled: string
  readonly openValue: string
  readonly orderId: string | undefined
  readonly clientOrderId: string | undefined
}

export interface AccountView {
  readonly account: string
  readonly revision: number
  readonly limits: AccountLimits
  /** When what holds now ends, or `undefined`. */
  readonly untilMs: number | undefined
  /** Since when only cancels pass because it was restored, and what has to be there before a person may confirm. */
  readonly restored: { readonly sinceMs: number; readonly missing: readonly string[] } | undefined
  readonly caps: Limits
  readonly nextCaps: { readonly limits: Limits; readonly fromMs: number } | undefined
  readonly totals: {
    readonly openValue: string
    readonly dailyValue: string
    readonly dailyOrders: number
    readonly open: number
    readonly unknown: number
  }
  readonly orders: readonly OrderView[]
  readonly positions: readonly {
    readonly symbol: string
    readonly quantity: string
    readonly atMs: number
  }[]
  readonly latches: readonly Latch[]
  readonly overrides: readonly Override[]
  readonly history: readonly { readonly version: Version; readonly by: string }[]
}

export function accountView(
  name: string,
  account: Account,
  history: AccountView['history'],
  nowMs: number,
): AccountView {
  const { book } = account.ledger
  const sums = book.scope(ACCOUNT)
  const orders = ordersOf(account)
  const count = (wanted: string) => orders.filter(({ status }) => status === wanted).length
  return {
    account: name,
    revision: account.revision,
    limits: account.limitsAt(nowMs),
    untilMs: versionAt(account.versions, nowMs)?.untilMs,
    restored: account.restored.sealed && {
      sinceMs: account.restored.sealed.sinceMs,
      missing: missingOf(account.restored, account.revision),
    },
    caps: capsAt(account.caps, nowMs),
    nextCaps: account.caps.next,
    totals: {
      openValue: productText(sums.openValue()),
      dailyValue: productText(sums.dailyValue(nowMs)),
      dailyOrders: sums.dailyOrders(nowMs),
      open: count('open') + count('pending'),
      unknown: count('unknown'),
    },
    orders: orders.slice(0, MOST_SHOWN),
    positions: account.positions.all().map(({ symbol, quantity, atMs }) => ({
      symbol,
      quantity: decimalText(quantity),
      atMs,
    })),
    latches: account.latches,
    overrides: account.overrides,
    history,
  }
}

function ordersOf({ ledger }: Account): readonly OrderView[] {
  return [...ledger.book.standing].flatMap((entry) =>
    entry.legs
      .filter(({ status }) => status !== 'closed')
      .map((leg) => ({
        requestId: entry.requestId,
        keyId: entry.keyId,
        atMs: entry.atMs,
        status: leg.status,
        symbol: leg.order?.symbol,
        side: leg.order?.side,
        quantity: decimalText(leg.quantity),
        filled: decimalText(leg.filled),
        openValue: productText(leg.open),
        orderId: leg.orderId,
        clientOrderId: leg.clientOrderId,
      })),
  )
}
