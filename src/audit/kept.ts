/** A record as a shard keeps it until it is in the log: its text, its salt, and what has to be known of it then. */
import { sha256 } from '@noble/hashes/sha2.js'
import * as v from 'valibot'
import { fromBase64Url, toBase64Url, utf8 } from '../lib/bytes.ts'
import { chainOf, numbersOf, SALT_BYTES } from './leaf.ts'
import { recordText, type AuditRecord } from './record.ts'
import { classOfRecord, RECORD_CLASSES } from './record-class.ts'

const Whole = v.pipe(v.number(), v.safeInteger())

const KeptSchema = v.object({
  text: v.string(),
  /** Base64url. */
  salt: v.string(),
  type: v.string(),
  atMs: Whole,
  seq: v.optional(Whole),
  to: v.optional(Whole),
  /** Whose numbers `seq` is among; absent where there is none. */
  chain: v.optional(v.string()),
  /** How long it is kept, and with whose data it goes. */
  class: v.picklist(RECORD_CLASSES),
  subject: v.string(),
})
export type Kept = v.InferOutput<typeof KeptSchema>

const KeptList = v.pipe(v.string(), v.parseJson(), v.array(KeptSchema))

/** @throws when the text is none that was kept. */
export function readKept(stored: string): readonly Kept[] {
  return v.parse(KeptList, stored)
}

/** Of whom a record tells when it tells of nobody. */
const NOBODY = '-'

/** @param salt base64url; random where none is given. */
export function keep(record: AuditRecord, salt = newSalt()): Kept {
  const chain = chainOf(record)
  return {
    text: recordText(record),
    salt,
    type: record.type,
    atMs: record.atMs,
    ...numbersOf(record),
    ...(chain === undefined ? {} : { chain }),
    class: classOfRecord(record),
    subject: subjectOf(record),
  }
}

/** The person of whom a record tells: with their data it goes. Of a key it is whose key it is, whoever changed it. */
function subjectOf(record: AuditRecord): string {
  if (record.type === 'change' && record.subject.type === 'user') return record.subject.id
  const about = bodyOf(record)
  const owner = about === undefined ? undefined : v.safeParse(Owned, about)
  if (owner?.success === true) return owner.output.user
  return 'user' in record && record.user !== undefined ? record.user : NOBODY
}

const Owned = v.pipe(v.string(), v.parseJson(), v.object({ user: v.string() }))

/** What a record has of a key, or of a call of it, as JSON. */
function bodyOf(record: AuditRecord): string | undefined {
  if (record.type === 'fork') return record.body
  return record.type === 'change' && record.subject.type === 'key' ? record.after : undefined
}

function newSalt(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(SALT_BYTES)))
}

/** @throws when the text is no salt. */
export function saltBytes(salt: string): Uint8Array {
  const bytes = fromBase64Url(salt)
  if (bytes?.length !== SALT_BYTES) throw new Error('Cannot use the salt: it is none')
  return bytes
}

/**
 * The salt of an admission: known to the key's object, which stored it, and to the Worker, which signs a receipt for it.
 *
 * @param attempt the random name under which it was asked about.
 */
export function saltOfAttempt(attempt: string): string {
  const digest = sha256(utf8(`portcullis-salt/v1\0${attempt}`))
  return toBase64Url(digest.subarray(0, SALT_BYTES))
}
