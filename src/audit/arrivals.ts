/** The records that follow from what a shard is sent: of shipments by keys' objects, of calls that Workers report. */
import * as v from 'valibot'
import { claimOf, forksAmong, type Claim } from './claims.ts'
import { keep, saltOfAttempt, type Kept } from './kept.ts'
import { chainOf } from './leaf.ts'
import type { OpenCall, Progress } from './progress.ts'
import type { Fresh } from './key-line.ts'
import { byWhom, ProvenanceSchema } from './provenance.ts'
import { readRecord, recordText, type AuditRecord, type ChangeRecord } from './record.ts'
import type { Run } from './runs.ts'
import type { ShippedChange } from './shipment.ts'

/** How far each chain is known, for those who are told of its records. */
export interface Chains {
  chain(name: string): Progress
}

/** Records to keep, and the chains that know more with them. */
export interface Arrival {
  readonly records: Kept[]
  readonly chains: Set<string>
}

export function nothing(): Arrival {
  return { records: [], chains: new Set() }
}

/** What a key's object shipped and the shard did not have. */
export function arriveShipped(keyId: string, fresh: Fresh, chains: Chains, nowMs: number): Arrival {
  const arrival = nothing()
  for (const { record: text, attempt, sequence } of fresh.admissions) {
    const record = readRecord(parsed(text))
    if (record?.type === 'admission') note(arrival, record, chains, nowMs, saltOfAttempt(attempt))
    else note(arrival, gapOf(keyId, [sequence, sequence], 'unreadable', nowMs), chains, nowMs)
  }
  const progress = chains.chain(`key:${keyId}`)
  for (const { first, last, atMs } of fresh.gaps.filter(
    (gap) => !progress.has(gap.first, gap.last),
  ))
    note(arrival, { ...gapOf(keyId, [first, last], 'restart', nowMs), atMs }, chains, nowMs)
  for (const change of fresh.changes) note(arrival, changeOfKey(keyId, change), chains, nowMs)
  for (const { of, number, body } of fresh.forks) {
    const uid = `${keyId}:fork:${of}:${number}:${nowMs}`
    note(arrival, { v: 1, type: 'fork', uid, atMs: nowMs, keyId, of, number, body }, chains, nowMs)
  }
  return arrival
}

/** What a Worker reported, a JSON array of records: what is none, or was taken before, is left out. */
export function arriveReported(texts: string, chains: Chains, nowMs: number): Arrival {
  const arrival = nothing()
  const listed = parsed(texts)
  if (!Array.isArray(listed)) return arrival
  const records = listed.flatMap((value) => readRecord(value) ?? [])
  const claims = new Map(
    records.flatMap((record) => {
      const claim = claimOf(record)
      return claim === undefined ? [] : [[record, claim] as const]
    }),
  )
  const forks = forksAmong([...claims.values()], (name) => chains.chain(name))
  for (const record of records) {
    const claim = claims.get(record)
    if (claim !== undefined && forks.has(record)) noteFork(arrival, claim, chains, nowMs)
    else if (!isTaken(record, chains)) {
      note(arrival, record, chains, nowMs)
      if (claim !== undefined) chains.chain(claim.chain).say(claim.number, claim.digest, false)
    }
  }
  return arrival
}

/** What came second stands beside what came first. */
function noteFork(
  arrival: Arrival,
  { record, chain, number, digest }: Claim,
  chains: Chains,
  nowMs: number,
): void {
  const of = record.type
  const subject =
    record.type === 'change' ? record.subject : ({ type: 'orders', id: record.account } as const)
  const uid = `${subject.type}:${subject.id}:fork:${of}:${number}:${digest}`
  const body = recordText(record)
  const fork = { v: 1, type: 'fork', uid, atMs: nowMs, subject, of, number, body } as const
  note(arrival, fork, chains, nowMs)
  chains.chain(chain).say(number, digest, true)
  arrival.chains.add(chain)
}

/** What follows from time alone: numbers that stay away, calls that never ended. */
export function arriveLate(
  unsettled: Iterable<readonly [string, Progress]>,
  chains: Chains,
  nowMs: number,
): Arrival {
  const arrival = nothing()
  for (const [name, progress] of unsettled) {
    for (const run of progress.missing(nowMs)) {
      arrival.chains.add(name)
      arrival.records.push(keep(missingFrom(name, run, nowMs)))
    }
    for (const call of progress.overdue(nowMs))
      note(arrival, unknownOf(call, name, nowMs), chains, nowMs)
  }
  return arrival
}

/** What is reported comes again until its sender has heard that it came. */
function isTaken(record: AuditRecord, chains: Chains): boolean {
  const chain = chainOf(record)
  if (chain === undefined) return false
  if (record.type === 'change') return chains.chain(chain).has(record.version)
  if (record.type === 'order_event') return chains.chain(chain).has(record.number)
  if (record.type !== 'outcome' || record.sequence === undefined) return false
  return !chains.chain(chain).isNew(record.sequence)
}

function note(
  { records, chains: touched }: Arrival,
  record: AuditRecord,
  chains: Chains,
  nowMs: number,
  salt?: string,
): void {
  records.push(keep(record, salt))
  const name = chainOf(record)
  if (name === undefined || record.type === 'fork') return
  const progress = chains.chain(name)
  touched.add(name)
  if (record.type === 'gap') progress.giveUp(record.first, record.last, nowMs)
  else if (record.type === 'change') progress.note(record.version, record.version, nowMs)
  else if (record.type === 'order_event') progress.note(record.number, record.number, nowMs)
  else if ('sequence' in record && record.sequence !== undefined) {
    progress.note(record.sequence, record.sequence, nowMs)
    if (record.type === 'admission') progress.admitted(record, nowMs)
    if (record.type === 'outcome') {
      progress.recorded(record.sequence)
      if (record.admitted === true) progress.ended(record.sequence)
    }
  }
}

function gapOf(
  keyId: string,
  [first, last]: Run,
  cause: 'restart' | 'not-received' | 'unreadable',
  atMs: number,
) {
  const uid = `${keyId}:gap:${first}-${last}`
  return { v: 1, type: 'gap', uid, atMs, keyId, first, last, cause } as const
}

/** What a chain's name says of the numbers that are missing in it. */
function missingFrom(chain: string, run: Run, atMs: number): AuditRecord {
  const [of = '', ...rest] = chain.split(':')
  const gap = gapOf(rest.join(':'), run, 'not-received', atMs)
  if (of === 'key') return gap
  const { keyId: _of, ...common } = gap
  const [type = '', ...id] = rest
  const record = readRecord({ ...common, subject: { type, id: id.join(':') } })
  if (record === undefined) throw new Error('Cannot record a gap: its chain is of nothing known')
  return record
}

function unknownOf(call: OpenCall, chain: string, atMs: number): AuditRecord {
  const record = readRecord({
    ...call,
    v: 1,
    type: 'unknown',
    uid: `${call.requestId}:unknown`,
    atMs,
    keyId: chain.slice('key:'.length),
  })
  if (record === undefined) throw new Error('Cannot record an unknown outcome: the call is none')
  return record
}

const Detail = v.object({
  ...v.partial(ProvenanceSchema).entries,
  before: v.optional(v.record(v.string(), v.unknown())),
})

function changeOfKey(keyId: string, { version, atMs, key, detail }: ShippedChange): ChangeRecord {
  const read = v.safeParse(Detail, parsed(detail ?? '{}'))
  const { before, ...by } = read.success ? read.output : {}
  const names =
    before === undefined ? [] : Object.keys(before).filter((name) => name !== 'revision')
  return {
    v: 1,
    type: 'change',
    uid: `${keyId}:change:${version}`,
    atMs,
    subject: { type: 'key', id: keyId },
    version,
    what: version === 1 ? 'key.created' : `key.${names.join('+') || 'told'}`,
    ...(before === undefined ? {} : { before: JSON.stringify(before) }),
    after: key,
    ...byWhom(by),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
