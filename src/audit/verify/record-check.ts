/** Whether a record line is the record that a leaf stands for. */
import { fromBase64Url } from '../../lib/bytes.ts'
import { canonical, isCanonical } from '../../lib/jcs.ts'
import { member, parsed } from '../../lib/json.ts'
import { commitTo, SALT_BYTES, type Leaf, numbersOf } from '../leaf.ts'
import type { Sha256 } from '../merkle.ts'
import { isRecord, readRecord, recordText, type AuditRecord } from '../record.ts'
import type { Findings, Place } from './findings.ts'
import type { Line } from './lines.ts'

/** The record, or `undefined` where it is not what the leaf commits to, or cannot be read. */
export function checkRecord(
  leaf: Leaf,
  place: Place,
  { line, file }: Line,
  findings: Findings,
  sha256: Sha256,
): AuditRecord | undefined {
  if ('shredded' in line) return undefined
  const value = parsed(line.record)
  const at = { ...place, file, uid: uidOf(value) }
  const salt = fromBase64Url(line.salt)
  const isCommitted =
    salt?.length === SALT_BYTES &&
    line.record.isWellFormed() &&
    commitTo(salt, line.record, sha256) === leaf.commit
  if (!isCommitted) {
    findings.add('commitment-differs', at)
    return undefined
  }
  const record = isRecord(value) ? value : readRecord(value)
  // What is written as the gateway writes it has no member that it should not have, and is canonical.
  if (record !== value || !isCanonical(line.record, value)) {
    const text = spelled(value)
    if (text !== line.record) findings.add('record-not-canonical', at)
    if (record !== undefined && recordText(record) !== text) findings.add('record-unlisted', at)
  }
  if (record === undefined) {
    findings.add(member(value, 'v') === 1 ? 'record-schema' : 'record-version', at)
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

function spelled(value: unknown): string | undefined {
  try {
    return canonical(value)
  } catch {
    return undefined
  }
}

/** What the line says of itself: it may be changed, but it helps to find the place. */
function uidOf(value: unknown): string | undefined {
  const uid = member(value, 'uid')
  return typeof uid === 'string' ? uid.slice(0, 200) : undefined
}
