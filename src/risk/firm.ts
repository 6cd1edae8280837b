/**
 * What the whole firm may come to, given out to accounts in parts: an account uses what it was granted without asking
 * again, and what was granted is never more than the limit, whoever forgets what. Pure: the object supplies and stores.
 */
import { asProduct, readDecimal, type Product } from '../lib/decimal.ts'
import type { Limits } from './limits.ts'

/** What one account holds of each total. */
export interface FirmGrant {
  readonly open: Product
  readonly daily: Product
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

/** What an account holds after it asked to hold `wants` in all: less than that only where no more is left. */
export function grantFor(
  wants: { readonly open: Product; readonly daily: Product },
  question: number,
  held: FirmGrant,
  others: { readonly open: Product; readonly daily: Product },
  { maxOpenValue, maxDailyValue }: Limits,
): FirmGrant {
  if (question <= held.question) return held
  return {
    open: one(wants.open, held.open, others.open, maxOpenValue),
    daily: one(wants.daily, held.daily, others.daily, maxDailyValue),
    question,
  }
}

function one(wants: Product, held: Product, others: Product, limit: string | undefined): Product {
  const most = readDecimal(limit ?? '')
  // Nothing is reserved of what has no limit: once it gets one, everybody asks.
  if (most === undefined) return 0n
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
