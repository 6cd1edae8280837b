/**
 * Numbers that an account's object, or the firm's, says are taken by a record. If it came back from an older state it says so
 * of numbers that the log has for something else: what comes second is kept beside, as a fork, and the object hears of it.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { toBase64Url, utf8 } from '../lib/bytes.ts'
import type { Progress } from './progress.ts'
import { chainOf } from './leaf.ts'
import { recordText, type AuditRecord, type ChangeRecord, type OrderEventRecord } from './record.ts'

/** How far the log has a chain, and how often something was told under a number that was taken. */
export interface Standing {
  readonly highest: number
  readonly forks: number
}

export interface Claim {
  readonly record: OrderEventRecord | ChangeRecord
  readonly chain: string
  readonly number: number
  readonly digest: string
}

const DIGEST_BYTES = 9
const WHOSE: readonly string[] = ['account', 'firm']

/** What a record claims, or `undefined` where its numbers are told in another way. */
export function claimOf(record: AuditRecord): Claim | undefined {
  if (record.type !== 'order_event' && record.type !== 'change') return undefined
  if (record.type === 'change' && !WHOSE.includes(record.subject.type)) return undefined
  const chain = chainOf(record)
  if (chain === undefined) return undefined
  const number = record.type === 'change' ? record.version : record.number
  const digest = sha256(utf8(recordText(record))).subarray(0, DIGEST_BYTES)
  return { record, chain, number, digest: toBase64Url(digest) }
}

/**
 * Those of one report that come second. What comes again because nobody heard that it came says the same as before; of old
 * numbers it is not known any more what they said, so the rest of the report tells which of both it is.
 */
export function forksAmong(
  claims: readonly Claim[],
  chain: (name: string) => Pick<Progress, 'has' | 'said' | 'isWatched'>,
): ReadonlySet<AuditRecord> {
  const taken = claims.filter(
    ({ chain: name, number }) => chain(name).isWatched && chain(name).has(number),
  )
  const said = taken.map((one) => ({ one, before: chain(one.chain).said(one.number) }))
  const other = said.filter(({ one, before }) => before.length > 0 && !before.includes(one.digest))
  const comesAgain = other.length === 0 && said.some(({ before }) => before.length > 0)
  const unsaid = comesAgain ? [] : said.filter(({ before }) => before.length === 0)
  return new Set([...other, ...unsaid].map(({ one }) => one.record))
}
