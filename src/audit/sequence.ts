/**
 * The sequencer: puts the batches of all shards into one log, round by round. The order of its writes is the design:
 *
 * 1. One row says which entries come next, and so which root the next size has. From here on that is a promise.
 * 2. The objects are created: entries, then tiles. What is there must be the same; nothing is ever overwritten.
 * 3. The checkpoint is signed and published, if the one before is still what this log published.
 *
 * A crash after 1 or 2 is repaired by doing the same again, from the row. A crash after 3 leaves the row behind the
 * bucket by a round that the row itself names. Whatever else does not fit stops the log for good (`LogRefusal`).
 */
import { equalBytes, utf8 } from '../lib/bytes.ts'
import type { Result } from '../lib/result.ts'
import { edgeRoot, grow, loadEdge, type Edge, type LogObject } from './edge.ts'
import { consistencyProof, MissingObject, type ReadObject } from './log-objects.ts'
import { LogRefusal } from './log-refusal.ts'
import {
  NEW_LOG,
  promised,
  published,
  reconcile,
  type Head,
  type LogState,
  type PublishedCheckpoint,
  type Staged,
} from './log-state.ts'
import type { TreeHead } from './merkle.ts'
import { parseNote } from './note.ts'
import { Pending, type Batch, type OfferRefusal } from './pending.ts'
import { roundLeaf } from './round-leaf.ts'

export interface LogPorts {
  /** What was written last, or `undefined` in a new object. Nobody else writes it. */
  readState(): LogState | undefined
  /** Replaces what was written, as a whole or not at all. Resolves when it is durable. */
  writeState(state: LogState): Promise<void>
  /** The object with this name as it is now. */
  readonly read: ReadObject
  /** Writes an object unless there is one of this name, and says so. */
  create(name: string, bytes: Uint8Array): Promise<'created' | 'exists'>
  readCheckpoint(): Promise<PublishedCheckpoint | undefined>
  /**
   * Writes the checkpoint if it still is the one of this etag, or if there is none and `etag` is `undefined`. Answers
   * the new etag, or `undefined` when somebody else wrote.
   */
  publish(note: string, etag: string | undefined): Promise<string | undefined>
  /** The vkeys of the keys with which `sign` signs. */
  readonly vkeys: readonly string[]
  /** The checkpoint as a note that every configured key signed. */
  sign(head: TreeHead): Promise<string>
  /**
   * The note with what witnesses add to it; throws when it is not to be published without them.
   *
   * @param oldSize of the checkpoint before. A witness may know of another one.
   * @param prove that this checkpoint follows from the one of an older size.
   */
  cosign?(
    note: string,
    oldSize: number,
    prove: (oldSize: number) => Promise<readonly Uint8Array[]>,
  ): Promise<string>
}

/** How much one round takes: its row must stay below the 2 MB that a row may have. */
const ROUND_BYTES = 1_500_000

/** How many objects are written at the same time. */
const AT_ONCE = 6

interface Opened {
  readonly edge: Edge
  readonly etag: string | undefined
}

export class Sequencer {
  readonly #ports: LogPorts
  readonly #pending = new Pending()
  #state: LogState
  /** `undefined` until the stored state was held against what is published, and again after every failure. */
  #opened: Opened | undefined
  #refusal: LogRefusal | undefined
  #isAtWork = false

  constructor(ports: LogPorts) {
    this.#ports = ports
    this.#state = ports.readState() ?? NEW_LOG
  }

  /** The log as far as it is known to be published. */
  get head(): Head {
    return this.#state.head
  }

  /** Why the log has stopped, if it has. */
  get refusal(): LogRefusal | undefined {
    return this.#refusal
  }

  get pendingLeaves(): number {
    return this.#pending.leaves
  }

  /** When the round was promised that is not published yet; `undefined` when there is none. */
  get unfinishedSinceMs(): number | undefined {
    return this.#state.staged?.atMs
  }

  /** Takes batches over for the next rounds. Those that the log has taken already are passed over. */
  offer(shard: number, batches: readonly Batch[]): Result<void, OfferRefusal> {
    return this.#pending.offer(shard, batches, promised(this.#state).taken.get(shard) ?? 0)
  }

  /** Whether a published checkpoint covers the shard's batches up to this number. */
  covers(shard: number, number: number): boolean {
    return number <= (this.#state.head.taken.get(shard) ?? 0)
  }

  /**
   * One round: publishes what was promised before or else what is pending, one checkpoint at the most, for a bucket
   * takes one write a second of one name. One at a time. When it throws, the next one begins as after a restart.
   *
   * @throws {LogRefusal} for good.
   */
  async round(nowMs: number): Promise<Head> {
    if (this.#refusal !== undefined) throw this.#refusal
    if (this.#isAtWork) throw new Error('Cannot begin a round: one is under way')
    this.#isAtWork = true
    try {
      this.#opened ??= await this.#open()
      const isOverdue = this.#state.staged !== undefined
      if (isOverdue || (await this.#stage(this.#opened, nowMs)))
        this.#opened = await this.#finish(this.#opened)
      return this.#state.head
    } catch (error) {
      this.#opened = undefined
      const refusal =
        error instanceof MissingObject ? new LogRefusal('missing', error.message) : error
      if (refusal instanceof LogRefusal) this.#refusal = refusal
      throw refusal
    } finally {
      this.#isAtWork = false
    }
  }

  async #open(): Promise<Opened> {
    const ports = this.#ports
    const stored = ports.readState() ?? NEW_LOG
    const checkpoint = await ports.readCheckpoint()
    this.#state = await reconcile(stored, checkpoint, ports.vkeys)
    return { edge: await loadEdge(this.#state.head, ports.read), etag: checkpoint?.etag }
  }

  /** Promises the next size. Answers `false` when nothing is pending. */
  async #stage({ edge }: Opened, nowMs: number): Promise<boolean> {
    const { head } = this.#state
    const { vkeys } = this.#ports
    const { entries: taking, taken } = this.#pending.take(head.taken, ROUND_BYTES)
    if (sameMarks(taken, head.taken)) return false
    requireAnnounced(head, vkeys)
    const isNews = head.keys.toSorted().join() !== vkeys.toSorted().join()
    const atMs = Math.max(nowMs, head.atMs)
    const leaf = roundLeaf({
      before: head,
      atMs,
      clockBackMs: atMs - nowMs,
      taken,
      keys: isNews ? vkeys : undefined,
    })
    const entries = [utf8(leaf), ...taking]
    const grown = grow(edge, entries).edge
    const staged: Staged = {
      size: grown.size,
      root: edgeRoot(grown),
      atMs,
      taken,
      keys: isNews ? vkeys : head.keys,
      entries,
    }
    await this.#ports.writeState({ head, staged })
    this.#state = { head, staged }
    this.#pending.drop(taken)
    return true
  }

  /** Keeps the promise, if there is one: the way of every round, and of every start after a crash. */
  async #finish(opened: Opened): Promise<Opened> {
    const { head, staged } = this.#state
    if (staged === undefined) return opened
    requireAnnounced(head, this.#ports.vkeys)
    const { edge, objects } = grow(opened.edge, staged.entries)
    if (edge.size !== staged.size || !equalBytes(edgeRoot(edge), staged.root))
      throw new LogRefusal('conflict', `The staged entries do not lead to size ${staged.size}`)
    await this.#createAll(objects)
    const note = await this.#signed(head, staged)
    const etag = (await this.#ports.publish(note, opened.etag)) ?? (await this.#etagOfOwn())
    this.#state = published(this.#state)
    return { edge, etag }
  }

  async #createAll(objects: readonly LogObject[]): Promise<void> {
    for (let i = 0; i < objects.length; i += AT_ONCE)
      await Promise.all(objects.slice(i, i + AT_ONCE).map(async (object) => this.#create(object)))
  }

  async #create({ name, bytes }: LogObject): Promise<void> {
    if ((await this.#ports.create(name, bytes)) === 'created') return
    const there = await this.#ports.read(name)
    if (there === undefined) throw new Error(`Cannot write ${name}: it came and went`)
    if (!equalBytes(there, bytes)) throw new LogRefusal('conflict', `${name} has other octets`)
  }

  async #signed(head: Head, { size, root }: TreeHead): Promise<string> {
    const ports = this.#ports
    const note = await ports.sign({ size, root })
    if (ports.cosign === undefined) return note
    const cosigned = await ports.cosign(note, head.size, (oldSize) =>
      consistencyProof(oldSize, size, ports.read),
    )
    if (!cosigned.startsWith(note) || parseNote(cosigned) === undefined)
      throw new Error('Cannot publish: a witness did more than to add its signature')
    return cosigned
  }

  /** Somebody else wrote the checkpoint. It may have been this log, by a write of which it had no answer. */
  async #etagOfOwn(): Promise<string> {
    const checkpoint = await this.#ports.readCheckpoint()
    const { staged } = await reconcile(this.#state, checkpoint, this.#ports.vkeys)
    if (checkpoint === undefined || staged !== undefined)
      throw new Error('Cannot publish: the checkpoint was written by somebody else meanwhile')
    return checkpoint.etag
  }
}

/** A log whose keys are known takes new ones from the old: what it announces, a key that it announced must sign. */
function requireAnnounced({ keys }: Head, vkeys: readonly string[]): void {
  if (keys.length === 0 || vkeys.some((vkey) => keys.includes(vkey))) return
  throw new LogRefusal('keys', `The log has announced ${keys.join(', ')}, and none of them is set`)
}

function sameMarks(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean {
  return a.size === b.size && [...a].every(([shard, number]) => b.get(shard) === number)
}
