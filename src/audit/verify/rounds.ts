/**
 * The rounds of a log. Each begins with a leaf of the sequencer's own: what the log was until then, when the round took
 * place, and how far it got in every shard. They bind the order of everything to a time and to a history.
 */
import { equalBytes, fromBase64 } from '../../lib/bytes.ts'
import type { Leaf } from '../leaf.ts'
import type { TreeHead } from '../merkle.ts'
import type { Announced } from './checkpoints.ts'
import type { Claim, Findings, Place } from './findings.ts'
import type { Round } from './round.ts'

/** How far the clocks of a shard, an isolate or a key's object may be before the sequencer's, in milliseconds. */
const CLOCKS_MS = 60_000

interface Touched {
  readonly place: Place
  /** The first slot of the bundle that the leaf is in. */
  readonly slot: number
}

export class Rounds {
  readonly #findings: Findings
  /** How many appends of each shard are in the log with the round that is under way. */
  #marks: ReadonlyMap<string, number> = new Map()
  /** The same, before that round. */
  #marksBefore: ReadonlyMap<string, number> = new Map()
  /** The first slot of the last bundle of each shard. */
  readonly #bundles = new Map<string, number>()
  /** Of each shard that has leaves in this round, the last one. */
  readonly #touched = new Map<string, Touched>()
  readonly #announced: Announced[] = []
  #count = 0
  #firstAt: number | undefined
  #lastAt: number | undefined

  constructor(findings: Findings) {
    this.#findings = findings
  }

  /** @param before what the log was when the round began. */
  takeRound(round: Round, place: Place, before: TreeHead): void {
    this.#close()
    const { at, size, root, shards, keys, clockBackMs } = round
    this.#count += 1
    if (size !== before.size)
      this.#findings.add('round-size', place, `${size}, it had ${before.size}`)
    const said = fromBase64(root)
    if (said === undefined || !equalBytes(said, before.root))
      this.#findings.add('round-root', place)
    if (this.#lastAt !== undefined && at < this.#lastAt)
      this.#findings.add('round-earlier', place, `${this.#lastAt - at} ms`)
    if (clockBackMs !== undefined) this.#findings.add('clock-back', place, `${clockBackMs} ms`)
    this.#move(shards, place)
    if (keys !== undefined) this.#announced.push({ vkeys: keys, index: before.size })
    this.#firstAt ??= at
    this.#lastAt = at
  }

  /** A mark says how many appends of a shard are in the log. It never goes back, and no shard is forgotten. */
  #move(shards: Readonly<Record<string, number>>, place: Place): void {
    const marks = new Map(Object.entries(shards))
    for (const [shard, before] of this.#marks) {
      const mark = marks.get(shard) ?? 0
      if (mark < before)
        this.#findings.add('round-mark-back', place, `shard ${shard}: ${mark}, was ${before}`)
    }
    this.#marksBefore = this.#marks
    this.#marks = marks
  }

  /** A record's leaf, which belongs to the round that is under way. */
  takeLeaf({ atMs, in: bundle }: Leaf, place: Place): void {
    if (this.#lastAt === undefined) this.#findings.add('round-missing', place)
    else if (atMs > this.#lastAt + CLOCKS_MS)
      this.#findings.add('later-than-round', place, `${atMs - this.#lastAt} ms`)
    const [, shard = '', digits] = /^([0-9]+)\/([0-9]+)$/.exec(bundle) ?? []
    const slot = Number(digits)
    if (digits === undefined || slot < (this.#bundles.get(shard) ?? 0)) {
      this.#findings.add('bundle-again', place, bundle)
      return
    }
    this.#bundles.set(shard, slot)
    this.#touched.set(shard, { place, slot })
  }

  /** Leaves of a shard come with appends of that shard: what no mark moved for was put in a second time. */
  #close(): void {
    if (this.#count === 0) return
    for (const [shard, { place, slot }] of this.#touched) {
      const [mark, before] = [this.#marks.get(shard) ?? 0, this.#marksBefore.get(shard) ?? 0]
      if (mark <= before || slot > mark)
        this.#findings.add('round-mark-still', place, `shard ${shard}: ${mark}, was ${before}`)
    }
    this.#touched.clear()
  }

  /** The log has ended. */
  end(): void {
    this.#close()
  }

  /** Which keys sign from which leaf on. */
  get announced(): readonly Announced[] {
    return this.#announced
  }

  get period(): { readonly firstAt: number; readonly lastAt: number } | undefined {
    return this.#firstAt === undefined || this.#lastAt === undefined
      ? undefined
      : { firstAt: this.#firstAt, lastAt: this.#lastAt }
  }

  get figures(): Claim['figures'] {
    return { rounds: this.#count, shards: this.#marks.size }
  }
}
