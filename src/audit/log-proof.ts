/**
 * Proofs of logging in one file: C2SP tlog-proof@v1. An index, the hashes from the leaf to the root, and a checkpoint
 * with the signatures of its log and its witnesses: all that is needed to check one entry without the log.
 */
import { fromBase64, toBase64 } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { HASH_BYTES, isIncluded, leafHash } from './merkle.ts'
import { verifyCheckpoint, type Policy, type Signers, type TrustProblem } from './trust.ts'

export interface LogProof {
  readonly index: number
  /** From the leaf's neighbour to the root's child. */
  readonly hashes: readonly Uint8Array[]
  /** The signed note, as it was published. */
  readonly checkpoint: string
  /** What an application wants to go with it. Nobody vouches for it. */
  readonly extra?: Uint8Array | undefined
}

export interface Proved extends Signers {
  readonly index: number
}

export type LogProofProblem = TrustProblem | 'not a proof' | 'the entry is not at that place'

const HEADER = 'c2sp.org/tlog-proof@v1'

export function formatLogProof({ index, hashes, checkpoint, extra }: LogProof): string {
  const lines = [
    HEADER,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(toBase64),
  ]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** The proof of a file, nothing of it verified, or `undefined` when it is not written exactly as one. */
export function parseLogProof(text: string): LogProof | undefined {
  const split = text.indexOf('\n\n')
  const [header, ...lines] = split < 0 ? [] : text.slice(0, split).split('\n')
  const extra = lines[0]?.startsWith('extra ') ? lines.shift()?.slice('extra '.length) : undefined
  const [, index] = /^index (0|[1-9][0-9]*)$/.exec(lines.shift() ?? '') ?? []
  const hashes = lines.map(fromBase64).filter((hash) => hash?.length === HASH_BYTES)
  if (header !== HEADER || index === undefined || !Number.isSafeInteger(Number(index)))
    return undefined
  const proof = {
    index: Number(index),
    hashes: hashes.filter((hash) => hash !== undefined),
    checkpoint: text.slice(split + 2),
    extra: extra === undefined ? undefined : fromBase64(extra),
  }
  // Written again and compared: what was not understood is missing.
  return formatLogProof(proof) === text ? proof : undefined
}

/** Whether the proof shows that a log of the policy holds the entry, by a checkpoint that its quorum stands for. */
export async function verifyLogProof(
  text: string,
  entry: Uint8Array,
  policy: Policy,
): Promise<Result<Proved, LogProofProblem>> {
  const proof = parseLogProof(text)
  if (proof === undefined) return { ok: false, error: 'not a proof' }
  const signers = await verifyCheckpoint(proof.checkpoint, policy)
  if (!signers.ok) return signers
  const { checkpoint } = signers.value
  if (!isIncluded(leafHash(entry), proof.index, checkpoint, proof.hashes))
    return { ok: false, error: 'the entry is not at that place' }
  return ok({ ...signers.value, index: proof.index })
}
