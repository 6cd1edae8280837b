/**
 * Whom a verifier trusts: the file format of C2SP tlog-policy. Logs, witnesses, groups of witnesses, and the quorum
 * without which a checkpoint is not believed.
 */
import { parseCheckpoint, type Checkpoint, type CheckpointProblem } from './checkpoint.ts'
import { cosignedAtSeconds, verifySignature } from './cosignature.ts'
import { COSIGNATURE, ED25519, openNote, parseVkey, type NoteKey } from './note.ts'
import { ok, type Result } from '../lib/result.ts'

export interface TrustedKey {
  readonly key: NoteKey
  readonly url: string | undefined
}

export interface Group {
  /** How many of the members make the group. */
  readonly threshold: number
  readonly members: readonly string[]
}

export interface Policy {
  readonly logs: readonly TrustedKey[]
  readonly witnesses: ReadonlyMap<string, TrustedKey>
  readonly groups: ReadonlyMap<string, Group>
  /** A witness, a group, or `none`. */
  readonly quorum: string
}

/** Who signed a checkpoint, of those whom the policy names. */
export interface Signers {
  readonly checkpoint: Checkpoint
  /** Keys of the log that the checkpoint says it is of. */
  readonly logKeys: readonly NoteKey[]
  readonly witnesses: readonly { readonly name: string; readonly atSeconds: number }[]
  readonly hasQuorum: boolean
}

export type TrustProblem = CheckpointProblem | 'too few witnesses signed it'

const NONE = 'none'

/** The policy of a file, or everything that is wrong with it. */
export function parsePolicy(text: string): Result<Policy, readonly string[]> {
  const draft = new Draft()
  for (const [i, line] of text.split('\n').entries()) {
    const items = line.split(/[ \t]+/).filter((item) => item !== '')
    const [keyword = '', ...rest] = items
    if (keyword === '' || keyword.startsWith('#')) continue
    const problem = hasControls(line) ? 'a control character' : draft.take(keyword, rest)
    if (problem !== undefined) draft.problems.push(`line ${i + 1}: ${problem}`)
  }
  const { logs, witnesses, groups, quorum, problems } = draft
  if (quorum === undefined) problems.push('no quorum line')
  return quorum === undefined || problems.length > 0
    ? { ok: false, error: problems }
    : ok({ logs, witnesses, groups, quorum })
}

function hasControls(line: string): boolean {
  return /[^\t -~\u0080-\uFFFF]/.test(line)
}

/** A policy as far as it was read. Names are defined before they are used, so no group holds itself. */
class Draft {
  readonly logs: TrustedKey[] = []
  readonly witnesses = new Map<string, TrustedKey>()
  readonly groups = new Map<string, Group>()
  readonly problems: string[] = []
  quorum: string | undefined
  readonly #members = new Set<string>()

  /** Takes one line in, or says what is wrong with it. */
  take(keyword: string, items: readonly string[]): string | undefined {
    switch (keyword) {
      case 'log':
        return this.#log(items)
      case 'witness':
        return this.#witness(items)
      case 'group':
        return this.#group(items)
      case 'quorum':
        return this.#quorum(items)
      default:
        return `"${keyword}" is none of log, witness, group and quorum`
    }
  }

  #log([vkey = '', url, ...more]: readonly string[]): string | undefined {
    const key = parseVkey(vkey)
    if (more.length > 0) return 'a log has a key and a URL, and no more'
    if (key?.type !== ED25519) return 'a log needs the vkey of an Ed25519 key'
    if (isAmong(key, this.logs)) return 'the key of another log'
    this.logs.push({ key, url })
    return undefined
  }

  #witness([name = '', vkey = '', url, ...more]: readonly string[]): string | undefined {
    const key = parseVkey(vkey)
    if (more.length > 0) return 'a witness has a name, a key and a URL, and no more'
    if (key?.type !== COSIGNATURE) return 'a witness needs a name and the vkey of cosignatures'
    if (isAmong(key, [...this.witnesses.values()])) return 'the key of another witness'
    if (this.#isTaken(name)) return `the name "${name}" is taken`
    this.witnesses.set(name, { key, url })
    return undefined
  }

  #group([name = '', threshold = '', ...members]: readonly string[]): string | undefined {
    if (members.length === 0) return 'a group needs a name, how many make it, and members'
    if (this.#isTaken(name)) return `the name "${name}" is taken`
    const needed = thresholdOf(threshold, members.length)
    if (needed === undefined)
      return `"${threshold}" is not all, any, or a number from 1 to ${members.length}`
    for (const member of members) {
      if (!this.#isDefined(member)) return `"${member}" is not defined above`
      if (this.#members.has(member)) return `"${member}" is a member already`
      this.#members.add(member)
    }
    this.groups.set(name, { threshold: needed, members })
    return undefined
  }

  #quorum([name = '', ...more]: readonly string[]): string | undefined {
    if (this.quorum !== undefined) return 'a second quorum'
    if (name === '' || more.length > 0) return 'a quorum is one name'
    if (name !== NONE && !this.#isDefined(name)) return `"${name}" is not defined above`
    this.quorum = name
    return undefined
  }

  #isDefined(name: string): boolean {
    return this.witnesses.has(name) || this.groups.has(name)
  }

  #isTaken(name: string): boolean {
    return name === NONE || this.#isDefined(name)
  }
}

/** Keys are the same when their octets are: under another name they would count twice. */
function isAmong({ publicKey }: NoteKey, others: readonly TrustedKey[]): boolean {
  return others.some(({ key }) => key.publicKey.join() === publicKey.join())
}

function thresholdOf(text: string, members: number): number | undefined {
  if (text === 'any') return 1
  if (text === 'all') return members
  const number = /^[1-9][0-9]*$/.test(text) ? Number(text) : 0
  return number >= 1 && number <= members ? number : undefined
}

/** Whether these witnesses are enough. */
export function hasQuorum(
  policy: Pick<Policy, 'groups' | 'quorum'>,
  signed: ReadonlySet<string>,
): boolean {
  const counts = (name: string): boolean => {
    const group = policy.groups.get(name)
    if (group === undefined) return signed.has(name)
    return group.members.filter(counts).length >= group.threshold
  }
  return policy.quorum === NONE || counts(policy.quorum)
}

/** Who signed the checkpoint of a note. The caller judges by `hasQuorum`; `verifyCheckpoint` has judged. */
export async function signersOf(
  note: string,
  policy: Policy,
): Promise<Result<Signers, CheckpointProblem>> {
  const witnessKeys = [...policy.witnesses.values()]
  const trusted = [...policy.logs, ...witnessKeys].map(({ key }) => key)
  const opened = await openNote(note, trusted, verifySignature)
  if (!opened.ok) return opened
  const checkpoint = parseCheckpoint(opened.value.text)
  if (checkpoint === undefined) return { ok: false, error: 'not a checkpoint' }
  const { signed } = opened.value
  const logKeys = signed
    .map(({ key }) => key)
    .filter(({ type, name }) => type === ED25519 && name === checkpoint.origin)
  if (logKeys.length === 0) return { ok: false, error: 'a checkpoint of another log than its key' }
  const witnesses = [...policy.witnesses].flatMap(([name, { key }]) => {
    const found = signed.find((one) => one.key === key)
    const atSeconds = found && cosignedAtSeconds(found.signature.value)
    return atSeconds === undefined ? [] : [{ name, atSeconds }]
  })
  const names = new Set(witnesses.map(({ name }) => name))
  return ok({ checkpoint, logKeys, witnesses, hasQuorum: hasQuorum(policy, names) })
}

/** The checkpoint of a note that one of the policy's logs signed and its quorum of witnesses cosigned. */
export async function verifyCheckpoint(
  note: string,
  policy: Policy,
): Promise<Result<Signers, TrustProblem>> {
  const signers = await signersOf(note, policy)
  if (!signers.ok) return signers
  return signers.value.hasQuorum ? signers : { ok: false, error: 'too few witnesses signed it' }
}
