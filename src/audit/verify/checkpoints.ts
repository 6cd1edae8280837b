/**
 * The checkpoints of an export: the newest one, whose root everything is measured by, and older ones, of which each must
 * be of the beginning of the same log. A key counts if it is trusted, or was announced under a checkpoint that is.
 */
import { equalBytes } from '../../lib/bytes.ts'
import { parseCheckpoint, type Checkpoint } from '../checkpoint.ts'
import { ED25519, formatVkey, parseNote, parseVkey } from '../note.ts'
import { signersOf, type Policy, type Signers } from '../trust.ts'
import type { Findings, Place } from './findings.ts'
import { textOf, type ReadExport } from './reading.ts'
import type { FindingCode } from './rules.ts'

/** A checkpoint as it was found, its signatures not yet judged. */
export interface Seen {
  readonly file: string
  readonly note: string
  readonly checkpoint: Checkpoint
}

/** Far more than any checkpoint has. */
const CHECKPOINT_BYTES = 100_000

export const NEWEST = 'checkpoint'
const OLDER = 'checkpoints'

/** The checkpoint in a file, or `undefined` with a finding that says why there is none. */
export function seeCheckpoint(
  file: string,
  bytes: Uint8Array,
  findings: Findings,
  code: FindingCode,
): Seen | undefined {
  const note = bytes.length > CHECKPOINT_BYTES ? undefined : textOf(bytes)
  const text = note === undefined ? undefined : parseNote(note)?.text
  const checkpoint = text === undefined ? undefined : parseCheckpoint(text)
  if (note === undefined || checkpoint === undefined) findings.add(code, { file })
  return note === undefined || checkpoint === undefined ? undefined : { file, note, checkpoint }
}

/** The older checkpoints that the export holds or that the auditor brought, the smallest first. */
export async function olderCheckpoints(
  source: ReadExport,
  brought: readonly { readonly file: string; readonly bytes: Uint8Array }[],
  findings: Findings,
): Promise<readonly Seen[]> {
  const seen: Seen[] = []
  const see = (file: string, bytes: Uint8Array) => {
    const one = seeCheckpoint(file, bytes, findings, 'older-checkpoint-unsigned')
    if (one !== undefined) seen.push(one)
  }
  for (const name of await source.list(OLDER)) {
    const file = `${OLDER}/${name}`
    const bytes = await source.read(file)
    if (bytes !== undefined) see(file, bytes)
  }
  for (const { file, bytes } of brought) see(file, bytes)
  return seen.toSorted((a, b) => a.checkpoint.size - b.checkpoint.size)
}

/** Keys that sign from a leaf on, and no others, until others are announced. */
export interface Announced {
  readonly vkeys: readonly string[]
  readonly index: number
}

/** Judges signatures, the smallest checkpoint first, so that trust can pass on from key to key. */
export class Signatures {
  readonly #findings: Findings
  readonly #announced: readonly Announced[]
  readonly #vouched = new Set<string>()
  #policy: Policy

  constructor(policy: Policy, announced: readonly Announced[], findings: Findings) {
    this.#policy = policy
    this.#announced = announced
    this.#findings = findings
  }

  /** Who signed it, or `undefined` where nobody did who counts. */
  async judge(seen: Seen, isNewest: boolean): Promise<Signers | undefined> {
    const { file, note, checkpoint } = seen
    const signers = await signersOf(note, this.#policy)
    if (!signers.ok) {
      // Witnesses sign for a log whether its key is trusted or not.
      const isOther = this.#policy.logs.every(({ key }) => key.name !== checkpoint.origin)
      const code = isOther ? 'checkpoint-origin' : CODES[signers.error]
      this.#findings.add(isNewest ? code : 'older-checkpoint-unsigned', { file })
      return undefined
    }
    const vkeys = signers.value.logKeys.map(formatVkey)
    for (const vkey of vkeys) this.#wasAnnounced(vkey, checkpoint.size, { file })
    if (isNewest && vkeys.every((vkey) => this.#vouched.has(vkey)))
      this.#findings.add('key-announced', { file }, vkeys.join(' '))
    if (isNewest && !signers.value.hasQuorum)
      this.#findings.add('witness-quorum', { file }, namesOf(signers.value))
    return signers.value
  }

  /** What a checkpoint that is right about the log vouches for: the keys that were announced in it. */
  vouch({ checkpoint }: Seen): void {
    const before = this.#announced.filter(({ index }) => index < checkpoint.size)
    for (const vkey of before.flatMap(({ vkeys }) => vkeys)) {
      const key = parseVkey(vkey)
      if (key?.type !== ED25519 || key.name !== checkpoint.origin) continue
      if (this.#policy.logs.some((log) => formatVkey(log.key) === vkey)) continue
      this.#policy = { ...this.#policy, logs: [...this.#policy.logs, { key, url: undefined }] }
      this.#vouched.add(vkey)
    }
  }

  #wasAnnounced(vkey: string, size: number, place: Place): void {
    const last = this.#announced.findLast(({ index }) => index < size)
    if (size > 0 && last?.vkeys.includes(vkey) !== true)
      this.#findings.add('key-unannounced', place, vkey)
  }
}

const CODES = {
  'not a note': 'checkpoint-unreadable',
  'not a checkpoint': 'checkpoint-unreadable',
  'a signature is wrong': 'checkpoint-forged',
  'no trusted key signed it': 'checkpoint-untrusted',
  'a checkpoint of another log than its key': 'checkpoint-untrusted',
} as const

function namesOf({ witnesses }: Signers): string {
  return witnesses.length === 0 ? 'none' : witnesses.map(({ name }) => name).join(', ')
}

/** Whether an older checkpoint is of the beginning of the log whose roots were computed. */
export function compareHistory(
  { checkpoint: { origin, size, root }, file }: Seen,
  newest: Checkpoint,
  rootAt: Uint8Array | undefined,
  findings: Findings,
): boolean {
  if (origin !== newest.origin) {
    findings.add('older-checkpoint-unsigned', { file }, `it is of ${origin}`)
    return false
  }
  if (size > newest.size) {
    findings.add('checkpoint-newer', { file }, `${size} leaves, this one has ${newest.size}`)
    return false
  }
  const isFork = size === newest.size && !equalBytes(root, newest.root)
  if (isFork) findings.add('checkpoint-fork', { file }, `both of ${size} leaves`)
  const isPart = rootAt !== undefined && equalBytes(rootAt, root)
  if (!isFork && !isPart) findings.add('checkpoint-inconsistent', { file }, `of ${size} leaves`)
  return isPart && !isFork
}
