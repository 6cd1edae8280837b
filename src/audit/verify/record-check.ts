/** Whether a record line is the record that a leaf stands for. */
import { fromBase64Url } from '../../lib/bytes.ts'
import { canonical } from '../../lib/jcs.ts'
import { commitTo, SALT_BYTES, type Leaf, numbersOf } from '../leaf.ts'
import { readRecord, recordText, type AuditRecord } from '../record.ts'
import type { Findings, Place } from './findings.ts'
import type { Line } from './lines.ts'

/** The record, or `undefined` where it is not what the leaf commits to, or cannot be read. */
export function checkRecord(
  leaf: Leaf,
  place: Place,
  { line, file }: Line,
  findings: Findings,
): AuditRecord | undefined {
  if ('shredded' in line) return undefined
  const value = parsed(line.record)
  const at = { ...place, file, uid: uidOf(value) }
  const salt = fromBase64Url(line.salt)
  const isCommitted =
    salt?.length === SALT_BYTES &&
    line.record.isWellFormed() &&
    commitTo(salt, line.record) === leaf.commit
  if (!isCommitted) {
    findings.add('commitment-differs', at)
    return undefined
  }
  const record = readRecord(value)
  // What is written as the gateway writes it is canonical, and has no member that it should not have.
  if (record === undefined || recordText(record) !== line.record) {
    const text = spelled(value)
    if (text !== line.record) findings.add('record-not-canonical', at)
    if (record !== undefined && recordText(record) !== text) findings.add('record-unlisted', at)
  }
  if (record === undefined) {
    findings.add(versionOf(value) === 1 ? 'record-schema' : 'record-version', at)
    return undefined
  }
  const [own, said] = [told(numbered(record)), told(leaf)]
  if (own !== said)
    findings.add('record-disagrees', at, `the record is ${own}, the leaf says ${said}`)
  return record
}

type Shown = Pick<Leaf, 'type' | 'atMs' | 'seq' | 'to'>

/** What a record's leaf has to say of it. */
function numbered(record: AuditRecord): Shown {
  return { type: record.type, atMs: record.atMs, ...numbersOf(record) }
}

function told({ type, atMs, seq, to }: Shown): string {
  const number = seq === undefined ? '' : ` ${seq}${to === undefined ? '' : `-${to}`}`
  return `${type}${number} at ${atMs}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function spelled(value: unknown): string | undefined {
  try {
    return canonical(value)
  } catch {
    return undefined
  }
}

/** What the line says of itself: it may be changed, but it helps to find the place. */
function uidOf(value: unknown): string | undefined {
  return member(value, 'uid', (uid) => (typeof uid === 'string' ? uid.slice(0, 200) : undefined))
}

function versionOf(value: unknown): unknown {
  return member(value, 'v', (version) => version)
}

function member<T>(value: unknown, name: string, read: (value: unknown) => T): T | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return read(Object.entries(value).find(([own]) => own === name)?.[1])
}
