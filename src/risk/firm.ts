/**
 * What the whole firm may come to, given out to accounts in parts: an account uses what it was granted without asking
 * again, and what was granted is never more than the limit, whoever forgets what. Pure: the object supplies and stores.
 */
import { asProduct, readDecimal, type Product } from '../lib/decimal.ts'
import type { Limits } from './limits.ts'

export interface Totals {
  readonly open: Product
  readonly daily: Product
}

/** What one account holds of each total. */
export interface FirmGrant extends Totals {
  /** Of the last question that was answered: an older one that comes late changes nothing. */
  readonly question: number
}

export const NO_GRANT: FirmGrant = { open: 0n, daily: 0n, question: 0 }

/** More than was asked for is granted, so that not every order asks: this much of what it asked, at most. */
const AHEAD = 8n
/** Or, where that is more, this part of the whole. */
const SMALL = 1_024n
/** And this part of what is left, at most. */
const SHARE = 16n

/** An account's question. */
export interface FirmAsk {
  /** What it may be using until it is answered: never less than its orders come to. */
  readonly keeps: Totals
  /** What it would hold, in all; never less than it keeps. */
  readonly wants: Totals
  readonly question: number
}

/**
 * What an account holds after a question: less than it wants only where no more is left, and never less than it keeps.
 * Its orders are at the broker whatever the limit has become since; what they come to must not go to others.
 */
export function grantFor(
  { keeps, wants, question }: FirmAsk,
  held: FirmGrant,
  others: Totals,
  { maxOpenValue, maxDailyValue }: Limits,
): FirmGrant {
  if (question <= held.question) return held
  // Whoever only says what it keeps is given no more ahead.
  const grant = (of: keyof Totals, limit: string | undefined) =>
    wants[of] > keeps[of]
      ? greatest(keeps[of], one(wants[of], held[of], others[of], limit))
      : keeps[of]
  return { open: grant('open', maxOpenValue), daily: grant('daily', maxDailyValue), question }
}

function one(wants: Product, held: Product, others: Product, limit: string | undefined): Product {
  const most = readDecimal(limit ?? '')
  // What has no limit is not refused to anybody.
  if (most === undefined) return wants
  const left = asProduct(most) - others
  if (left <= 0n) return 0n
  if (wants >= left) return left
  const more = wants > held ? wants - held : 0n
  if (more === 0n) return wants
  const ahead = greatest(more * AHEAD, asProduct(most) / SMALL)
  return wants + least(ahead, (left - wants) / SHARE)
}

function greatest(a: Product, b: Product): Product {
  return a > b ? a : b
}

function least(a: Product, b: Product): Product {
  return a < b ? a : b
}
