/**
 * What an account's object may do that came back from an older state: let cancels through. What was sent meanwhile it does
 * not know, nor which limits were tightened; until the broker has listed what is open and a person has set the limits anew
 * and said what the day came to, nothing else passes.
 */
import * as v from 'valibot'
import type { Standing } from '../audit/claims.ts'
import type { Provenance } from '../audit/provenance.ts'
import { productText, type Product } from '../lib/decimal.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Account } from './account.ts'

/** What left before it was restored has reached the broker by then, or never will, in milliseconds. */
const ARRIVED_MS = 60_000

const Whole = v.pipe(v.number(), v.safeInteger())

export const RestoredSchema = v.object({
  /** How often it is known to have been restored. */
  epoch: Whole,
  /** How often the log has heard something else under numbers of its orders, and of its changes, that were taken. */
  forks: v.object({ orders: Whole, changes: Whole }),
  /** Since when only cancels pass, and the newest limits that were known then. */
  sealed: v.optional(v.object({ sinceMs: Whole, revision: Whole, isNumbered: v.boolean() })),
  /** When the broker's last list since then was made, and its orders that came from here and are not known any more. */
  listed: v.optional(v.object({ atMs: Whole, strangers: Whole })),
})
export type Restored = Readonly<v.InferOutput<typeof RestoredSchema>>

export const NEVER: Restored = { epoch: 0, forks: { orders: 0, changes: 0 } }

export interface RestoreEdit {
  readonly type: 'restore.confirm'
  /** What all orders since came to by the broker's books, as far as they are not known here. */
  readonly dailyValue: Product
  readonly dailyOrders: number
}

/** It is known to have come back from an older state: nothing that it cannot know is believed any more. */
export function sealAccount(account: Account, epoch: number, nowMs: number): void {
  const { restored, revision } = account
  const sealed = { sinceMs: nowMs, revision, isNumbered: false }
  const times = Math.max(restored.epoch, epoch)
  account.keepRestored({ epoch: times, forks: restored.forks, sealed })
  account.forgetPassing()
}

/** Numbers go on beyond those that the log has. Answers what is to be recorded of it. */
export function numberOn(
  account: Account,
  { orders, changes }: { readonly orders: Standing; readonly changes: Standing },
) {
  const { epoch, sealed, listed } = account.restored
  if (sealed === undefined) return undefined
  const numbers = { orders: account.ledger.lastNumber, ordersInLog: orders.highest }
  account.ledger.goOn(orders.highest)
  const forks = { orders: orders.forks, changes: changes.forks }
  account.keepRestored({ epoch, forks, sealed: { ...sealed, isNumbered: true }, listed })
  return { epoch, revision: account.revision, ...numbers, forks }
}

/** What is not done yet of what has to be done before anybody may say that it is as it should be. */
export function missingOf({ sealed, listed }: Restored, revision: number): readonly string[] {
  if (sealed === undefined) return []
  const isListed = listed !== undefined && listed.atMs >= sealed.sinceMs + ARRIVED_MS
  return [
    ...(isListed ? [] : ['a list of the broker of all open orders, made a minute after it']),
    ...(listed === undefined || listed.strangers === 0
      ? []
      : [`the end of ${listed.strangers} open orders that are not known here any more`]),
    ...(revision > sealed.revision ? [] : ['limits, set anew']),
  ]
}

/** A person has compared it with the broker's books and the audit log. */
export function confirmRestored(
  account: Account,
  store: {
    writeChange(what: string, atMs: number, states: object, by: Provenance): void
  },
  { dailyValue, dailyOrders }: RestoreEdit,
  by: Provenance,
  nowMs: number,
): Result<void, Refusal> {
  const { sealed } = account.restored
  if (sealed === undefined) return refuse('conflict', { detail: 'It was not restored.' })
  const missing = missingOf(account.restored, account.revision)
  if (missing.length > 0)
    return refuse('conflict', { detail: `There has to be first: ${missing.join('; ')}.` })
  const { epoch, forks } = account.restored
  account.keepRestored({ epoch, forks })
  account.ledger.countLost(dailyValue, dailyOrders, nowMs)
  const after = { dailyValue: productText(dailyValue), dailyOrders }
  store.writeChange('risk.restore.confirmed', nowMs, { before: sealed, after }, by)
  return ok(undefined)
}
