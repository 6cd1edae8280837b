/** What the broker's answer to a request does to the book. */
import type { Book } from './book.ts'
import { replacedBy } from './changed-day.ts'
import type { Entry, Leg } from './entry.ts'
import type { Answered, OrderTarget } from './order.ts'

const NOT_SENT: Answered = { status: 'rejected' }

/**
 * Settles every order of an entry that is still on its way. What cannot be told for certain stays counted, as unknown.
 *
 * @param answers one for each order, in the same order.
 *   `undefined` when nobody knows, `never` when the request never left.
 */
export function settle(
  book: Book,
  entry: Entry,
  answers: readonly Answered[] | undefined | 'never',
  nowMs: number,
): void {
  for (const [i, leg] of entry.legs.entries()) {
    if (leg.status !== 'pending' && leg.status !== 'unknown') continue
    const answer = answers === 'never' ? NOT_SENT : (answers?.[i] ?? { status: 'unknown' })
    settleLeg(book, entry, leg, answer, nowMs)
    for (const value of answer.cancelled ?? []) cancelled(book, { by: 'id', value }, nowMs)
  }
  if (entry.legs.some(({ status }) => status === 'unknown')) entry.unknownSinceMs ??= nowMs
  else entry.unknownSinceMs = undefined
}

function settleLeg(book: Book, entry: Entry, leg: Leg, answer: Answered, nowMs: number): void {
  if (leg.action === 'new') book.told(entry, leg, answer, nowMs)
  else if (leg.action === 'replace') settleReplace(book, entry, leg, answer, nowMs)
  else {
    // A cancel holds nothing itself: what it did shows in its order.
    const target = leg.target && book.find(leg.target)
    if (target !== undefined && (answer.status === 'cancelled' || answer.status === 'filled'))
      book.told(target.entry, target.leg, { ...answer, orderId: undefined }, nowMs)
    book.change(entry, leg, { status: 'closed' })
  }
}

/** A change that was made is the order from then on, and what it was is no more. */
function settleReplace(book: Book, entry: Entry, leg: Leg, answer: Answered, nowMs: number): void {
  const target = leg.target && book.find(leg.target)
  if (answer.status === 'rejected') {
    book.change(entry, leg, { status: 'closed', open: 0n, daily: 0n, tradedAtMost: leg.filled })
    return
  }
  if (answer.status === 'unknown') {
    book.change(entry, leg, { status: 'unknown' })
    return
  }
  if (target !== undefined && target.leg !== leg)
    book.change(target.entry, target.leg, { status: 'closed', open: 0n, heardMs: nowMs })
  const orderId = answer.orderId ?? target?.leg.orderId
  // Under the same id the broker counts on. Under another it may, or begins again: what it said of the old one is none of it.
  const isSame = target !== undefined && orderId === (target.leg.orderId ?? orderId)
  const before = isSame ? { replaced: replacedBy(target.leg) } : { heardBefore: undefined }
  book.change(entry, leg, { filledBefore: undefined, ...before })
  if (answer.filled !== undefined) book.counted(entry, leg, answer.filled)
  // What is left after a change is what was asked for: units that traded before are not in it.
  book.told(entry, leg, { ...answer, orderId, filled: undefined }, nowMs)
}

function cancelled(book: Book, target: OrderTarget, nowMs: number): void {
  const standing = book.find(target)
  if (standing !== undefined)
    book.told(standing.entry, standing.leg, { status: 'cancelled' }, nowMs)
}
