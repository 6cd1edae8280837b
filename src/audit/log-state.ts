/** What the sequencer keeps durably, in one row, and how it is held against what is published. */
import { toBase64, equalBytes } from '../lib/bytes.ts'
import { openCheckpoint } from './checkpoint.ts'
import { LogRefusal } from './log-refusal.ts'
import { EMPTY_ROOT, type TreeHead } from './merkle.ts'
import { parseVkey } from './note.ts'

/** A log of some size, and what belongs to that size. */
export interface Head extends TreeHead {
  /** The time of its last round; none is earlier. */
  readonly atMs: number
  /** The number of the last batch taken from each shard. */
  readonly taken: ReadonlyMap<number, number>
  /** The vkeys that the log has announced in itself. */
  readonly keys: readonly string[]
}

/**
 * The next head with the entries that lead to it. From the moment it is written it is a promise: this size has this
 * root. It is replaced only when its checkpoint is published.
 */
export interface Staged extends Head {
  readonly entries: readonly Uint8Array[]
}

export interface LogState {
  /** Known to be published, or the empty log. */
  readonly head: Head
  /** On its way, or published without this state having been told. */
  readonly staged: Staged | undefined
}

export interface PublishedCheckpoint {
  readonly note: string
  readonly etag: string
}

export const NEW_LOG: LogState = {
  head: { size: 0, root: EMPTY_ROOT, atMs: 0, taken: new Map(), keys: [] },
  staged: undefined,
}

/** What the log has promised: from here on it only grows. */
export function promised({ head, staged }: LogState): Head {
  return staged ?? head
}

/** The state once its staged head is published. */
export function published({ head, staged }: LogState): LogState {
  if (staged === undefined) return { head, staged }
  const { entries: _published, ...next } = staged
  return { head: next, staged: undefined }
}

/**
 * The state as the published checkpoint shows it: on its way, or arrived.
 *
 * @param vkeys for a log whose state knows none yet.
 * @throws {LogRefusal} when the two contradict each other.
 */
export async function reconcile(
  state: LogState,
  checkpoint: PublishedCheckpoint | undefined,
  vkeys: readonly string[],
): Promise<LogState> {
  const { head, staged } = state
  if (checkpoint === undefined) {
    if (head.size === 0) return state
    throw new LogRefusal(
      'bucket_rollback',
      `There is no checkpoint, and ${head.size} was published`,
    )
  }
  const known = [...head.keys, ...(staged?.keys ?? [])]
  const seen = await open(checkpoint.note, known.length === 0 ? vkeys : known)
  if (seen.size > promised(state).size)
    throw new LogRefusal(
      'rollback',
      `Size ${seen.size} is published, and this state knows of ${promised(state).size}`,
    )
  if (seen.size < head.size)
    throw new LogRefusal(
      'bucket_rollback',
      `Size ${seen.size} is there, and ${head.size} was published`,
    )
  if (staged !== undefined && isSame(seen, staged)) return published(state)
  if (isSame(seen, head)) return state
  throw new LogRefusal(
    'fork',
    `Size ${seen.size} is published with root ${toBase64(seen.root)}, not made here`,
  )
}

async function open(note: string, vkeys: readonly string[]): Promise<TreeHead> {
  const keys = vkeys.map(parseVkey).filter((key) => key !== undefined)
  const opened = await openCheckpoint(note, keys)
  if (!opened.ok) throw new LogRefusal('fork', `The published checkpoint: ${opened.error}`)
  return opened.value.checkpoint
}

function isSame(a: TreeHead, b: TreeHead): boolean {
  return a.size === b.size && equalBytes(a.root, b.root)
}
