/**
 * The witnesses of this log: asked about each checkpoint at the same time, and what each of them did last. Kept in
 * memory alone: after a restart a witness says by itself what it cosigned last.
 */
import { parseCheckpoint } from './checkpoint.ts'
import { parseNote } from './note.ts'
import { hasQuorum } from './trust.ts'
import {
  addCheckpoint,
  type Fetch,
  type Submission,
  type Witness,
  type WitnessTrouble,
} from './witness.ts'
import type { WitnessPolicy } from './witness-policy.ts'

/** A checkpoint is not published before enough witnesses have seen it. */
export class MissingQuorum extends Error {
  constructor(troubles: readonly string[]) {
    super(`Cannot publish: too few witnesses cosigned (${troubles.join(', ')})`)
    this.name = 'MissingQuorum'
  }
}

export interface WitnessStatus {
  readonly name: string
  /** Of the last checkpoint that it cosigned since this object began; `undefined` for none. */
  readonly size: number | undefined
  /** Why it did not cosign when it last did not. */
  readonly trouble: { readonly code: WitnessTrouble; readonly atMs: number } | undefined
  /** Since when checkpoints lack its cosignature; `undefined` when the last one has it. */
  readonly missingSinceMs: number | undefined
  /** How many lines it sent that were not what it was asked for. */
  readonly ignoredLines: number
}

export interface WitnessesPorts {
  readonly fetch: Fetch
  nowMs(): number
  /** How long a witness is waited for. */
  readonly patienceMs?: number
}

/** Whoever fails so often in a row is left alone for a while. */
const FAILURES = 3
const REST_MS = 60_000

interface Memory {
  readonly name: string
  readonly witness: Witness
  readonly size?: number
  readonly trouble?: { readonly code: WitnessTrouble; readonly atMs: number }
  readonly missingSinceMs?: number
  readonly failuresInRow: number
  readonly ignoredLines: number
}

export class Witnesses {
  readonly #policy: WitnessPolicy
  readonly #ports: WitnessesPorts
  readonly #memories = new Map<string, Memory>()

  constructor(policy: WitnessPolicy, ports: WitnessesPorts) {
    this.#policy = policy
    this.#ports = ports
    for (const [name, { key, url }] of policy.witnesses) {
      const witness = { key, url: url.replace(/\/$/, '') }
      this.#memories.set(name, { name, witness, failuresInRow: 0, ignoredLines: 0 })
    }
  }

  /**
   * The note with the cosignatures of all who gave one.
   *
   * @throws {MissingQuorum}
   */
  async cosign(note: string, oldSize: number, prove: Submission['prove']): Promise<string> {
    const text = parseNote(note)?.text ?? ''
    const { size } = parseCheckpoint(text) ?? {}
    if (size === undefined) throw new TypeError('Cannot ask witnesses about what is no checkpoint')
    const submission = { note, text, size, oldSize, prove: once(prove) }
    const lines = new Map<string, string>()
    const ask = async (memories: readonly Memory[]): Promise<void> => {
      await Promise.all(memories.map(async (memory) => this.#ask(memory, submission, lines)))
    }
    const all = [...this.#memories.values()]
    const resting = all.filter((memory) => this.#rests(memory))
    await ask(all.filter((memory) => !resting.includes(memory)))
    const isEnough = () => hasQuorum(this.#policy, new Set(lines.keys()))
    // The rest saves a round two seconds. A round that would fail for it has nothing to save.
    if (!isEnough()) await ask(resting)
    if (!isEnough()) throw new MissingQuorum(this.#troubles())
    // In the order of the policy, whoever was faster.
    return note + all.map(({ name }) => lines.get(name) ?? '').join('')
  }

  status(): readonly WitnessStatus[] {
    return [...this.#memories.values()].map(
      ({ name, size, trouble, missingSinceMs, ignoredLines }) => ({
        name,
        size,
        trouble,
        missingSinceMs,
        ignoredLines,
      }),
    )
  }

  #rests({ failuresInRow, trouble }: Memory): boolean {
    if (failuresInRow < FAILURES || trouble === undefined) return false
    const sinceMs = this.#ports.nowMs() - trouble.atMs
    // A clock that went back ends a rest.
    return sinceMs >= 0 && sinceMs < REST_MS
  }

  async #ask(memory: Memory, submission: Submission, lines: Map<string, string>): Promise<void> {
    const { name, witness, size = submission.oldSize } = memory
    const { fetch, patienceMs } = this.#ports
    const oldSize = Math.min(size, submission.size)
    const asked = { ...submission, oldSize }
    const { result, ignoredLines } = await addCheckpoint(witness, asked, fetch, patienceMs)
    const ignored = memory.ignoredLines + ignoredLines
    const { missingSinceMs: _over, ...kept } = memory
    if (result.line !== undefined) {
      lines.set(name, result.line)
      const cosigned = { size: submission.size, failuresInRow: 0, ignoredLines: ignored }
      this.#memories.set(name, { ...kept, ...cosigned })
      return
    }
    const atMs = this.#ports.nowMs()
    this.#memories.set(name, {
      ...kept,
      trouble: { code: result.trouble, atMs },
      missingSinceMs: memory.missingSinceMs ?? atMs,
      failuresInRow: memory.failuresInRow + 1,
      ignoredLines: ignored,
    })
  }

  #troubles(): readonly string[] {
    return [...this.#memories.values()].flatMap(({ name, trouble, missingSinceMs }) =>
      trouble === undefined || missingSinceMs === undefined ? [] : [`${name}: ${trouble.code}`],
    )
  }
}

/** Most witnesses know of the same size: its proof is read once. */
function once(prove: Submission['prove']): Submission['prove'] {
  const proofs = new Map<number, Promise<readonly Uint8Array[]>>()
  return (oldSize) => {
    const proof = proofs.get(oldSize) ?? prove(oldSize)
    proofs.set(oldSize, proof)
    return proof
  }
}
