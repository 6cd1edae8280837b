/** What somebody does to records who runs the log and has its key: every signature is right, and what they sign is not. */
import { recordText, type AuditRecord } from '../../../src/audit/record.ts'
import type { FindingCode } from '../../../src/audit/verify/rules.ts'
import { requestOf, type Case, type Forgery } from './audit-case.ts'

/** A draft that is changed before it is sealed. Answers the leaf at which it must be found. */
export function ofDraft(
  name: string,
  says: FindingCode,
  lie: (made: Case) => number | undefined,
): Forgery {
  return {
    name,
    says,
    async forge(made) {
      const index = lie(made)
      await made.sealed()
      return index
    },
  }
}

/** The leaf says something else than its record. */
function leafSays(made: Case, at: number, leaf: Readonly<Record<string, unknown>>): number {
  made.draft[at] = { ...made.record(at), leaf }
  return at
}

/** The record of a place once more, some places later. */
function again(made: Case, at: number, later: number, members: object = {}): number {
  return made.insert(made.next(at + later), { ...made.record(at).record, ...members })
}

const isRead = (record: AuditRecord) =>
  record.type === 'outcome' && record.kind === 'read' && record.decision === 'forwarded'

const isOf = (keyId: string) => (record: AuditRecord) =>
  isRead(record) && 'keyId' in record && record.keyId === keyId

/** Changes that another change of the same subject follows. */
function changeBefore(made: Case): number {
  return made.at(
    (one) =>
      one.type === 'change' &&
      made.draft.some(
        ({ kind, ...item }) =>
          kind === 'record' &&
          'record' in item &&
          item.record.type === 'change' &&
          item.record.subject.id === one.subject.id &&
          item.record.version === one.version + 1,
      ),
  )
}

export const ON_CHAINS: readonly Forgery[] = [
  ofDraft('a record of one key in the chain of another', 'chain-of-two', (made) => {
    const [one, other] = [made.at(isOf('key_0001'), 9), made.at(isOf('key_0002'), 9)]
    return leafSays(made, one, { chain: made.chain(other) })
  }),
  ofDraft('a record said to be of another key, in its old chain', 'chain-of-two', (made) => {
    const at = made.at(isOf('key_0001'), 9)
    const chain = made.chain(at)
    const item = made.record(at)
    made.draft[at] = { ...item, record: { ...made.outcome(at), keyId: 'key_0009' } }
    return leafSays(made, at, { chain })
  }),
  ofDraft('one key with two chains', 'subject-of-two', (made) =>
    leafSays(made, made.at(isOf('key_0001'), 9), { chain: 'a second chain of that key' }),
  ),
  ofDraft('a change in a chain of calls', 'chain-mixed', (made) => {
    const chain = made.chain(made.at(isOf('key_0001')))
    return leafSays(made, made.of('change', 14), { chain })
  }),
  ofDraft('an admission with a number that none can have', 'number-wrong', (made) =>
    leafSays(made, made.of('admission'), { seq: 0 }),
  ),
  ofDraft('a change removed', 'change-missing', (made) => {
    made.draft.splice(changeBefore(made), 1)
    return undefined
  }),
  ofDraft('a change twice', 'change-twice', (made) => again(made, made.of('change', 14), 50)),
]

export const ON_NUMBERS: readonly Forgery[] = [
  ofDraft('a call removed, leaf and all', 'number-missing', (made) => {
    const at = made.at(isOf('key_0001'), 9)
    made.draft.splice(at, 1)
    return undefined
  }),
  ofDraft('a gap that hides numbers which are there', 'gap-over-records', (made) => {
    const at = made.at(isOf('key_0001'), 9)
    const { sequence = 0, atMs } = made.outcome(at)
    const gap = { type: 'gap', cause: 'not-received', first: sequence, last: sequence } as const
    return made.insert(made.next(at + 300), { v: 1, uid: 'gap', atMs, keyId: 'key_0001', ...gap })
  }),
  ofDraft('a gap twice', 'gap-twice', (made) => again(made, made.of('gap', 1), 100)),
  ofDraft('a number that was given up, given later', 'number-after-gap', (made) => {
    const { record: gap } = made.record(made.of('gap', 0))
    if (gap.type !== 'gap') throw new Error('The test itself is wrong: this is no gap')
    const like = made.outcome(made.at(isOf(gap.keyId ?? '')))
    const atMs = gap.atMs + 61_000
    made.round(-1).at = Math.max(made.round(-1).at, atMs)
    const later = { uid: 'late', requestId: 'late', sequence: gap.first, atMs }
    return made.insert(made.next(made.draft.length), { ...like, ...later })
  }),
  ofDraft('a second admission of one number, by an object rolled back', 'part-twice', (made) =>
    again(made, made.call().admission, 300, { requestId: 'another', uid: 'another:admission' }),
  ),
  ofDraft('numbers that begin anew lower, by an object rolled back', 'part-twice', (made) => {
    const [first, second] = [made.at(isOf('key_0003'), 4), made.at(isOf('key_0003'), 5)]
    const from = again(made, first, 400, { requestId: 'a', uid: 'a:outcome' })
    again(made, second, from - second, { requestId: 'b', uid: 'b:outcome' })
    return from
  }),
  ofDraft('a second unknown outcome of a number', 'part-twice', (made) =>
    again(made, made.of('unknown', 0), 20),
  ),
  ofDraft('a leaf twice in the log, each with its record', 'part-twice', (made) =>
    again(made, made.at(isOf('key_0001'), 9), 0),
  ),
  ofDraft('a batch taken in twice, under its own name', 'bundle-again', (made) => {
    const { shard, slot } = made.record(made.at(isOf('key_0001'), 9))
    const isIn = (at: number) => {
      const item = made.draft[at]
      return item?.kind === 'record' && item.shard === shard && item.slot === slot
    }
    const batch = made.draft.filter((_, at) => isIn(at)).map((item) => ({ ...item }))
    const later = made.draft.findIndex(
      (item) => item.kind === 'record' && item.shard === shard && item.slot > slot,
    )
    made.draft.splice(later + 1, 0, ...batch)
    return later + 1
  }),
  ofDraft('a batch taken in twice, as a new one', 'part-twice', (made) =>
    again(made, made.at(isOf('key_0001'), 9), 200),
  ),
]

export const ON_CALLS: readonly Forgery[] = [
  ofDraft('an admission without an outcome', 'admission-open', (made) => {
    const { admission, outcome } = made.call()
    made.draft.splice(outcome, 1)
    return outcome < admission ? admission - 1 : admission
  }),
  ofDraft('an outcome whose admission was removed', 'outcome-without-admission', (made) => {
    const { admission, outcome } = made.call()
    made.draft.splice(admission, 1)
    return admission < outcome ? outcome - 1 : outcome
  }),
  ofDraft('an unknown outcome of what nobody admitted', 'unknown-without-admission', (made) => {
    const at = made.of('unknown', 0)
    const of = requestOf(made.record(at).record)
    made.draft.splice(
      made.at((record) => record.type === 'admission' && requestOf(record) === of),
      1,
    )
    return at - 1
  }),
  ofDraft('an outcome said to be unknown which is there', 'unknown-after-outcome', (made) => {
    const { outcome } = made.call()
    const { sequence = 0, requestId, keyId, atMs } = made.outcome(outcome)
    const late = { type: 'unknown', uid: 'unknown', sequence, requestId, keyId, atMs } as const
    return made.insert(made.next(outcome + 300), { v: 1, ...late })
  }),
  ofDraft('an outcome of another request than was admitted', 'outcome-of-another', (made) => {
    const { outcome } = made.call()
    const item = made.record(outcome)
    made.draft[outcome] = { ...item, record: { ...made.outcome(outcome), requestId: 'another' } }
    return undefined
  }),
]

/** A record whose text the log commits to, but which is none that the gateway writes. */
function ofText(name: string, says: FindingCode, change: (text: string) => string): Forgery {
  return ofDraft(name, says, (made) => {
    const at = made.of('outcome')
    made.record(at).text = change(recordText(made.record(at).record))
    return at
  })
}

export const ON_TEXTS: readonly Forgery[] = [
  ofText('a record of another version', 'record-version', (text) =>
    text.replace(/"v":1\b/, '"v":2'),
  ),
  ofText('a record that is no JSON', 'record-version', (text) => text.slice(1)),
  ofText('a record with a space, hashed as it is', 'record-not-canonical', (text) =>
    text.replace(',', ', '),
  ),
  ofText('a record with a member that none may have', 'record-unlisted', (text) =>
    text.replace('{', '{"aaa":"kept against the rules",'),
  ),
  ofText('a record whose status is a text', 'record-schema', (text) =>
    text.replace(/"status":([0-9]+)/, '"status":"$1"'),
  ),
  ofDraft('a leaf of another type than its record', 'record-disagrees', (made) =>
    leafSays(made, made.at(isRead, 9), { type: 'unknown' }),
  ),
  ofDraft('a leaf of another time than its record', 'record-disagrees', (made) =>
    leafSays(made, made.at(isRead, 9), { atMs: 1 }),
  ),
  ofDraft('a leaf of another number than its record', 'record-disagrees', (made) =>
    leafSays(made, made.at(isRead, 9), { seq: 900 }),
  ),
]
