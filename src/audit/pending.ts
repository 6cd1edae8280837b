/**
 * What shards have handed over and no round has taken yet: in memory, in the order it came, and bounded. Losing it
 * loses nothing, because a shard keeps its batches until a published checkpoint covers them.
 */
import { utf8 } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { ENTRY_BYTES } from './tile.ts'

export interface Batch {
  /** The batches of a shard are numbered from 1, without gaps. */
  readonly number: number
  readonly leaves: readonly string[]
}

/**
 * `gap`: an earlier batch of the shard is missing. `full`: later batches must be handed over again, later.
 * `malformed`: the batch can never be taken.
 */
export interface OfferRefusal {
  readonly code: 'gap' | 'full' | 'malformed'
  readonly detail: string
}

/** The leaves of one batch, in octets with their lengths before them, have to fit into one round. */
export const BATCH_BYTES = 1_000_000

const MAX_LEAVES = 20_000
const MAX_BYTES = 8_000_000
const LENGTH_BYTES = 2
const MAX_SHARD = 255

interface Waiting {
  readonly shard: number
  readonly number: number
  readonly entries: readonly Uint8Array[]
  readonly bytes: number
}

export interface Taking {
  readonly entries: readonly Uint8Array[]
  /** The marks after these. */
  readonly taken: ReadonlyMap<number, number>
}

export class Pending {
  #waiting: Waiting[] = []
  /** The number of the last batch of each shard that ever waited here. */
  readonly #last = new Map<number, number>()
  #leaves = 0
  #bytes = 0

  get leaves(): number {
    return this.#leaves
  }

  /**
   * Takes over the batches that follow what is known of the shard, and passes over the others. When there is not room
   * for all, the first ones are taken over nevertheless.
   *
   * @param taken the shard's mark.
   */
  offer(shard: number, batches: readonly Batch[], taken: number): Result<void, OfferRefusal> {
    if (!Number.isInteger(shard) || shard < 0 || shard > MAX_SHARD)
      return refuse('malformed', `${shard} is no shard`)
    let last = Math.max(taken, this.#last.get(shard) ?? 0)
    const following: Waiting[] = []
    for (const { number, leaves } of batches) {
      if (!Number.isSafeInteger(number)) return refuse('malformed', `${number} is no number`)
      if (number <= last) continue
      if (number !== last + 1)
        return refuse('gap', `Batch ${number} of shard ${shard} came, and ${last + 1} is next`)
      const waiting = toWaiting(shard, number, leaves)
      if (waiting === undefined)
        return refuse('malformed', `Batch ${number} of shard ${shard} is too large, or not text`)
      following.push(waiting)
      last = number
    }
    for (const batch of following)
      if (!this.#add(batch))
        return refuse('full', `${this.#leaves} leaves wait; batch ${batch.number} must come later`)
    return ok(undefined)
  }

  #add(batch: Waiting): boolean {
    const leaves = this.#leaves + batch.entries.length
    const bytes = this.#bytes + batch.bytes
    if (leaves > MAX_LEAVES || bytes > MAX_BYTES) return false
    this.#waiting.push(batch)
    this.#last.set(batch.shard, batch.number)
    this.#leaves = leaves
    this.#bytes = bytes
    return true
  }

  /** The batches that came first, as many as fit into `maxBytes`. They stay until `drop`. */
  take(marks: ReadonlyMap<number, number>, maxBytes: number): Taking {
    this.drop(marks)
    const taken = new Map(marks)
    const entries: Uint8Array[] = []
    let bytes = 0
    for (const batch of this.#waiting) {
      bytes += batch.bytes
      if (bytes > maxBytes) break
      for (const entry of batch.entries) entries.push(entry)
      taken.set(batch.shard, batch.number)
    }
    return { entries, taken }
  }

  /** Forgets the batches that the marks cover. */
  drop(marks: ReadonlyMap<number, number>): void {
    this.#waiting = this.#waiting.filter(({ shard, number }) => number > (marks.get(shard) ?? 0))
    this.#leaves = this.#waiting.reduce((sum, { entries }) => sum + entries.length, 0)
    this.#bytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}

function toWaiting(shard: number, number: number, leaves: readonly string[]): Waiting | undefined {
  // Half a character would become another one in UTF-8, and the leaf another leaf.
  if (!leaves.every((leaf) => leaf.isWellFormed())) return undefined
  const entries = leaves.map(utf8)
  const bytes = entries.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0)
  const fits = bytes <= BATCH_BYTES && entries.every(({ length }) => length <= ENTRY_BYTES)
  return fits && entries.length <= MAX_LEAVES ? { shard, number, entries, bytes } : undefined
}

function refuse(
  code: OfferRefusal['code'],
  detail: string,
): { readonly ok: false; readonly error: OfferRefusal } {
  return { ok: false, error: { code, detail } }
}
