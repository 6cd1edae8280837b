/**
 * What the log holds of a record: its place in its chain, when it was written, and a salted commitment to it. Nothing
 * personal: whoever has the log alone learns how much happened, and whoever is shown a record can check it.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import * as v from 'valibot'
import { canonical, isCanonical } from '../lib/jcs.ts'
import { parsed } from '../lib/json.ts'
import { exactly } from '../lib/shape.ts'
import { concat, toBase64Url, utf8 } from '../lib/bytes.ts'
import type { Sha256 } from './merkle.ts'
import type { AuditRecord, ChangeRecord } from './record.ts'

/** Octets of a salt: as hard to guess as a key. */
export const SALT_BYTES = 16

const PREFIX = utf8('portcullis-record/v1\0')

/** The commitment to a record's canonical text, base64url. The salt keeps others from trying records out. */
export function commitTo(salt: Uint8Array, text: string, hash: Sha256 = sha256): string {
  return toBase64Url(hash(concat(PREFIX, salt, utf8(text))))
}

/** What a chain is called in public: always the same for a key, and no way back to it without the pepper. */
export function chainName(pepper: Uint8Array, name: string): string {
  return toBase64Url(hmac(sha256, pepper, utf8(`portcullis-chain/v1\0${name}`)).subarray(0, 16))
}

const Short = v.pipe(v.string(), v.maxLength(128))
const Whole = v.pipe(v.number(), v.safeInteger())

export const LeafSchema = v.strictObject({
  v: v.literal(1),
  /** The record's type. */
  type: Short,
  atMs: Whole,
  chain: Short,
  commit: Short,
  /** The bundle in which the sealed record is, `<shard>/<first slot>`. */
  in: Short,
  /** The record's number in its chain; absent where it has none. */
  seq: v.optional(Whole),
  /** The last number of a gap, whose first is `seq`. */
  to: v.optional(Whole),
})

export type Leaf = v.InferOutput<typeof LeafSchema>

/** @param numbered the record's type, time and numbers. */
export function leafOf(
  numbered: Pick<Leaf, 'type' | 'atMs' | 'seq' | 'to'>,
  { chain, commit, bundle }: { chain: string; commit: string; bundle: string },
): Leaf {
  const { type, atMs, seq, to } = numbered
  const numbers = { ...(seq === undefined ? {} : { seq }), ...(to === undefined ? {} : { to }) }
  return { v: 1, type, atMs, chain, commit, in: bundle, ...numbers }
}

/** The numbers of a record in its chain, as its leaf says them. */
export function numbersOf(record: AuditRecord): { readonly seq?: number; readonly to?: number } {
  if (record.type === 'gap') return { seq: record.first, to: record.last }
  if (record.type === 'change') return { seq: record.version }
  if (record.type === 'order_event') return { seq: record.number }
  const seq = 'sequence' in record ? record.sequence : undefined
  return seq === undefined ? {} : { seq }
}

/** Whose numbers a record's number is among: a key's calls, a subject's changes, an account's orders; `undefined` of none. */
export function chainOf(record: AuditRecord): string | undefined {
  if (record.type === 'order_event') return changesOf({ type: 'orders', id: record.account })
  if (record.type === 'change') return changesOf(record.subject)
  if ((record.type === 'gap' || record.type === 'fork') && record.subject !== undefined)
    return changesOf(record.subject)
  if (record.type === 'strangers') return undefined
  const numbered = record.type === 'gap' || record.type === 'fork' || record.sequence !== undefined
  return numbered && record.keyId !== undefined ? `key:${record.keyId}` : undefined
}

/** The chain of a subject's numbers. */
export function changesOf({ type, id }: ChangeRecord['subject']): string {
  return `change:${type}:${id}`
}

/** The leaf as it stands in the log: canonical JSON. */
export function leafText(leaf: Leaf): string {
  return canonical(leaf)
}

/** The leaf that a text is, or `undefined`. */
export function readLeaf(text: string): Leaf | undefined {
  const value = parsed(text)
  return isLeaf(value) && isCanonical(text, value) ? value : undefined
}

const isLeaf = exactly(LeafSchema)
