/**
 * Checkpoints: C2SP tlog-checkpoint v1.0.0, without extension lines, which monitors could not audit. A log's word for
 * what it holds: its name, how many leaves, and the root over them.
 */
import { fromBase64, toBase64 } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { HASH_BYTES, type TreeHead } from './merkle.ts'
import { openNote, verifyEd25519, type NoteKey, type NoteProblem, type OpenedNote } from './note.ts'

export interface Checkpoint extends TreeHead {
  /** The name of the log. */
  readonly origin: string
}

export interface OpenedCheckpoint extends OpenedNote {
  readonly checkpoint: Checkpoint
}

export type CheckpointProblem =
  | NoteProblem
  | 'not a checkpoint'
  | 'a checkpoint of another log than its key'

/** The text of a checkpoint's note. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/** The checkpoint of a note's text, or `undefined` when it is not written exactly as `formatCheckpoint` writes it. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin, size, encoded] = text.split('\n')
  const root = encoded === undefined ? undefined : fromBase64(encoded)
  if (origin === undefined || origin === '' || root?.length !== HASH_BYTES) return undefined
  const checkpoint = { origin, size: Number(size), root }
  // Written again and compared: leading zeros, exponents and lines that follow have no other place to be caught.
  const isExact = Number.isSafeInteger(checkpoint.size) && checkpoint.size >= 0
  return isExact && formatCheckpoint(checkpoint) === text ? checkpoint : undefined
}

/** The checkpoint of a note that a trusted key of the very log signed: a log is known by its key's name. */
export async function openCheckpoint(
  note: string,
  logKeys: readonly NoteKey[],
): Promise<Result<OpenedCheckpoint, CheckpointProblem>> {
  const opened = await openNote(note, logKeys, verifyEd25519)
  if (!opened.ok) return opened
  const checkpoint = parseCheckpoint(opened.value.text)
  if (checkpoint === undefined) return { ok: false, error: 'not a checkpoint' }
  const signed = opened.value.signed.filter(({ key }) => key.name === checkpoint.origin)
  if (signed.length === 0) return { ok: false, error: 'a checkpoint of another log than its key' }
  return ok({ text: opened.value.text, signed, checkpoint })
}
