/** One log that a forger gets at: its draft, its files, and those who sign it. */
import { must } from '../tlog.ts'
import { toBase64 } from '../../../src/lib/bytes.ts'
import { chainName, chainOf } from '../../../src/audit/leaf.ts'
import { parseCheckpoint } from '../../../src/audit/checkpoint.ts'
import { formatNote, parseNote, type Note } from '../../../src/audit/note.ts'
import { parsePolicy, type Policy } from '../../../src/audit/trust.ts'
import { decodeEntries, encodeEntries } from '../../../src/audit/tile.ts'
import { verifyExport, type Verification, type VerifyOptions } from '../../../src/audit/verify.ts'
import type { FindingCode } from '../../../src/audit/verify/rules.ts'
import type { AuditRecord, OutcomeRecord, RecordType } from '../../../src/audit/record.ts'
import type { Draft, DraftRecord, DraftRound } from './audit-draft.ts'
import {
  bundleOf,
  PEPPER,
  seal,
  trustText,
  type Files,
  type LogKey,
  type Sealing,
} from './audit-export.ts'

export interface Signers {
  readonly log: LogKey
  readonly witnesses: readonly LogKey[]
}

export class Case {
  readonly draft: Draft
  readonly signers: Signers
  /** What the auditor kept from before. */
  readonly kept: { file: string; bytes: Uint8Array }[] = []
  /** Keys of other logs that the auditor trusts, too. */
  readonly others: LogKey[] = []
  #files: Files | undefined

  constructor(draft: Draft, signers: Signers) {
    this.draft = draft.map((item) => ({ ...item }))
    this.signers = signers
  }

  /** Made, signed and published from the draft as it is now. */
  async sealed(sealing: Partial<Sealing> = {}): Promise<Files> {
    const { log, witnesses } = this.signers
    this.#files = await seal(this.draft, { keys: [log], witnesses, keep: [3, 9], ...sealing })
    return this.#files
  }

  get files(): Files {
    return must(this.#files)
  }

  set files(files: Files) {
    this.#files = files
  }

  /** What the auditor brings: the log's real key, and all its witnesses. */
  get policy(): Policy {
    const parsed = parsePolicy(
      trustText([this.signers.log, ...this.others], this.signers.witnesses),
    )
    if (!parsed.ok) throw new Error(parsed.error.join())
    return parsed.value
  }

  async verify(options: Partial<VerifyOptions> = {}): Promise<Verification> {
    return verifyExport(this.files, { policy: this.policy, older: this.kept, ...options })
  }

  /** The place of the nth record of which this is so. */
  at(is: (record: AuditRecord) => boolean, nth = 0): number {
    const found = this.draft.flatMap((item, at) =>
      item.kind === 'record' && is(item.record) ? [at] : [],
    )
    return must(found[nth])
  }

  record(at: number): DraftRecord {
    const item = this.draft[at]
    if (item?.kind !== 'record') throw new Error(`The test itself is wrong: ${at} is no record`)
    return item
  }

  /** The place of the nth record of a type, somewhere in the middle of the log. */
  of(type: RecordType, nth = 20): number {
    return this.at((record) => record.type === type, nth)
  }

  round(nth: number): DraftRound {
    const rounds = this.draft.filter((item) => item.kind === 'round')
    return must(rounds.at(nth))
  }

  outcome(at: number): OutcomeRecord {
    const { record } = this.record(at)
    if (record.type !== 'outcome') throw new Error(`The test itself is wrong: ${at} is no outcome`)
    return record
  }

  /** The first record at a place or behind it. */
  next(at: number): number {
    const found = this.draft.findIndex((item, i) => i >= at && item.kind === 'record')
    return found < 0 ? must(this.draft.findLastIndex((item) => item.kind === 'record')) : found
  }

  /** What the chain of a record is called in public. */
  chain(at: number): string {
    return chainName(PEPPER, must(chainOf(this.record(at).record)))
  }

  /** A record behind a place, as the shard that is there would have sent it. Answers its place. */
  insert(place: number, record: AuditRecord): number {
    this.draft.splice(place + 1, 0, { ...this.record(place), record })
    return place + 1
  }

  /** Places of both parts of an admitted call that has an outcome. */
  call(nth = 5): { readonly admission: number; readonly outcome: number } {
    const ended = (record: AuditRecord) => record.type === 'outcome' && record.admitted === true
    const outcome = this.at(ended, nth)
    const of = requestOf(this.record(outcome).record)
    const is = (record: AuditRecord) => record.type === 'admission' && requestOf(record) === of
    return { admission: this.at(is), outcome }
  }

  /** Another text of the record line of a leaf. */
  editLine(index: number, edit: (line: string) => string): void {
    const lines = this.files.text(RECORDS).split('\n')
    const at = lines.findIndex((line) => line.startsWith(`{"index":${index},`))
    lines[at] = edit(must(lines[at]))
    this.files.write(RECORDS, lines.filter((line) => line !== REMOVED).join('\n'))
  }

  /** Other entries of the bundle that a leaf is in. */
  editBundle(index: number, edit: (entries: Uint8Array[], at: number) => Uint8Array[]): void {
    const name = bundleOf(this.files, index)
    const entries = [...must(decodeEntries(must(this.files.get(name))))]
    this.files.set(name, encodeEntries(edit(entries, index % 256)))
  }

  /** Other entries of the whole log, in bundles that are as full as before. */
  editEntries(edit: (entries: Uint8Array[]) => Uint8Array[]): void {
    const { size } = this.checkpoint('checkpoint')
    const names = Array.from({ length: Math.ceil(size / 256) }, (_, i) =>
      bundleOf(this.files, i * 256),
    )
    const entries = names.flatMap((name) => must(decodeEntries(must(this.files.get(name)))))
    const edited = edit([...entries])
    for (const [i, name] of names.entries())
      this.files.set(name, encodeEntries(edited.slice(i * 256, Math.min(size, (i + 1) * 256))))
  }

  flip(name: string, at: number): void {
    const bytes = must(this.files.get(name)).slice()
    bytes[at] = (bytes[at] ?? 0) ^ 1
    this.files.set(name, bytes)
  }

  /** The note in a file with another text, under the same signatures, or with others. */
  editNote(name: string, edit: (note: Note) => Partial<Note>): void {
    const note = must(parseNote(this.files.text(name)))
    this.files.write(name, formatNote({ ...note, ...edit(note) }))
  }

  /** Sizes of the older checkpoints that the export has, the smallest first. */
  get olderSizes(): string[] {
    const names = [...this.files.keys()].filter((name) => name.startsWith('checkpoints/'))
    return names.map((name) => name.slice('checkpoints/'.length))
  }

  checkpoint(name: string) {
    const { text } = must(parseNote(this.files.text(name)))
    const { size, root } = must(parseCheckpoint(text))
    return { size, root, encoded: toBase64(root) }
  }
}

const RECORDS = 'records/000000.jsonl'
export const REMOVED = '\0'

export function requestOf(record: AuditRecord): string | undefined {
  return 'requestId' in record ? record.requestId : undefined
}

export interface Forgery {
  readonly name: string
  /** Does it, and answers the leaf at which it must be found, if at one. */
  readonly forge: (made: Case) => Promise<number | undefined>
  readonly says: FindingCode
}
